"""Which lesions a phantom gets: drawn by seed, so that no lesion hides or contradicts another."""

from __future__ import annotations

import numpy as np

from radseek.records.phantoms import KINDS, Kind, Lesion, Scene, kinds_of

NORMAL_SHARE = 0.25
"""Share of phantoms without any lesion."""

_HIDERS = {Kind.EFFUSION, Kind.PNEUMOTHORAX, Kind.EDEMA, Kind.SUBDURAL}
_DEVICES = {Kind.PACEMAKER, Kind.CENTRAL_LINE}


def draw_lesions(rng: np.random.Generator, scene: Scene) -> tuple[Lesion, ...]:
    """None (a quarter), one or two lesions of `scene`, in report order; places are not filled in yet."""
    if rng.random() < NORMAL_SHARE:
        return ()
    first = _draw(rng, scene)
    wanted = 2 if rng.random() < 0.35 else 1
    lesions = [first]
    for _ in range(12):
        if len(lesions) == wanted:
            break
        other = _draw(rng, scene)
        if all(go_together(lesion, other) for lesion in lesions):
            lesions.append(other)
    order = list(KINDS)
    return tuple(sorted(lesions, key=lambda lesion: (order.index(lesion.kind), lesion.side)))


def _draw(rng: np.random.Generator, scene: Scene) -> Lesion:
    kinds = kinds_of(scene)
    kind = kinds[int(rng.integers(len(kinds)))]
    facts = KINDS[kind]
    side = facts.sides[int(rng.integers(len(facts.sides)))]
    zone = facts.zones[int(rng.integers(len(facts.zones)))]
    return Lesion(kind, side, zone, size_mm=float(round(rng.uniform(*facts.size_mm))))


def go_together(one: Lesion, other: Lesion) -> bool:
    """Whether both lesions can be seen in one phantom.

    Two of a kind go together only as effusions of both sides. What fills or empties a whole side keeps that side
    for itself, devices excepted.
    """
    kinds = {one.kind, other.kind}
    if one.kind is other.kind:
        return one.kind is Kind.EFFUSION and one.side != other.side and "large" not in {one.grade, other.grade}
    if kinds <= _DEVICES:
        return False
    if kinds & _DEVICES:
        return True
    if Kind.EDEMA in kinds:
        return Kind.CARDIOMEGALY in kinds or (Kind.EFFUSION in kinds and "large" not in {one.grade, other.grade})
    if Kind.CARDIOMEGALY in kinds:
        return "large" not in {lesion.grade for lesion in (one, other) if lesion.kind is Kind.EFFUSION}
    sides_meet = not one.side or not other.side or one.side == other.side
    if kinds & _HIDERS or one.zone == other.zone:
        return not sides_meet
    return True
