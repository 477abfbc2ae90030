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
by up to 6 % 88 in 100; and the nearest of 12 million different pairs and turns lies at 0.47."""
_LIKE_VECTORS = 0.8
"""Smallest cosine of coarse vectors to look closer. Of different chest radiographs about 3 in 1,000 reach it."""
_LIKE_MOVED = 0.93
"""Smallest cosine after a small movement to look closer still: of those about 1 in 100 reach it."""
_RIDGE = 5e-4
"""What a movement costs, so that it stays small."""
_ROWS_AT_ONCE, _PAIRS_AT_ONCE = 4096, 128


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
        right, slopes = coarse_vectors(part), coarse_slopes(part)
        for begin in range(0, len(left), _ROWS_AT_ONCE):
            cosines = left[begin : begin + _ROWS_AT_ONCE] @ right.T
            i, j = np.nonzero(np.abs(cosines) >= _LIKE_VECTORS)
            signs = np.where(cosines[i, j] > 0, 1, -1)
            kept = _like_moved(left[begin + i] * signs[:, None].astype(np.float32), right, slopes, j)
            i, j, signs = i[kept] + begin, j[kept] + start, signs[kept]
            for at in range(0, len(i), _PAIRS_AT_ONCE):
                these = slice(at, at + _PAIRS_AT_ONCE)
                yield i[these], j[these], signs[these]


def _like_moved(wanted: Vectors, right: Vectors, slopes: Vectors, places: Places) -> NDArray[np.bool_]:
    """Whether each wanted vector is like the one at its place once that has moved a little towards it."""
    eye = np.eye(6, dtype=np.float32) * np.float32(_RIDGE)
    kept = np.zeros(len(places), dtype=bool)
    for at in range(0, len(places), _ROWS_AT_ONCE):
        these = slice(at, at + _ROWS_AT_ONCE)
        start, directions = right[places[these]], slopes[places[these]]
        normal = directions @ directions.transpose(0, 2, 1) + eye  # [n, 6, 6]
        towards = directions @ (wanted[these] - start)[:, :, None]
        step = np.linalg.solve(normal, towards)  # [n, 6, 1]
        moved = start + (step.transpose(0, 2, 1) @ directions)[:, 0]
        kept[these] = (moved * wanted[these]).sum(axis=1) >= _LIKE_MOVED * np.linalg.norm(moved, axis=1)
    return kept


def _unit_range(thumbnails: Thumbnails, signs: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """Thumbnails as float32 in 0..1, inverted where the sign is -1."""
    values = thumbnails.astype(np.float32) / np.float32(255)
    if signs is not None:
        values = np.where(signs[:, None, None] < 0, 1 - values, values)
    return values
