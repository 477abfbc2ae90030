"""Where in the body a text says something is, beyond its side: vertebrae, discs, ribs, and lobes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HIGHEST = {"C": 8, "T": 12, "L": 6, "S": 5}
"""The last vertebra, or root, of each part of the spine; a sixth lumbar vertebra occurs."""

_RIB_PAIRS = 12

_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first 1st",
            "second 2nd",
            "third 3rd",
            "fourth 4th",
            "fifth 5th",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
            "eleventh 11th",
            "twelfth 12th",
        ),
        1,
    )
    for word in words.split()
}
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})"
_GAP, _SPACE = r"\s{0,3}", r"\s{1,3}"
_RANGE = rf"{_GAP}(?:-|–|—|\bto\b|\bthrough\b|\bthru\b){_GAP}"
_AND = rf"{_GAP}(?:,{_GAP}(?:and{_SPACE})?|/|&|\band\b|\bor\b){_GAP}"
_LIST = rf"(?:{_RANGE}|{_AND})"

_VERTEBRA = re.compile(
    r"(?<![\w.-])(?P<part>[CTLS])-?(?P<number>\d{1,2})"
    rf"(?:(?:{_RANGE}|{_GAP}/{_GAP})(?P<last_part>[CTLS])?-?(?P<last>\d{{1,2}})(?!{_GAP}(?:mm|cm)\b|[.,]?\d))?"
    rf"(?![\w*])(?!{_GAP}[NM]\d)",
    re.IGNORECASE,
)
_ORDINAL_VERTEBRA = re.compile(
    rf"\b(?P<numbers>{_ORDINAL}(?:{_LIST}{_ORDINAL}){{0,5}}){_SPACE}(?P<part>cervical|thoracic|lumbar|sacral)\b",
    re.IGNORECASE,
)
_RIBS = (
    re.compile(
        rf"\b(?P<numbers>{_ORDINAL}(?:{_LIST}{_ORDINAL}){{0,11}}){_SPACE}"
        r"(?:(?:left|right|anterior|posterior|lateral|anterolateral|posterolateral|anteromedial|costal)\s{1,3}){0,3}ribs?\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\bribs?{_SPACE}(?P<numbers>\d{{1,2}}(?:{_LIST}\d{{1,2}}){{0,11}})(?![\w.])", re.IGNORECASE),
)
_WHICH = r"(?:upper|middle|lower|frontal|parietal|temporal|occipital)"
_LOBE = re.compile(
    r"\b(?:(?P<side>right|left|rt|lt|bilateral|both)[\s-]{1,3})?"
    rf"(?:(?P<lobes>{_WHICH}(?:{_AND}{_WHICH}){{0,3}}){_SPACE}lobes?|(?P<organ>hepatic|thyroid){_SPACE}lobes?"
    rf"|lobes?{_SPACE}of{_SPACE}(?:the{_SPACE})?(?P<of>liver|thyroid)|(?P<short>[RL][UML]L)|(?P<lingula>lingular?))\b",
    re.IGNORECASE,
)
_SPINAL = re.compile(
    r"\W{0,2}(?:vertebra|vertebrae|vertebral|bod(?:y|ies)|level|compression|fracture|wedge|spinous|transverse|superior|"
    r"inferior|endplate|end plate|pedicle|lamina|facet|nerve|rib|disc|disk)\b",
    re.IGNORECASE,
)
_AT_LEVEL = re.compile(r"\blevel of (?:the )?$", re.IGNORECASE)
_NUMBER_OR_WORD = re.compile(r"[a-z0-9]+", re.IGNORECASE)
_SHORT = {"U": "upper lobe", "M": "middle lobe", "L": "lower lobe"}
_SIDES = {"rt": "right", "lt": "left", "right": "right", "left": "left"}


@dataclass(frozen=True, slots=True)
class Label:
    """A place named in a text: `text[start:end]`, and its name written in one way."""

    start: int
    end: int
    name: str


def find_levels(text: str) -> list[Label]:
    """The vertebrae, discs and ribs in `text`, in order: `L4/5` is `L4-L5`, `twelfth thoracic` is `T12`.

    T1 and T2 are weightings of MR unless what follows is a bone's.
    """
    found = [*_vertebrae(text), *_ordinal_vertebrae(text), *_ribs(text)]
    return _apart(found)


def find_parts(text: str) -> list[Label]:
    """The lobes in `text`, in order: `RUL` is `right upper lobe`; both sides are told by none."""
    return [Label(*match.span(), _lobes(match)) for match in _LOBE.finditer(text)]


def _apart(found: list[Label]) -> list[Label]:
    kept: list[Label] = []
    for label in sorted(found, key=lambda label: (label.start, -label.end)):
        if not kept or label.start >= kept[-1].end:
            kept.append(label)
    return kept


def _vertebrae(text: str) -> Iterator[Label]:
    for match in _VERTEBRA.finditer(text):
        first = _level(match["part"], match["number"])
        last = _last_level(match) if match["last"] else None
        if first is None or (match["last"] and last is None) or _is_weighting(text, match):
            continue
        yield Label(*match.span(), f"{first}-{last}" if last else first)


def _level(part: str, number: str) -> str | None:
    folded = part.upper()
    return f"{folded}{int(number)}" if 1 <= int(number) <= _HIGHEST[folded] else None


def _last_level(match: re.Match[str]) -> str | None:
    part = match["last_part"] or match["part"]
    if not match["last_part"] and int(match["last"]) < int(match["number"]):  # `L5/1`
        part = {"C": "T", "T": "L", "L": "S", "S": "S"}[part.upper()]
    return _level(part, match["last"])


def _is_weighting(text: str, match: re.Match[str]) -> bool:
    numbers = {match["number"], match["last"]} - {None}
    if match["part"].upper() != "T" or not numbers <= {"1", "2"} or (match["last_part"] and "-" in match[0]):
        return False
    return not (_SPINAL.match(text, match.end()) or _AT_LEVEL.search(text, max(0, match.start() - 20), match.start()))


def _ordinal_vertebrae(text: str) -> Iterator[Label]:
    for match in _ORDINAL_VERTEBRA.finditer(text):
        part = match["part"][0].upper()
        names = [_level(part, str(number)) for number in _numbers(match["numbers"])]
        if names and all(names):
            yield Label(*match.span(), _joined(match["numbers"], [name for name in names if name], ""))


def _ribs(text: str) -> Iterator[Label]:
    for pattern in _RIBS:
        for match in pattern.finditer(text):
            numbers = _numbers(match["numbers"])
            if all(1 <= number <= _RIB_PAIRS for number in numbers):
                yield Label(*match.span(), _joined(match["numbers"], [str(number) for number in numbers], "rib "))


def _numbers(written: str) -> list[int]:
    words = _NUMBER_OR_WORD.findall(written.lower())
    return [_ORDINALS[w] if w in _ORDINALS else int(w) for w in words if w in _ORDINALS or w.isdecimal()]


def _joined(written: str, names: list[str], prefix: str) -> str:
    """`4-7` for a range, else each name by itself."""
    if len(names) == 2 and re.search(_RANGE, written.lower()):
        return f"{prefix}{names[0]}-{names[1]}"
    return ", ".join(f"{prefix}{name}" for name in names)


def _lobes(match: re.Match[str]) -> str:
    side = _SIDES.get((match["side"] or "").lower(), "")
    if match["short"]:
        short = match["short"].upper()
        return f"{'right' if short[0] == 'R' else 'left'} {_SHORT[short[1]]}"
    if match["lingula"]:
        return "lingula"
    if match["organ"] or match["of"]:
        organ = (match["organ"] or match["of"]).lower().replace("liver", "hepatic")
        return f"{side} {organ} lobe".strip()
    lobes = [word for word in _NUMBER_OR_WORD.findall(match["lobes"].lower()) if word not in {"and", "or"}]
    return ", ".join(f"{side} {lobe} lobe".strip() for lobe in lobes)
