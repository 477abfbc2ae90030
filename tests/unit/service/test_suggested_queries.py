"""Queries worth trying are found once for each index generation."""

from __future__ import annotations

import pytest

from radseek.archive.folder import ArchiveFolder
from radseek.service import Archive, suggested_queries
from radseek.service.suggested_queries import SuggestedQueries


@pytest.fixture
def folder(tmp_path):
    Archive.create(tmp_path / "archive").close()
    folder = ArchiveFolder.open(tmp_path / "archive")
    yield folder
    folder.close()


@pytest.fixture
def found(monkeypatch):
    """The sentences of each time that the catalogue was asked."""
    asked: list[list[str]] = []

    def find(connection, count):
        assert not connection.closed
        assert count == suggested_queries.MOST
        asked.append([f"Sentence of look {len(asked) + 1}."])
        return asked[-1]

    monkeypatch.setattr(suggested_queries, "common_sentences", find)
    return asked


def test_one_generation_is_asked_once_and_the_next_one_anew(folder, found):
    suggested = SuggestedQueries(folder.catalogue)
    assert [suggested.of("g1"), suggested.of("g1")] == [("Sentence of look 1.",)] * 2
    assert suggested.of("g2") == ("Sentence of look 2.",)
    assert len(found) == 2


def test_without_an_index_each_look_is_a_new_one(folder, found):
    suggested = SuggestedQueries(folder.catalogue)
    assert suggested.of("") != suggested.of("")
    assert len(found) == 2
