"""Lesions painted into the field of a chest radiograph phantom, each where its record says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from radseek.images.phantom_canvas import FloatArray, ellipsoid, joined, smooth_noise, soft, turned
from radseek.images.phantom_chest import SIGNS, ChestAnatomy, ChestField, Hemithorax
from radseek.records.phantoms import Kind, Lesion

_ZONE_Y = {"upper": (112.0, 142.0), "mid": (172.0, 200.0), "lower": (226.0, 252.0)}
"""Height of a lesion's centre, anatomical mm."""


def with_lesions(anatomy: ChestAnatomy, lesions: tuple[Lesion, ...]) -> ChestAnatomy:
    """The anatomy after what moves or enlarges the heart: cardiomegaly and large effusions."""
    x, y, half_width, half_height = anatomy.heart
    for lesion in lesions:
        if lesion.kind is Kind.CARDIOMEGALY:
            half_width, half_height = half_width + lesion.size_mm * 0.55, half_height + lesion.size_mm * 0.25
            x, y = x + lesion.size_mm * 0.10, y - lesion.size_mm * 0.12
        if lesion.kind is Kind.EFFUSION and lesion.grade == "large":
            x -= SIGNS[lesion.side] * 0.30 * (lesion.size_mm - 60.0)
    return replace(anatomy, heart=(x, y, half_width, half_height))


def paint(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    """Change `field` so that it shows `lesion`; the lesion comes back with `center_px`.

    A lesion whose `kind` has no place in a radiograph raises KeyError.
    """
    weight = _PAINTERS[lesion.kind](field, lesion, rng)
    return replace(lesion, center_px=middle(weight))


def middle(weight: FloatArray) -> tuple[int, int]:
    """The pixel nearest to the centroid of `weight` `[rows, cols]` among those that lie deep inside it.

    Deep means that the 5 x 5 pixels around hold at least 85 % of the most that any 5 x 5 pixels hold; so the middle
    of a crescent lies in the crescent.
    """
    for axis in (0, 1):
        weight = weight + sum(np.roll(weight, shift, axis) for shift in (-2, -1, 1, 2))
    rows, cols = np.nonzero(weight >= 0.85 * weight.max())
    nearest = int(np.argmin((rows - rows.mean()) ** 2 + (cols - cols.mean()) ** 2))
    return int(rows[nearest]), int(cols[nearest])


def _fill(field: ChestField, side: Hemithorax, mask: FloatArray, strength: float) -> FloatArray:
    """Replace `strength` of the air under `mask` by tissue; returns how much air went."""
    gone = np.asarray(side.air * mask * np.float32(strength), np.float32)
    side.air -= gone
    field.opacity += 0.06 * gone
    return gone


def _effusion(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    side = field.sides[lesion.side]
    angle_y = field.anatomy.dome_y[0 if lesion.side == "right" else 1] + 40.0
    level = angle_y - lesion.size_mm / field.anatomy.scale
    rise = 0.30 * lesion.size_mm + 10.0
    lateral = np.exp(-np.clip(side.edge - side.u, 0.0, None) / np.float32(rng.uniform(11, 17)))
    medial = 0.25 * np.exp(-np.clip(side.u - 15.0, 0.0, None) / np.float32(14.0))
    surface = level - rise * (lateral + medial)
    return _fill(field, side, soft(side.y - surface, 5.0), 0.96)


def _pneumothorax(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    side, size = field.sides[lesion.side], lesion.size_mm / field.anatomy.scale
    height = np.clip((side.y - field.anatomy.apex_y) / 240.0, 0.0, 1.0)
    retraction = size * (1.0 - 0.45 * height) * rng.uniform(0.95, 1.05)
    top = field.anatomy.apex_y + 1.15 * size
    corner = np.clip(1.0 - (side.y - top) / (1.6 * size), 0.0, 1.0)
    distance = np.minimum(side.edge - retraction - side.u - 0.9 * size * corner**3, (side.y - top) * 0.8)
    inner = soft(distance, 1.2)
    space = side.lung * (1.0 - inner)
    full = 1.0 - 0.88 * field.soft_tissue
    collapse = 0.07 if lesion.grade == "small" else 0.18 if lesion.grade == "moderate" else 0.30
    side.air = np.asarray(side.air * inner * (1.0 - collapse) + 1.14 * space * full, np.float32)
    line = np.clip(1.0 - np.abs(distance) / np.float32(1.5), 0.0, 1.0) * side.lung
    field.opacity += 0.09 * line
    side.lung = side.lung * inner
    return np.asarray(space * full, np.float32)


def _lateral_place(field: ChestField, lesion: Lesion, rng: np.random.Generator, radius: float) -> tuple[float, float]:
    """A place (u, y) in the lesion's zone with `radius` mm of lung around it, clear of heart and wall."""
    side = field.sides[lesion.side]
    y = rng.uniform(*_ZONE_Y[lesion.zone])
    row = int(np.argmin(np.abs(side.y[:, 0] - y)))
    y = min(y, field.anatomy.dome_y[0] - radius - 4.0)
    clear = side.u[row, side.air[row] > 0.45]
    low, high = float(clear.min()) + radius * 0.8, float(clear.max()) - radius * 0.9
    return (rng.uniform(low, high) if high > low else (low + high) / 2), y


def _consolidation(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    side, radius = field.sides[lesion.side], 0.5 * lesion.size_mm / field.anatomy.scale
    u, y = _lateral_place(field, lesion, rng, radius * 0.8)
    blobs = []
    for _ in range(7):
        du, dy = rng.normal(0, 0.38 * radius, 2)
        radii = (radius * rng.uniform(0.45, 0.8), radius * rng.uniform(0.4, 0.65))
        blobs.append(
            0.7 * ellipsoid(turned(side.u - u - du, side.y - y - dy, rng.uniform(-60, 60)), radii, 0.3 * radius)
        )
    texture = 0.86 + 0.14 * smooth_noise(rng, side.air.shape, 6.0)
    return _fill(field, side, np.asarray(joined(*blobs) * np.clip(texture, 0.3, 1.0), np.float32), 0.84)


def _nodule(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    side, radius = field.sides[lesion.side], 0.5 * lesion.size_mm / field.anatomy.scale
    u, y = _lateral_place(field, lesion, rng, radius)
    across, along = turned(side.u - u, side.y - y, rng.uniform(0, 180))
    mask = ellipsoid((across, along), (radius * rng.uniform(0.92, 1.0), radius), 1.5)
    if lesion.kind is Kind.MASS:
        angle = np.arctan2(along, across)
        reach = radius * (1.0 + 0.07 * np.sin(5 * angle + rng.uniform(0, 6)) + 0.05 * np.sin(9 * angle))
        mask = soft(np.asarray(reach - np.hypot(across, along), np.float32), 2.5)
    field.opacity += 0.29 * mask
    return mask


def _cardiomegaly(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    x, y, half_width, half_height = field.anatomy.heart
    return ellipsoid((field.x - x, field.y - y), (half_width * 0.6, half_height * 0.6), 2.0)


def _atelectasis(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    side, half = field.sides[lesion.side], 0.5 * lesion.size_mm / field.anatomy.scale
    u, y = _lateral_place(field, lesion, rng, half * 0.75)
    y += 12.0 if lesion.zone == "lower" else 0.0
    offsets = turned(side.u - u, side.y - y, rng.uniform(-24, 8))
    band = ellipsoid(offsets, (half, rng.uniform(4.5, 7.0)), 2.0)
    return _fill(field, side, band, 0.72)


def _edema(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    radius = lesion.size_mm / field.anatomy.scale
    total = np.zeros_like(field.opacity)
    for side in field.sides.values():
        haze = soft(1.0 - np.hypot((side.u - 38.0) / radius, (side.y - 195.0) / (1.15 * radius)), 0.75)
        patches = np.clip(0.75 + 0.30 * smooth_noise(rng, side.air.shape, 11.0), 0.2, 1.0)
        total += _fill(field, side, np.asarray(haze * patches, np.float32), 0.72)
    field.edema = 0.5
    return total * (field.x < 0)


def _pacemaker(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    sign, width = SIGNS[lesion.side], 0.5 * lesion.size_mm / field.anatomy.scale
    x, y = sign * rng.uniform(88, 98), rng.uniform(98, 112)
    distance = np.hypot(
        np.clip(np.abs(field.x - x) - width * 0.55, 0, None), np.clip(np.abs(field.y - y) - 8.0, 0, None)
    )
    box = soft(np.asarray(width * 0.45 - distance, np.float32), 1.0)
    field.metal.pixels += 0.42 * box
    tip = (field.anatomy.heart[0] + 0.55 * field.anatomy.heart[2], field.anatomy.heart[1] + 22.0)
    knots = [(x, y - 14), (sign * 66, 82), (sign * 34, 84), (-14, 112), (-22, 160), (-20, 225), (-6, tip[1] - 6), tip]
    field.metal.add_path(rounded(knots), 2.8, 0.40)
    return box


def _central_line(field: ChestField, lesion: Lesion, rng: np.random.Generator) -> FloatArray:
    tip = (-20.0, 12.0 + lesion.size_mm)
    sign = SIGNS[lesion.side]
    neck = [(-46.0, 6.0), (-38.0, 44.0), (-22.0, 92.0)]
    if sign > 0:
        neck = [(46.0, 6.0), (38.0, 50.0), (22.0, 96.0), (-8.0, 116.0)]
    points = rounded([*neck, (-21.0, 138.0), tip])
    before = field.metal.pixels.copy()
    field.metal.add_path(points, 3.0, 0.38)
    return np.asarray((field.metal.pixels - before) * (np.abs(field.y - 110.0) < 40.0), np.float32)


def rounded(knots: list[tuple[float, float]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A curve `[n, 2]` through `knots` with its corners cut off twice (Chaikin); both ends stay."""
    points = np.asarray(knots, np.float64)
    for _ in range(2):
        cut = np.stack([0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]], axis=1)
        points = np.vstack([points[:1], cut.reshape(-1, 2), points[-1:]])  # [2 * (n - 1) + 2, 2]
    return points


_Painter = Callable[[ChestField, Lesion, np.random.Generator], FloatArray]
_PAINTERS: dict[Kind, _Painter] = {
    Kind.EFFUSION: _effusion,
    Kind.PNEUMOTHORAX: _pneumothorax,
    Kind.CONSOLIDATION: _consolidation,
    Kind.NODULE: _nodule,
    Kind.MASS: _nodule,
    Kind.CARDIOMEGALY: _cardiomegaly,
    Kind.ATELECTASIS: _atelectasis,
    Kind.EDEMA: _edema,
    Kind.PACEMAKER: _pacemaker,
    Kind.CENTRAL_LINE: _central_line,
}
