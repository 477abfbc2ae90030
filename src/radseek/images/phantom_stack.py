"""A stack of axial CT slices in Hounsfield units that soft-edged solids are placed into.

Axes are `[slices, rows, cols]`: slices from the feet upwards, rows from front to back (the patient lies supine),
columns from the patient's right to the left. Positions are `(x, y, z)` in mm; x and y are 0 in the middle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radseek.images.phantom_canvas import FloatArray, ellipsoid, smooth_noise, soft, turned
from radseek.images.phantom_chest_lesions import middle
from radseek.records.phantoms import Lesion

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]


class Stack:
    """Slices under construction, all air at first.

    Args:
        shape: Slices, rows, columns.
        spacing_mm: Between slices, rows and columns.
    """

    def __init__(self, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> None:
        self.shape, self.spacing_mm = shape, spacing_mm
        self.hu: FloatArray = np.full(shape, -1000.0, np.float32)
        axes = [np.arange(n, dtype=np.float32) * np.float32(step) for n, step in zip(shape, spacing_mm, strict=True)]
        self.z = axes[0][:, None, None]
        self.y = (axes[1] - axes[1].mean())[None, :, None]
        self.x = (axes[2] - axes[2].mean())[None, None, :]

    def blend(self, mask: FloatArray, value: float | FloatArray, box: Box | None = None) -> None:
        """Move the voxels under `mask` (0..1, broadcastable to the stack or to `box`) towards `value`."""
        place = self.hu if box is None else self.hu[box]
        place += mask * (np.asarray(value, np.float32) - place)

    def box(self, low: Point, high: Point) -> Box:
        """The voxels between two corners, cut at the border."""
        bounds = []
        for axis, first, last in zip((self.x, self.y, self.z), low, high, strict=True):
            begin, end = np.searchsorted(axis.ravel(), [first, last])
            bounds.append(slice(int(begin), int(end)))
        return bounds[2], bounds[1], bounds[0]

    def offsets(self, center: Point, box: Box) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distances along x, y and z from `center` inside `box`, broadcastable."""
        slices, rows, cols = box
        return self.x[:, :, cols] - center[0], self.y[:, rows] - center[1], self.z[slices] - center[2]

    def solid(
        self, center: Point, radii: Point, value: float, edge: float = 2.5, degrees: float = 0.0
    ) -> tuple[Box, FloatArray]:
        """Place an ellipsoid, turned by `degrees` in the slice plane; its box and mask come back."""
        reach = max(radii[:2]) + edge
        dz = radii[2] + edge
        box = self.box(
            (center[0] - reach, center[1] - reach, center[2] - dz),
            (center[0] + reach, center[1] + reach, center[2] + dz),
        )
        dx, dy, dz_ = self.offsets(center, box)
        u, v = turned(dx, dy, degrees) if degrees else (dx, dy)
        mask = ellipsoid((u, v, dz_), radii, edge)
        self.blend(mask, value, box)
        return box, mask

    def tube(self, start: Point, end: Point, radius: float, value: float, edge: float = 1.5) -> None:
        """Place a round-ended tube from `start` to `end`."""
        reach = radius + edge
        low = tuple(min(a, b) - reach for a, b in zip(start, end, strict=True))
        high = tuple(max(a, b) + reach for a, b in zip(start, end, strict=True))
        box = self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        dx, dy, dz = self.offsets(start, box)
        ax, ay, az = (b - a for a, b in zip(start, end, strict=True))
        along = np.clip((dx * ax + dy * ay + dz * az) / max(ax * ax + ay * ay + az * az, 1e-6), 0.0, 1.0)
        distance = np.sqrt((dx - along * ax) ** 2 + (dy - along * ay) ** 2 + (dz - along * az) ** 2)
        self.blend(soft(np.asarray(radius - distance, np.float32), edge), value, box)

    def weight(self, box: Box, mask: FloatArray) -> FloatArray:
        """`mask` of `box` as a whole stack that is 0 elsewhere."""
        whole = np.zeros(self.shape, np.float32)
        whole[box] = mask
        return whole

    def scanned(self, rng: np.random.Generator, noise_hu: float) -> FloatArray:
        """The stack in HU with the scanner's noise, limited to -1024..3071."""
        noise = rng.standard_normal(self.shape, dtype=np.float32) * np.float32(noise_hu)
        return np.clip(self.hu + noise, -1024.0, 3071.0)

    def texture(self, rng: np.random.Generator, cell_px: float) -> FloatArray:
        """One smooth random slice `[1, rows, cols]`, about standard normal, to mottle tissue with."""
        return smooth_noise(rng, self.shape[1:], cell_px)[None]


def placed(lesion: Lesion, weight: FloatArray) -> Lesion:
    """`lesion` with its middle and extent taken from `weight` `[slices, rows, cols]`, its visible mass.

    A slice shows the lesion plainly when it holds at least 40 % of the mass of the slice that holds most.
    """
    per_slice = weight.sum(axis=(1, 2))
    plain = np.nonzero(per_slice >= 0.4 * per_slice.max())[0]
    index = int(round(float(np.average(plain, weights=per_slice[plain]))))
    return replace(
        lesion,
        slice_index=index,
        first_slice=int(plain[0]),
        last_slice=int(plain[-1]),
        center_px=middle(weight[index]),
    )
