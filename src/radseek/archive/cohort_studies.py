"""Studies as members of cohorts: which there are, what is known of each, their vectors, and apart their identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from radseek.archive.embeddings import IMAGES, EmbeddingStore
from radseek.archive.filter_queries import allowed_study_ids
from radseek.archive.schema import images, patients, sources, studies
from radseek.archive.study_queries import first_images
from radseek.records.cohort import CohortStudy

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.encoders.spec import EncoderSpec
    from radseek.records.search import Where

_BATCH = 5_000
_KNOWN = (
    studies.c.study_key,
    studies.c.modality,
    studies.c.body_part,
    studies.c.age_years,
    studies.c.study_date,
    studies.c.synthetic,
)


@dataclass(frozen=True, slots=True)
class StudyIdentifiers:
    """What names a study outside of this archive: to be shown only to those who may."""

    accession: str
    study_uid: str


def filtered_study_keys(connection: Connection, where: Where) -> list[str]:
    """Keys of all studies that the filters allow, in the order in which the archive learned them."""
    rows = connection.execute(select(studies.c.id, studies.c.study_key).order_by(studies.c.id)).all()
    allowed = allowed_study_ids(connection, where)
    if allowed is None:
        return [row.study_key for row in rows]
    kept = set(allowed.tolist())
    return [row.study_key for row in rows if row.id in kept]


def cohort_studies(connection: Connection, study_keys: Iterable[str]) -> dict[str, CohortStudy]:
    """Study key -> what is known of it, in the order asked; studies that are not in the archive are left out."""
    found: dict[str, CohortStudy] = {}
    for batch in _batches(study_keys):
        statement = (
            select(*_KNOWN, patients.c.patient_key, patients.c.sex, sources.c.name.label("source"))
            .join(patients, patients.c.id == studies.c.patient_id)
            .join(sources, sources.c.id == studies.c.source_id)
            .where(studies.c.study_key.in_(batch))
        )
        rows = {row.study_key: row for row in connection.execute(statement)}
        for key in batch:
            if (row := rows.get(key)) is not None:
                found[key] = CohortStudy(
                    study_key=key,
                    patient_key=row.patient_key,
                    modality=row.modality,
                    body_part=row.body_part,
                    sex=row.sex,
                    age_years=row.age_years,
                    study_year=row.study_date.year if row.study_date else None,
                    source=row.source,
                    synthetic=row.synthetic,
                )
    return found


def identifiers_of(connection: Connection, study_keys: Iterable[str]) -> dict[str, StudyIdentifiers]:
    """Study key -> accession number and StudyInstanceUID, as received. The caller checks who may see them."""
    found: dict[str, StudyIdentifiers] = {}
    for batch in _batches(study_keys):
        columns = (studies.c.study_key, studies.c.accession, studies.c.study_uid)
        for row in connection.execute(select(*columns).where(studies.c.study_key.in_(batch))):
            found[row.study_key] = StudyIdentifiers(row.accession, row.study_uid)
    return found


def keys_of_uids(connection: Connection, study_uids: Iterable[str]) -> dict[str, str]:
    """StudyInstanceUID -> study key in this archive; unknown ones are left out."""
    found: dict[str, str] = {}
    for batch in _batches(study_uids):
        columns = (studies.c.study_uid, studies.c.study_key)
        for row in connection.execute(select(*columns).where(studies.c.study_uid.in_(batch))):
            found[row.study_uid] = row.study_key
    return found


def study_vectors(
    archive: ArchiveFolder, connection: Connection, spec: EncoderSpec, study_keys: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One vector a study: the mean of its pictures' unit vectors, of unit length.

    They are read from the embeddings that the index is made of.

    Returns:
        float32 `[n, dim]`, zero rows where there is none, and bool `[n]`: which studies have one. A study without an
        encoded picture has none.
    """
    place = {key: row for row, key in enumerate(study_keys)}
    rows: list[int] = []
    contents: list[str] = []
    for batch in _batches(study_keys):
        statement = (
            select(studies.c.study_key, images.c.content_key)
            .join(images, images.c.study_id == studies.c.id)
            .where(studies.c.study_key.in_(batch), images.c.ready.is_(True))
            .order_by(images.c.id)
        )
        for row in connection.execute(statement):
            rows.append(place[row.study_key])
            contents.append(row.content_key)
    vectors, found = EmbeddingStore(archive.embeddings_folder, spec, IMAGES).read(contents)
    sums = np.zeros((len(study_keys), spec.dim), np.float64)
    np.add.at(sums, np.array(rows, np.int64)[found], vectors[found])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)  # [n, 1]
    has_one = lengths[:, 0] > 1e-6  # opposite pictures cancel out and point nowhere
    return np.where(has_one[:, None], sums / np.maximum(lengths, 1e-6), 0).astype(np.float32), has_one


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(values)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def key_pictures(connection: Connection, study_keys: Iterable[str]) -> dict[str, str]:
    """Study key -> key of its first picture; studies without pictures, or gone, are left out."""
    wanted = select(studies.c.id, studies.c.study_key).where(studies.c.study_key.in_(list(study_keys)))
    by_id = {row.id: row.study_key for row in connection.execute(wanted)}
    return {by_id[study]: image.image_key for study, image in first_images(connection, list(by_id)).items()}
