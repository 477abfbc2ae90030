"""Sizes in a text: `2.3 x 1.4 cm`, `5-mm`, `1,5 cm`, and which of them are no sizes of what is seen today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_NUMBER = r"\d{1,4}(?:[.,]\d{1,2})?(?!\d)"
_UNIT = r"(?:cms?|mms?|centimet(?:er|re)s?|millimet(?:er|re)s?)\b(?!\s?(?:/|\^|²|³|hg\b|h2o\b|of\s(?:water|mercury)\b))"
_DIMENSION = rf"{_NUMBER}(?:[ \t\n\u00a0-]{{0,2}}{_UNIT})?"
_BETWEEN = r"\s{0,2}(?:x|×|\*|by|to|-|–)\s{0,2}"
_MEASUREMENT = re.compile(rf"(?<![\w.])(?<!\d,){_DIMENSION}(?:{_BETWEEN}{_DIMENSION}){{0,3}}", re.IGNORECASE)
_PART = re.compile(rf"(?P<number>{_NUMBER})[\s-]{{0,2}}(?P<unit>{_UNIT})?", re.IGNORECASE)

_EARLIER = re.compile(
    r"(?:\b(?:previously|formerly|prior|previous|earlier|from|versus|vs\.?|than|compared (?:to|with)|within)|[<>≤≥])"
    r"(?:\s+(?:measuring|measured|approximately|about|a|the|at|size|of|diameter)){0,3}\s*$",
    re.IGNORECASE,
)
"""Before a measurement: it was so earlier, or it is a bound (`less than 5 mm`)."""

_NO_SIZE = re.compile(
    r"\s*-?\s*(?:above|below|from|beyond|past|away|apart|short of|deep to|"
    r"(?:proximal|distal|superior|inferior|anterior|posterior|medial|lateral|cephalad|caudal|cranial)(?:ly)?\s+(?:to|of|from)|"
    r"(?:thick\s+)?(?:axial\s+|contiguous\s+|thin\s+)?(?:slices?|sections?|collimation|cuts?|intervals?|increments?|"
    r"reconstructions?|reformats?|images?|spacing))\b",
    re.IGNORECASE,
)
"""After a measurement: it is a distance from somewhere, or how the picture was made."""

_LARGEST_MM = 2000.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """A size in a text: `text[start:end]`."""

    start: int
    end: int
    largest_mm: float | None
    """None where it is no size of today: a distance, an earlier size, a bound, a slice thickness."""


def find_measurements(text: str) -> list[Measurement]:
    """The lengths in `text` in mm or cm, in order; volumes, areas and pressures are none."""
    found = []
    for match in _MEASUREMENT.finditer(text):
        parts = list(_PART.finditer(text, match.start(), match.end()))
        if any(part["unit"] for part in parts):
            found.append(Measurement(match.start(), match.end(), _size_today(text, match, parts)))
    return found


def _size_today(text: str, match: re.Match[str], parts: list[re.Match[str]]) -> float | None:
    if _NO_SIZE.match(text, match.end()):
        return None
    earlier = _EARLIER.search(text, max(0, match.start() - 60), match.start())
    if earlier is None:
        return _largest_mm(parts)
    later = [n for n, (a, b) in enumerate(pairwise(parts), 1) if text[a.end() : b.start()].strip().lower() == "to"]
    changed = later and earlier[0].lower().startswith("from")  # `from 8 to 5 mm`
    return _largest_mm(parts[later[-1] :]) if changed else None


def _largest_mm(parts: list[re.Match[str]]) -> float | None:
    unit = next(part["unit"] for part in reversed(parts) if part["unit"])
    sizes = []
    for part in reversed(parts):
        unit = part["unit"] or unit
        sizes.append(float(part["number"].replace(",", ".")) * (10.0 if unit.lower().startswith("c") else 1.0))
    largest = round(max(sizes), 3)
    return largest if 0 < largest <= _LARGEST_MM else None
