"""Lets the tests of the archive floor import the kit of the scenarios."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))
