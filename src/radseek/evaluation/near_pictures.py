"""Pictures that are the same one saved again, cropped a little, brightened, inverted, turned or mirrored.

Three sieves, each for fewer pairs. Of each picture a vector of 63 numbers, compared for all pairs and eight turns by
matrix products. For pairs of like vectors, the same after the small movement that makes them most alike (tangent
distance: Simard, LeCun and Denker, NIPS 1992). The few left are laid over each other and compared in detail
(`picture_alignment`), which alone decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.picture_alignment import likenesses
from radseek.evaluation.picture_signature import (
    TURNS,
    PictureSignature,
    Thumbnails,
    Vectors,
    coarse_slopes,
    coarse_vectors,
    sign_picture,
    turned,
)

__all__ = ["DEFAULT_TOLERANCE", "TURNS", "NearPicture", "PictureSignature", "find_near_pictures", "sign_picture"]

Places = NDArray[np.int64]

DEFAULT_TOLERANCE = 0.3
"""Largest distance (1 minus the correlation of detail) of a near-duplicate. On real radiographs and slices 95 in 100
copies lie below (cropped by up to 4 % a side, brightened, saved again, or rotated by up to 3 degrees), of those cropped
by up to 6 % 86 in 100; and the nearest of 12 million different pairs and turns lies at 0.47."""
_LIKE_VECTORS = 0.8
"""Smallest cosine of coarse vectors to look closer. Of different chest radiographs about 3 in 1,000 reach it."""
_LIKE_MOVED = 0.94
"""Smallest cosine after a small movement to look closer still: of those about 1 in 200 reach it."""
_RIDGE = 5e-4
"""What a movement costs, so that it stays small."""
_ROWS_AT_ONCE, _PAIRS_AT_ONCE = 1024, 128


@dataclass(frozen=True, slots=True)
class NearPicture:
    """Two pictures that are one."""

    first: int
    second: int
    """Places in the two sequences given."""
    distance: float
    """1 minus the correlation of detail: 0 is the same, different pictures are near 1, `tolerance` at most."""
    turn: str
    """How the second has to be laid to be the first: one of `TURNS`."""
    inverted: bool = False
    """Whether black and white are exchanged."""


def find_near_pictures(
    first: Sequence[PictureSignature], second: Sequence[PictureSignature], tolerance: float = DEFAULT_TOLERANCE
) -> list[NearPicture]:
    """Pairs of a picture of `first` and one of `second` at a distance of at most `tolerance`, nearest first.

    A pair is named once, in its nearest turn. A flat picture is near to none.

    Raises:
        InputError: When the tolerance is not in 0..1.
    """
    if not 0 <= tolerance <= 1:
        raise InputError(f"the tolerance must be in 0..1; got {tolerance}")
    if not first or not second:
        return []
    left, right = (np.stack([signature.thumbnail for signature in side]) for side in (first, second))
    vectors = coarse_vectors(left)
    near: dict[tuple[int, int], NearPicture] = {}
    for number, turn in enumerate(TURNS):
        laid = turned(right, number)
        for i, j, signs in _candidates(vectors, laid):
            distances = 1 - likenesses(_unit_range(left[i]), _unit_range(laid[j], signs))
            for a, b, sign, distance in zip(i.tolist(), j.tolist(), signs.tolist(), distances.tolist(), strict=True):
                known = near.get((a, b))
                if distance <= tolerance and (known is None or distance < known.distance):
                    near[a, b] = NearPicture(a, b, max(distance, 0.0), turn, sign < 0)
    return sorted(near.values(), key=lambda pair: (pair.distance, pair.first, pair.second))


def _candidates(left: Vectors, laid: Thumbnails) -> Iterator[tuple[Places, Places, Places]]:
    """Places in both sides of pairs worth a closer look, and 1 or -1 where they are opposite, some pairs at a time."""
    for start in range(0, len(laid), _ROWS_AT_ONCE):
        part = laid[start : start + _ROWS_AT_ONCE]
        right = coarse_vectors(part)
        movement = _Movement.of(right, coarse_slopes(part))
        for begin in range(0, len(left), _ROWS_AT_ONCE):
            cosines = left[begin : begin + _ROWS_AT_ONCE] @ right.T
            like = np.flatnonzero(np.abs(cosines) >= _LIKE_VECTORS)
            i, j = np.divmod(like, len(right))
            signs = np.where(cosines.ravel()[like] > 0, 1, -1)
            kept = movement.cosines(left[begin + i] * signs[:, None].astype(np.float32), j) >= _LIKE_MOVED
            i, j, signs = i[kept] + begin, j[kept] + start, signs[kept]
            for at in range(0, len(i), _PAIRS_AT_ONCE):
                these = slice(at, at + _PAIRS_AT_ONCE)
                yield i[these], j[these], signs[these]


@dataclass(frozen=True, slots=True)
class _Movement:
    """How vectors change as their pictures move a little: a linear model, with what all pairs of a picture share."""

    vectors: Vectors
    """Unit vectors `[n, 63]`."""
    slopes: Vectors
    """`[n, 6, 63]`."""
    at_rest: Vectors
    """Slopes times the vector `[n, 6]`."""
    normal: Vectors
    """Slopes times slopes `[n, 6, 6]`."""
    solver: Vectors
    """Inverse of `normal` with the ridge `[n, 6, 6]`."""

    @classmethod
    def of(cls, vectors: Vectors, slopes: Vectors) -> _Movement:
        """The model of pictures with these vectors and slopes."""
        normal = slopes @ slopes.transpose(0, 2, 1)
        ridge = np.eye(6, dtype=np.float32) * np.float32(_RIDGE)
        solver = np.linalg.inv(normal + ridge).astype(np.float32)
        return cls(vectors, slopes, (slopes @ vectors[:, :, None])[..., 0], normal, solver)

    def cosines(self, wanted: Vectors, places: Places) -> Vectors:
        """Cosine of each wanted unit vector with the one at its place, moved towards it: `[n_pairs]`."""
        found = np.empty(len(places), dtype=np.float32)
        for at in range(0, len(places), _ROWS_AT_ONCE):
            these = slice(at, at + _ROWS_AT_ONCE)
            j, aim = places[these], wanted[these]
            uphill = (self.slopes[j] @ aim[:, :, None])[..., 0]  # [n_pairs, 6]
            step = (self.solver[j] @ (uphill - self.at_rest[j])[:, :, None])[..., 0]
            along = (aim * self.vectors[j]).sum(axis=1) + (step * uphill).sum(axis=1)
            bent = (step * (self.normal[j] @ step[:, :, None])[..., 0]).sum(axis=1)
            found[these] = along / np.sqrt(1 + 2 * (step * self.at_rest[j]).sum(axis=1) + bent)
        return found


def _unit_range(thumbnails: Thumbnails, signs: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """Thumbnails as float32 in 0..1, inverted where the sign is -1."""
    values = thumbnails.astype(np.float32) / np.float32(255)
    if signs is not None:
        values = np.where(signs[:, None, None] < 0, 1 - values, values)
    return values
