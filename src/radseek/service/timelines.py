"""Hits with what shares their place: the keys of folded studies, and the patient's studies in time."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.study_queries import study_id_by_key
from radseek.archive.timeline_queries import DatedStudy, dated_studies, studies_of_patients
from radseek.records.search import Hit, TimelineEntry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.search.folding import Page


def patients_of(connection: Connection, study_ids: Sequence[int]) -> dict[int, int]:
    """Study id -> the catalogue's number of its patient; studies that are gone are left out."""
    return {study.id: study.patient_id for study in dated_studies(connection, study_ids).values()}


def own_studies(connection: Connection, study_key: str) -> NDArray[np.int64] | None:
    """Ids of all studies of the patient of the study with this key, ascending; None for an empty key.

    Raises:
        InputError: When there is no such study.
    """
    if not study_key:
        return None
    study_id = study_id_by_key(connection, study_key)
    patient = patients_of(connection, [study_id])[study_id]
    return np.array(sorted(study.id for study in studies_of_patients(connection, [patient])[patient]), dtype=np.int64)


def first_of_patients(connection: Connection, study_ids: Sequence[int]) -> list[int]:
    """The first of `study_ids` of each patient, in their order."""
    firsts: dict[int, int] = {}
    patients = patients_of(connection, study_ids)
    for study in study_ids:
        if study in patients:
            firsts.setdefault(patients[study], study)
    return list(firsts.values())


def with_folded(connection: Connection, hits: Sequence[Hit], study_ids: Sequence[int], page: Page) -> tuple[Hit, ...]:
    """`hits` with the keys of the studies that the page folded under them; `study_ids` are theirs, in their order."""
    under = {study: page.folded[study] for study in study_ids if study in page.folded}
    known = dated_studies(connection, [one for folded in under.values() for one in folded]) if under else {}
    return tuple(
        replace(hit, folded=tuple(known[one].study_key for one in under[study] if one in known))
        if study in under
        else hit
        for hit, study in zip(hits, study_ids, strict=True)
    )


def with_timelines(
    connection: Connection, hits: Sequence[Hit], study_ids: Sequence[int], found: Set[int]
) -> tuple[Hit, ...]:
    """`hits` with all studies of their patients in time: two queries for all of them.

    Args:
        connection: The catalogue's.
        hits: One a patient.
        study_ids: Ids of the hits' studies, in any order.
        found: Ids of the studies that answer the query.
    """
    own = {study.study_key: study for study in dated_studies(connection, study_ids).values()}
    timelines = studies_of_patients(connection, {study.patient_id for study in own.values()})
    return tuple(
        replace(
            hit,
            timeline=tuple(
                _entry(study, own[hit.study_key], study.id in found)
                for study in timelines[own[hit.study_key].patient_id]
            ),
        )
        if hit.study_key in own
        else hit
        for hit in hits
    )


def _entry(study: DatedStudy, hit: DatedStudy, is_hit: bool) -> TimelineEntry:
    """What of `study` may be shown beside `hit`: the year, and the days between them."""
    dates = study.study_date, hit.study_date
    return TimelineEntry(
        study_key=study.study_key,
        study_year=study.study_date.year if study.study_date else None,
        days=(dates[0] - dates[1]).days if dates[0] is not None and dates[1] is not None else None,
        modality=study.modality,
        body_part=study.body_part,
        is_hit=is_hit,
    )
