"""What is kept of a picture to find it again: a small equalised copy, and a short vector of its coarse pattern."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError

SIDE = 64
"""Side of the small copy. At 32 different chest radiographs look alike: measured, see `near_pictures`."""
TURNS = (
    "as is",
    "turned 90",
    "turned 180",
    "turned 270",
    "mirrored",
    "mirrored, turned 90",
    "mirrored, turned 180",
    "mirrored, turned 270",
)
"""The eight ways of laying a picture; turned is counter-clockwise, after mirroring left to right."""
_SPREAD = (1.5, 0.53, 0.73, 0.40, 0.47, 0.30, 0.35, 0.245)
"""How much pictures differ in each cosine wave along a side: measured on about 4,000 radiographs and slices."""

_FLAT = 1e-2
"""Length of a spectrum below which a picture has no pattern: far less than one grey level in one cell."""

Thumbnails = NDArray[np.uint8]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PictureSignature:
    """A picture, small and independent of brightness and contrast. 4 KB; show it as little as the picture itself."""

    thumbnail: Thumbnails = field(repr=False, compare=False)
    """Rank of each grey level, 0 to 255: `[SIDE, SIDE]`. The same under every brightening that keeps the order."""


def sign_picture(grey: ArrayLike) -> PictureSignature:
    """The signature of one picture, squeezed to a square by area.

    Args:
        grey: `[rows, cols]`, any integer or floating type, display order.

    Raises:
        InputError: When it is not 2-D, is empty or has a value that is not finite.
    """
    picture = np.asarray(grey)
    if picture.ndim != 2 or not picture.size or not np.isfinite(picture).all():
        raise InputError("a picture needs two sides and finite values")
    rows, cols = (_area_weights(side) for side in picture.shape)
    small = rows @ picture.astype(np.float64) @ cols.T
    # Equal up to rounding is equal, so that a flat background has one rank.
    spread = float(small.max() - small.min())
    is_flat = spread <= 1e-9 * float(np.abs(small).max())
    levels = np.zeros_like(small) if is_flat else np.round((small - small.min()) / spread * 4095)
    _, level, counts = np.unique(levels, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    ranks = middle[level.reshape(small.shape)] * (255 / small.size)
    return PictureSignature(ranks.round().astype(np.uint8))


def turned(thumbnails: Thumbnails, number: int) -> Thumbnails:
    """Square pictures `[..., side, side]` laid as turn `number` of `TURNS`."""
    return np.rot90(np.flip(thumbnails, -1) if number >= 4 else thumbnails, number % 4, axes=(-2, -1))


def coarse_vectors(thumbnails: Thumbnails) -> Vectors:
    """The coarse pattern of thumbnails `[n, SIDE, SIDE]` as unit vectors float32 `[n, 63]`; zero for a flat picture.

    The first 8 x 8 waves of the cosine transform without the mean, each over how much pictures differ in it, so that
    all tell about as much. An inverted picture has the opposite vector.
    """
    flat = _spectrum(thumbnails.astype(np.float32))
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    units: Vectors = np.divide(flat, lengths, out=np.zeros_like(flat), where=lengths > _FLAT)
    return units


def coarse_slopes(thumbnails: Thumbnails) -> Vectors:
    """How `coarse_vectors` would change with small affine movements of the picture: float32 `[n, 6, 63]`.

    In the order x to x, y to x, shift of x, x to y, y to y, shift of y, in units of half the side.
    """
    pictures = thumbnails.astype(np.float32)
    lengths = np.linalg.norm(_spectrum(pictures), axis=1)[:, None, None]
    by_row, by_column = (np.asarray(slope, dtype=np.float32) for slope in np.gradient(pictures, axis=(1, 2)))
    line = np.linspace(-1, 1, SIDE, dtype=np.float32) * np.float32(SIDE / 2)
    x, y, one = line[None, :], line[:, None], np.float32(SIDE / 2)
    moved: list[NDArray[np.float32]] = [slope * place for slope in (by_column, by_row) for place in (x, y, one)]
    slopes = np.stack([_spectrum(pictures) for pictures in moved], axis=1)
    scaled: Vectors = np.divide(slopes, lengths, out=np.zeros_like(slopes), where=lengths > _FLAT)
    return scaled


def _spectrum(pictures: Vectors) -> Vectors:
    """Weighted cosine waves of pictures `[n, SIDE, SIDE]`: float32 `[n, 63]`."""
    waves = _cosine_waves()
    pictures = pictures - pictures.mean(axis=(1, 2), keepdims=True)  # exactly 0 where flat
    spectrum: Vectors = (waves @ (pictures @ waves.T)).reshape(len(pictures), -1)[:, 1:]
    return spectrum


@lru_cache(maxsize=1)
def _cosine_waves() -> Vectors:
    place = (np.arange(SIDE) + 0.5) / SIDE
    waves = np.cos(np.pi * np.arange(len(_SPREAD))[:, None] * place[None, :]) / np.array(_SPREAD)[:, None]
    weighted: Vectors = waves.astype(np.float32)
    return weighted


@lru_cache(maxsize=64)
def _area_weights(side: int) -> NDArray[np.float64]:
    """Weights that average `side` pixels into `SIDE` equal parts by area: `[SIDE, side]`."""
    edges = np.arange(SIDE + 1) * side / SIDE
    upper = np.minimum(edges[1:, None], np.arange(1, side + 1)[None, :])
    lower = np.maximum(edges[:-1, None], np.arange(side)[None, :])
    weights: NDArray[np.float64] = np.clip(upper - lower, 0, None) * SIDE / side
    return weights
