"""Facet counts kept per index generation: on a million pictures they take most of a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from radseek.archive.filter_queries import facet_counts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.records.search import Where

Facets = Mapping[str, Mapping[str, int]]

KEPT = 64
"""Filter combinations whose counts are kept."""


class FacetCache:
    """Counts of the filters asked last. What is ingested shows up once it is indexed, as in searches."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Where], Facets] = {}

    def counts(self, connection: Connection, generation: str, where: Where) -> Facets:
        """Field -> value -> number of studies that `where` allows; without a generation nothing is kept."""
        if not generation:
            return facet_counts(connection, where)
        key = (generation, where)
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = facet_counts(connection, where)
        return self._kept[key]
