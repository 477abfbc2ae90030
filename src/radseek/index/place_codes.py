"""Places in the body as bits of a number, so that the places of a million mentions are compared at once.

A level such as `L4-L5` or `rib 5` and a part such as `right upper lobe` are the names that `radseek.text` gives them.
A name that is not known here tells no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERTEBRAE = tuple(f"{part}{n}" for part, last in (("C", 8), ("T", 12), ("L", 6), ("S", 5)) for n in range(1, last + 1))
_BIT = {name: place for place, name in enumerate(_VERTEBRAE)}
_FIRST_DISC = len(_VERTEBRAE)
"""The disc below a vertebra has the vertebra's bit, this much higher."""
_RARE = frozenset({_BIT["C8"], _BIT["L6"]})
"""C8 is a root, and most spines have no L6: C7 lies above T1, and L5 above S1."""
_LOBES = ("upper", "middle", "lower", "lingula", "frontal", "parietal", "temporal", "occipital", "hepatic", "thyroid")
_SIDES = ("left", "right")
_SPAN = re.compile(r"(?P<first>[CTLS]\d{1,2})(?:-(?P<last>[CTLS]\d{1,2}))?")
_RIBS = re.compile(r"rib (?P<first>\d{1,2})(?:-(?P<last>\d{1,2}))?")
_LOBE = re.compile(r"(?:(?P<side>left|right) )?(?P<lobe>\w+)(?: lobe)?")
_N_RIBS = 12


def vertebra_bits(level: str | None) -> int:
    """The vertebrae and discs of a level, in 62 bits: `L4` is the vertebra, `L4-L5` the disc, `L4-S1` two discs."""
    return _any(_spine_bits(*span) for span in _spans(level))


def answering_vertebra_bits(level: str | None) -> int:
    """The vertebrae and discs that lie at a level: of `L4` also the discs next to it, of a disc the vertebrae too."""
    bits = 0
    for first, last in _spans(level):
        bits |= _spine_bits(first, last)
        if first == last:
            bits |= _disc(first) | _any(_disc(n) for n in range(max(0, first - 2), first) if first in _below(n))
        else:
            bits |= _any(1 << n for n in range(first, last + 1))
    return bits


def rib_bits(level: str | None) -> int:
    """The ribs of a level, in 12 bits."""
    bits = 0
    for name in _names(level):
        if match := _RIBS.fullmatch(name):
            first, last = sorted((int(match["first"]), int(match["last"] or match["first"])))
            bits |= _any(1 << (n - 1) for n in range(first, last + 1) if 1 <= n <= _N_RIBS)
    return bits


def lobe_bits(part: str | None) -> int:
    """The lobes of a part, in 20 bits, one for each side; a lobe without side has both."""
    bits = 0
    for name in _names(part):
        match = _LOBE.fullmatch(name)
        if match is None or match["lobe"] not in _LOBES:
            continue
        sides = ("left",) if match["lobe"] == "lingula" else (match["side"],) if match["side"] else _SIDES
        bits |= _any(1 << (2 * _LOBES.index(match["lobe"]) + _SIDES.index(side)) for side in sides)
    return bits


def answering_lobe_bits(part: str | None) -> int:
    """The lobes that are a part or lie in it; the lingula lies in the left upper lobe, and each answers the other."""
    bits = lobe_bits(part)
    pair = lobe_bits("lingula") | lobe_bits("left upper lobe")
    return bits | pair if bits & pair else bits


def _names(told: str | None) -> list[str]:
    return told.split(", ") if told else []


def _spans(level: str | None) -> list[tuple[int, int]]:
    """First and last vertebra of each name of a level."""
    spans = []
    for name in _names(level):
        match = _SPAN.fullmatch(name)
        if match and match["first"] in _BIT and (match["last"] or match["first"]) in _BIT:
            first, last = sorted((_BIT[match["first"]], _BIT[match["last"] or match["first"]]))
            spans.append((first, last))
    return spans


def _spine_bits(first: int, last: int) -> int:
    if first == last:
        return 1 << first
    return _any(_disc(n) for n in range(first, last))


def _disc(above: int) -> int:
    return 1 << (_FIRST_DISC + above)


def _below(n: int) -> tuple[int, int]:
    """The vertebrae of which one lies under the disc below vertebra `n`: of C7 it is T1, also where C8 is named."""
    return (n + 1, n + 2 if n + 1 in _RARE else n + 1)


def _any(bits: Iterable[int]) -> int:
    total = 0
    for bit in bits:
        total |= bit
    return total
