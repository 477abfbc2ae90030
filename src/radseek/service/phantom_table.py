"""A research table of synthetic phantoms: PNG pictures as they are shown, and `pairs.csv` with their texts.

The default model is trained with phantoms of seeds from `FIRST_TRAINING_SEED` on. The demo shows seeds below 1000,
so a model never saw the demo's pictures. Figures on phantoms are never mixed with figures on real pictures.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radseek.archive.config import ArchiveConfig
from radseek.dicom.display import CT_WINDOWS, apply_window
from radseek.images.phantoms import WHITE_12_BIT, CtPhantom, make_ct, make_radiograph
from radseek.records.phantoms import Lesion, Scene
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.records.reports import Section
from radseek.text.phantom_reports import labels_of, phantom_caption, phantom_report

FIRST_TRAINING_SEED = 1_000_000
DATASET = "radseek_phantoms"
_RADIOGRAPH_SHARE = 0.6
_VAL_EVERY = 10
_CLEAR_SLICES = 3
"""A slice is said to be free of a lesion only this far from the lesion's plain slices."""


@dataclass(frozen=True, slots=True)
class PhantomRow:
    """One row of `pairs.csv`, in the column order of the file."""

    image: str
    dataset: str
    study_id: str
    patient_id: str
    group_id: str
    view: str
    modality: str
    body_part: str
    age: int
    sex: str
    history: str
    findings: str
    impression: str
    caption: str
    notes: str
    labels: str
    text: str
    n_text_words: int
    split: str
    width: int
    height: int
    flags: str
    licence: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    pixels: NDArray[np.uint8]
    lesions: tuple[Lesion, ...]
    view: str


def write_phantom_table(
    folder: Path,
    n: int,
    first_seed: int = FIRST_TRAINING_SEED,
    progress: ProgressListener = no_progress,
) -> Path:
    """Write `n` phantom pictures and their table into `folder`; the path of `pairs.csv` comes back.

    About three in five are radiographs; a CT study gives several slices, with what each slice shows as its text.
    One study in ten has split `val`. The same arguments write the same table.

    Args:
        folder: Made when missing; files of the same names are replaced.
        n: Number of pictures.
        first_seed: Seed of the first study; each study takes the next.
        progress: Told after every picture.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows: list[PhantomRow] = []
    for row, pixels in _rows(first_seed):
        if len(rows) == n:
            break
        Image.fromarray(pixels).save(folder / row.image, compress_level=3)
        rows.append(row)
        progress(Progress("phantoms", len(rows), n))
    path = folder / "pairs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(PhantomRow.__dataclass_fields__)
        writer.writerows([getattr(row, name) for name in PhantomRow.__dataclass_fields__] for row in rows)
    return path


def _rows(first_seed: int) -> Iterator[tuple[PhantomRow, NDArray[np.uint8]]]:
    """Rows and their pictures of one study after the other, without end."""
    seed, radiographs, ct_slices = first_seed, 0, 0
    while True:
        if radiographs <= _RADIOGRAPH_SHARE * (radiographs + ct_slices):
            scene, age, sex, pictures = _radiograph(seed)
            radiographs += 1
        else:
            scene, age, sex, pictures = _ct(seed)
            ct_slices += len(pictures)
        for ordinal, picture in enumerate(pictures):
            row = _row(seed, ordinal, picture, scene)
            yield replace(row, age=age, sex=sex, split="train" if seed % _VAL_EVERY else "val"), picture.pixels
        seed += 1


def _radiograph(seed: int) -> tuple[Scene, int, str, list[_Picture]]:
    phantom = make_radiograph(seed)
    pixels = np.rint(phantom.pixels * (255.0 / WHITE_12_BIT)).astype(np.uint8)
    return phantom.scene, phantom.age_years, phantom.sex, [_Picture(pixels, phantom.lesions, phantom.view)]


def _ct(seed: int) -> tuple[Scene, int, str, list[_Picture]]:
    """Slices through each lesion and one away from all, each in the windows in which an archive encodes it."""
    phantom = make_ct(seed)
    rng = np.random.default_rng([4, seed])
    pictures = []
    for index in _slices(phantom, rng):
        lesions = tuple(lesion for lesion in phantom.lesions if _shows(lesion, index, 0))
        for window in _windows(phantom):
            shown = apply_window(phantom.volume[index].astype(np.float32), CT_WINDOWS[window])
            pictures.append(_Picture(np.rint(shown * 255.0).astype(np.uint8), lesions, "Axial"))
    return phantom.scene, phantom.age_years, phantom.sex, pictures


def _windows(phantom: CtPhantom) -> list[str]:
    """The windows in which an archive encodes it, less the bone window: it shows none of the lesions."""
    return [name for name in ArchiveConfig().windows_for("CT", phantom.body_part) if name != "bone"]


def _slices(phantom: CtPhantom, rng: np.random.Generator) -> list[int]:
    """Slices whose text can be true: each lesion is shown plainly there or is well away."""
    chosen = []
    for lesion in phantom.lesions:
        first, last = lesion.first_slice or 0, lesion.last_slice or 0
        plain = [i for i in range(first, last + 1) if not any(_half_shows(other, i) for other in phantom.lesions)]
        chosen += [int(index) for index in rng.choice(plain, 2)] if plain else []
    n_slices = len(phantom.volume)
    middle = range(n_slices // 8, n_slices - n_slices // 8)
    clear = [i for i in middle if not any(_shows(lesion, i, _CLEAR_SLICES) for lesion in phantom.lesions)]
    if clear:
        chosen.append(clear[int(rng.integers(len(clear)))])
    return sorted(set(chosen))


def _half_shows(lesion: Lesion, index: int) -> bool:
    """Whether slice `index` may show a little of `lesion`, too little to tell."""
    return _shows(lesion, index, _CLEAR_SLICES - 1) and not _shows(lesion, index, 0)


def _shows(lesion: Lesion, index: int, margin: int) -> bool:
    """Whether slice `index` is within `margin` of the slices that show `lesion` plainly."""
    if lesion.first_slice is None or lesion.last_slice is None:
        return False
    return lesion.first_slice - margin <= index <= lesion.last_slice + margin


def _row(seed: int, ordinal: int, picture: _Picture, scene: Scene) -> PhantomRow:
    wording = seed * 64 + ordinal
    sections = phantom_report(picture.lesions, wording, scene)
    caption = phantom_caption(picture.lesions, wording, scene)
    findings, impression = sections[Section.FINDINGS], sections[Section.IMPRESSION]
    text = f"{caption} FINDINGS: {findings} IMPRESSION: {impression}"
    study = f"phantom_{seed}"
    height, width = picture.pixels.shape
    return PhantomRow(
        image=f"images/{study}_{ordinal}.png",
        dataset=DATASET,
        study_id=study,
        patient_id=study,
        group_id=study,
        view=picture.view,
        modality=scene.modality,
        body_part=scene.body_part,
        age=0,
        sex="",
        history=sections[Section.INDICATION],
        findings=findings,
        impression=impression,
        caption=caption,
        notes=sections[Section.OTHER],
        labels="|".join(labels_of(picture.lesions)),
        text=text,
        n_text_words=len(text.split()),
        split="train",
        width=width,
        height=height,
        flags="synthetic",
        licence="Apache-2.0",
        source="radseek procedural phantoms",
    )
