"""Studies of a patient in time, and what tells two studies of one examination. Dates are as received: never shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select

from radseek.archive.schema import images, reports, studies

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class DatedStudy:
    """A study with its patient and date."""

    id: int
    study_key: str
    patient_id: int
    """The catalogue's number of the patient, no identifier as received."""
    study_date: date | None
    modality: str
    body_part: str


def dated_studies(connection: Connection, study_ids: Iterable[int]) -> dict[int, DatedStudy]:
    """Study id -> study; ids that are gone are left out."""
    return {study.id: study for batch in _batches(study_ids) for study in _dated(connection, studies.c.id.in_(batch))}


def studies_of_patients(connection: Connection, patient_ids: Iterable[int]) -> dict[int, list[DatedStudy]]:
    """Patient -> all studies in time: by date, then in the order in which they came; those without a date last."""
    found: dict[int, list[DatedStudy]] = {}
    for batch in _batches(patient_ids):
        for study in _dated(connection, studies.c.patient_id.in_(batch)):
            found.setdefault(study.patient_id, []).append(study)
    for timeline in found.values():
        timeline.sort(key=lambda study: (study.study_date is None, study.study_date or date.min, study.id))
    return found


def report_texts(connection: Connection, study_ids: Iterable[int]) -> dict[int, list[str]]:
    """Study id -> the texts of its reports, in the order in which they came; nothing for studies without one."""
    found: dict[int, list[str]] = {}
    for batch in _batches(study_ids):
        statement = select(reports.c.study_id, reports.c.text).where(reports.c.study_id.in_(batch))
        for row in connection.execute(statement.order_by(reports.c.id)):
            found.setdefault(row.study_id, []).append(row.text)
    return found


def content_keys(connection: Connection, study_ids: Iterable[int]) -> dict[int, str]:
    """Image id -> content key of all pictures of these studies that can be shown."""
    return {
        row.id: row.content_key
        for batch in _batches(study_ids)
        for row in connection.execute(
            select(images.c.id, images.c.content_key).where(images.c.study_id.in_(batch), images.c.ready.is_(True))
        )
    }


def _dated(connection: Connection, condition: ColumnElement[bool]) -> Iterator[DatedStudy]:
    columns: Sequence[Any] = (
        studies.c.id,
        studies.c.study_key,
        studies.c.patient_id,
        studies.c.study_date,
        studies.c.modality,
        studies.c.body_part,
    )
    for row in connection.execute(select(*columns).where(condition)):
        yield DatedStudy(*row)


def _batches(values: Iterable[int]) -> Iterator[list[int]]:
    iterator = iter(map(int, values))
    while batch := list(islice(iterator, _BATCH)):
        yield batch
