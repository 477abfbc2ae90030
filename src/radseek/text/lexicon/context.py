"""Words that mean one finding in the chest and another elsewhere, and the words that tell where a text is about."""

from __future__ import annotations

from collections.abc import Iterable

from radseek.records.findings import Region

_PLACES: dict[Region, frozenset[str]] = {
    Region.CHEST: frozenset(
        "chest lung pulmonary heart cardiac pleural thoracic thorax cxr mediastinal mediastinum interstitial "
        "alveolar hilar hilum pneumonia pneumothorax cardiomegaly atelectasis airspace".split()
    ),
    Region.HEAD: frozenset(
        "brain cerebral head intracranial cranial ventricle ventricular frontal temporal parietal occipital "
        "hemisphere gyrus sulcus cerebellum cerebellar pons thalamus matter ganglia ganglion flair dura dural "
        "meningioma glioma glioblastoma midline cortex intraaxial skull cortical".split()
    ),
    Region.LIMBS: frozenset(
        "knee ankle hip shoulder wrist elbow foot hand finger tibia tibial femur femoral fibula humerus "
        "humeral patella patellar marrow joint tendon ligament meniscus meniscal muscle calf thigh forearm "
        "heel bone".split()
    ),
    Region.ABDOMEN: frozenset(
        "liver hepatic kidney renal bowel colon colonic gallbladder pancreas pancreatic mesenteric mesentery "
        "spleen splenic abdomen abdominal pelvis pelvic bladder prostate uterus uterine appendix duodenum "
        "sigmoid ovary".split()
    ),
}
"""Folded words by the part of the body that they tell. The first part named here that a text names is its place."""

_ELSEWHERE: dict[tuple[str, str], dict[Region, str]] = {
    ("edema", "edema"): {
        Region.HEAD: "brain_edema",
        Region.LIMBS: "soft_tissue_swelling",
        Region.ABDOMEN: "soft_tissue_swelling",
    },
    ("effusion", "effusion"): {Region.LIMBS: "joint_effusion"},
    ("hernia", "hernia"): {Region.ABDOMEN: "abdominal_wall_hernia"},
}
"""Lone word and the finding it is by default -> what it is in a text about another part of the body."""


def place_of(words: Iterable[str]) -> Region | None:
    """The part of the body that folded `words` tell; the chest where they name it at all, None where they name none."""
    told = set(words)
    return next((region for region, names in _PLACES.items() if told & names), None)


def finding_in_place(word: str, finding: str, place: Region | None) -> str:
    """What the lone folded `word`, by default `finding`, is in a text about `place`."""
    by_place = _ELSEWHERE.get((word, finding), {})
    return by_place.get(place, finding) if place is not None else finding
