"""Which studies might show the same pictures, by the vectors of the index."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation

LIKE_COSINE = 0.6
"""Smallest cosine of two pictures' vectors at which they may be one picture. It only spares a closer look: of pictures
in another window at least 93 in 100 reach it, but so do most pairs of chest radiographs of different patients."""
MAX_COMPARED = 4
"""Most pictures of a study that are compared, evenly spread."""
_NONE = np.empty(0, dtype=np.int64)


class LikePictures:
    """Pairs pictures of studies.

    Args:
        generation: The index.
        study_ids: The studies.
    """

    def __init__(self, generation: Generation, study_ids: Sequence[int]) -> None:
        self._index = generation.images
        owners = generation.image_owners
        places = np.flatnonzero(np.isin(owners.study_ids, np.array(study_ids, dtype=np.int64)))
        places = places[np.argsort(owners.study_ids[places], kind="stable")]  # by study, in each by image id
        known, first = np.unique(owners.study_ids[places], return_index=True)
        self._ids = dict(zip(known.tolist(), np.split(owners.ids[places], first[1:]), strict=False))
        self._vectors: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}

    def counterparts(self, first: int, second: int) -> list[tuple[int, int]]:
        """Image ids of the one study with the nearest ones of the other; empty where the two cannot be the same.

        They cannot when one has more than twice as many pictures, or when one of the compared pictures (at most
        `MAX_COMPARED` of the smaller study) has none in the other that is near.
        """
        one, other = first, second
        ids, others = self._ids.get(one, _NONE), self._ids.get(other, _NONE)
        if (others.size, other) < (ids.size, one):
            one, other, ids, others = other, one, others, ids
        if not ids.size or others.size > 2 * ids.size:
            return []
        cosines = (self._vectors_of(one)[1] @ self._vectors_of(other)[0].T).tolist()  # [n_compared, n_others]
        nearest = [max(row) for row in cosines]  # of so few numbers quicker than numpy
        if min(nearest) < LIKE_COSINE:
            return []
        pairs = zip(spread_places(ids.size), cosines, nearest, strict=True)
        return [(int(ids[place]), int(others[row.index(best)])) for place, row, best in pairs]

    def _vectors_of(self, study_id: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors of a study's pictures, and those of them that are compared."""
        if study_id not in self._vectors:
            vectors = self._index.vectors_of(self._ids[study_id])
            self._vectors[study_id] = vectors, vectors[list(spread_places(len(vectors)))]
        return self._vectors[study_id]


@lru_cache(maxsize=1024)
def spread_places(n: int) -> tuple[int, ...]:
    """At most `MAX_COMPARED` of `n` places, evenly spread, the first and the last among them."""
    return tuple(sorted(set(np.linspace(0, n - 1, min(n, MAX_COMPARED)).round().astype(int).tolist())))
