"""What the points of a map are coloured by, of many studies at once, as columns; keys only, no identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import extract, select

from radseek.archive.schema import patients, sources, studies
from radseek.index.id_lookup import places_of
from radseek.records.archive_map import COLOUR_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

NOT_KNOWN = -1
"""Code of a study of which a field is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedValues:
    """One field of `n` studies, as numbers."""

    codes: NDArray[np.int64]
    """`[n]`: places in `values`, or `NOT_KNOWN`."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MapStudies:
    """Studies of a map that the archive still has."""

    places: NDArray[np.int64]
    """`[n]`: which of the studies asked for these are, ascending."""
    keys: tuple[str, ...]
    columns: dict[str, CodedValues]
    """Field of `COLOUR_FIELDS` -> its values."""


def map_studies(connection: Connection, study_ids: NDArray[np.int64]) -> MapStudies:
    """What is known of those of `study_ids` (ascending) that are in the catalogue, in this order."""
    statement = (
        select(
            studies.c.id,
            studies.c.study_key,
            studies.c.modality,
            studies.c.body_part,
            patients.c.sex,
            sources.c.name.label("source"),
            extract("year", studies.c.study_date).label("year"),
        )
        .join(patients, patients.c.id == studies.c.patient_id)
        .join(sources, sources.c.id == studies.c.source_id)
        .order_by(studies.c.id)
    )
    rows = connection.execute(statement).all()
    places = places_of(study_ids, np.array([row.id for row in rows], dtype=np.int64))
    known = [row for row, place in zip(rows, places.tolist(), strict=True) if place >= 0]
    return MapStudies(
        places=places[places >= 0],
        keys=tuple(row.study_key for row in known),
        columns={name: _coded([getattr(row, name) for row in known]) for name in COLOUR_FIELDS},
    )


def _coded(values: Sequence[object]) -> CodedValues:
    texts = ["" if value is None else str(value) for value in values]
    known: dict[str, int] = {text: place for place, text in enumerate(sorted({*texts} - {""}))}
    return CodedValues(np.array([known.get(text, NOT_KNOWN) for text in texts], dtype=np.int64), tuple(known))
