"""What a synthetic teaching phantom shows: its scene and its lesions, shared by the painter and the report writer.

A phantom is no patient. Sides are the patient's: `right` lies on the left of a frontal radiograph or axial slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SYNTHETIC_LINE = "SYNTHETIC TEACHING PHANTOM"
"""The line that opens and closes every phantom's report."""


class Scene(StrEnum):
    """What kind of picture a phantom is."""

    CHEST_RADIOGRAPH = "chest_radiograph"
    CHEST_CT = "chest_ct"
    ABDOMEN_CT = "abdomen_ct"
    HEAD_CT = "head_ct"

    @property
    def modality(self) -> str:
        """DICOM modality code: `DX` or `CT`."""
        return "DX" if self is Scene.CHEST_RADIOGRAPH else "CT"

    @property
    def body_part(self) -> str:
        """(0018,0015) Body Part Examined: `CHEST`, `ABDOMEN` or `HEAD`."""
        return {Scene.ABDOMEN_CT: "ABDOMEN", Scene.HEAD_CT: "HEAD"}.get(self, "CHEST")


class Kind(StrEnum):
    """Findings that phantoms can have."""

    EFFUSION = "pleural effusion"
    PNEUMOTHORAX = "pneumothorax"
    CONSOLIDATION = "consolidation"
    NODULE = "nodule"
    MASS = "mass"
    CARDIOMEGALY = "cardiomegaly"
    ATELECTASIS = "atelectasis"
    EDEMA = "pulmonary edema"
    PACEMAKER = "pacemaker"
    CENTRAL_LINE = "central venous catheter"
    HILAR_MASS = "hilar mass"
    LIVER_CYST = "liver cyst"
    LIVER_MASS = "liver mass"
    RENAL_STONE = "renal stone"
    RENAL_CYST = "renal cyst"
    ASCITES = "ascites"
    HAEMORRHAGE = "intracerebral hemorrhage"
    SUBDURAL = "subdural hematoma"
    INFARCT = "infarct"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Where a kind occurs and how large it is made."""

    scenes: tuple[Scene, ...]
    size_mm: tuple[float, float]
    """Smallest and largest size; what is measured differs by kind (diameter, depth of fluid, retraction)."""
    sides: tuple[str, ...] = ("right", "left")
    zones: tuple[str, ...] = ("",)
    grades_mm: tuple[float, float] | None = None
    """Sizes from which the grade is moderate and large; None when the size is told in millimetres."""


_XR, _CHEST, _ABDOMEN, _HEAD = Scene.CHEST_RADIOGRAPH, Scene.CHEST_CT, Scene.ABDOMEN_CT, Scene.HEAD_CT
_ZONES = ("upper", "mid", "lower")

KINDS: dict[Kind, KindFacts] = {
    Kind.EFFUSION: KindFacts((_XR, _CHEST), (15, 120), grades_mm=(40, 80)),
    Kind.PNEUMOTHORAX: KindFacts((_XR,), (18, 70), grades_mm=(28, 46)),
    Kind.CONSOLIDATION: KindFacts((_XR, _CHEST), (55, 85), zones=_ZONES),
    Kind.NODULE: KindFacts((_XR, _CHEST), (16, 29), zones=_ZONES),
    Kind.MASS: KindFacts((_XR,), (36, 62), zones=_ZONES),
    Kind.CARDIOMEGALY: KindFacts((_XR,), (26, 55), sides=("",), grades_mm=(34, 45)),
    Kind.ATELECTASIS: KindFacts((_XR,), (55, 85), zones=("lower", "mid")),
    Kind.EDEMA: KindFacts((_XR,), (70, 95), sides=("bilateral",)),
    Kind.PACEMAKER: KindFacts((_XR,), (48, 56), sides=("left", "left", "left", "right")),
    Kind.CENTRAL_LINE: KindFacts((_XR,), (150, 170), sides=("right", "right", "left")),
    Kind.HILAR_MASS: KindFacts((_CHEST,), (34, 55)),
    Kind.LIVER_CYST: KindFacts((_ABDOMEN,), (26, 60), sides=("",), zones=("right lobe", "left lobe")),
    Kind.LIVER_MASS: KindFacts((_ABDOMEN,), (38, 75), sides=("",), zones=("right lobe", "left lobe")),
    Kind.RENAL_STONE: KindFacts((_ABDOMEN,), (8, 18), zones=("upper pole", "lower pole", "pelvis")),
    Kind.RENAL_CYST: KindFacts((_ABDOMEN,), (26, 55), zones=("upper pole", "lower pole", "mid pole")),
    Kind.ASCITES: KindFacts((_ABDOMEN,), (10, 30), sides=("",), grades_mm=(16, 23)),
    Kind.HAEMORRHAGE: KindFacts((_HEAD,), (24, 50), zones=("basal ganglia", "frontal", "parietal")),
    Kind.SUBDURAL: KindFacts((_HEAD,), (9, 18)),
    Kind.INFARCT: KindFacts((_HEAD,), (50, 80), zones=("middle cerebral artery",)),
}
"""Facts of every kind, in the order in which reports list them."""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One finding of a phantom. The painter fills in where it came to lie."""

    kind: Kind
    side: str = ""
    """Patient's side: `right`, `left`, `bilateral`, or empty for what has none."""
    zone: str = ""
    size_mm: float = 0.0
    center_px: tuple[int, int] | None = None
    """Row and column of a pixel in the middle of the lesion."""
    slice_index: int | None = None
    """CT: the slice of `center_px`, from 0 at the feet."""
    first_slice: int | None = None
    """CT: the lowest slice that shows the lesion plainly."""
    last_slice: int | None = None
    """CT: the highest slice that shows the lesion plainly."""

    @property
    def grade(self) -> str:
        """`small`, `moderate` or `large`; empty for kinds that are told in millimetres."""
        limits = KINDS[self.kind].grades_mm
        if limits is None:
            return ""
        return "small" if self.size_mm < limits[0] else "moderate" if self.size_mm < limits[1] else "large"


def kinds_of(scene: Scene) -> tuple[Kind, ...]:
    """The kinds that occur in `scene`, in report order."""
    return tuple(kind for kind, facts in KINDS.items() if scene in facts.scenes)
