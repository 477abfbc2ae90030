"""What a study was made to find is no finding of it: indications are searched, but state nothing."""

from __future__ import annotations

import csv

import pytest

from radseek import Archive
from radseek.records.search import Channel
from radseek.records.search_options import Band, SearchOptions
from radseek.service import IngestOptions

REPORTS = {
    "asked": ("Cough. Right lower lobe pneumonia.", "The lungs are clear.", "No active pulmonary disease."),
    "found": ("Cough.", "There is a right lower lobe pneumonia.", "Right lower lobe pneumonia."),
    "other": ("Right lower lobe pneumonia.", "There is a large left effusion.", "Left pleural effusion."),
    "quiet": ("Cough.", "The heart is enlarged.", "Cardiomegaly."),
}
"""Name -> indication, findings, impression."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    with (folder / "reports.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["uid", "indication", "comparison", "findings", "impression", "mesh_major"])
        writer.writerows([name, told[0], "", *told[1:], name] for name, told in REPORTS.items())
    with Archive.create(folder / "archive") as archive:
        archive.ingest(folder / "reports.csv", IngestOptions("table", "iu_reports"))
        archive.index()
        yield archive


def named(archive, hits):
    """Names of the studies of hits; the label of a study is its name."""
    names = [set(archive.study(hit.study_key).labels) & set(REPORTS) for hit in hits]
    return [name for [name] in names]


def test_only_the_report_that_finds_it_states_it(archive) -> None:
    answer = archive.search("right lower lobe pneumonia", options=SearchOptions(floor=Band.MISS))
    assert named(archive, answer.hits)[0] == "found"
    for name, hit in zip(named(archive, answer.hits), answer.hits, strict=True):
        assert (hit.band is Band.STRONG) == (name == "found")
        assert ("says: pneumonia" in hit.why) == (name == "found")


def test_what_was_only_asked_excludes_nothing(archive) -> None:
    options = SearchOptions(floor=Band.MISS)
    assert "other" in named(archive, archive.search("effusion -pneumonia", options=options).hits)
    assert "found" not in named(archive, archive.search("report -pneumonia", options=options).hits)


def test_indications_are_still_searched_by_their_words(archive) -> None:
    options = SearchOptions(floor=Band.MISS)
    answer = archive.search("cough", channels=[Channel.LEXICAL], options=options)
    assert {"asked", "found", "quiet"} <= set(named(archive, answer.hits))


def test_no_word_is_offered_for_a_query_in_another_language(archive) -> None:
    answer = archive.search("Pleuraerguss links und Pneumonie rechts", options=SearchOptions(floor=Band.MISS))
    assert "English only" in answer.note
    assert answer.suggestion == ""
