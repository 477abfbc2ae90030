"""Lets the tests of the viewer import the archive in memory, which its own server process imports too."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _own_main_module():
    """Streamlit runs a page as `__main__`; a process that a later test starts would run that page at its start."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own
