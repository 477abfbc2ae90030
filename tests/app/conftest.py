"""Lets the tests of the viewer import the archive in memory, and gives its browser tests their pages.

A file says `WINDOW = LAPTOP` where its pages are not 1440 x 900. Servers stay with the files: each has an archive of
its own.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("chromium")  # what fails there says what it found

from chromium import DESKTOP, browser_context, chromium, watched  # noqa: E402


@pytest.fixture(autouse=True)
def _own_main_module():
    """Streamlit runs a page as `__main__`; a process that a later test starts would run that page at its start."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of a process."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def context(browser, request: pytest.FixtureRequest):
    """What the pages of one file share: Streamlit's scripts stay in its cache."""
    with browser_context(browser, viewport=getattr(request.module, "WINDOW", DESKTOP)) as context:
        yield context


@pytest.fixture
def own_context(browser, request: pytest.FixtureRequest):
    """What no other test has touched: no cookie, nothing remembered."""
    with browser_context(browser, viewport=getattr(request.module, "WINDOW", DESKTOP)) as context:
        yield context


@pytest.fixture
def page(context):
    """A new page of the file's context; scripts that fail and refused or foreign requests fail its test."""
    with watched(context.new_page()) as page:
        yield page


@pytest.fixture
def failing_page(own_context):
    """A page whose requests may fail, which a browser reports as errors."""
    return own_context.new_page()


@pytest.fixture
def finger_page(browser):
    """A page on a tablet."""
    with browser_context(browser, viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True) as context:
        yield context.new_page()
