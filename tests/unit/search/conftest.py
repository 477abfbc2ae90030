"""The slow obvious way to say how close a mention is to what is asked, one attribute after the other."""

from __future__ import annotations

import re

import pytest

from radseek.records.findings import Severity, Side
from radseek.records.reports import Assertion

SPINE = [*(f"C{n}" for n in range(1, 8)), *(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 6)), "S1"]


@pytest.fixture(scope="session")
def slow_closeness():
    """(asked, told) -> how close `told`, which states what is asked, is to it."""
    return closeness


@pytest.fixture(scope="session")
def slow_otherwise():
    """(asked, told) -> whether it tells another place, another size, or a grade two or more away."""
    return lambda asked, told: min(place_score(asked, told), size_score(asked, told), grade_score(asked, told)) < 0


def closeness(asked, told):
    certainty = {asked.assertion: 1, **({Assertion.UNCERTAIN: -1} if asked.assertion is Assertion.PRESENT else {})}
    side = 0
    if asked.side is not None and told.side is not None:
        side = 3 if told.side is asked.side else 2
        assert told.side in {asked.side, Side.BILATERAL}
    change = 0
    if asked.change is not None and told.change is not None:
        change = 1 if told.change is asked.change else -1
    kinds = place_score(asked, told) + size_score(asked, told) + grade_score(asked, told)
    return certainty.get(told.assertion, 0) + side + change + kinds


def grade_score(asked, told):
    if asked.severity is None or told.severity is None:
        return 0
    grades = list(Severity)
    return {0: 1, 1: 0}.get(abs(grades.index(asked.severity) - grades.index(told.severity)), -1)


def size_score(asked, told):
    if asked.size_mm is None or told.size_mm is None:
        return 0
    return 1 if max(asked.size_mm, told.size_mm) <= 1.5 * min(asked.size_mm, told.size_mm) + 1e-9 else -1


def place_score(asked, told):
    total = 0
    for things in (bones, ribs, lobes):
        wanted, found = things(asked), things(told)
        if wanted and found:
            total += 3 if any(is_near(a, b) for a in wanted for b in found) else -6
    return total


def bones(mention):
    """Single vertebrae as (name,), discs as (upper, lower)."""
    found = set()
    for first, last in re.findall(r"\b([CTLS]\d+)(?:-([CTLS]\d+))?", mention.level or ""):
        span = SPINE[SPINE.index(first) : SPINE.index(last or first) + 1]
        found |= {(first,)} if not last else {(a, b) for a, b in zip(span, span[1:], strict=False)}
    return found


def ribs(mention):
    found = set()
    for first, last in re.findall(r"rib (\d+)(?:-(\d+))?", mention.level or ""):
        found |= {int(n) for n in range(int(first), int(last or first) + 1)}
    return found


def lobes(mention):
    found = set()
    for name in (mention.part or "").split(", "):
        words = [word for word in name.split() if word != "lobe"]
        sides = [word for word in words if word in {"left", "right"}] or ["left", "right"]
        found |= {"left upper"} if words == ["lingula"] else {f"{side} {words[-1]}" for side in sides if words}
    return found


def is_near(a, b):
    """Equal, or a vertebra and a disc that touches it."""
    if isinstance(a, tuple) and len(a) != len(b):
        return bool(set(a) & set(b))
    return a == b
