"""Which findings a text states, each mention with its own assertion and side; and what expert MeSH coding states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from radseek.records.findings import Region, StatedFinding
from radseek.records.reports import Assertion, Section
from radseek.text.concepts import Lexicon, default_lexicon
from radseek.text.lexicon.context import place_of
from radseek.text.lexicon.mesh import findings_of_heading
from radseek.text.mentions import NORMAL, Mention, mentions_of
from radseek.text.sections import find_sections
from radseek.text.sentences import sentence_spans
from radseek.text.wordings import read_words

NOT_SEARCHED = frozenset({Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE})
"""Sections that tell what was asked and how the picture was made, not what it shows."""

_ALL_NORMAL = frozenset({"normal", "unremarkable", "negative", "clear", "nad"})
"""Texts that say everything by one word."""


def report_place(text: str) -> Region | None:
    """The part of the body that a report is about, by the places it names most; None where it names none."""
    return place_of(read_words(text).folded)


def stated_findings(
    text: str, lexicon: Lexicon | None = None, *, as_query: bool = False, place: Region | None = None
) -> tuple[StatedFinding, ...]:
    """The findings that a sentence, caption or report states, one for each mention, in the order of the text.

    Each mention is judged by the cues that reach it: `Cardiomegaly without edema` has cardiomegaly PRESENT and edema
    ABSENT. What is normal denies what it excludes: `Heart size is normal` has cardiomegaly ABSENT. `normal` is stated
    at most once, and PRESENT only when the text calls something normal and affirms or suspects nothing. Sections headed
    as indication, comparison or technique are passed over. A finding that is told by its parts alone (a shadow with
    a meniscus) is not recognised. Takes time linear in the length.

    Args:
        text: A sentence, caption, report or query.
        lexicon: The findings to look for; the shipped ones by default.
        as_query: Whether a person typed it into a search field, where abbreviations count without their capitals
            (`ptx`, `chf`) unless they are ordinary words.
        place: Of a sentence of a report, `report_place` of that report: in one about the knee an effusion is not
            pleural unless the sentence names the chest. The same sentences are so read in and out of their report.
    """
    if text.strip(" \t\r\n.!").lower() in _ALL_NORMAL:
        return (StatedFinding(NORMAL, Assertion.PRESENT, None, 0, len(text)),)
    place = place or report_place(text)
    lexicon = lexicon or default_lexicon()
    mentions: list[StatedFinding] = []
    for section in find_sections(text):
        if section.section in NOT_SEARCHED:
            continue
        for start, end in sentence_spans(text, section.start, section.end):
            for mention in mentions_of(text[start:end], place, lexicon, as_query=as_query):
                mentions += _placed(mention, start)
    return _with_normal(mentions)


def with_parents(finding: str) -> frozenset[str]:
    """`finding` and all that it is a kind of in the shipped lexicon; see `Lexicon.with_parents`."""
    return default_lexicon().with_parents(finding)


def findings_of_mesh(terms: Sequence[str]) -> frozenset[str]:
    """The findings that expert codes such as `Pleural Effusion/left/small` state; unknown headings state none."""
    return frozenset(name for term in terms for name in findings_of_heading(term))


def _placed(mention: Mention, offset: int) -> list[StatedFinding]:
    """A mention of a sentence by its place in the text; what is denied by normality is a statement of normality too."""
    stated = mention.stated
    placed = replace(stated, start=stated.start + offset, end=stated.end + offset)
    if mention.by_normality:
        return [replace(placed, finding=NORMAL, assertion=Assertion.PRESENT, side=None), placed]
    return [placed]


def _with_normal(mentions: list[StatedFinding]) -> tuple[StatedFinding, ...]:
    """`mentions` with one statement of normality, or with none where anything is affirmed or suspected."""
    others = [m for m in mentions if m.finding != NORMAL]
    if any(m.assertion in {Assertion.PRESENT, Assertion.UNCERTAIN} for m in others):
        return tuple(others)
    stated = [m for m in mentions if m.finding == NORMAL][:1]
    return tuple(sorted([*others, *stated], key=lambda m: m.start))
