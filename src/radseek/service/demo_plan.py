"""Which synthetic studies the demo has: patients, dates, lesions, and the way on which each report arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

import numpy as np

from radseek.dicom.write_attributes import uid_from
from radseek.images.phantom_lesions import draw_lesions
from radseek.images.phantoms import CT_SCENES
from radseek.records.phantoms import KINDS, Kind, Lesion, Scene

RADIOGRAPH_SEEDS, CT_SEEDS = range(500), range(500, 1000)
"""Seeds of the demo's phantoms. Phantoms for training have others."""

_FOLLOW_UP_SHARE = 0.2
_LASTING = {Kind.NODULE, Kind.MASS, Kind.CARDIOMEGALY, Kind.PACEMAKER}
_STILL = {Kind.PACEMAKER, Kind.CENTRAL_LINE}


class ReportRoute(StrEnum):
    """How a study's report reaches the archive."""

    STRUCTURED = "structured report among the DICOM files"
    STUDY_UID = "table row with study UID"
    ACCESSION = "table row with accession number only"
    PATIENT_DATE = "table row with patient, date and modality only"
    NONE = "no report"


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """One study of the demo before it is painted."""

    name: str
    """Folder name, such as `study-0007`."""
    scene: Scene
    seed: int
    patient_id: str
    patient_seed: int
    study_date: date
    lesions: tuple[Lesion, ...]
    route: ReportRoute
    compression: str
    inverted: bool
    prior: PlannedStudy | None = None
    """The earlier study of the same patient."""

    @property
    def study_uid(self) -> str:
        """(0020,000D), the same on each run."""
        return uid_from("demo study", self.name)

    @property
    def accession(self) -> str:
        """(0008,0050)."""
        return "SYN-A" + self.name.removeprefix("study-")


def _lesion(kind: Kind, side: str, size_mm: float, zone: str = "") -> Lesion:
    return Lesion(kind, side, zone, size_mm)


_RADIOGRAPHS: tuple[tuple[Lesion, ...], ...] = (
    (_lesion(Kind.EFFUSION, "left", 105),),
    (_lesion(Kind.NODULE, "right", 24, "upper"),),
    (_lesion(Kind.PNEUMOTHORAX, "right", 58),),
    (_lesion(Kind.CONSOLIDATION, "right", 72, "lower"),),
    (),
    (_lesion(Kind.EFFUSION, "right", 60),),
    (_lesion(Kind.CARDIOMEGALY, "", 48), _lesion(Kind.EDEMA, "bilateral", 88)),
    (_lesion(Kind.PACEMAKER, "left", 52),),
    (_lesion(Kind.PNEUMOTHORAX, "left", 34),),
    (_lesion(Kind.CONSOLIDATION, "left", 68, "upper"),),
    (_lesion(Kind.EFFUSION, "left", 92), _lesion(Kind.CENTRAL_LINE, "right", 160)),
    (_lesion(Kind.MASS, "left", 52, "upper"),),
    (_lesion(Kind.NODULE, "right", 18, "upper"),),
    (_lesion(Kind.ATELECTASIS, "left", 78, "lower"),),
    (_lesion(Kind.EFFUSION, "right", 24), _lesion(Kind.EFFUSION, "left", 30)),
    (_lesion(Kind.NODULE, "left", 20, "lower"),),
)
"""Lesions of the first radiographs, so that each kind is there whatever the seeds draw."""

_CTS: tuple[tuple[Scene, tuple[Lesion, ...]], ...] = (
    (Scene.ABDOMEN_CT, (_lesion(Kind.LIVER_CYST, "", 46, "right lobe"),)),
    (Scene.HEAD_CT, (_lesion(Kind.HAEMORRHAGE, "right", 42, "basal ganglia"),)),
    (Scene.CHEST_CT, (_lesion(Kind.NODULE, "right", 24, "upper"),)),
    (Scene.ABDOMEN_CT, (_lesion(Kind.RENAL_STONE, "left", 16, "pelvis"),)),
    (Scene.HEAD_CT, (_lesion(Kind.SUBDURAL, "left", 15),)),
    (Scene.CHEST_CT, (_lesion(Kind.EFFUSION, "left", 95),)),
    (Scene.ABDOMEN_CT, (_lesion(Kind.LIVER_MASS, "", 62, "right lobe"), _lesion(Kind.ASCITES, "", 24))),
    (Scene.HEAD_CT, (_lesion(Kind.INFARCT, "right", 70, "middle cerebral artery"),)),
    (Scene.CHEST_CT, (_lesion(Kind.HILAR_MASS, "right", 48),)),
)
"""Scenes and lesions of the first CT studies."""


def plan_demo(n_radiographs: int, n_ct: int) -> list[PlannedStudy]:
    """The demo's studies: new patients, follow-ups of some of them, CT patients; the last study has no report."""
    n_follow_ups = int(n_radiographs * _FOLLOW_UP_SHARE)
    studies = [_first_radiograph(number) for number in range(n_radiographs - n_follow_ups)]
    studies += [_follow_up(studies[number], len(studies) + number) for number in range(n_follow_ups)]
    studies += [_ct(number, n_radiographs + number) for number in range(n_ct)]
    if studies:
        studies[-1] = replace(studies[-1], route=ReportRoute.NONE)
    return studies


def _first_radiograph(number: int) -> PlannedStudy:
    seed = RADIOGRAPH_SEEDS[number]
    drawn = draw_lesions(np.random.default_rng([5, seed]), Scene.CHEST_RADIOGRAPH)
    lesions = _RADIOGRAPHS[number] if number < len(_RADIOGRAPHS) else drawn
    return _study(number, Scene.CHEST_RADIOGRAPH, seed, lesions)


def _ct(number: int, place: int) -> PlannedStudy:
    seed = CT_SEEDS[number]
    if number < len(_CTS):
        scene, lesions = _CTS[number]
    else:
        scene = CT_SCENES[number % len(CT_SCENES)]
        lesions = draw_lesions(np.random.default_rng([5, seed]), scene)
    return _study(place, scene, seed, lesions)


def _study(place: int, scene: Scene, seed: int, lesions: tuple[Lesion, ...]) -> PlannedStudy:
    rng = Random(f"study {seed}")
    routes = (ReportRoute.STRUCTURED, ReportRoute.STUDY_UID, ReportRoute.ACCESSION, ReportRoute.PATIENT_DATE)
    return PlannedStudy(
        name=f"study-{place:04d}",
        scene=scene,
        seed=seed,
        patient_id=f"SYN-{place:04d}",
        patient_seed=seed,
        study_date=date(2021, 1, 4) + timedelta(days=rng.randrange(1200)),
        lesions=lesions,
        route=routes[(0, 1, 0, 1, 2, 0, 1, 3)[place % 8]],
        compression={3: "rle", 6: "jpeg-ls"}.get(place % 8, ""),
        inverted=scene is Scene.CHEST_RADIOGRAPH and place % 10 == 9,
    )


def _follow_up(first: PlannedStudy, place: int) -> PlannedStudy:
    """A later radiograph of the same patient, in which lesions have grown, shrunk or gone."""
    rng = Random(f"follow-up {first.seed}")
    again = _study(place, first.scene, RADIOGRAPH_SEEDS[place], _later(first.lesions, rng))
    later = first.study_date + timedelta(days=rng.randrange(5, 200))
    return replace(again, patient_id=first.patient_id, patient_seed=first.patient_seed, study_date=later, prior=first)


def _later(lesions: tuple[Lesion, ...], rng: Random) -> tuple[Lesion, ...]:
    kept = []
    for lesion in lesions:
        low, high = KINDS[lesion.kind].size_mm
        if lesion.kind in _STILL:
            kept.append(lesion)
        elif lesion.kind in _LASTING or rng.random() < 0.6:
            size = lesion.size_mm * rng.choice((0.6, 1.3))
            kept.append(replace(lesion, size_mm=float(round(min(max(size, low), high)))))
    return tuple(kept)
