"""A pasted report as the statements that are worth searching: each sentence that affirms or suspects something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from radseek.records.findings import StatedFinding
from radseek.records.reports import Assertion, Section
from radseek.text.assertions import assert_sentence
from radseek.text.concepts import Lexicon
from radseek.text.findings import NOT_SEARCHED, stated_findings
from radseek.text.mentions import NORMAL
from radseek.text.normalising import one_line
from radseek.text.sections import find_sections
from radseek.text.sentences import sentence_spans

MAX_STATEMENTS = 12
"""Statements searched of one report, the first ones: each costs as much as a query."""

_FEW = 4
"""Up to so many sentences are a query rather than a report: all that they claim counts, whether the lexicon knows it
or not."""
_AFFIRMED = frozenset({Assertion.PRESENT, Assertion.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a pasted text."""

    text: str
    """On one line."""
    assertion: Assertion
    stated: tuple[StatedFinding, ...]
    """Its findings, by place in `text`."""


@dataclass(frozen=True, slots=True)
class SplitReport:
    """A pasted text as what is searched of it; all empty where it is searched as a whole."""

    statements: tuple[Statement, ...] = ()
    excluded: tuple[str, ...] = ()
    """Findings that a text of up to four sentences denies: no hit states them."""
    denied: tuple[StatedFinding, ...] = ()
    """Denials of a longer report: what the reporter went through, rather than what is asked."""


def split_statements(text: str, lexicon: Lexicon) -> SplitReport:
    """What a text of several sentences affirms or suspects, in its order; nothing for one sentence, or when all denies.

    A sentence whose findings an earlier one states already is left out, as impressions repeat findings. What the
    lexicon does not know counts in the impression, and in a text of up to four sentences. Indication, comparison and
    technique do not count.
    """
    sentences = [
        (section.section, *span)
        for section in find_sections(text)
        if section.section not in NOT_SEARCHED
        for span in sentence_spans(text, section.start, section.end)
    ]
    if len(sentences) < 2:
        return SplitReport()
    mentions = stated_findings(text, lexicon)
    kept: list[Statement] = []
    known: set[tuple[str, object]] = set()
    for section, start, end in sentences:
        statement = _statement(text[start:end], [m for m in mentions if start <= m.start < end], start)
        affirmed = {(m.finding, m.side) for m in statement.stated if m.assertion in _AFFIRMED and m.finding != NORMAL}
        claims = not statement.stated and statement.assertion in _AFFIRMED
        if affirmed - known or (claims and (section is Section.IMPRESSION or len(sentences) <= _FEW)):
            kept.append(statement)
            known |= affirmed
    if not kept:
        return SplitReport()
    affirmed_names = {name for name, _ in known}
    denied = [m for m in mentions if m.assertion is Assertion.ABSENT and m.finding not in affirmed_names]
    statements = tuple(kept[:MAX_STATEMENTS])
    if len(sentences) <= _FEW:
        return SplitReport(statements, excluded=tuple(dict.fromkeys(m.finding for m in denied)))
    general = frozenset[str]().union(*(lexicon.with_parents(name) for name in affirmed_names))
    different = {(m.finding, m.side): m for m in denied if m.finding not in general}
    return SplitReport(statements, denied=tuple(different.values()))


def _statement(text: str, mentions: Sequence[StatedFinding], start: int) -> Statement:
    flat = one_line(text)
    stated = tuple(replace(m, start=m.start - start, end=m.end - start) for m in mentions)
    if flat != text:
        stated = tuple(_moved(text, m) for m in stated)
    return Statement(flat, assert_sentence(flat), stated)


def _moved(text: str, mention: StatedFinding) -> StatedFinding:
    """`mention` by its place in `text` after its white space was made single blanks."""
    start = len(one_line(text[: mention.start] + "x")) - 1
    return replace(mention, start=start, end=start + len(one_line(text[mention.start : mention.end])))
