"""Whether a picture resembles an archive at all: a knee asked of chest films has nearest neighbours too.

The yardstick is the archive's own pictures: how near each has its nearest neighbour of another patient, and how near
two pictures of different patients lie anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from radseek.index import VectorIndex

SAMPLE = 500
"""Pictures that the yardstick is measured on."""
FEWEST = 30
"""Pictures with a neighbour of another patient below which nothing is said: a percentile of few means nothing."""
_RARE_PERCENT = 1.0
_FAR_PERCENT = 5.0
_FIRST_DEPTH = 32


class Resemblance(StrEnum):
    """How a picture from elsewhere relates to an archive."""

    ALIKE = "alike"
    UNUSUAL = "unusual"
    """Less like the nearest picture than 99 of 100 pictures here are: another device or hospital does that, too."""
    FOREIGN = "foreign"
    """Nothing here looks like it."""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """Cosines with the nearest picture by which a picture is judged; `foreign_below` is the smaller one."""

    unusual_below: float
    foreign_below: float

    def judge(self, cosine: float) -> Resemblance:
        """What a cosine with the nearest picture of the archive means."""
        if cosine < self.foreign_below:
            return Resemblance.FOREIGN
        return Resemblance.UNUSUAL if cosine < self.unusual_below else Resemblance.ALIKE


def measure_familiarity(
    ids: NDArray[np.int64], vectors: NDArray[np.float32], images: VectorIndex, owners: Patients
) -> Familiarity | None:
    """The yardstick of an archive; None when too few pictures have a neighbour of another patient.

    Unusual is what lies below the 1st percentile of the nearest cosines. Chest films of one hospital are that for
    another hospital's archive up to nine times in ten, so foreign begins lower: halfway down from there to the 5th
    percentile of the cosines of any two patients' pictures.

    Args:
        ids: Ids of a sample of the archive's pictures `[n]`.
        vectors: Their unit vectors `[n, dim]`.
        images: All pictures of the archive.
        owners: Whose picture each is.
    """
    patients = owners.of(ids)
    nearest = nearest_of_others(vectors, patients, images, owners)
    nearest = nearest[np.isfinite(nearest)]
    if nearest.size < FEWEST:
        return None
    pairs = (vectors @ vectors.T)[patients[:, None] != patients[None, :]]
    rare = float(np.percentile(nearest, _RARE_PERCENT))
    return Familiarity(rare, min(rare, (rare + float(np.percentile(pairs, _FAR_PERCENT))) / 2))


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Whose picture each is."""

    image_ids: NDArray[np.int64]
    """All pictures of the index, ascending `[n]`."""
    patient_ids: NDArray[np.int64]
    """`[n]`; -1 where the study is gone."""

    def of(self, image_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The patient of each of `image_ids`, which are all in the index."""
        return self.patient_ids[np.searchsorted(self.image_ids, image_ids)]


def nearest_of_others(
    vectors: NDArray[np.float32], patients: NDArray[np.int64], images: VectorIndex, owners: Patients
) -> NDArray[np.float64]:
    """Cosine of each vector with the nearest picture of another patient, float64 `[n]`; -inf where there is none."""
    found = np.full(len(vectors), -np.inf)
    open_rows, depth = np.arange(len(vectors)), min(_FIRST_DEPTH, images.count)
    while open_rows.size and depth:
        scores, ids = images.search(vectors[open_rows], depth)
        other = (ids >= 0) & (owners.of(np.where(ids >= 0, ids, images.ids[0])) != patients[open_rows, None])
        has_other = other.any(axis=1)
        places = other.argmax(axis=1)
        found[open_rows[has_other]] = scores[has_other, places[has_other]]
        open_rows = open_rows[~has_other]
        if depth >= images.count:
            break
        depth = min(4 * depth, images.count)
    return found
