"""From boxes in a picture's pixels to the cells of a map over the padded square that the encoder saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radseek.errors import InputError
from radseek.evaluation.estimates import Floats


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture: `x` to the right, `y` down, from the top left corner."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture lies in a square: longest side fitted, the other padded in equal parts, as `radseek.images` does.

    With `size_px` the sides are rounded to whole pixels of that square, and an odd pixel of padding lies behind; with 0
    they are exact. `padded` False is a picture stretched over the whole map.
    """

    rows: int
    cols: int
    size_px: int = 0
    padded: bool = True

    def edges(self, box: Box) -> tuple[float, float, float, float]:
        """Top, bottom, left and right of the part of `box` inside the picture, as shares of the square (0..1)."""
        top, height, left, width = self._place()
        y, x = _inside(box.y_px, box.height_px, self.rows), _inside(box.x_px, box.width_px, self.cols)
        return top + y[0] * height, top + y[1] * height, left + x[0] * width, left + x[1] * width

    def _place(self) -> tuple[float, float, float, float]:
        """Top, height, left and width of the picture as shares of the square."""
        if not self.padded:
            return 0.0, 1.0, 0.0, 1.0
        longest = max(self.rows, self.cols)
        if not self.size_px:
            high, wide = self.rows / longest, self.cols / longest
            return (1 - high) / 2, high, (1 - wide) / 2, wide
        size = self.size_px
        high_px, wide_px = (min(size, max(1, round(side * size / longest))) for side in (self.rows, self.cols))
        return ((size - high_px) // 2) / size, high_px / size, ((size - wide_px) // 2) / size, wide_px / size


def _inside(start_px: float, length_px: float, side_px: int) -> tuple[float, float]:
    """Start and end of the part of an interval inside a side, as shares of it."""
    start, end = (min(max(float(edge), 0.0), float(side_px)) / side_px for edge in (start_px, start_px + length_px))
    return start, end


def box_cover(boxes: Sequence[Box], letterbox: Letterbox, grid: tuple[int, int]) -> Floats:
    """Of each cell of a map the share that lies in any of `boxes`: float64 `[rows, cols]` in 0..1, exact.

    Where boxes overlap, their union counts once. Parts outside the picture count nowhere.

    Raises:
        InputError: When a side of the grid or picture is below 1, or a box is not finite or has a negative side.
    """
    rows, cols = grid
    if min(rows, cols, letterbox.rows, letterbox.cols) < 1:
        raise InputError(f"grid and picture need sides of at least 1; got {grid} and {letterbox.rows, letterbox.cols}")
    for box in boxes:
        values = (box.x_px, box.y_px, box.width_px, box.height_px)
        if not np.isfinite(values).all() or box.width_px < 0 or box.height_px < 0:
            raise InputError("a box needs finite numbers and no negative side")
    edges = [letterbox.edges(box) for box in boxes]
    y = np.unique(np.clip([*np.linspace(0, 1, rows + 1), *(v for edge in edges for v in edge[:2])], 0, 1))
    x = np.unique(np.clip([*np.linspace(0, 1, cols + 1), *(v for edge in edges for v in edge[2:])], 0, 1))
    y_mid, x_mid = (y[:-1] + y[1:]) / 2, (x[:-1] + x[1:]) / 2
    inside = np.zeros((len(y_mid), len(x_mid)), dtype=bool)  # of the pieces that cell and box edges cut
    for top, bottom, left, right in edges:
        inside |= ((y_mid > top) & (y_mid < bottom))[:, None] & ((x_mid > left) & (x_mid < right))[None, :]
    area = np.diff(y)[:, None] * np.diff(x)[None, :] * inside
    cell = np.minimum((y_mid * rows).astype(int), rows - 1)[:, None] * cols + np.minimum(
        (x_mid * cols).astype(int), cols - 1
    )
    covered = np.bincount(cell.ravel(), weights=area.ravel(), minlength=rows * cols)
    return np.clip(covered.reshape(rows, cols) * (rows * cols), 0.0, 1.0)


def picture_cover(letterbox: Letterbox, grid: tuple[int, int]) -> Floats:
    """Of each cell of a map the share that lies in the picture, not in the padding: float64 `[rows, cols]` in 0..1.

    Raises:
        InputError: As `box_cover`.
    """
    return box_cover([Box(0, 0, letterbox.cols, letterbox.rows)], letterbox, grid)
