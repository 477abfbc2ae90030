"""One study for display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radseek.archive.absent_pictures import count_pending, unreadable_files
from radseek.archive.study_queries import (
    hydrate_studies,
    images_of_study,
    labels_of_study,
    other_studies,
    reports_of_study,
    study_id_by_key,
)
from radseek.records.search import StudyView
from radseek.service.told_findings import told_findings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.text import Lexicon


def view_study(connection: Connection, study_key: str, lexicon: Lexicon) -> StudyView:
    """A study with its pictures, reports, labels and the patient's other studies. No identifiers.

    Args:
        connection: To the catalogue.
        study_key: Which study.
        lexicon: Tells which sentences name a finding.

    Raises:
        InputError: When there is no such study.
    """
    study_id = study_id_by_key(connection, study_key)
    row = hydrate_studies(connection, [study_id])[0]
    return StudyView(
        study_key=row.study_key,
        patient_key=row.patient_key,
        modality=row.modality,
        body_part=row.body_part,
        description=row.description,
        sex=row.sex,
        age_years=row.age_years,
        study_year=row.study_year,
        source=row.source,
        images=tuple(images_of_study(connection, study_id)),
        reports=told_findings(reports_of_study(connection, study_id), lexicon),
        labels=tuple(labels_of_study(connection, study_id)),
        other_studies=tuple(other_studies(connection, study_id)),
        synthetic=row.synthetic,
        modalities=row.modalities,
        unreadable=unreadable_files(connection, study_id),
        n_pending=count_pending(connection, study_id),
    )
