"""Lets the contracts run over the tiny public encoders."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "encoders" / "public"))
