"""What a test part shares with the training part and should not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from radseek.text import normalise


class LeakKind(StrEnum):
    """What is shared."""

    PATIENT = "patient"
    PIXELS = "pixels"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Member:
    """One picture or study of a part. Empty fields are not compared."""

    key: str
    """Pseudonymous key, repeated in leaks."""
    patient: str = ""
    pixel_hash: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """Members of both parts that share one thing. The thing itself is not repeated: it may be a patient's."""

    kind: LeakKind
    train: tuple[str, ...]
    """Keys of the members in the training part, sorted."""
    test: tuple[str, ...]


_SHARED: dict[LeakKind, Callable[[Member], str]] = {
    LeakKind.PATIENT: lambda member: member.patient,
    LeakKind.PIXELS: lambda member: member.pixel_hash,
    LeakKind.TEXT: lambda member: normalise(member.text),
}


def check_leakage(train: Sequence[Member], test: Sequence[Member]) -> list[Leak]:
    """Every patient, pixel hash and normalised text that occurs in both parts: patients first, then by test key.

    Near-duplicates (a picture saved again, a text with one word changed) are not looked for.
    """
    leaks = []
    for kind, value_of in _SHARED.items():
        trained, tested = _by_value(train, value_of), _by_value(test, value_of)
        found = [Leak(kind, trained[value], tested[value]) for value in trained.keys() & tested.keys()]
        leaks += sorted(found, key=lambda leak: (leak.test, leak.train))
    return leaks


def _by_value(members: Sequence[Member], value_of: Callable[[Member], str]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, list[str]] = {}
    for member in members:
        value = value_of(member)
        if value:
            keys.setdefault(value, []).append(member.key)
    return {value: tuple(sorted(found)) for value, found in keys.items()}
