"""What people filter by, of every study, in memory: read once, filters are applied and counted in a millisecond."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import extract, select

from radseek.archive.filter_queries import FACETS
from radseek.archive.schema import images, instances, patients, reports, series, sources, studies
from radseek.index.id_lookup import known_places, mark

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Select

    from radseek.records.search import Where


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

    def having(self, values: Iterable[str], n: int) -> NDArray[np.bool_]:
        """Which of `n` owners have one of `values`, bool `[n]`."""
        wanted = np.array([value in set(values) for value in self.values], dtype=bool)
        marked = np.zeros(n, dtype=bool)
        marked[self.owners[wanted[self.codes]]] = True
        return marked

    def counts(self, marked: NDArray[np.bool_]) -> dict[str, int]:
        """Value -> number of marked owners, most frequent first, then by value; values of none are left out."""
        numbers = np.bincount(self.codes[marked[self.owners]], minlength=len(self.values)).tolist()
        found = [(value, number) for value, number in zip(self.values, numbers, strict=True) if number]
        return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


class StudyColumns:
    """What filters look at, of all studies in a catalogue, as it is when this is made."""

    def __init__(self, connection: Connection) -> None:
        statement = (
            select(
                studies.c.id,
                studies.c.modality,
                studies.c.body_part,
                patients.c.sex,
                sources.c.name.label("source"),
                extract("year", studies.c.study_date).label("year"),
                studies.c.age_years,
                studies.c.study_date,
            )
            .join(patients, patients.c.id == studies.c.patient_id)
            .join(sources, sources.c.id == studies.c.source_id)
            .order_by(studies.c.id)
        )
        rows = connection.execute(statement).all()
        self._ids = np.array([row.id for row in rows], dtype=np.int64)
        fields = {name: [getattr(row, name) for row in rows] for name in FACETS if name != "view_position"}
        self._columns = {name: Column.of(range(len(rows)), values) for name, values in fields.items()}
        made = select(series.c.study_id, series.c.modality).distinct()
        seen = select(series.c.study_id, instances.c.view_position).join(series, series.c.id == instances.c.series_id)
        self._series_modality = self._column(connection, made)
        self._columns["view_position"] = self._column(connection, seen.where(instances.c.refused.is_(False)).distinct())
        self._ages = np.array([row.age_years for row in rows], dtype=np.float64)  # None is NaN, in no range
        self._dates = np.array([row.study_date for row in rows], dtype="datetime64[D]")  # None is NaT, likewise
        reported = select(reports.c.study_id).where(reports.c.study_id.is_not(None)).distinct()
        pictured = select(images.c.study_id).where(images.c.ready.is_(True)).distinct()
        self._has_report, self._has_images = (
            mark(self._ids, np.array(sorted(connection.execute(asked).scalars()), dtype=np.int64))
            for asked in (reported, pictured)
        )

    def allowed(self, where: Where) -> NDArray[np.int64]:
        """Ids of the studies that the filters allow, int64 `[m]` ascending, as `allowed_study_ids` of a filter."""
        keep = np.ones(self._ids.size, dtype=bool)
        for name in ("body_part", "view_position", "sex", "source"):
            if values := getattr(where, name):
                keep &= self._columns[name].having(values, keep.size)
        if where.modality:
            own, of_series = self._columns["modality"], self._series_modality
            keep &= own.having(where.modality, keep.size) | of_series.having(where.modality, keep.size)
        if where.age_min_years is not None:
            keep &= self._ages >= where.age_min_years
        if where.age_max_years is not None:
            keep &= self._ages <= where.age_max_years
        if where.date_from is not None:
            keep &= self._dates >= np.datetime64(where.date_from, "D")
        if where.date_to is not None:
            keep &= self._dates <= np.datetime64(where.date_to, "D")
        if where.has_report is not None:
            keep &= self._has_report == where.has_report
        if where.has_images is not None:
            keep &= self._has_images == where.has_images
        return self._ids[keep]

    def counts(self, allowed: NDArray[np.int64]) -> dict[str, dict[str, int]]:
        """Field of `FACETS` -> value -> number of studies, as `facet_counts` of a filter that allows just these.

        Args:
            allowed: Study ids, int64 `[m]` ascending.
        """
        marked = mark(self._ids, allowed)
        return {name: self._columns[name].counts(marked) for name in FACETS}

    def _column(self, connection: Connection, asked: Select[Any]) -> Column:
        """The column of (study id, value) pairs."""
        pairs = connection.execute(asked).all()
        owners = known_places(self._ids, np.array([study for study, _ in pairs], dtype=np.int64))
        return Column.of(owners.tolist(), [value for _, value in pairs])
