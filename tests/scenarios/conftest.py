"""Lets the tests of the archive floor import their kit, which their own child processes run too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
