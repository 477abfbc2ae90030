"""One vector a study: the mean of its pictures' vectors, or of its sentences', of unit length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.index import Generation, VectorIndex

_ROWS = 16_384
_SHORTEST = 1e-6
"""Vectors that cancel each other out have a mean that points nowhere."""


@dataclass(frozen=True, slots=True, eq=False)
class StudyMeans:
    """Studies with their vectors."""

    study_ids: NDArray[np.int64]
    """`[n]`, ascending; a study whose vectors cancel each other out is not here."""
    vectors: NDArray[np.float32]
    """`[n, dim]`, of unit length."""


def picture_means(generation: Generation) -> StudyMeans:
    """The means of the indexed pictures of each study."""
    return study_means(generation.images, generation.image_owners.ids, generation.image_owners.study_ids)


def sentence_means(generation: Generation) -> StudyMeans:
    """The means of the indexed sentences of each study; reports that are linked to none are left out."""
    return study_means(generation.sentences, generation.sentence_owners.ids, generation.sentence_owners.study_ids)


def study_means(index: VectorIndex, ids: NDArray[np.int64], owners: NDArray[np.int64]) -> StudyMeans:
    """The means of the vectors of each study.

    Args:
        index: Holds the vectors.
        ids: Of the vectors, int64 `[m]`.
        owners: The study of each, int64 `[m]`; -1 for none.
    """
    owned = owners >= 0
    ids, owners = ids[owned], owners[owned]
    study_ids, places = np.unique(owners, return_inverse=True)
    sums = np.zeros((study_ids.size, index.dim))  # [n, dim]
    for start in range(0, ids.size, _ROWS):
        part = slice(start, start + _ROWS)
        np.add.at(sums, places[part], index.vectors_of(ids[part]))
    lengths = np.linalg.norm(sums, axis=1)
    kept = lengths > _SHORTEST
    return StudyMeans(study_ids[kept], (sums[kept] / lengths[kept, None]).astype(np.float32))
