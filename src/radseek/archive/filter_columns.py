"""What people filter by, of every study, in memory: read once, it counts for many filters in a millisecond each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import extract, select

from radseek.archive.filter_queries import FACETS
from radseek.archive.schema import instances, patients, series, sources, studies
from radseek.index.id_lookup import known_places, mark

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of one field, as numbers."""

    owners: NDArray[np.int64]
    """`[m]`: places of the studies that have a value; one may stand here with several values."""
    codes: NDArray[np.int64]
    """`[m]`: places in `values`."""
    values: tuple[str, ...]

    @classmethod
    def of(cls, owners: Iterable[int], values: Iterable[object]) -> Column:
        """The column of `values` of `owners`, without empty ones, each pair once."""
        known: dict[str, int] = {}
        pairs = {
            (owner, known.setdefault(str(value), len(known)))
            for owner, value in zip(owners, values, strict=True)
            if value not in {None, ""}
        }
        table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1], tuple(known))

    def counts(self, marked: NDArray[np.bool_]) -> dict[str, int]:
        """Value -> number of marked owners, most frequent first, then by value; values of none are left out."""
        numbers = np.bincount(self.codes[marked[self.owners]], minlength=len(self.values)).tolist()
        found = [(value, number) for value, number in zip(self.values, numbers, strict=True) if number]
        return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


class StudyColumns:
    """The fields of `FACETS` of all studies in a catalogue, as they are when it is made."""

    def __init__(self, connection: Connection) -> None:
        statement = (
            select(
                studies.c.id,
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
        self._ids = np.array([row.id for row in rows], dtype=np.int64)
        fields = {name: [getattr(row, name) for row in rows] for name in FACETS if name != "view_position"}
        seen = select(series.c.study_id, instances.c.view_position).join(series, series.c.id == instances.c.series_id)
        views = connection.execute(seen.distinct()).all()
        viewed = known_places(self._ids, np.array([row.study_id for row in views], dtype=np.int64))
        self._columns = {name: Column.of(range(len(rows)), values) for name, values in fields.items()}
        self._columns["view_position"] = Column.of(viewed.tolist(), [row.view_position for row in views])

    def counts(self, allowed: NDArray[np.int64]) -> dict[str, dict[str, int]]:
        """Field of `FACETS` -> value -> number of studies, as `facet_counts` of a filter that allows just these.

        Args:
            allowed: Study ids, int64 `[m]` ascending.
        """
        marked = mark(self._ids, allowed)
        return {name: self._columns[name].counts(marked) for name in FACETS}
