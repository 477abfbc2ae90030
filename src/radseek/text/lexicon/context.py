"""Words that mean one finding in the chest and another elsewhere, and the words that tell where a text is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from radseek.records.findings import Region

_PLACES: dict[Region, frozenset[str]] = {
    Region.CHEST: frozenset(
        "chest lung pulmonary heart cardiac pleural thoracic thorax cxr mediastinal mediastinum interstitial "
        "alveolar hilar hilum pneumonia pneumothorax cardiomegaly atelectasis airspace costophrenic".split()
    ),
    Region.HEAD: frozenset(
        "brain cerebral intracranial cranial temporal parietal occipital hemisphere gyrus cerebellum cerebellar "
        "pons thalamus matter ganglia flair dura dural meningioma glioma glioblastoma intraaxial skull "
        "periventricular subependymal maxillary periorbital".split()
    ),
    Region.LIMBS: frozenset(
        "knee ankle hip shoulder wrist elbow foot finger tibia tibial femur femoral fibula humerus humeral patella "
        "patellar marrow tendon ligament meniscus meniscal calf thigh forearm heel talus talar quadriceps "
        "gastrocnemius soleus acl pcl".split()
    ),
    Region.ABDOMEN: frozenset(
        "liver hepatic kidney renal bowel colon colonic gallbladder pancreas pancreatic mesenteric mesentery "
        "spleen splenic abdomen abdominal pelvis pelvic bladder prostate uterus uterine appendix duodenum "
        "sigmoid ovary".split()
    ),
    Region.SPINE: frozenset("spine spinal vertebra vertebral lumbar sacral sacrum disc".split()),
}
"""Folded words by the part of the body that they tell wherever they stand."""

_WEAK: dict[Region, frozenset[str]] = {
    Region.HEAD: frozenset("head frontal sulcus ventricle ventricular midline cortex cortical ganglion".split()),
    Region.LIMBS: frozenset("bone joint muscle hand".split()),
}
"""Folded words that tell it only where nothing else does: heads of bones, frontal views, ventricles of the heart."""

_IN_TISSUE: Mapping[Region, str | None] = {
    Region.LIMBS: "soft_tissue_swelling",
    Region.ABDOMEN: "soft_tissue_swelling",
    Region.SPINE: None,
}
_WASTING: Mapping[Region, str | None] = {
    Region.CHEST: None,
    **dict.fromkeys((Region.LIMBS, Region.ABDOMEN, Region.SPINE), "organ_atrophy"),
}
_NODULE = dict.fromkeys((Region.HEAD, Region.LIMBS, Region.ABDOMEN), "nodule_elsewhere")

_ELSEWHERE: dict[tuple[str, str], Mapping[Region, str | None]] = {
    ("edema", "edema"): {Region.HEAD: "brain_edema", **_IN_TISSUE},
    ("surrounding edema", "brain_edema"): {Region.CHEST: None, **_IN_TISSUE},
    ("adjacent edema", "brain_edema"): {Region.CHEST: None, **_IN_TISSUE},
    ("effusion", "effusion"): {Region.LIMBS: "joint_effusion"},
    ("hernia", "hernia"): {Region.ABDOMEN: "abdominal_wall_hernia"},
    ("nodule", "nodule"): _NODULE,
    ("nodularity", "nodule"): _NODULE,
    ("opacity", "opacity"): {Region.HEAD: None},
    ("opacification", "opacity"): {Region.HEAD: None},
    ("opacified", "opacity"): {Region.HEAD: None},
    ("collapse", "atelectasis"): {Region.HEAD: None, Region.LIMBS: None, Region.SPINE: "compression_fracture"},
    ("atrophy", "brain_atrophy"): _WASTING,
    ("atrophic change", "brain_atrophy"): _WASTING,
    ("volume loss", "brain_atrophy"): dict.fromkeys((Region.CHEST, Region.LIMBS, Region.ABDOMEN, Region.SPINE)),
    ("volume loss", "volume_loss"): {Region.HEAD: None},
    ("tortuosity", "aortic_tortuosity"): {Region.HEAD: None},
    ("tof", "septal_defect"): {Region.HEAD: None},
    ("ventricular enlargement", "hydrocephalus"): {Region.CHEST: "cardiomegaly"},
    ("mucosal thickening", "sinusitis"): {Region.CHEST: None, Region.ABDOMEN: "bowel_wall_thickening"},
}
"""Folded words and the finding they are by default -> what they are in a text about another part of the body."""


def place_of(words: Sequence[str], report: Region | None = None) -> Region | None:
    """The part of the body that the folded `words` of a text are about, None where nothing tells it.

    What its own words name most often, the chest before others that are named as often; else its `report`'s; else what
    words tell that may mean other places too (`head`, `bone`).
    """
    told = Counter(words)
    return _most_named(told, _PLACES) or report or _most_named(told, _WEAK)


def finding_in_place(words: str, finding: str, place: Region | None) -> str | None:
    """What the folded `words`, by default `finding`, are in a text about `place`; None when no finding at all."""
    return finding if place is None else _ELSEWHERE.get((words, finding), {}).get(place, finding)


def _most_named(told: Counter[str], places: Mapping[Region, frozenset[str]]) -> Region | None:
    counts = {region: sum(told[name] for name in told.keys() & names) for region, names in places.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None
