"""Soft-edged shapes in millimetres on a pixel grid: what phantoms are painted with. numpy only."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
AnyFloatArray = NDArray[np.floating[Any]]


def soft(distance: AnyFloatArray, edge: float) -> FloatArray:
    """0 well outside, 1 well inside: a smoothstep over `distance` from -edge to +edge (same unit)."""
    t: FloatArray = np.asarray(distance, np.float32) * np.float32(0.5 / edge)
    t += np.float32(0.5)
    t = np.minimum(np.maximum(t, np.float32(0.0)), np.float32(1.0))
    rest = np.float32(3.0) - np.float32(2.0) * t
    t *= t
    t *= rest
    return t


def ellipsoid(offsets: tuple[FloatArray, ...], radii: tuple[float, ...], edge: float) -> FloatArray:
    """Soft mask 0..1 of an axis-parallel ellipsoid; `offsets` are broadcastable distances from its centre."""
    squared: AnyFloatArray = np.zeros(1, np.float32)
    for offset, radius in zip(offsets, radii, strict=True):
        squared = squared + (offset / np.float32(radius)) ** 2
    return soft((1.0 - np.sqrt(squared)) * np.float32(min(radii)), edge)


def turned(u: FloatArray, v: FloatArray, degrees: float) -> tuple[FloatArray, FloatArray]:
    """Offsets along axes turned by `degrees` from the first towards the second axis."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    return u * c + v * s, v * c - u * s


def joined(*masks: FloatArray) -> FloatArray:
    """Soft union of masks 0..1."""
    outside = np.ones(1, np.float32)
    for mask in masks:
        outside = outside * (1.0 - mask)
    return np.asarray(1.0 - outside, dtype=np.float32)


@lru_cache(maxsize=64)
def _spline_basis(n: int, knots: int) -> FloatArray:
    """Uniform cubic B-spline basis, float32 `[n, knots]`; each row sums to 1."""
    position = np.linspace(0, knots - 3, n, endpoint=False, dtype=np.float32)
    distance = np.abs(position[:, None] + 1.0 - np.arange(knots, dtype=np.float32)[None, :])
    near = 2.0 / 3.0 - distance**2 + distance**3 / 2.0
    far = np.clip(2.0 - distance, 0.0, None) ** 3 / 6.0
    basis: FloatArray = np.where(distance < 1.0, near, far).astype(np.float32)
    return basis


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell_px: float) -> FloatArray:
    """Smooth random field float32 `[rows, cols]`, about standard normal, with blobs of about `cell_px`."""
    knots = tuple(max(4, round(n / cell_px) + 3) for n in shape)
    grid = rng.standard_normal(knots, dtype=np.float32)
    rows, cols = _spline_basis(shape[0], knots[0]), _spline_basis(shape[1], knots[1])
    field: FloatArray = (rows @ grid @ cols.T).astype(np.float32)
    return field * np.float32(2.0)


class Canvas:
    """A float32 picture `[rows, cols]` that thin structures are added to, each in its own small window.

    Args:
        x: Position of every column in millimetres, ascending, evenly spaced.
        y: Position of every row in millimetres, ascending, evenly spaced.
    """

    def __init__(self, x: FloatArray, y: FloatArray) -> None:
        self.x, self.y = x.astype(np.float32), y.astype(np.float32)
        self.pixels: FloatArray = np.zeros((len(y), len(x)), np.float32)

    def window(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice]:
        """Rows and columns that hold the box in millimetres, cut at the border."""
        cols = np.searchsorted(self.x, [x0, x1])
        rows = np.searchsorted(self.y, [y0, y1])
        return slice(int(rows[0]), int(rows[1])), slice(int(cols[0]), int(cols[1]))

    def add_segment(self, start: tuple[float, float], end: tuple[float, float], width: float, level: float) -> None:
        """Add a round-ended line of `width` mm from `start` to `end`, both `(x, y)`, brightest in its middle."""
        rows, cols, squared = self._squared_distance(start, end, width)
        squared *= np.float32(-1.0 / (width * 0.75) ** 2)
        squared += np.float32(1.0)
        np.maximum(squared, np.float32(0.0), out=squared)
        squared *= np.float32(level)
        self.pixels[rows, cols] += squared

    def add_path(self, points: NDArray[np.float64], width: float, level: float) -> None:
        """Draw a line through `points` `[n, 2]` of `(x, y)` without brighter joints."""
        line = Canvas(self.x, self.y)
        for start, end in zip(points[:-1], points[1:], strict=True):
            line._raise_segment((start[0], start[1]), (end[0], end[1]), width)
        self.pixels += np.float32(level) * line.pixels

    def _raise_segment(self, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
        rows, cols, squared = self._squared_distance(start, end, width)
        inside = np.clip((width * 0.5 - np.sqrt(squared)) / np.float32(0.8) + 0.5, 0.0, 1.0)
        np.maximum(self.pixels[rows, cols], inside, out=self.pixels[rows, cols])

    def _squared_distance(
        self, start: tuple[float, float], end: tuple[float, float], width: float
    ) -> tuple[slice, slice, FloatArray]:
        """The window around a segment, and every pixel's squared distance from the segment, mm^2."""
        (xa, ya), (xb, yb) = start, end
        rows, cols = self.window(min(xa, xb) - width, max(xa, xb) + width, min(ya, yb) - width, max(ya, yb) + width)
        u, v = self.x[None, cols] - np.float32(xa), self.y[rows, None] - np.float32(ya)
        du, dv = np.float32(xb - xa), np.float32(yb - ya)
        scale = np.float32(1.0) / max(du * du + dv * dv, np.float32(1e-6))
        along = u * (du * scale) + v * (dv * scale)
        np.maximum(along, np.float32(0.0), out=along)
        np.minimum(along, np.float32(1.0), out=along)
        squared: FloatArray = np.square(u - along * du) + np.square(v - along * dv)
        return rows, cols, squared

    def add_band(
        self, x0: float, x1: float, center: NDArray[np.float64], width: float, levels: tuple[float, float]
    ) -> None:
        """Add a band from `x0` to `x1` (either order): a bone with `levels` of (inside, cortex).

        Args:
            x0: Where the first of `center` lies, mm.
            x1: Where the last of `center` lies, mm.
            center: y in mm of the band's middle line, evenly spaced in x.
            width: Full width across the band, mm.
            levels: What is added inside, and additionally at both borders.
        """
        low, high = min(x0, x1), max(x0, x1)
        line = center if x0 <= x1 else center[::-1]
        rows, cols = self.window(low, high, float(line.min()) - width, float(line.max()) + width)
        x = self.x[cols]
        if x.size == 0:
            return
        knots = np.linspace(low, high, len(line))
        middle = np.interp(x, knots, line).astype(np.float32)
        slope = np.interp(x, knots, np.gradient(line, knots)).astype(np.float32)
        distance = np.abs(self.y[rows, None] - middle[None, :]) / np.sqrt(1.0 + slope**2)[None, :]
        inside = soft(np.float32(width / 2) - distance, 1.2)
        cortex = np.clip(1.0 - np.abs(distance - np.float32(width / 2 - 1.2)) / np.float32(1.4), 0.0, 1.0)
        ends = np.minimum(soft(x - np.float32(low), 5.0), soft(np.float32(high) - x, 5.0))[None, :]
        self.pixels[rows, cols] += ends * (np.float32(levels[0]) * inside + np.float32(levels[1]) * cortex)
