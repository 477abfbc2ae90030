"""Lets the tests of the viewer import the archive in memory, which its own server process imports too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
