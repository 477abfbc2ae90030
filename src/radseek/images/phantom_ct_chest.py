"""Chest CT of a phantom: lungs, heart, great vessels, and lesions placed into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radseek.images.phantom_canvas import FloatArray, soft
from radseek.images.phantom_ct_trunk import AIR_HU, FLUID_HU, draw_trunk, place_ribs, place_spine, place_wall
from radseek.images.phantom_stack import Stack, placed
from radseek.records.phantoms import Kind, Lesion

SHAPE, SPACING_MM = (28, 160, 160), (9.0, 2.2, 2.2)
_SIGNS = {"right": -1.0, "left": 1.0}
_ZONE_Z = {"upper": (172.0, 196.0), "mid": (124.0, 146.0), "lower": (82.0, 98.0)}
_BLOOD_HU = 145.0


@dataclass(slots=True)
class _Chest:
    stack: Stack
    lungs: dict[str, FloatArray]
    """Pleural cavities, 0..1."""
    back_y: float
    """Where the pleural cavities end behind, mm."""
    half_width: float


def make_chest(rng: np.random.Generator, lesions: tuple[Lesion, ...]) -> tuple[Stack, tuple[Lesion, ...]]:
    """A chest in HU without noise, and the lesions with their places."""
    stack = Stack(SHAPE, SPACING_MM)
    build = draw_trunk(rng)
    cavity = place_wall(stack, build, rng)
    half_width, half_depth = build.cavity
    chest = _Chest(stack, _lungs(stack, cavity, half_width), half_depth, half_width)
    stack.blend(soft(cavity - _apex_shrink(stack), 4.0), -75.0)
    mottle = stack.texture(rng, 6.0)
    for lung in chest.lungs.values():
        stack.blend(lung, -862.0 + 0.35 * stack.y + 14.0 * mottle)
    _abdomen_top(stack, cavity, chest.lungs)
    place_ribs(stack, cavity - 0.8 * _apex_shrink(stack), rng.uniform(0, 27))
    front = place_spine(stack, build)
    _heart_and_vessels(stack, front)
    for side in _SIGNS:
        _lung_vessels(chest, side, rng)
    stack.tube((0.0, -half_depth - 3.0, 70.0), (0.0, -half_depth - 3.0, 190.0), 6.0, 230.0)
    return stack, tuple(_PAINTERS[lesion.kind](chest, lesion, rng) for lesion in lesions)


def _lungs(stack: Stack, cavity: FloatArray, half_width: float) -> dict[str, FloatArray]:
    """Pleural cavities: inside the ribs, beside the mediastinum, above the diaphragm, narrowing to the apex."""
    inside = soft(cavity - 2.0 - _apex_shrink(stack), 2.0) * soft(243.0 - stack.z, 5.0)
    lungs = {}
    for side, sign in _SIGNS.items():
        u = sign * stack.x
        heart = (
            18.0 * soft(30.0 - np.abs(stack.z - 92.0), 30.0) * soft(12.0 - stack.y, 18.0) * (1.9 if sign > 0 else 0.9)
        )
        medial = 21.0 + heart + 7.0 * soft(stack.y - 36.0, 14.0)
        dome = 52.0 - 60.0 * ((u - 0.52 * half_width) / 62.0) ** 2 - 40.0 * (stack.y / 88.0) ** 2
        dome -= 8.0 if sign > 0 else 0.0
        lungs[side] = np.asarray(inside * soft(u - medial, 3.0) * soft(stack.z - dome, 6.0), np.float32)
    return lungs


def _apex_shrink(stack: Stack) -> FloatArray:
    """By how many mm the rib cage narrows towards the neck."""
    return np.asarray(46.0 * np.clip((stack.z - 160.0) / 85.0, 0.0, 1.0) ** 2, np.float32)


def _abdomen_top(stack: Stack, cavity: FloatArray, lungs: dict[str, FloatArray]) -> None:
    """Liver on the right and spleen and stomach on the left, under the diaphragm."""
    below = soft(cavity - 1.0, 2.0) * soft(62.0 - stack.z, 6.0) * (1.0 - lungs["right"]) * (1.0 - lungs["left"])
    stack.blend(below * soft(-14.0 - stack.x, 8.0), 108.0)
    stack.blend(below * soft(stack.x - 30.0, 6.0) * soft(stack.y - 12.0, 6.0), 118.0)
    stack.blend(below * soft(stack.x - 30.0, 6.0) * soft(2.0 - stack.y, 6.0), 22.0)


def _heart_and_vessels(stack: Stack, front: float) -> None:
    stack.solid((16.0, -24.0, 88.0), (60.0, 46.0, 50.0), 92.0, 2.5, 24.0)
    stack.solid((28.0, -20.0, 84.0), (27.0, 20.0, 32.0), _BLOOD_HU, 3.0, 28.0)
    stack.solid((-16.0, -28.0, 92.0), (22.0, 24.0, 32.0), _BLOOD_HU, 3.0)
    stack.solid((6.0, 14.0, 102.0), (26.0, 13.0, 18.0), _BLOOD_HU, 3.0)
    stack.tube((-6.0, -22.0, 120.0), (-8.0, -22.0, 182.0), 14.5, _BLOOD_HU)
    stack.tube((-8.0, -20.0, 186.0), (17.0, front - 12.0, 186.0), 12.5, _BLOOD_HU)
    stack.tube((21.0, front - 4.0, 0.0), (19.0, front - 6.0, 182.0), 11.5, _BLOOD_HU)
    stack.tube((-27.0, -20.0, 112.0), (-25.0, -22.0, 218.0), 8.5, 170.0)
    stack.tube((14.0, -26.0, 118.0), (14.0, -14.0, 150.0), 13.0, _BLOOD_HU)
    for sign in _SIGNS.values():
        stack.tube((10.0, -6.0, 150.0), (sign * 36.0, 4.0, 146.0), 9.5, _BLOOD_HU)
        stack.tube((sign * 12.0, -14.0, 196.0), (sign * 14.0, -10.0, 250.0), 6.0, _BLOOD_HU)
        stack.tube((sign * 108.0, 58.0, 160.0), (sign * 76.0, 84.0, 235.0), 5.0, 300.0)
        stack.tube((0.0, 14.0, 160.0), (sign * 34.0, 20.0, 136.0), 6.5, AIR_HU)
    stack.tube((0.0, 12.0, 160.0), (0.0, 6.0, 260.0), 9.0, AIR_HU)


def _lung_vessels(chest: _Chest, side: str, rng: np.random.Generator) -> None:
    """Vessels that branch from the hilum towards the pleura."""
    sign = _SIGNS[side]
    for _ in range(30):
        direction = rng.normal(0, 1, 3) * (0.9, 1.0, 1.1)
        direction[0] = sign * abs(direction[0])
        direction /= np.linalg.norm(direction)
        start, radius = np.array([sign * 36.0, 8.0, 142.0]), rng.uniform(2.2, 3.8)
        for _ in range(5):
            direction += rng.normal(0, 0.22, 3)
            end = start + 15.0 * direction / np.linalg.norm(direction)
            middle = (start + end) / 2
            if not _in_lung(chest, side, (middle[0], middle[1], middle[2])):
                break
            chest.stack.tube((start[0], start[1], start[2]), (end[0], end[1], end[2]), radius, 40.0)
            start, radius = end, max(radius * 0.78, 1.3)


def _in_lung(chest: _Chest, side: str, point: tuple[float, float, float]) -> bool:
    """Whether `point` lies well inside the pleural cavity of `side`."""
    axes = (chest.stack.z, chest.stack.y, chest.stack.x)
    z, y, x = (int(np.abs(axis.ravel() - p).argmin()) for axis, p in zip(axes, point[::-1], strict=True))
    return bool(chest.lungs[side][z, y, x] > 0.7)


def _spot(chest: _Chest, lesion: Lesion, rng: np.random.Generator, radius: float) -> tuple[float, float, float]:
    """A place in the lesion's zone that has lung for `radius` mm around it, as far as that can be had."""
    sign, spot = _SIGNS[lesion.side], (0.0, 0.0, 0.0)
    for _ in range(60):
        spot = (sign * rng.uniform(40, chest.half_width), rng.uniform(-50, 55), rng.uniform(*_ZONE_Z[lesion.zone]))
        around = [
            (spot[0] + dx * radius, spot[1] + dy * radius, spot[2]) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        if all(_in_lung(chest, lesion.side, point) for point in around):
            break
    return spot


def _nodule(chest: _Chest, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    radius = lesion.size_mm / 2
    box, mask = chest.stack.solid(_spot(chest, lesion, rng, radius + 2), (radius, radius, radius + 3.0), 48.0, 1.8)
    return placed(lesion, chest.stack.weight(box, mask))


def _effusion(chest: _Chest, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    """Fluid that layers behind, deepest at the base."""
    stack, depth = chest.stack, 12.0 + 0.62 * lesion.size_mm
    height = 90.0 + 0.9 * lesion.size_mm
    here = depth * np.sqrt(np.clip(1.0 - (stack.z - 20.0) / height, 0.0, 1.0))
    side_rise = 7.0 * np.clip((_SIGNS[lesion.side] * stack.x - 70.0) / 40.0, 0.0, 1.0) ** 2
    mask = chest.lungs[lesion.side] * soft(stack.y - (chest.back_y - here - side_rise), 2.5) * (here > 3.0)
    stack.blend(mask, FLUID_HU + rng.uniform(-3, 5))
    return placed(lesion, np.asarray(mask, np.float32))


def _consolidation(chest: _Chest, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    """Airless lung with open bronchi in it."""
    stack, radius = chest.stack, lesion.size_mm / 2
    x, y, z = _spot(chest, lesion, rng, 0.5 * radius)
    whole = (slice(None), slice(None), slice(None))
    dx, dy, dz = stack.offsets((x, y, z), whole)
    ragged = 1.0 + 0.16 * stack.texture(rng, 7.0)
    distance = np.sqrt(dx**2 + dy**2 + (dz * 1.1) ** 2) * ragged
    mask = np.asarray(soft(radius - distance, 6.0) * chest.lungs[lesion.side], np.float32)
    stack.blend(mask * 0.93, 42.0)
    sign = _SIGNS[lesion.side]
    for _ in range(4):
        tip = (x + sign * rng.uniform(5, 18), y + rng.uniform(-16, 16), z + rng.uniform(-12, 12))
        stack.tube((x - sign * 18.0, y + rng.uniform(-4, 4), z), tip, 2.2, -820.0)
    return placed(lesion, mask)


def _hilar_mass(chest: _Chest, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    stack, radius = chest.stack, lesion.size_mm / 2
    center = (_SIGNS[lesion.side] * (40.0 + 0.35 * radius), 8.0 + rng.uniform(-4, 4), 142.0 + rng.uniform(-6, 6))
    box, mask = stack.solid(center, (radius, radius, radius), 62.0, 2.5)
    for _ in range(5):
        dx, dy = rng.normal(0, 0.55 * radius, 2)
        stack.solid((center[0] + dx, center[1] + dy, center[2]), (0.5 * radius,) * 3, 62.0, 2.5)
    return placed(lesion, stack.weight(box, mask))


_PAINTERS = {
    Kind.NODULE: _nodule,
    Kind.EFFUSION: _effusion,
    Kind.CONSOLIDATION: _consolidation,
    Kind.HILAR_MASS: _hilar_mass,
}
