"""How alike two small pictures are in detail, after the second has been laid over the first.

A crop moves and stretches a picture, so that details meet only after an affine alignment: Gauss-Newton steps on the
squared difference (Lucas and Kanade, IJCAI 1981), coarse then fine. Likeness is the correlation of detail: what is left
after the surroundings' mean and contrast are taken out, so that 'both are chests' counts for nothing.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.float32]
_STEPS = ((4.0, 2, 6), (2.0, 2, 5), (1.0, 1, 3))
"""Blur (standard deviation in cells), every how many cells to look, and number of steps, one after the other."""
_STAY = np.array([1, 0, 0, 0, 1, 0], dtype=np.float32)
_FREEDOM = np.array([0.2, 0.12, 0.2, 0.12, 0.2, 0.2], dtype=np.float32)
"""Largest change of each number of the affine map, as shares of half the side: a crop of about 10 % on each side."""


def likenesses(first: Pictures, second: Pictures) -> NDArray[np.float32]:
    """Correlation of detail of pairs of pictures, after alignment: float32 `[n]` in -1..1, 1 is the same.

    Args:
        first: `[n, side, side]` in 0..1.
        second: Of the same shape.
    """
    maps = _align(first, second)
    laid, inside = _sample(second, maps, 1)
    a, b = (_detail(pictures).reshape(len(first), -1) for pictures in (first, laid.reshape(second.shape)))
    weights = inside.astype(np.float32)
    n = np.maximum(weights.sum(axis=1, keepdims=True), 1)
    a = (a - (a * weights).sum(axis=1, keepdims=True) / n) * weights
    b = (b - (b * weights).sum(axis=1, keepdims=True) / n) * weights
    lengths = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    correlation: NDArray[np.float32] = np.divide(
        (a * b).sum(axis=1), lengths, out=np.zeros(len(a), dtype=np.float32), where=lengths > 1e-6
    )
    return correlation


def detail_vectors(pictures: Pictures) -> Pictures:
    """The detail of pictures `[n, side, side]` in 0..1 as unit vectors float32 `[n, side * side]`; zero where flat.

    The inner product of two is the correlation of their detail as they lie, without alignment: one for the same picture
    saved again in another size, compression, brightness or window, near 0 for others and for a picture that was moved,
    cropped or mirrored.
    """
    detail = _detail(pictures).reshape(len(pictures), -1)
    detail = detail - detail.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(detail, axis=1, keepdims=True)
    units: Pictures = np.divide(detail, lengths, out=np.zeros_like(detail), where=lengths > 1e-3)
    return units


def _align(first: Pictures, second: Pictures) -> Pictures:
    """Affine maps `[n, 6]` from places in `first` to places in `second`, both -1..1 from edge to edge."""
    n, side = len(first), first.shape[1]
    maps = np.tile(_STAY, (n, 1))
    half = (side - 1) / 2
    for blur, stride, n_steps in _STEPS:
        x, y = _places(side, stride)
        fixed = _blurred(first, blur)[:, ::stride, ::stride].reshape(n, -1)
        moving = _blurred(second, blur)
        slope_y, slope_x = (np.asarray(slope, dtype=np.float32) for slope in np.gradient(moving, axis=(1, 2)))
        for _ in range(n_steps):
            laid, inside = _sample(moving, maps, stride)
            weights = inside.astype(np.float32)
            a, scale_a = _centred(fixed, weights)
            b, scale_b = _centred(laid, weights)
            error = (a / scale_a - b / scale_b) * weights
            gx = _sample(slope_x, maps, stride)[0] * weights * half / scale_b
            gy = _sample(slope_y, maps, stride)[0] * weights * half / scale_b
            slopes = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy], axis=2)  # [n, cells, 6]
            normal = slopes.transpose(0, 2, 1) @ slopes
            damping = np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.float32(1e-3 / 6) + np.float32(1e-6)
            wanted = slopes.transpose(0, 2, 1) @ error[:, :, None]
            step = np.linalg.solve(normal + damping * np.eye(6, dtype=np.float32), wanted)[..., 0]
            maps = np.clip(maps + step, _STAY - _FREEDOM, _STAY + _FREEDOM).astype(np.float32)
    return maps


def _centred(values: Pictures, weights: Pictures) -> tuple[Pictures, Pictures]:
    """Values minus their weighted mean, and their weighted standard deviation: `[n, cells]`, `[n, 1]`."""
    n = np.maximum(weights.sum(axis=1, keepdims=True), 1)
    centred = values - (values * weights).sum(axis=1, keepdims=True) / n
    return centred, np.sqrt((centred**2 * weights).sum(axis=1, keepdims=True) / n) + np.float32(1e-4)


@lru_cache(maxsize=4)
def _places(side: int, stride: int) -> tuple[Pictures, Pictures]:
    """Where every `stride`-th cell of a picture lies, -1..1 from edge to edge: x and y, each `[cells]`."""
    line = np.linspace(-1, 1, side, dtype=np.float32)[::stride]
    return np.tile(line, len(line)), np.repeat(line, len(line))


def _sample(pictures: Pictures, maps: Pictures, stride: int) -> tuple[Pictures, NDArray[np.bool_]]:
    """Pictures read at the mapped places, linearly between cells, and whether those lie inside: both `[n, cells]`."""
    n, side = len(pictures), pictures.shape[1]
    x, y = _places(side, stride)
    half = np.float32((side - 1) / 2)
    column = (maps[:, 0:1] * x + maps[:, 1:2] * y + maps[:, 2:3] + 1) * half
    row = (maps[:, 3:4] * x + maps[:, 4:5] * y + maps[:, 5:6] + 1) * half
    edge = np.float32(side - 1 + 1e-3)
    inside = (column >= -1e-3) & (column <= edge) & (row >= -1e-3) & (row <= edge)
    left, top = (np.clip(np.floor(place), 0, side - 2).astype(np.int32) for place in (column, row))
    dx, dy = np.clip(column - left, 0, 1), np.clip(row - top, 0, 1)
    flat = pictures.reshape(n, -1)
    corner = top * side + left
    upper, lower = (
        np.take_along_axis(flat, corner + o, axis=1) * (1 - dx) + np.take_along_axis(flat, corner + o + 1, axis=1) * dx
        for o in (0, side)
    )
    return upper * (1 - dy) + lower * dy, inside


def _detail(pictures: Pictures) -> Pictures:
    """What differs from the surroundings, over how much differs there: local contrast normalised."""
    fine = pictures - _blurred(pictures, 1.5)
    spread: Pictures = np.sqrt(np.maximum(_blurred(fine * fine, 3.0), 0))
    detail: Pictures = fine / (spread + np.float32(0.02))  # 0.02: 5 grey levels, below which it is noise
    return detail


def _blurred(pictures: Pictures, deviation: float) -> Pictures:
    weights = _gaussian(pictures.shape[1], deviation)
    blurred: Pictures = np.matmul(np.matmul(weights, pictures), weights.T)
    return blurred


@lru_cache(maxsize=8)
def _gaussian(side: int, deviation: float) -> Pictures:
    """Weights `[side, side]` of a Gaussian blur along one side; what falls over the edge counts for the edge cell."""
    reach = int(4 * deviation) + 1
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / deviation) ** 2)
    kernel /= kernel.sum()
    weights = np.zeros((side, side))
    for offset, weight in zip(offsets.tolist(), kernel.tolist(), strict=True):
        weights[np.arange(side), np.clip(np.arange(side) + offset, 0, side - 1)] += weight
    return weights.astype(np.float32)
