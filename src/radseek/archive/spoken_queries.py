"""The sentences from which spoken queries are learned, person by person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from radseek.archive.schema import reports, sentences, studies
from radseek.records.reports import Section

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SAID = (Section.FINDINGS.value, Section.IMPRESSION.value, Section.OTHER.value)
_BATCH = 5_000


def sentences_by_person(connection: Connection) -> Iterator[tuple[str, str]]:
    """(whose, sentence) of findings, impressions and text under no heading; a person's sentences stand together.

    Whose is the study's patient, or the patient that the report names, or the report itself where there is neither.
    """
    statement = (
        select(studies.c.patient_id, reports.c.patient_id, reports.c.site, reports.c.id, sentences.c.text)
        .join(reports, reports.c.id == sentences.c.report_id)
        .outerjoin(studies, studies.c.id == reports.c.study_id)
        .where(sentences.c.section.in_(_SAID))
        .order_by(studies.c.patient_id, reports.c.site, reports.c.patient_id, reports.c.id, sentences.c.ordinal)
        .execution_options(yield_per=_BATCH)
    )
    for person, named, site, report, text in connection.execute(statement):
        if person is not None:
            yield f"patient {person}", text
        else:
            yield (f"named {site} {named}" if named else f"report {report}"), text
