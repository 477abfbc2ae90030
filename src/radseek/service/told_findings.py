"""Which sentences name a finding, so that a page need not mark the others as if they did."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from radseek.text import stated_findings

if TYPE_CHECKING:
    from radseek.records.findings import Region, StatedFinding
    from radseek.records.search import ReportView, SentenceView
    from radseek.text import Lexicon

_KEPT = 4096
"""Sentences of the hits of some searches: to read one takes about 0.3 ms."""


@lru_cache(maxsize=_KEPT)
def read_sentence(text: str, place: Region | None, lexicon: Lexicon) -> tuple[StatedFinding, ...]:
    """The findings that a report's sentence states; of sentences read lately, as they were read."""
    return stated_findings(text, lexicon, place=place)


def told_findings(reports: Iterable[ReportView], lexicon: Lexicon) -> tuple[ReportView, ...]:
    """`reports` with `SentenceView.states_finding` as the lexicon reads each sentence."""
    return tuple(
        dataclasses.replace(report, sentences=tuple(told_sentence(sentence, lexicon) for sentence in report.sentences))
        for report in reports
    )


def told_sentence(sentence: SentenceView, lexicon: Lexicon) -> SentenceView:
    """`sentence` with whether the lexicon reads a finding in it; one in another language names none for us."""
    is_told = sentence.states_finding and bool(read_sentence(sentence.text, sentence.place, lexicon))
    return sentence if sentence.states_finding == is_told else dataclasses.replace(sentence, states_finding=is_told)
