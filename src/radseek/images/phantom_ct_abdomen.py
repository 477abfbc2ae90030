"""Abdominal CT of a phantom, portal venous phase: organs, and lesions placed into them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radseek.images.phantom_canvas import FloatArray, soft
from radseek.images.phantom_ct_trunk import (
    FAT_HU,
    FLUID_HU,
    MUSCLE_HU,
    draw_trunk,
    place_ribs,
    place_spine,
    place_wall,
)
from radseek.images.phantom_stack import Stack, placed
from radseek.records.phantoms import Kind, Lesion

SHAPE, SPACING_MM = (28, 160, 160), (8.0, 2.2, 2.2)
_SIGNS = {"right": -1.0, "left": 1.0}
_KIDNEY_Z = {"right": 88.0, "left": 98.0}
_KIDNEY_LEVEL = {"upper pole": 26.0, "mid pole": 0.0, "lower pole": -26.0, "pelvis": 0.0}


def make_abdomen(rng: np.random.Generator, lesions: tuple[Lesion, ...]) -> tuple[Stack, tuple[Lesion, ...]]:
    """An abdomen in HU without noise, and the lesions with their places."""
    stack = Stack(SHAPE, SPACING_MM)
    build = draw_trunk(rng)
    cavity = place_wall(stack, build, rng)
    inside = soft(cavity, 2.0)
    stack.blend(inside, FAT_HU + 6.0 * stack.texture(rng, 4.0))
    _bowel(stack, cavity, rng)
    _solid_organs(stack, cavity, rng)
    place_ribs(stack, cavity, rng.uniform(0, 27), lowest_mm=86.0)
    front = place_spine(stack, build)
    for sign in _SIGNS.values():
        stack.tube((sign * 36.0, front + 14.0, -10.0), (sign * 27.0, front + 12.0, 108.0), 17.0, MUSCLE_HU)
    stack.tube((9.0, front - 9.0, -10.0), (9.0, front - 9.0, 250.0), 9.5, 165.0)
    stack.tube((-17.0, front - 8.0, -10.0), (-20.0, front - 10.0, 250.0), 11.0, 130.0)
    for side in _SIGNS:
        _kidney(stack, side, front)
    fluid_first = sorted(range(len(lesions)), key=lambda place: lesions[place].kind is not Kind.ASCITES)
    painted = {place: _place(stack, lesions[place], (cavity, front), rng) for place in fluid_first}
    return stack, tuple(painted[place] for place in range(len(lesions)))


def _place(stack: Stack, lesion: Lesion, frame: tuple[FloatArray, float], rng: np.random.Generator) -> Lesion:
    cavity, front = frame
    if lesion.kind is Kind.ASCITES:
        return _ascites(stack, lesion, cavity)
    if lesion.kind in {Kind.LIVER_CYST, Kind.LIVER_MASS}:
        return _liver_lesion(stack, lesion, rng)
    return _renal_lesion(stack, lesion, front, rng)


def _solid_organs(stack: Stack, cavity: FloatArray, rng: np.random.Generator) -> None:
    """Liver with vessels, gallbladder, spleen, stomach and pancreas, all inside the cavity."""
    inside = soft(cavity - 3.0, 2.0)
    x, y, z = stack.x, stack.y, stack.z
    right = np.sqrt(((x + 62.0) / 72.0) ** 2 + ((y + 4.0) / 82.0) ** 2 + ((z - 155.0) / 92.0) ** 2)
    left = np.sqrt(((x - 2.0) / 66.0) ** 2 + ((y + 44.0) / 32.0) ** 2 + ((z - 172.0) / 46.0) ** 2)
    liver = inside * np.maximum(soft((1.0 - right) * 72.0, 2.0), soft((1.0 - left) * 32.0, 2.0))
    stomach = inside * soft(
        (1.0 - np.sqrt(((x - 58.0) / 46.0) ** 2 + ((y + 26.0) / 42.0) ** 2 + ((z - 162.0) / 44.0) ** 2)) * 42, 2.0
    )
    stack.blend(stomach, 60.0)
    lumen = soft(
        (1.0 - np.sqrt(((x - 58.0) / 41.0) ** 2 + ((y + 26.0) / 37.0) ** 2 + ((z - 162.0) / 40.0) ** 2)) * 37, 2.0
    )
    stack.blend(lumen * inside, np.where(y < -36.0, -920.0, 14.0).astype(np.float32))
    stack.blend(np.asarray(liver, np.float32), 108.0 + 4.0 * stack.texture(rng, 4.0))
    spleen = np.sqrt(((x - 100.0) / 30.0) ** 2 + ((y - 34.0) / 44.0) ** 2 + ((z - 160.0) / 52.0) ** 2)
    stack.blend(inside * soft((1.0 - spleen) * 30.0, 2.0), 122.0)
    stack.solid((-44.0, -46.0, 104.0), (13.0, 17.0, 22.0), 9.0)
    stack.solid((22.0, 2.0, 118.0), (50.0, 10.0, 15.0), 95.0, 2.5, -14.0)
    for angle in np.linspace(-0.9, 0.9, 4):
        tip = (-40.0 - 52.0 * np.cos(angle), 5.0 + 48.0 * np.sin(angle), 172.0 + rng.uniform(-10, 10))
        stack.tube((-28.0, 6.0, 186.0), tip, 3.6, 150.0)
    stack.tube((-16.0, 2.0, 136.0), (-62.0, -8.0, 146.0), 5.5, 155.0)


def _bowel(stack: Stack, cavity: FloatArray, rng: np.random.Generator) -> None:
    """Loops with wall, fluid or gas in the front of the lower slices, and colon at both sides."""
    half_width = float(stack.x[0, 0, (cavity[0, stack.shape[1] // 2] > 0)].max())
    loops = [(rng.uniform(-70, 75), rng.uniform(-62, 6), rng.uniform(0, 104)) for _ in range(26)]
    loops += [(sign * (half_width - 20.0), rng.uniform(-20, 20), z) for sign in (-1, 1) for z in (10.0, 40.0, 70.0)]
    for center in loops:
        radius = rng.uniform(11, 18)
        radii = (radius * rng.uniform(0.9, 1.5), radius, radius * 1.4)
        turn = rng.uniform(0, 180)
        stack.solid(center, radii, 70.0, 2.0, turn)
        gas = rng.random() < 0.3
        stack.solid(center, (radii[0] - 3.5, radii[1] - 3.5, radii[2] - 3.0), -850.0 if gas else 22.0, 1.5, turn)


def _kidney(stack: Stack, side: str, front: float) -> None:
    sign = _SIGNS[side]
    center = (sign * 64.0, front + 2.0, _KIDNEY_Z[side])
    stack.solid((center[0], center[1], center[2]), (38.0, 40.0, 64.0), FAT_HU)
    stack.solid(center, (27.0, 30.0, 52.0), 175.0, 2.5, -sign * 28.0)
    stack.solid((center[0] - sign * 9.0, center[1] - 5.0, center[2]), (15.0, 11.0, 30.0), -40.0, 3.0, -sign * 28.0)
    stack.solid((center[0] - sign * 13.0, center[1] - 7.0, center[2]), (9.0, 6.0, 14.0), 18.0, 2.0)


def _liver_lesion(stack: Stack, lesion: Lesion, rng: np.random.Generator) -> Lesion:
    radius = lesion.size_mm / 2
    if lesion.zone == "right lobe":
        center = (rng.uniform(-84, -70), rng.uniform(-24, 24), rng.uniform(138, 172))
    else:
        radius = min(radius, 23.0)
        center = (rng.uniform(-6, 16), -45.0, rng.uniform(166, 178))
    lesion = replace(lesion, size_mm=2 * radius)
    radii = (radius * rng.uniform(0.92, 1.0), radius, radius)
    if lesion.kind is Kind.LIVER_CYST:
        box, mask = stack.solid(center, radii, 4.0, 2.0)
        return placed(lesion, stack.weight(box, mask))
    box, mask = stack.solid(center, radii, 142.0, 2.5)
    stack.solid(center, (radii[0] - 4.0, radii[1] - 4.0, radii[2] - 4.0), 62.0, 3.0)
    for _ in range(6):
        dx, dy, dz = rng.normal(0, 0.33 * radius, 3)
        spot = (center[0] + dx, center[1] + dy, center[2] + dz)
        stack.solid(spot, (0.22 * radius,) * 3, float(rng.choice([38.0, 88.0])), 2.5)
    return placed(lesion, stack.weight(box, mask))


def _renal_lesion(stack: Stack, lesion: Lesion, front: float, rng: np.random.Generator) -> Lesion:
    sign, radius = _SIGNS[lesion.side], lesion.size_mm / 2
    x, y, z = sign * 64.0, front + 2.0, _KIDNEY_Z[lesion.side] + _KIDNEY_LEVEL[lesion.zone]
    if lesion.kind is Kind.RENAL_STONE:
        center = (x - sign * 10.0, y - 4.0 + rng.uniform(-2, 2), z)
        box, mask = stack.solid(center, (radius, radius * 0.8, max(radius, 6.0)), 1100.0, 1.5)
    else:
        center = (x + sign * (16.0 + 0.35 * radius), y + rng.uniform(-12, 8), z)
        box, mask = stack.solid(center, (radius, radius, radius), 3.0, 2.0)
    return placed(lesion, stack.weight(box, mask))


def _ascites(stack: Stack, lesion: Lesion, cavity: FloatArray) -> Lesion:
    """Free fluid along the wall, around the liver and in both gutters, more of it at the sides and behind."""
    sides = 0.55 + 0.45 * np.clip(np.abs(stack.x) / 90.0, 0.0, 1.0)
    spine = soft(np.abs(stack.x) - 52.0 + 0.9 * np.clip(-stack.y, 0.0, 60.0), 6.0)
    depth = 1.25 * lesion.size_mm * sides
    mask = np.asarray(soft(depth - cavity, 2.5) * soft(cavity - 1.0, 1.5) * spine, np.float32)
    stack.blend(mask, FLUID_HU + 4.0)
    return placed(lesion, mask * (stack.x < 0) * np.exp(-(((stack.z - 130.0) / 60.0) ** 2)))
