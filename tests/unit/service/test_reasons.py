"""The line that says why: what the report states of what is asked, with place, grade, change and size."""

from __future__ import annotations

import pytest

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
