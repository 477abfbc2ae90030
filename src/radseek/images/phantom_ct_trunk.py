"""What chest and abdomen of CT phantoms share: body wall, ribs, spine and the scanner's table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radseek.images.phantom_canvas import FloatArray, soft
from radseek.images.phantom_stack import Stack

FAT_HU, MUSCLE_HU, FLUID_HU, BONE_HU, AIR_HU = -100.0, 52.0, 6.0, 260.0, -1000.0


@dataclass(frozen=True, slots=True)
class TrunkBuild:
    """Half axes in mm."""

    width: float
    depth: float
    fat: float
    """Thickness of the fat under the skin."""
    wall: float
    """Thickness of muscle and ribs."""

    @property
    def cavity(self) -> tuple[float, float]:
        """Half width and half depth inside the ribs."""
        return self.width - self.fat - self.wall, self.depth - 0.75 * self.fat - 0.75 * self.wall


def draw_trunk(rng: np.random.Generator) -> TrunkBuild:
    """A build from `rng`."""
    big = rng.uniform(-1, 1)
    return TrunkBuild(155 + 11 * big, 114 + 9 * big, 15 + 7 * big + rng.uniform(-2, 2), 17 + 2 * big)


def oval_distance(stack: Stack, half_width: float | FloatArray, half_depth: float | FloatArray) -> FloatArray:
    """About how many mm inside a squarish oval every voxel lies; negative outside."""
    ratio = (np.abs(stack.x) / half_width) ** 2.4 + (np.abs(stack.y) / half_depth) ** 2.4
    return np.asarray((1.0 - ratio ** (1 / 2.4)) * (np.asarray(half_width) + np.asarray(half_depth)) * 0.5, np.float32)


def place_wall(stack: Stack, build: TrunkBuild, rng: np.random.Generator) -> FloatArray:
    """Skin, fat, muscle and table; the distance field inside the cavity comes back."""
    mottle = stack.texture(rng, 5.0)
    skin = oval_distance(stack, build.width, build.depth)
    stack.blend(soft(skin, 2.0), FAT_HU + 6.0 * mottle)
    stack.blend(soft(2.0 - np.abs(skin - 1.5), 1.5), -20.0)
    muscle = oval_distance(stack, build.width - build.fat, build.depth - 0.75 * build.fat)
    stack.blend(soft(muscle, 2.0), MUSCLE_HU + 8.0 * mottle)
    table_y = build.depth + 8.0 - (stack.x / np.float32(62.0)) ** 2
    stack.blend(soft(2.5 - np.abs(stack.y - table_y), 1.5) * soft(150.0 - np.abs(stack.x), 3.0), -150.0)
    return oval_distance(stack, *build.cavity)


def place_ribs(stack: Stack, cavity: FloatArray, phase_mm: float, lowest_mm: float = -50.0) -> None:
    """Ribs just outside the cavity above `lowest_mm`; they slope down towards the front, so a slice cuts several."""
    front = 0.5 - np.arctan2(stack.y, np.abs(stack.x)) / np.pi  # 0 at the back, 1 at the front
    height = np.mod(stack.z + 95.0 * front + phase_mm, 27.0) - 13.5
    rib = soft(4.0 - np.abs(cavity + 6.5), 1.5) * soft(6.5 - np.abs(height), 3.0) * soft(0.86 - front, 0.05)
    stack.blend(np.asarray(rib * soft(stack.z - lowest_mm, 6.0), np.float32), 420.0)


def place_spine(stack: Stack, build: TrunkBuild) -> float:
    """Vertebrae; the y of the front of the vertebral bodies comes back."""
    body_y = build.depth - 0.75 * build.fat - 47.0
    whole = (slice(None), slice(None), slice(None))
    dx, dy, _ = stack.offsets((0.0, body_y, 0.0), whole)
    disc = soft(4.5 - np.abs(np.mod(stack.z, 31.0) - 15.5), 2.0)
    radius = np.sqrt((dx / 20.0) ** 2 + (dy / 15.5) ** 2)
    stack.blend(soft((1.0 - radius) * 15.0, 2.0), 190.0 - 110.0 * disc)
    stack.blend(soft(1.8 - np.abs((1.0 - radius) * 15.0 - 1.5), 1.2) * (1.0 - disc), 520.0)
    arch = np.abs(np.sqrt(dx**2 + (dy - 24.0) ** 2) - 11.0)
    stack.blend(soft(3.2 - arch, 1.5) * soft(dy - 10.0, 2.0), 380.0)
    stack.blend(soft(9.0 - np.sqrt(dx**2 + (dy - 23.0) ** 2), 1.5), 25.0)
    stack.blend(soft(3.2 - np.abs(dx), 1.5) * soft(9.0 - np.abs(dy - 42.0), 2.0), 330.0)
    stack.blend(soft(32.0 - np.abs(dx), 2.0) * soft(np.abs(dx) - 12.0, 2.0) * soft(3.5 - np.abs(dy - 20.0), 1.5), 300.0)
    return body_y - 16.0
