"""Head CT of a phantom without contrast: skull, brain, ventricles, and lesions placed into them."""

from __future__ import annotations

import numpy as np

from radseek.images.phantom_canvas import FloatArray, soft
from radseek.images.phantom_stack import Stack, placed
from radseek.records.phantoms import Kind, Lesion

SHAPE, SPACING_MM = (24, 160, 160), (6.0, 1.4, 1.4)
_SIGNS = {"right": -1.0, "left": 1.0}
_BLOOD_HU, _CSF_HU = 68.0, 7.0
_BLEED_PLACE = {"basal ganglia": (25.0, 2.0, 66.0), "frontal": (26.0, -44.0, 78.0), "parietal": (30.0, 40.0, 86.0)}
"""Centre of a bleed: distance from the midline, y and z in mm."""


def make_head(rng: np.random.Generator, lesions: tuple[Lesion, ...]) -> tuple[Stack, tuple[Lesion, ...]]:
    """A head in HU without noise, and the lesions with their places."""
    stack = Stack(SHAPE, SPACING_MM)
    size = rng.uniform(0.94, 1.04)
    skull = _skull_distance(stack, size)
    stack.blend(soft(skull + 5.5, 1.5), 10.0)
    stack.blend(soft(skull, 1.2), 1050.0)
    stack.blend(soft(2.6 - np.abs(skull - 3.2), 1.0), 620.0)
    table = skull - 6.5
    stack.blend(soft(table, 1.0), _CSF_HU + 8.0)
    shift = sum(_shift_mm(lesion) for lesion in lesions)
    _brain(stack, table, shift, rng)
    _skull_base(stack, skull, size)
    rest_y = 99.0 - (stack.x / np.float32(26.0)) ** 2 * 1.6
    stack.blend(soft(2.0 - np.abs(stack.y - rest_y), 1.0) * soft(60.0 - np.abs(stack.x), 2.0), -200.0)
    return stack, tuple(_PAINTERS[lesion.kind](stack, table, lesion, rng) for lesion in lesions)


def _shift_mm(lesion: Lesion) -> float:
    """How far the midline is pushed along x: away from a subdural haematoma."""
    return -0.45 * _SIGNS[lesion.side] * lesion.size_mm if lesion.kind is Kind.SUBDURAL else 0.0


def _skull_distance(stack: Stack, size: float) -> FloatArray:
    """About how many mm inside the outer table every voxel lies."""
    above = np.clip((stack.z - 58.0) / 84.0, 0.0, 0.995)
    below = np.clip((20.0 - stack.z) / 60.0, 0.0, 1.0)
    shrink = np.sqrt(1.0 - above**2) * (1.0 - 0.25 * below)
    wide, deep = 71.0 * size * shrink, 88.0 * size * shrink
    narrow_front = 1.0 + 0.10 * np.clip(-stack.y / 88.0, 0.0, 1.0)
    ratio = np.sqrt((stack.x * narrow_front / wide) ** 2 + (stack.y / deep) ** 2)
    return np.asarray((1.0 - ratio) * (wide + deep) * 0.5, np.float32)


def _brain(stack: Stack, table: FloatArray, shift: float, rng: np.random.Generator) -> None:
    """Grey and white matter with sulci, ventricles and falx; the midline is pushed by `shift` mm."""
    folds = stack.texture(rng, 4.2) + 0.5 * stack.texture(rng, 9.0)
    rim = 2.2 + 2.6 * np.clip(folds, 0.0, 1.6)
    stack.blend(soft(table - rim, 1.2), 37.0)
    white = soft(table - 11.0 - 4.0 * folds, 3.0)
    stack.blend(white, 29.0)
    bowed = stack.x - shift * np.clip(1.0 - (stack.y / 80.0) ** 2, 0.0, 1.0)
    for sign in _SIGNS.values():
        _ventricle(stack, bowed, sign, rng.uniform(0.85, 1.2))
        nuclei = np.sqrt(
            ((bowed * sign - 25.0) / 9.0) ** 2 + ((stack.y - 2.0) / 17.0) ** 2 + ((stack.z - 62.0) / 16.0) ** 2
        )
        stack.blend(soft((1.0 - nuclei) * 9.0, 2.0), 38.0)
        sylvian = soft(2.0 - np.abs(stack.y - 2.0 + 0.25 * (sign * bowed - 50.0)), 1.5) * soft(sign * bowed - 40.0, 3.0)
        stack.blend(sylvian * soft(table - 1.0, 1.0) * soft(12.0 - np.abs(stack.z - 58.0), 6.0), _CSF_HU + 6.0)
    third = (
        soft(2.2 - np.abs(bowed), 1.0)
        * soft(13.0 - np.abs(stack.y - 2.0), 3.0)
        * soft(9.0 - np.abs(stack.z - 54.0), 4.0)
    )
    stack.blend(third, _CSF_HU)
    falx = (
        soft(1.0 - np.abs(bowed), 0.9)
        * soft(np.abs(stack.y) - 30.0, 3.0)
        * soft(table, 1.0)
        * soft(stack.z - 62.0, 5.0)
    )
    stack.blend(falx, 52.0)


def _ventricle(stack: Stack, bowed: FloatArray, sign: float, size: float) -> None:
    """A lateral ventricle: front horn, body and back horn."""
    u = sign * bowed
    for du, y, z, radii in (
        (9.0, -24.0, 72.0, (5.5, 14.0, 13.0)),
        (10.0, 2.0, 80.0, (6.0, 22.0, 9.0)),
        (17.0, 34.0, 70.0, (5.5, 15.0, 10.0)),
    ):
        slant = u - du - 0.22 * np.abs(stack.y - y)
        ratio = np.sqrt(
            (slant / (radii[0] * size)) ** 2 + ((stack.y - y) / radii[1]) ** 2 + ((stack.z - z) / radii[2]) ** 2
        )
        stack.blend(soft((1.0 - ratio) * radii[0], 1.2), _CSF_HU)


def _skull_base(stack: Stack, skull: FloatArray, size: float) -> None:
    """Petrous bones with air cells, eyes and sinuses in the lowest slices."""
    for sign in _SIGNS.values():
        stack.tube((sign * 18.0, 12.0, 10.0), (sign * 60.0 * size, 30.0, 12.0), 9.0, 850.0)
        for step in range(4):
            stack.solid((sign * (44.0 + 4.0 * step), 25.0 + 2.0 * step, 10.0), (3.0, 3.0, 6.0), -700.0, 1.0)
        stack.solid((sign * 32.0, -66.0 * size, 4.0), (17.0, 18.0, 17.0), -70.0, 1.5)
        stack.solid((sign * 32.0, -74.0 * size, 4.0), (11.5, 11.5, 11.5), 12.0, 1.2)
    stack.solid((0.0, -70.0 * size, 6.0), (10.0, 16.0, 14.0), -900.0, 1.5)
    dense = soft(stack.z * -1.0 + 14.0, 6.0) * soft(8.0 - np.abs(skull - 10.0), 3.0) * soft(-40.0 - stack.y, 4.0)
    stack.blend(np.asarray(dense * 0.6, np.float32), 500.0)


def _haemorrhage(stack: Stack, table: FloatArray, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    distance, y, z = _BLEED_PLACE[lesion.zone]
    radius = lesion.size_mm / 2
    center = (_SIGNS[lesion.side] * (distance + 0.2 * radius), y + rng.uniform(-4, 4), z + rng.uniform(-4, 4))
    radii = (radius * rng.uniform(0.72, 0.9), radius, radius * 0.9)
    turn = rng.uniform(-20, 20)
    stack.solid(center, (radii[0] + 6.0, radii[1] + 6.0, radii[2] + 4.0), 19.0, 3.0, turn)
    box, mask = stack.solid(center, radii, _BLOOD_HU, 1.8, turn)
    return placed(lesion, stack.weight(box, mask))


def _subdural(stack: Stack, table: FloatArray, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    """A crescent of fresh blood along the inner table."""
    u = _SIGNS[lesion.side] * stack.x
    spread = np.clip(1.0 - ((stack.y - rng.uniform(-8, 8)) / 76.0) ** 2, 0.0, 1.0)
    depth = lesion.size_mm * np.sqrt(spread) * np.clip(1.0 - ((stack.z - 74.0) / 56.0) ** 2, 0.0, 1.0)
    mask = soft(depth - table, 1.5) * soft(table, 1.0) * soft(u - 8.0, 3.0) * (depth > 2.0)
    stack.blend(mask, _BLOOD_HU - 4.0)
    return placed(lesion, np.asarray(mask, np.float32))


def _infarct(stack: Stack, table: FloatArray, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    """A dark wedge that reaches the cortex in the middle cerebral artery's territory."""
    u = _SIGNS[lesion.side] * stack.x
    angle = np.degrees(np.arctan2(stack.y - rng.uniform(-4, 8), u - 14.0))
    wedge = soft(0.55 * lesion.size_mm - np.abs(angle), 7.0) * soft(u - 27.0, 3.0)
    mask = wedge * soft(table - 2.0, 1.0) * soft(0.36 * lesion.size_mm - np.abs(stack.z - 72.0), 5.0)
    stack.blend(0.95 * mask, 16.0)
    return placed(lesion, np.asarray(mask, np.float32))


_PAINTERS = {Kind.HAEMORRHAGE: _haemorrhage, Kind.SUBDURAL: _subdural, Kind.INFARCT: _infarct}
