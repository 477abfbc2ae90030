"""The exact index: every vector is looked at. Plain numpy; the reference that other kinds are measured against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from radseek.errors import ArtifactError
from radseek.index.contract import Ids, Scores, Vectors
from radseek.index.exact_scan import padded, top_rows
from radseek.index.id_lookup import checked_places, mark
from radseek.index.stored_arrays import read_array, write_array
from radseek.index.vector_checks import check_allowed, check_ids, check_k, check_vectors


class ExactIndex:
    """Vectors in id order, scanned whole for each search; see `VectorIndex` for the promises.

    Args:
        ids: int64 `[n]`, strictly ascending.
        vectors: Unit vectors, float32 `[n, dim]`, in memory or memory-mapped.
    """

    kind = "exact"

    def __init__(self, ids: Ids, vectors: Vectors) -> None:
        self._ids = ids
        self._vectors = vectors

    @classmethod
    def build(cls, ids: Ids, vectors: Vectors) -> ExactIndex:
        """An index over `vectors`, given in any order.

        Args:
            ids: int64 `[n]`, not negative, each once.
            vectors: Unit vectors, float32 `[n, dim]`.

        Raises:
            InputError: When either is not as above; the message names it.
        """
        check_vectors(vectors, "vectors")
        order = np.argsort(check_ids(ids, "ids", len(vectors)), kind="stable")
        return cls(ids[order], np.ascontiguousarray(vectors[order]))

    @classmethod
    def load(cls, folder: Path) -> ExactIndex:
        """The index that `write` left in `folder`, memory-mapped.

        Raises:
            ArtifactError: When a file is missing or not what `write` writes.
        """
        ids = read_array(folder / "ids.npy", np.int64, 1)
        vectors = read_array(folder / "vectors.npy", np.float32, 2, mapped=True)
        if len(ids) != len(vectors):
            raise ArtifactError(f"ids.npy has {len(ids)} rows and vectors.npy {len(vectors)}; run `radseek index`")
        return cls(ids, vectors)

    @property
    def dim(self) -> int:
        """Length of each vector."""
        return int(self._vectors.shape[1])

    @property
    def ids(self) -> Ids:
        """All ids, int64 `[count]`, ascending."""
        return self._ids

    @property
    def count(self) -> int:
        """Number of vectors."""
        return int(self._ids.size)

    @property
    def facts(self) -> Mapping[str, float]:
        """Nothing is decided or measured here."""
        return {}

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Scores, Ids]:
        """See `VectorIndex.search`."""
        check_vectors(queries, "queries", self.dim)
        check_k(k)
        allowed = check_allowed(allowed)
        rows = None if allowed is None else np.flatnonzero(mark(self._ids, allowed))
        found = [(self._ids[best], scores) for best, scores in top_rows(self._vectors, queries, k, rows)]
        return padded(found, k)

    def vectors_of(self, ids: Ids) -> Vectors:
        """See `VectorIndex.vectors_of`."""
        return np.asarray(self._vectors[checked_places(self._ids, ids)])

    def write(self, folder: Path) -> list[str]:
        """See `VectorIndex.write`."""
        write_array(folder / "ids.npy", self._ids)
        write_array(folder / "vectors.npy", self._vectors)
        return ["ids.npy", "vectors.npy"]
