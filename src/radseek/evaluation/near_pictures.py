"""Pictures that are the same one saved again, cropped a little, brightened, turned or mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError

DEFAULT_TOLERANCE = 0.02
"""Largest distance of a near-duplicate; see `find_near_pictures`."""
TURNS = ("as is", "turned 90", "turned 180", "turned 270", "mirrored", "mirrored, turned 90", "mirrored, turned 180",
         "mirrored, turned 270")  # fmt: skip
_SIDE = 32


@dataclass(frozen=True, slots=True)
class PictureSignature:
    """What is kept of a picture to compare it."""

    thumbnail: NDArray[np.uint8] = field(repr=False, compare=False)
    """Grey levels by rank, `[32, 32]`: the same for every brightness and contrast."""


@dataclass(frozen=True, slots=True)
class NearPicture:
    """Two pictures that are one."""

    first: int
    second: int
    """Places in the two sequences given."""
    distance: float
    """0 is the same, `tolerance` at most."""
    turn: str
    """How the second lies to the first: one of `TURNS`."""


def sign_picture(grey: ArrayLike) -> PictureSignature:
    """The signature of one picture.

    Args:
        grey: `[rows, cols]`, any integer or floating type, display order.

    Raises:
        InputError: When it is not 2-D, is empty or has a value that is not finite.
    """
    picture = np.asarray(grey, dtype=np.float64)
    if picture.ndim != 2 or not picture.size or not np.isfinite(picture).all():
        raise InputError("a picture needs two sides and finite values")
    rows, cols = (_area_weights(side) for side in picture.shape)
    small = rows @ picture @ cols.T
    _, level, counts = np.unique(small, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    return PictureSignature((middle[level.reshape(small.shape)] * 255 / small.size).round().astype(np.uint8))


def find_near_pictures(
    first: Sequence[PictureSignature], second: Sequence[PictureSignature], tolerance: float = DEFAULT_TOLERANCE
) -> list[NearPicture]:
    """Pairs of a picture of `first` and one of `second` at a distance of at most `tolerance`, nearest first."""
    if not first or not second:
        return []
    left = _standardised(np.stack([s.thumbnail for s in first]))
    near: dict[tuple[int, int], NearPicture] = {}
    for number, turn in enumerate(TURNS):
        right = _standardised(np.stack([turned(s.thumbnail, number) for s in second]))
        for start in range(0, len(left), 1000):
            distances = 1 - left[start : start + 1000] @ right.T
            for i, j in np.argwhere(distances <= tolerance).tolist():
                pair = NearPicture(start + i, j, max(float(distances[i, j]), 0.0), turn)
                known = near.get((start + i, j))
                if known is None or pair.distance < known.distance:
                    near[start + i, j] = pair
    return sorted(near.values(), key=lambda pair: (pair.distance, pair.first, pair.second))


def turned(picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """A square picture in turn `number` of `TURNS`."""
    return np.rot90(np.fliplr(picture) if number >= 4 else picture, number % 4)


def _standardised(thumbnails: NDArray[np.uint8]) -> NDArray[np.float64]:
    flat = thumbnails.reshape(len(thumbnails), -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    units: NDArray[np.float64] = np.divide(flat, lengths, out=np.zeros_like(flat), where=lengths > 0)
    return units


def _area_weights(side: int) -> NDArray[np.float64]:
    """Weights that average `side` pixels into 32 equal parts by area: `[32, side]`."""
    edges = np.arange(_SIDE + 1) * side / _SIDE
    upper = np.minimum(edges[1:, None], np.arange(1, side + 1)[None, :])
    lower = np.maximum(edges[:-1, None], np.arange(side)[None, :])
    weights: NDArray[np.float64] = np.clip(upper - lower, 0, None) * _SIDE / side
    return weights
