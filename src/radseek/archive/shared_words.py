"""The words that reports of several patients share: what may be offered to people for a misspelt one."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select

from radseek.archive.schema import reports, sentences
from radseek.text.spelling import count_words

if TYPE_CHECKING:
    from sqlalchemy import Connection

FEWEST_PATIENTS = 3
"""A word of fewer patients may be a name; it is offered to nobody."""


def shared_words(connection: Connection) -> dict[str, int]:
    """Word -> number of patients whose reports hold it, for words of at least `FEWEST_PATIENTS`."""
    statement = (
        select(reports.c.id, reports.c.patient_id, reports.c.site, sentences.c.text)
        .join(reports, reports.c.id == sentences.c.report_id)
        .order_by(reports.c.patient_id, reports.c.site, reports.c.id)
    )
    counts: Counter[str] = Counter()
    # a report without patient stands for one of its own
    for _, told in groupby(
        connection.execute(statement), key=lambda row: (row.patient_id, row.site, None if row.patient_id else row.id)
    ):
        counts.update(set(count_words(row.text for row in told)))
    return {word: count for word, count in counts.items() if count >= FEWEST_PATIENTS}
