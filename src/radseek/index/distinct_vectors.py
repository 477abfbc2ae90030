"""Equal vectors stored once: a quarter of radiology sentences repeat word for word, and so do their vectors.

Besides space this keeps an approximate index honest: among ten thousand equal vectors it would bring back any ten,
where the contract wants the ten smallest ids.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radseek.index.contract import Ids, Scores, Vectors
from radseek.index.exact_scan import Rows
from radseek.index.id_lookup import mark

_HASH_ROWS = 16_384
_HASH_SEED = 20_260_101


class DistinctVectors:
    """Distinct vectors with the ids that share each.

    Args:
        ids: int64 `[n]`, strictly ascending.
        vectors: float32 `[u, dim]`, distinct, in the order of their smallest id.
        row_of: int64 `[n]`, the row of `vectors` that each id has.
    """

    def __init__(self, ids: Ids, vectors: Vectors, row_of: Rows) -> None:
        self.ids = ids
        self.vectors = vectors
        self.row_of = row_of
        self._places = np.argsort(row_of, kind="stable")  # places in `ids`, grouped by row, ascending within a row
        self._starts = np.searchsorted(row_of[self._places], np.arange(len(vectors) + 1))

    @classmethod
    def of(cls, ids: Ids, vectors: Vectors) -> DistinctVectors:
        """The distinct ones of `vectors` `[n, dim]`, which belong to the ascending `ids` `[n]`."""
        first, row_of = find_repeats(vectors)
        return cls(ids, vectors if len(first) == len(vectors) else vectors[first], row_of)

    @property
    def has_repeats(self) -> bool:
        """Whether any two ids share a vector."""
        return len(self.vectors) < self.ids.size

    def mask_of(self, allowed: Ids) -> NDArray[np.bool_]:
        """Which of `ids` are in `allowed`, bool `[n]`."""
        return mark(self.ids, allowed)

    def rows_of(self, mask: NDArray[np.bool_]) -> Rows:
        """Rows that belong to at least one id marked in `mask` `[n]`, ascending."""
        if not self.has_repeats:
            return np.flatnonzero(mask)
        marked = np.zeros(len(self.vectors), dtype=bool)
        marked[self.row_of[np.flatnonzero(mask)]] = True  # `row_of[mask]` takes five times as long
        return np.flatnonzero(marked)

    def expand(self, rows: Rows, scores: Scores, k: int, mask: NDArray[np.bool_] | None) -> tuple[Ids, Scores]:
        """Ids `[<= k]` and scores of ranked `rows`, best first, equal scores by smaller id.

        Args:
            rows: Rows, best first, with all rows that tie for the last place.
            scores: The score of each row.
            k: Ids wanted at most.
            mask: Ids that may be found, bool `[n]`; None allows all.
        """
        places: list[NDArray[np.int64]] = []
        for row in rows:
            shared = self._places[self._starts[row] : self._starts[row + 1]]
            places.append((shared if mask is None else shared[mask[shared]])[:k])
        counts = [len(shared) for shared in places]
        ids = self.ids[np.concatenate(places)] if places else np.empty(0, dtype=np.int64)
        repeated = np.repeat(scores, counts)
        order = np.lexsort((ids, -repeated))[:k]
        return ids[order], repeated[order]


def find_repeats(vectors: Vectors) -> tuple[Rows, Rows]:
    """The row at which each distinct vector first occurs, ascending `[u]`, and for each row the place in it `[n]`.

    Rows are compared bit by bit; two different rows whose hashes collide stay two.
    """
    n = len(vectors)
    keys = _row_hashes(vectors)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    leader = first[inverse]  # [n]: first row with the same hash
    for start in range(0, n, _HASH_ROWS):
        part = slice(start, start + _HASH_ROWS)
        same = (_words(vectors[part]) == _words(vectors[leader[part]])).all(axis=1)
        leader[part] = np.where(same, leader[part], np.arange(start, start + same.size))
    distinct = np.flatnonzero(leader == np.arange(n))
    return distinct, np.searchsorted(distinct, leader)


def _row_hashes(vectors: Vectors) -> NDArray[np.uint64]:
    """A 64-bit sum hash of each row's bits `[n]`."""
    weights = np.random.default_rng(_HASH_SEED).integers(1, 2**63, vectors.shape[1], dtype=np.uint64) | np.uint64(1)
    hashes = np.empty(len(vectors), dtype=np.uint64)
    for start in range(0, len(vectors), _HASH_ROWS):
        words = _words(vectors[start : start + _HASH_ROWS]).astype(np.uint64)
        hashes[start : start + _HASH_ROWS] = (words * weights).sum(axis=1, dtype=np.uint64)
    return hashes


def _words(vectors: Vectors) -> NDArray[np.uint32]:
    """The bits of float32 rows as unsigned words of the same shape."""
    return np.ascontiguousarray(vectors).view(np.uint32)
