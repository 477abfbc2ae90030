"""Reports and captions about phantoms: true to their lesions and sides, varied in wording, labelled synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from radseek.records.phantoms import KINDS, SYNTHETIC_LINE, Kind, Lesion, Scene
from radseek.records.reports import Section
from radseek.text.phantom_phrases import (
    CLEAR,
    DENIALS,
    INDICATIONS,
    NAMES,
    PICTURES,
    SENTENCES,
    TECHNIQUES,
)

_LOBES = {
    ("right", "upper"): ("right upper lobe", "right upper zone", "right upper lung"),
    ("right", "mid"): ("right middle lobe", "right mid zone", "right midlung"),
    ("right", "lower"): ("right lower lobe", "right lower zone", "right lung base"),
    ("left", "upper"): ("left upper lobe", "left upper zone", "left upper lung"),
    ("left", "mid"): ("left mid zone", "left midlung", "lingula of the left lung"),
    ("left", "lower"): ("left lower lobe", "left lower zone", "left lung base"),
}
_DEGREES = {"small": "mild", "moderate": "moderate", "large": "severe"}
_IN_MILLIMETRES = {Kind.NODULE, Kind.RENAL_STONE, Kind.SUBDURAL}


@dataclass(frozen=True, slots=True)
class PriorStudy:
    """An earlier study of the same phantom patient that a report compares with."""

    study_date: str
    """Written as people read it, such as `2023-05-04`."""
    lesions: tuple[Lesion, ...]


def phantom_report(
    lesions: Sequence[Lesion], seed: int, scene: Scene, prior: PriorStudy | None = None
) -> dict[Section, str]:
    """Sections of a report that tells all of `lesions`, denies only what is absent, and opens as synthetic.

    The same arguments give the same words. `Section.OTHER` holds the line that says what this is.
    """
    rng = Random(f"report {seed}")
    sections = {
        Section.OTHER: f"{SYNTHETIC_LINE}, not a patient.",
        Section.INDICATION: rng.choice(INDICATIONS[scene]),
        Section.COMPARISON: f"Study of {prior.study_date}." if prior else rng.choice(("None.", "None available.")),
        Section.TECHNIQUE: rng.choice(TECHNIQUES[scene]),
    }
    told = [_fill(rng.choice(SENTENCES[lesion.kind]), lesion, rng) for lesion in lesions]
    changes = _changes(lesions, prior, rng)
    sections[Section.FINDINGS] = " ".join([*told, *changes, *_denials(lesions, scene, rng)])
    sections[Section.IMPRESSION] = _impression(lesions, scene, rng)
    return sections


def phantom_report_text(sections: Mapping[Section, str]) -> str:
    """A report as one text: headings on lines of their own, the synthetic line first and last."""
    body = [f"{section.upper()}:\n{text}" for section, text in sections.items() if section is not Section.OTHER]
    return "\n\n".join([SYNTHETIC_LINE, *body, f"DISCLAIMER: {SYNTHETIC_LINE}"])


def phantom_caption(lesions: Sequence[Lesion], seed: int, scene: Scene) -> str:
    """One sentence that says what the picture is and shows."""
    rng = Random(f"caption {seed}")
    picture = rng.choice(PICTURES[scene])
    if not lesions:
        return f"{picture} {rng.choice(('without abnormality', 'with normal findings', 'showing no abnormality'))}."
    names = [_with_article(_name(lesion, rng)) for lesion in lesions]
    verb = rng.choice(("showing", "with", "demonstrating", "that shows"))
    return f"{picture} {verb} {' and '.join(names)}."


def _impression(lesions: Sequence[Lesion], scene: Scene, rng: Random) -> str:
    """Numbered conclusions."""
    lines = [_capital(_name(lesion, rng)) + "." for lesion in lesions] or [rng.choice(CLEAR[scene])]
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _denials(lesions: Sequence[Lesion], scene: Scene, rng: Random) -> list[str]:
    """True statements about what is absent, none of them twice."""
    present = {lesion.kind for lesion in lesions}
    groups = list(DENIALS[scene])
    rng.shuffle(groups)
    said: list[str] = []
    denied: set[Kind] = set()
    for kinds, sentences in groups:
        if kinds & (present | denied) or rng.random() < 0.15:
            continue
        denied |= kinds
        said.append(rng.choice(sentences))
    effusions = [lesion for lesion in lesions if lesion.kind is Kind.EFFUSION]
    if len(effusions) == 1 and rng.random() < 0.5:
        said.append(f"No {'left' if effusions[0].side == 'right' else 'right'} pleural effusion.")
    return said


def _changes(lesions: Sequence[Lesion], prior: PriorStudy | None, rng: Random) -> list[str]:
    """How the lesions of the prior study went on."""
    if prior is None:
        return []
    now = {(lesion.kind, lesion.side, lesion.zone): lesion for lesion in lesions}
    said = []
    for old in prior.lesions:
        new = now.get((old.kind, old.side, old.zone))
        name = f"{old.side} {old.kind.value}".strip()
        if new is None:
            said.append(
                rng.choice((f"The {name} seen previously has resolved.", f"The prior {name} is no longer seen."))
            )
        elif new.size_mm > 1.15 * old.size_mm:
            said.append(f"The {name} has increased since the prior study.")
        elif new.size_mm < 0.85 * old.size_mm:
            said.append(f"The {name} has decreased since the prior study.")
        else:
            said.append(f"The {name} is unchanged.")
    return said


def _name(lesion: Lesion, rng: Random) -> str:
    return _fill(rng.choice(NAMES[lesion.kind]), lesion, rng)


def _fill(template: str, lesion: Lesion, rng: Random) -> str:
    """`template` with its slots filled from `lesion`, and the article before a number mended."""
    grade, place = lesion.grade, _place(lesion, rng)
    slots = {
        "side": lesion.side,
        "grade": grade,
        "degree": _DEGREES.get(grade, ""),
        "amount": grade,
        "size": _size(lesion, rng),
        "place": place,
    }
    capitals = {key.capitalize(): _capital(value) for key, value in slots.items()}
    words = template.format(**slots, **capitals).split(" ")
    for position, word in enumerate(words[:-1]):
        if word in {"a", "A"} and _takes_an(words[position + 1]):
            words[position] = word + "n"
    return " ".join(words)


def _place(lesion: Lesion, rng: Random) -> str:
    """Lobe of a lung, or the zone as it is told for other organs, with its side where the sentence has none."""
    if (lesion.side, lesion.zone) in _LOBES:
        return rng.choice(_LOBES[lesion.side, lesion.zone])
    if lesion.kind is Kind.HAEMORRHAGE:
        return f"{lesion.side} {lesion.zone}" + ("" if lesion.zone == "basal ganglia" else " lobe")
    if lesion.kind is Kind.RENAL_STONE and lesion.zone == "pelvis":
        return "renal pelvis"
    return lesion.zone


def _size(lesion: Lesion, rng: Random) -> str:
    centimetres = f"{lesion.size_mm / 10:.1f} cm"
    if lesion.kind in _IN_MILLIMETRES:
        return rng.choice((f"{lesion.size_mm:.0f} mm", f"{lesion.size_mm:.0f} mm", centimetres))
    return rng.choice((centimetres, f"{lesion.size_mm:.0f} mm"))


def _takes_an(word: str) -> bool:
    number = word.split(".")[0]
    return word[:1] in "aeio8" or number in {"11", "18"} or word.startswith("MCA")


def _with_article(name: str) -> str:
    """`name` with `a` or `an`, unless it names a substance or a diffuse change."""
    if name.split(" ")[-1] in {"ascites", "fluid", "edema", "oedema", "nephrolithiasis", "atelectasis", "cardiomegaly"}:
        return name
    if (
        name.startswith(("plate-like atelectasis", "consolidation in", "airspace consolidation"))
        or "enlargement" in name
    ):
        return name
    if name.endswith(("consolidation", "pneumonia")):
        return name
    return f"{'an' if _takes_an(name.split(' ')[0]) else 'a'} {name}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def labels_of(lesions: Sequence[Lesion]) -> tuple[str, ...]:
    """Short labels of `lesions`, such as `left pleural effusion`; `normal` when there are none."""
    order = list(KINDS)
    ordered = sorted(lesions, key=lambda lesion: order.index(lesion.kind))
    return tuple(f"{lesion.side} {lesion.kind.value}".strip() for lesion in ordered) or ("normal",)
