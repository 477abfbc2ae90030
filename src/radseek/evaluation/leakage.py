"""What a test part shares with the training part and should not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from radseek.evaluation.near_pictures import DEFAULT_TOLERANCE, PictureSignature, find_near_pictures
from radseek.evaluation.near_texts import NearText, TextRules, find_near_texts
from radseek.text import normalise


class LeakKind(StrEnum):
    """What is shared."""

    PATIENT = "patient"
    STUDY = "study"
    REPORT = "report"
    """A test study's own report was in training."""
    PIXELS = "pixels"
    NEAR_PICTURE = "near_picture"
    """The same picture saved again, cropped a little, brightened, turned or mirrored."""
    TEXT = "text"
    NEAR_TEXT = "near_text"
    """The same text with a few words changed."""


@dataclass(frozen=True, slots=True)
class Member:
    """One picture, report or study of a part. Empty fields are not compared."""

    key: str
    """Pseudonymous key, repeated in leaks."""
    patient: str = ""
    pixel_hash: str = ""
    text: str = ""
    study: str = ""
    report: str = ""
    """Key of its report."""
    signature: PictureSignature | None = field(default=None, repr=False)
    """Of its picture, from `sign_picture`."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Members of both parts that share one thing. The thing itself is not repeated: it may be a patient's."""

    kind: LeakKind
    train: tuple[str, ...]
    """Keys of the members in the training part, sorted."""
    test: tuple[str, ...]
    distance: float = 0.0
    """0 for what is equal; of near pictures as `NearPicture.distance`, of near texts 1 minus the similarity."""


@dataclass(frozen=True, slots=True)
class LeakageRules:
    """What counts as shared."""

    picture_tolerance: float = DEFAULT_TOLERANCE
    texts: TextRules = field(default_factory=TextRules)


_SHARED: dict[LeakKind, Callable[[Member], str]] = {
    LeakKind.PATIENT: lambda member: member.patient,
    LeakKind.STUDY: lambda member: member.study,
    LeakKind.REPORT: lambda member: member.report,
    LeakKind.PIXELS: lambda member: member.pixel_hash,
}


def check_leakage(train: Sequence[Member], test: Sequence[Member], rules: LeakageRules | None = None) -> list[Leak]:
    """Everything that occurs in both parts, by kind in the order of `LeakKind`, then by test key.

    Equal patients, studies, reports and pixel hashes are one leak each, with all members that share it; so are equal
    texts (folded by `radseek.text.normalise`). Near-duplicates are one leak a pair; what is equal is not repeated as
    near. Texts shorter than `TextRules.min_words`, and texts whose like `boilerplate_patients` or more patients of the
    training part have, are no leak (`n_boilerplate` counts them): short and normal reports are written of everybody.
    """
    rules = rules or LeakageRules()
    leaks = [leak for kind, value_of in _SHARED.items() for leak in _equal(kind, train, test, value_of)]
    leaks += _near_pictures(train, test, rules)
    leaks += _texts(train, test, rules.texts)
    return leaks


def n_boilerplate(train: Sequence[Member], test: Sequence[Member], rules: TextRules | None = None) -> int:
    """Members of `test` whose text, or nearly, is in `train` but counts as too short or as a template: no leak."""
    rules = rules or TextRules()
    near = _near_texts(train, test, rules)
    everywhere = {normalise(member.text) for member in train} - {""}
    shared = {pair.second for pair in near} | {i for i, m in enumerate(test) if normalise(m.text) in everywhere}
    return len(shared - _telling(near, train, rules))


def _equal(
    kind: LeakKind, train: Sequence[Member], test: Sequence[Member], value_of: Callable[[Member], str]
) -> list[Leak]:
    trained, tested = _by_value(train, value_of), _by_value(test, value_of)
    found = [Leak(kind, trained[value], tested[value]) for value in trained.keys() & tested.keys()]
    return _ordered(found)


def _by_value(members: Sequence[Member], value_of: Callable[[Member], str]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, list[str]] = {}
    for member in members:
        value = value_of(member)
        if value:
            keys.setdefault(value, []).append(member.key)
    return {value: tuple(sorted(found)) for value, found in keys.items()}


def _ordered(leaks: Iterable[Leak]) -> list[Leak]:
    return sorted(leaks, key=lambda leak: (leak.test, leak.train))


def _near_pictures(train: Sequence[Member], test: Sequence[Member], rules: LeakageRules) -> list[Leak]:
    trained, tested = ([m for m in part if m.signature is not None] for part in (train, test))
    signatures = [[m.signature for m in part if m.signature is not None] for part in (trained, tested)]
    leaks = []
    for pair in find_near_pictures(signatures[0], signatures[1], rules.picture_tolerance):
        a, b = trained[pair.first], tested[pair.second]
        if not a.pixel_hash or a.pixel_hash != b.pixel_hash:
            leaks.append(Leak(LeakKind.NEAR_PICTURE, (a.key,), (b.key,), pair.distance))
    return _ordered(leaks)


def _near_texts(train: Sequence[Member], test: Sequence[Member], rules: TextRules) -> list[NearText]:
    return find_near_texts([member.text for member in train], [member.text for member in test], rules)


def _telling(near: Sequence[NearText], train: Sequence[Member], rules: TextRules) -> set[int]:
    """Places in the test part of those of `near` whose like too few training patients have to be a template."""
    patients: dict[int, set[str]] = {}
    for pair in near:
        member = train[pair.first]
        patients.setdefault(pair.second, set()).add(member.patient or f"\0{member.key}")
    return {place for place, found in patients.items() if len(found) < rules.boilerplate_patients}


def _texts(train: Sequence[Member], test: Sequence[Member], rules: TextRules) -> list[Leak]:
    """Equal and near texts, but for those of the test part whose like so many training patients have."""
    near = _near_texts(train, test, rules)
    telling = _telling(near, train, rules)
    equal: dict[str, tuple[set[str], set[str]]] = {}
    leaks = []
    for pair in near:
        if pair.second not in telling:
            continue
        a, b = train[pair.first], test[pair.second]
        text = normalise(b.text)
        if normalise(a.text) == text:
            keys = equal.setdefault(text, (set(), set()))
            keys[0].add(a.key)
            keys[1].add(b.key)
        else:
            leaks.append(Leak(LeakKind.NEAR_TEXT, (a.key,), (b.key,), 1 - pair.similarity))
    same = [Leak(LeakKind.TEXT, tuple(sorted(a)), tuple(sorted(b))) for a, b in equal.values()]
    return _ordered(same) + _ordered(leaks)
