"""The line that says why a study was found claims only what the query and the sentence have."""

from __future__ import annotations

import pytest

from radseek.records.findings import Region
from radseek.records.reports import Assertion, Section
from radseek.records.search import Channel, Match, SentenceView
from radseek.search.channels import ChannelHit
from radseek.search.find import StudyMatch
from radseek.service.reasons import Reasons
from radseek.text import default_lexicon, parse_query


def why(query, *sentences):
    hits = [ChannelHit(1, 0.5, sentence_id=n, n_agreed=1) for n, _ in enumerate(sentences)]
    views = [SentenceView(f"s{n}", text, Section.FINDINGS, Assertion.PRESENT) for n, text in enumerate(sentences)]
    match = StudyMatch(1, 0.5, tuple((Channel.SENTENCE, n, hit) for n, hit in enumerate(hits, start=1)))
    found = [Match(Channel.SENTENCE, n, 0.5, sentence=view) for n, view in enumerate(views, start=1)]
    return Reasons(parse_query(query), default_lexicon()).why(match, found, has_report=True)


@pytest.mark.parametrize(
    ("query", "sentence", "told"),
    [
        ("RLL PNA", "New right lower lobe pneumonia.", "pneumonia (right lower lobe, new)"),
        ("RLL PNA", "Pneumonia on the right.", "pneumonia (right)"),
        ("pneumonia", "Pneumonia in the lower lobe of the right lung.", "pneumonia (right lower lobe)"),
        ("pneumonia", "Bilateral lower lobe pneumonia.", "pneumonia (bilateral lower lobe)"),
        ("pneumonia", "Pneumonia in the right upper lobe and left lower lobe.", "pneumonia (right upper lobe"),
        ("opacity", "Lingular opacity.", "lung opacity (left, lingula)"),
        ("effusion", "Small left pleural effusion, unchanged.", "pleural effusion (left, mild, unchanged)"),
        ("effusion", "Effusion.", "pleural effusion"),
        ("disc herniation", "Disc herniations at L4-L5 and L5-S1.", "herniated disc (L4-L5 and L5-S1)"),
        ("liver cyst", "3.0 cm cyst in the left lobe of the liver.", "liver cyst (left hepatic lobe, 30 mm)"),
        ("liver cyst", "Possible 2.5 mm hepatic cyst.", "possible liver cyst (2.5 mm)"),
        ("no effusion", "The effusion has resolved.", "no pleural effusion (resolved)"),
    ],
)
def test_what_is_told_of_a_finding_stands_in_brackets(query, sentence, told):
    line = why(query, sentence)
    assert line.startswith(f"Its report says: {told}")
    assert told[-1] != ")" or line == f"Its report says: {told}."


def test_each_thing_is_told_once_with_most_of_its_details():
    line = why(
        "effusion", "Effusion.", "Left effusion.", "Small left effusion.", "Small left effusion.", "Right effusion."
    )
    assert line == "Its report says: pleural effusion (left, mild), pleural effusion (right)."
    both = why("effusion and edema", "Left effusion with edema.", "Possible effusion.")
    assert both == "Its report says: pleural effusion (left), pulmonary edema, possible pleural effusion."


def _why(query: str, text: str, place: Region | None, agreed: int = 0) -> str:
    sentence = SentenceView("s", text, Section.FINDINGS, Assertion.PRESENT, place)
    hit = ChannelHit(study_id=1, score=1.0, sentence_id=1, n_agreed=agreed)
    match = StudyMatch(1, 1.0, ((Channel.SENTENCE, 1, hit),))
    found = [Match(Channel.SENTENCE, 1, 1.0, sentence)]
    return Reasons(parse_query(query), default_lexicon()).why(match, found, has_report=True)


@pytest.mark.parametrize("query", ["\U0001fac1\U0001f4a7", "and of the with"])
def test_no_words_are_in_common_with_a_query_that_has_none(query: str) -> None:
    why = _why(query, "The ventricles are dilated.", None)
    assert why == "A report sentence came out nearest, but the query has no words to compare."


def test_a_query_of_words_may_have_them_in_common() -> None:
    assert "words in common" in _why("quarterly revenue", "The ventricles are dilated.", None)


def test_a_sentence_is_read_as_part_of_its_report() -> None:
    text = "There is a small effusion."
    assert "says: pleural effusion" in _why("pleural effusion", text, Region.CHEST, agreed=1)
    assert "pleural" not in _why("pleural effusion", text, Region.LIMBS, agreed=1)
    assert "says: joint effusion" in _why("knee effusion", text, Region.LIMBS, agreed=1)


def test_only_words_that_answer_in_their_report_are_marked() -> None:
    reasons = Reasons(parse_query("pleural effusion"), default_lexicon())
    text = "There is a small effusion."
    chest, limbs = (SentenceView("s", text, Section.FINDINGS, Assertion.PRESENT, p) for p in (None, Region.LIMBS))
    assert [text[a:b] for a, b in reasons.phrases(chest)] == ["effusion"]
    assert reasons.phrases(limbs) == ()
