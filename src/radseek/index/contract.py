"""What every vector index promises, so that search never knows which one it asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]

NO_ID = -1
"""Id at a place that no vector fills; its score is -inf."""


class VectorIndex(Protocol):
    """Finds the vectors with the largest inner product. Immutable once built; searches may run in parallel threads."""

    @property
    def kind(self) -> str:
        """Name under which `load_vector_index` finds the implementation."""

    @property
    def dim(self) -> int:
        """Length of each vector."""

    @property
    def ids(self) -> Ids:
        """All ids, int64 `[count]`, ascending."""

    @property
    def count(self) -> int:
        """Number of vectors."""

    @property
    def facts(self) -> Mapping[str, float]:
        """What the build decided or measured, for the manifest (such as the recall it measured on itself)."""

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Scores, Ids]:
        """Scores float32 `[n_q, k]` and ids int64 `[n_q, k]`, best first.

        A score is the inner product of unit vectors, -1..1, computed in double precision and rounded once: the same
        pair has the same score in every implementation and under every filter. Equal scores go to the smaller id.
        Places without a vector hold id -1 and score -inf.

        Args:
            queries: Unit vectors, float32 `[n_q, dim]`.
            k: Places wanted, at least 1; may exceed `count`.
            allowed: Ids that may be found, int64 `[m]`, strictly ascending; unknown ids are ignored. None allows all.

        Raises:
            InputError: When an argument is not as above; the message names it.
        """

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of `ids` as they were indexed, float32 `[m, dim]`, in the order of `ids`.

        Args:
            ids: int64 `[m]`, in any order, repeated or not.

        Raises:
            InputError: When an id is not in the index.
        """

    def write(self, folder: Path) -> list[str]:
        """Writes the index into an existing empty folder and returns the names of its files, sorted.

        Raises:
            StorageError: When the disk refuses.
        """
