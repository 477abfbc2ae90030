"""What of an archive can be tested: of each source its pictures, studies and patients, and who has text to ask with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, select

from radseek.archive.schema import images, reports, sentences, sources, studies

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class TestableSource:
    """One source, as far as it is indexed."""

    name: str
    n_pictures: int
    n_studies: int
    """With a picture."""
    n_patients: int
    n_with: dict[str, int]
    """Report section -> studies with a picture and text in it."""


def testable_sources(connection: Connection) -> list[TestableSource]:
    """Every source with a picture that can be tested, by name."""
    shown = select(images.c.study_id).where(images.c.ready.is_(True)).distinct().subquery()
    counts = (
        select(
            sources.c.name,
            func.count(images.c.id).label("n_pictures"),
            func.count(distinct(studies.c.id)).label("n_studies"),
            func.count(distinct(studies.c.patient_id)).label("n_patients"),
        )
        .join(studies, studies.c.source_id == sources.c.id)
        .join(images, images.c.study_id == studies.c.id)
        .where(images.c.ready.is_(True))
        .group_by(sources.c.name)
        .order_by(sources.c.name)
    )
    told = (
        select(sources.c.name, sentences.c.section, func.count(distinct(studies.c.id)).label("n"))
        .join(reports, reports.c.id == sentences.c.report_id)
        .join(studies, studies.c.id == reports.c.study_id)
        .join(sources, sources.c.id == studies.c.source_id)
        .join(shown, shown.c.study_id == studies.c.id)
        .group_by(sources.c.name, sentences.c.section)
    )
    n_with: dict[str, dict[str, int]] = {}
    for row in connection.execute(told):
        n_with.setdefault(row.name, {})[row.section] = int(row.n)
    return [
        TestableSource(row.name, row.n_pictures, row.n_studies, row.n_patients, n_with.get(row.name, {}))
        for row in connection.execute(counts)
    ]
