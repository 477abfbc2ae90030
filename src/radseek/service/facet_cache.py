"""What filters allow, and facet counts, kept per index generation: on a million pictures they take most of a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from radseek.archive.filter_columns import StudyColumns
from radseek.archive.filter_queries import allowed_image_ids, allowed_study_ids, facet_counts
from radseek.records.search import Where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

Kept = TypeVar("Kept")

Facets = Mapping[str, Mapping[str, int]]

KEPT = 64
"""Filter combinations whose counts are kept."""


class FacetCache:
    """Counts and pictures of the filters asked last. What is ingested shows up once it is indexed, as in searches."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Where], Facets] = {}
        self._pictures: dict[tuple[str, Where], NDArray[np.int64] | None] = {}
        self._columns: tuple[str, StudyColumns] | None = None

    def allowed(self, connection: Connection, generation: str, where: Where) -> NDArray[np.int64] | None:
        """Ids of the studies that `where` allows, ascending; None when it allows all.

        With a generation of what it holds: a study that came later is not searched anyway.
        """
        if where == Where() or not generation:
            return allowed_study_ids(connection, where)
        return self._study_columns(connection, generation).allowed(where)

    def counts(
        self, connection: Connection, generation: str, where: Where, allowed: NDArray[np.int64] | None = None
    ) -> Facets:
        """Field -> value -> number of studies that `where` allows; without a generation nothing is kept.

        Args:
            connection: In a read transaction.
            generation: Name of the index generation.
            where: The filters.
            allowed: Ids of the studies that they allow, ascending, where they are known already.
        """
        if not generation:
            return facet_counts(connection, where)
        key = (generation, where)
        if key not in self._kept:
            _make_room(self._kept)
            if where == Where() or allowed is None:
                self._kept[key] = facet_counts(connection, where)
            else:
                self._kept[key] = self._study_columns(connection, generation).counts(allowed)
        return self._kept[key]

    def pictures(self, connection: Connection, generation: str, where: Where) -> NDArray[np.int64] | None:
        """As `allowed_image_ids`. What a picture is does not change, and a generation brings no new ones."""
        asked = Where(modality=where.modality, view_position=where.view_position)
        key = (generation, asked)
        if key not in self._pictures:
            _make_room(self._pictures)
            self._pictures[key] = allowed_image_ids(connection, asked)
        return self._pictures[key]

    def _study_columns(self, connection: Connection, generation: str) -> StudyColumns:
        if self._columns is None or self._columns[0] != generation:
            self._columns = (generation, StudyColumns(connection))
        return self._columns[1]


def _make_room(kept: dict[tuple[str, Where], Kept]) -> None:
    if len(kept) >= KEPT:
        kept.clear()
