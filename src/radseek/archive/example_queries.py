"""Sentences that many reports of an archive share: queries worth trying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from radseek.archive.schema import reports, sentences
from radseek.records.reports import Assertion, Section

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHORTEST, LONGEST = 12, 72
"""Characters: long enough to say something, short enough for a button."""
FEWEST_STUDIES = 3
"""A sentence of fewer studies may be about one person; it is not offered to everyone."""


def common_sentences(connection: Connection, count: int) -> list[str]:
    """Up to `count` sentences that say something is present, by the number of studies that share them."""
    length = func.length(sentences.c.text)
    n_studies = func.count(reports.c.study_id.distinct())
    statement = (
        select(sentences.c.text)
        .join(reports, reports.c.id == sentences.c.report_id)
        .where(sentences.c.assertion == Assertion.PRESENT.value)
        .where(sentences.c.section.in_((Section.FINDINGS.value, Section.IMPRESSION.value)))
        .where(length >= SHORTEST, length <= LONGEST)
        .group_by(sentences.c.text)
        .having(n_studies >= FEWEST_STUDIES)
        .order_by(n_studies.desc(), sentences.c.text)
        .limit(count)
    )
    return [" ".join(text.split()) for text in connection.execute(statement).scalars()]
