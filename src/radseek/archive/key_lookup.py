"""From an accession number, a UID or one of our keys straight to the studies, past every index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from radseek.archive.schema import images, instances, patients, reports, series, studies

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NUMBER_LIKE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{2,63}")
"""One word with a digit: accession numbers (SH, at most 16 characters), UIDs (at most 64) and our own keys."""
_FEWEST_DIGITS = 5
"""A word with so many digits is a number and nothing else."""
MAX_STUDIES = 50
"""Most studies of one key: all studies of a patient may be many."""


def is_number(text: str) -> bool:
    """Whether `text` is a number such as an accession number or UID, rather than words."""
    return bool(_NUMBER_LIKE.fullmatch(text)) and sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def studies_of_key(connection: Connection, text: str) -> list[int]:
    """Ids of the studies whose number `text` is, the newest first; empty when it is none, or no number.

    Accession number, StudyInstanceUID, SeriesInstanceUID and SOPInstanceUID, and our study, series, image, report and
    patient keys. Patient IDs are not looked up: who has one is not to find out here whether that patient is in the
    archive.
    """
    if not _NUMBER_LIKE.fullmatch(text):
        return []
    of_series = select(series.c.study_id).where(or_(series.c.series_uid == text, series.c.series_key == text))
    of_instance = select(series.c.study_id).join(instances).where(instances.c.instance_uid == text)
    of_image = select(images.c.study_id).where(images.c.image_key == text)
    of_report = select(reports.c.study_id).where(or_(reports.c.accession == text, reports.c.report_key == text))
    of_patient = select(patients.c.id).where(patients.c.patient_key == text)
    statement = select(studies.c.id).where(
        or_(
            studies.c.study_uid == text,
            studies.c.accession == text,
            studies.c.study_key == text,
            studies.c.id.in_(of_series),
            studies.c.id.in_(of_instance),
            studies.c.id.in_(of_image),
            studies.c.id.in_(of_report),
            studies.c.patient_id.in_(of_patient),
        )
    )
    ordered = statement.order_by(studies.c.study_date.desc(), studies.c.id).limit(MAX_STUDIES)
    return [int(study_id) for study_id in connection.execute(ordered).scalars()]
