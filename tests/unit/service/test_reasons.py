"""The line that says why a study was found claims only what the query and the sentence have."""

from __future__ import annotations

import pytest

from radseek.records.findings import Region
from radseek.records.reports import Assertion, Section
from radseek.records.search import Channel, Match, SentenceView
from radseek.search import ChannelHit, StudyMatch
from radseek.service.reasons import Reasons
from radseek.text import default_lexicon, parse_query


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
