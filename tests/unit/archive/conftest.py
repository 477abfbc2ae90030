"""Lets the tests of the archive floor import the kit of the scenarios, and gives them empty catalogues quickly."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))


@pytest.fixture(scope="session")
def empty_catalogue_file(tmp_path_factory):
    """A catalogue that nobody writes to: copy it."""
    from radseek.archive import Catalogue

    path = tmp_path_factory.mktemp("empty") / "catalogue.sqlite"
    catalogue = Catalogue(f"sqlite:///{path}")
    catalogue.create()
    catalogue.checkpoint()
    catalogue.close()
    return path


@pytest.fixture
def catalogue(tmp_path, empty_catalogue_file):
    """An empty catalogue of the test's own."""
    from radseek.archive import Catalogue

    shutil.copy(empty_catalogue_file, tmp_path / "catalogue.sqlite")
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    yield catalogue
    catalogue.close()
