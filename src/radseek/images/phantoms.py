"""Synthetic teaching phantoms: procedural chest radiographs and CT stacks with known lesions and sides.

Everything is drawn by seed with numpy; the same seed gives the same pixels. The word SYNTHETIC is part of the
pixels of each picture. Right means the patient's right, which lies on the left of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import UnsupportedInputError
from radseek.images.phantom_chest import SPACING_MM, build_field, draw_anatomy, draw_vessels, expose
from radseek.images.phantom_chest_lesions import paint, with_lesions
from radseek.images.phantom_ct_abdomen import make_abdomen
from radseek.images.phantom_ct_chest import make_chest
from radseek.images.phantom_ct_head import make_head
from radseek.images.phantom_lesions import draw_lesions
from radseek.images.phantom_marks import burn, burn_synthetic
from radseek.records.phantoms import Lesion, Scene

WHITE_12_BIT = 4095


@dataclass(frozen=True, slots=True, eq=False)
class RadiographPhantom:
    """A frontal chest radiograph of nobody."""

    pixels: NDArray[np.uint16]
    """Stored values `[rows, cols]`, 0 (black) to 4095 (white): MONOCHROME2."""
    lesions: tuple[Lesion, ...]
    spacing_mm: tuple[float, float]
    sex: str
    age_years: int
    markers: tuple[str, ...]
    """Side letters in the picture: `R` on its left, `L` on its right."""
    view: str = "PA"
    scene: Scene = Scene.CHEST_RADIOGRAPH


def make_radiograph(
    seed: int, lesions: Sequence[Lesion] | None = None, patient_seed: int | None = None
) -> RadiographPhantom:
    """The chest radiograph of `seed`.

    Args:
        seed: Decides exposure, noise and, unless given, lesions and patient.
        lesions: What to show, in this order; None draws it, an empty sequence gives a normal chest.
        patient_seed: Decides the patient's build, vessels, sex and age; equal for two radiographs of one patient.
    """
    patient = np.random.default_rng([1, seed if patient_seed is None else patient_seed])
    anatomy, age = draw_anatomy(patient), int(patient.integers(19, 91))
    choice, exposure = np.random.default_rng([2, seed]), np.random.default_rng([6, seed])
    drawn = draw_lesions(choice, Scene.CHEST_RADIOGRAPH)
    wanted = drawn if lesions is None else tuple(lesions)
    field = build_field(with_lesions(anatomy, wanted))
    painted = tuple(paint(field, lesion, choice) for lesion in wanted)
    film = expose(field, draw_vessels(field, patient), exposure)
    pixels = np.rint(film * WHITE_12_BIT).astype(np.uint16)
    markers = _burn_markers(pixels, exposure)
    return RadiographPhantom(pixels, painted, (SPACING_MM, SPACING_MM), anatomy.sex, age, markers)


def _burn_markers(pixels: NDArray[np.uint16], rng: np.random.Generator) -> tuple[str, ...]:
    """Write side letters at shoulder height and SYNTHETIC below; the letters written come back."""
    rows, cols = pixels.shape
    markers = (("R",), ("R", "L"), ("L",))[int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
    row = int(rng.integers(24, 60))
    for letter in markers:
        margin = int(rng.integers(20, 34))
        col = margin if letter == "R" else cols - margin - 15
        burn(pixels, letter, (row, col), 3, (WHITE_12_BIT, 300))
    burn_synthetic(pixels, 2, (WHITE_12_BIT, 0))
    return markers


@dataclass(frozen=True, slots=True, eq=False)
class CtPhantom:
    """An axial CT series of nobody, lying supine."""

    volume: NDArray[np.int16]
    """HU `[slices, rows, cols]`: slices from the feet upwards, rows from front to back, columns from right to left."""
    lesions: tuple[Lesion, ...]
    spacing_mm: tuple[float, float, float]
    """Between slices, rows and columns."""
    sex: str
    age_years: int
    scene: Scene

    @property
    def body_part(self) -> str:
        """`CHEST`, `ABDOMEN` or `HEAD`."""
        return self.scene.body_part


_CT_MAKERS = {Scene.CHEST_CT: make_chest, Scene.ABDOMEN_CT: make_abdomen, Scene.HEAD_CT: make_head}
_CT_NOISE_HU = {Scene.CHEST_CT: 14.0, Scene.ABDOMEN_CT: 11.0, Scene.HEAD_CT: 2.6}
CT_SCENES = tuple(_CT_MAKERS)


def make_ct(seed: int, scene: Scene | None = None, lesions: Sequence[Lesion] | None = None) -> CtPhantom:
    """The CT series of `seed`.

    Args:
        seed: Decides patient, noise and, unless given, scene and lesions.
        scene: Which body part; None draws it.
        lesions: What to show, in this order; None draws it, an empty sequence gives a normal body part.

    Raises:
        UnsupportedInputError: When `scene` is no CT scene.
    """
    rng, noise = np.random.default_rng([3, seed]), np.random.default_rng([7, seed])
    chosen = CT_SCENES[int(rng.integers(len(CT_SCENES)))] if scene is None else scene
    if chosen not in _CT_MAKERS:
        raise UnsupportedInputError(f"{chosen} is no CT scene; use one of {', '.join(CT_SCENES)}")
    sex, age = ("F", "M")[int(rng.integers(2))], int(rng.integers(21, 90))
    drawn = draw_lesions(rng, chosen)
    stack, painted = _CT_MAKERS[chosen](rng, drawn if lesions is None else tuple(lesions))
    volume = np.rint(stack.scanned(noise, _CT_NOISE_HU[chosen])).astype(np.int16)
    burn_synthetic(volume, 1, (2000, -1000))
    return CtPhantom(volume, painted, stack.spacing_mm, sex, age, chosen)
