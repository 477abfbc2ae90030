"""The query language on a real archive with the shipped encoder: chips, exclusions, phrases, numbers, bad input."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from radseek import Archive
from radseek.archive.schema import reports, series, studies
from radseek.archive.shared_words import shared_words, words_of_generation
from radseek.errors import InputError
from radseek.records.reports import Assertion
from radseek.records.search import Channel
from radseek.records.search_options import Band, SearchOptions
from radseek.service import IngestOptions
from radseek.service.demo import write_demo_sources
from radseek.text import stated_findings

AFFIRMED = {Assertion.PRESENT, Assertion.UNCERTAIN}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    sources = write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=24, n_ct=6)
    with Archive.create(tmp_path_factory.mktemp("door") / "archive") as archive:
        archive.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
        yield archive


@pytest.fixture(scope="module")
def texts(archive):
    """Study key -> text of its report."""
    statement = select(studies.c.study_key, reports.c.text).join(reports, reports.c.study_id == studies.c.id)
    with archive.folder.catalogue.reading() as connection:
        return {row.study_key: row.text for row in connection.execute(statement)}


def states(text, finding, side=None):
    told = [m for m in stated_findings(text) if m.finding == finding and m.assertion in AFFIRMED]
    return any(side in {None, m.side} for m in told)


WITHOUT_FLOOR = SearchOptions(floor=Band.MISS)


def dropping(chips):
    return SearchOptions(dropped=frozenset(chips), floor=Band.MISS)


def keys(answer):
    return [hit.study_key for hit in answer.hits]


def test_no_hit_states_what_is_excluded_and_all_others_stay(archive, texts):
    whole = keys(archive.search("film of a chest", k=100, options=WITHOUT_FLOOR))
    without = keys(archive.search("film of a chest -pneumothorax", k=100, options=WITHOUT_FLOOR))
    stating = {key for key in texts if states(texts[key], "pneumothorax")}
    assert 0 < len(stating & set(whole)) < len(whole)
    assert set(without) == set(whole) - stating
    assert keys(archive.search("film of a chest -pneumothorax", k=100, options=dropping(["not:1"]))) == whole


def test_words_that_the_lexicon_does_not_know_exclude_by_what_is_affirmed_with_them(archive, texts):
    whole = set(keys(archive.search("film of a chest", k=100, options=WITHOUT_FLOOR)))
    left = set(keys(archive.search("film of a chest -diamet*", k=100, options=WITHOUT_FLOOR)))
    telling = {key for key in whole if "diameter" in texts.get(key, "")}
    assert not stated_findings("diameter")
    assert telling
    assert left == whole - telling


def test_quoted_words_stand_in_a_report_of_every_hit(archive, texts):
    hits = keys(archive.search('"costophrenic angle"', k=100))
    assert set(hits) == {key for key, text in texts.items() if "costophrenic angle" in " ".join(text.lower().split())}
    assert hits


def test_a_finding_on_the_other_side_alone_is_no_hit_unless_the_side_is_dropped(archive, texts):
    right_only = {
        key
        for key, text in texts.items()
        if states(text, "effusion", "right")
        and not states(text, "effusion", "left")
        and "bilateral" not in text.lower()
    }
    assert right_only
    assert not right_only & set(keys(archive.search("left effusion", k=100)))
    assert right_only <= set(keys(archive.search("left effusion", k=100, options=dropping(["side:left"]))))
    pixels = keys(archive.search("left effusion", k=100, channels=[Channel.IMAGE], options=WITHOUT_FLOOR))
    assert right_only <= set(pixels)  # pixels asked alone do not know the reports


def test_a_report_is_asked_statement_by_statement(archive, texts):
    answer = archive.search("Enlarged heart. Small left pleural effusion. No pneumothorax.", k=5)
    assert [part.text for part in answer.query.parts] == ["Enlarged heart.", "Small left pleural effusion."]
    both = [key for key in texts if states(texts[key], "cardiomegaly") and states(texts[key], "effusion", "left")]
    assert set(keys(answer)[: len(both)]) & set(both) or not both
    assert not [key for key in keys(answer) if states(texts.get(key, ""), "pneumothorax")]


def test_each_hit_says_why_and_marks_the_words(archive, texts):
    hits = archive.search("enlarged heart", k=3).hits
    assert states(texts[hits[0].study_key], "cardiomegaly")
    for hit in hits:
        stated = states(texts.get(hit.study_key, ""), "cardiomegaly")
        assert hit.why.startswith("Its report says: cardiomegaly") == stated
        told = next((match for match in hit.matches if match.sentence is not None), None)
        if stated:
            [(start, end), *_] = told.phrases
            assert states(told.sentence.text[start:end], "cardiomegaly")
    pixels = archive.search("enlarged heart", k=3, channels=[Channel.IMAGE], options=WITHOUT_FLOOR)
    assert all(hit.why.startswith("Found by its pixels alone") for hit in pixels.hits)


@pytest.mark.parametrize("column", [studies.c.accession, studies.c.study_uid, studies.c.study_key, series.c.series_uid])
def test_a_number_goes_straight_to_its_study(archive, column):
    with archive.folder.catalogue.reading() as connection:
        statement = select(studies.c.study_key, column.label("number")).where(column != "")
        statement = statement if column.table is studies else statement.join(series)
        row = connection.execute(statement.limit(1)).one()
    answer = archive.search(row.number)
    assert (keys(answer), answer.is_exact) == ([row.study_key], True)
    assert "this is what it names" in answer.note


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("9999999999", "no study here has it"),
        ("1.2.3.4.5.6.7", "no study here has it"),
        ("effusion without effusion", "asks for pleural effusion and denies it"),
        ("effusion -effusion", "asks for pleural effusion and denies it"),
        ("-effusion", "says only what must not be there"),
        ("modality:CT", "has filters only"),
        ('"words that stand nowhere"', "No good match"),
        ("mammogram with mass", "was taken from the words of the query"),
    ],
)
def test_what_cannot_be_answered_is_told_and_brings_no_hits(archive, text, note):
    answer = archive.search(text)
    assert answer.hits == ()
    assert answer.no_good_match
    assert note in answer.note


@pytest.mark.parametrize("text", ["😀", "'; DROP TABLE studies; --", "<script>alert(1)</script>", "胸水", "the of and"])
def test_odd_queries_are_answered_without_harm(archive, text):
    before = archive.summary().n_studies
    archive.search(text)
    assert archive.summary().n_studies == before


def test_misspelt_words_are_offered_and_not_applied(archive):
    answer = archive.search("plueral effussion")
    assert answer.suggestion == "pleural effusion"
    assert answer.query.text == "plueral effussion"
    assert archive.search("pleural effusion").suggestion == ""


def test_an_unknown_chip_is_no_error_and_a_bad_filter_is_one(archive):
    assert keys(archive.search("effusion", options=dropping(["side:up"]))) == keys(
        archive.search("effusion", options=WITHOUT_FLOOR)
    )
    with pytest.raises(InputError, match="unknown filter"):
        archive.search("effusion colour:red")


def test_the_words_of_the_reports_are_counted_at_indexing_and_read_again(archive):
    path, generation = archive.folder.words_path, archive.require_index().name
    kept = json.loads(path.read_bytes())
    with archive.folder.catalogue.reading() as connection:
        counted = shared_words(connection)
    assert (kept["generation"], kept["words"]) == (generation, counted)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [finding for finding in archive.verify() if finding.kind == "leftover"]
    path.write_text(json.dumps(kept | {"words": {"planted": 7}}))
    try:
        assert words_of_generation(archive.folder, generation) == {"planted": 7}, "they are not counted again"
        assert words_of_generation(archive.folder, "g000099-other") == counted, "another generation's are"
    finally:
        path.write_text(json.dumps(kept))


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"format": "radseek-words/2"}', b'{"format": "radseek-words/1", "words": 3}', None]
)
def test_a_damaged_or_missing_file_of_words_is_made_anew(archive, damage):
    path, generation = archive.folder.words_path, archive.require_index().name
    kept = path.read_bytes()
    path.unlink() if damage is None else path.write_bytes(damage)
    assert words_of_generation(archive.folder, generation) == json.loads(kept)["words"]
    assert path.read_bytes() == kept
