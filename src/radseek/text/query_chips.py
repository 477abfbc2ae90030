"""What a query was understood to ask, as chips that a person may take out one by one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from radseek.records.findings import Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.records.search import Chip, Exclusion
from radseek.text.concepts import Lexicon
from radseek.text.vocabulary import dicom_modalities

_MODALITY_WORDS: dict[str, tuple[str, ...]] = {
    "CT": ("ct", "cta", "hrct", "computed tomography"),
    "MRI": ("mri", "mra", "mrcp", "magnetic resonance"),
    "XRAY": ("x-ray", "xray", "x-rays", "x ray", "x rays", "radiograph", "radiographs", "cxr", "plain film"),
    "ULTRASOUND": ("ultrasound", "sonography", "sonogram"),
    "MAMMOGRAPHY": ("mammogram", "mammograms", "mammography"),
    "PET": ("pet",),
}
"""Word that `dicom_modalities` knows -> how queries name it, in small letters."""

_MODALITY_TITLES = {"XRAY": "radiograph", "ULTRASOUND": "ultrasound", "MAMMOGRAPHY": "mammogram"}
_MODALITY = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(
        f"(?P<{name}>{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
        for name, words in _MODALITY_WORDS.items()
    )
    + r")(?![\w-])",
    re.IGNORECASE,
)
_OTHER_STUDY = frozenset(
    "recommend recommended recommends suggest suggested consider advise advised follow followup compared comparison "
    "correlate correlation prior previous outside dedicated if no".split()
)
"""Words of sentences whose modality is that of another study, or none."""
_MOST_WORDS = 15
_ASKED = {
    Assertion.PRESENT: "finding",
    Assertion.ABSENT: "no",
    Assertion.UNCERTAIN: "possible",
    Assertion.HISTORICAL: "history",
}
"""Assertion -> first part of a chip's key."""
_ASKED_WORDS = {
    Assertion.PRESENT: "",
    Assertion.ABSENT: "no ",
    Assertion.UNCERTAIN: "possible ",
    Assertion.HISTORICAL: "history of ",
}


def finding_chips(stated: Iterable[StatedFinding], lexicon: Lexicon) -> Iterator[Chip]:
    """A chip for each finding as asked, and one for each side; the same thing asked twice has one."""
    for mention in stated:
        title = lexicon.findings[mention.finding].title
        yield Chip(f"{_ASKED[mention.assertion]}:{mention.finding}", _ASKED_WORDS[mention.assertion] + title)
        if mention.side is not None:
            yield Chip(f"side:{mention.side.value}", _side_label(mention.side))


def without_dropped(stated: Sequence[StatedFinding], dropped: Collection[str]) -> tuple[StatedFinding, ...]:
    """`stated` without the findings and sides whose chips were `dropped`."""
    kept = (m for m in stated if f"{_ASKED[m.assertion]}:{m.finding}" not in dropped)
    return tuple(replace(m, side=None) if m.side and f"side:{m.side.value}" in dropped else m for m in kept)


def modality_words(text: str) -> dict[Chip, tuple[str, ...]]:
    """The modalities that a short query names, each with DICOM's codes; none where it speaks of another study."""
    words = re.findall(r"\w+", text.lower())
    if len(words) > _MOST_WORDS or _OTHER_STUDY & set(words):
        return {}
    found = {}
    for match in _MODALITY.finditer(text):
        name = str(match.lastgroup)
        found[Chip(f"modality:{name.lower()}", _MODALITY_TITLES.get(name, name))] = dicom_modalities(name)
    return found


def numbered_chips(excluded: Sequence[Exclusion], phrases: Sequence[str], statements: Sequence[str]) -> list[Chip]:
    """Chips of what has no name of its own: its kind and its number from 1."""
    chips = [Chip(f"statement:{n}", text) for n, text in enumerate(statements, start=1)]
    chips += [Chip(f"phrase:{n}", f"“{text}”") for n, text in enumerate(phrases, start=1)]
    return chips + [Chip(f"not:{n}", f"not {exclusion.text}") for n, exclusion in enumerate(excluded, start=1)]


def _side_label(side: Side) -> str:
    return "both sides" if side is Side.BILATERAL else f"{side.value} side"
