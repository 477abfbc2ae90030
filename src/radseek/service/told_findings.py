"""Which sentences of a report name a finding, so that a page need not mark the others as if they did."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from radseek.text import stated_findings

if TYPE_CHECKING:
    from radseek.records.search import ReportView
    from radseek.text import Lexicon


def told_findings(reports: Iterable[ReportView], lexicon: Lexicon) -> tuple[ReportView, ...]:
    """`reports` with `SentenceView.states_finding` as the lexicon reads each sentence."""
    return tuple(_told(report, lexicon) for report in reports)


def _told(report: ReportView, lexicon: Lexicon) -> ReportView:
    sentences = tuple(
        dataclasses.replace(
            sentence,
            states_finding=sentence.states_finding
            and bool(stated_findings(sentence.text, lexicon, place=sentence.place)),
        )
        for sentence in report.sentences
    )
    return dataclasses.replace(report, sentences=sentences)
