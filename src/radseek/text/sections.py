"""Where the sections of a report begin: a table of heading words and how headings look in dictated reports."""

from __future__ import annotations

import re
from dataclasses import dataclass

from radseek.records.reports import Section
from radseek.text.layout import laid_out

HEADINGS: dict[str, Section] = {
    name: section
    for section, names in {
        Section.INDICATION: (
            "indication|indications|clinical indication|history|hx|clinical history|clinical information|clinical data|"
            "clinical details|clinical question|clinical|reason for exam|reason for examination|reason for study|"
            "reason for this exam|reason for this examination|reason for request|reason|presenting complaint|"
            "exam indication|indication for study|indication for exam|indication for examination|"
            "indication for procedure|indications for study|indications for exam|indications for examination|"
            "clinical indications|clinical statement|clinical notes"
        ),
        Section.COMPARISON: (
            "comparison|comparisons|comparison study|comparison studies|comparison exam|prior studies|"
            "prior exams|previous studies|previous examinations|compared to|compared with"
        ),
        Section.TECHNIQUE: (
            "technique|procedure|procedures|procedure performed|protocol|exam|examination|exam type|type of exam|"
            "examination performed|study|study performed|description of procedure|contrast|views"
        ),
        Section.FINDINGS: (
            "findings|finding|observations|observation|description|interpretation|report|body of report|result|results"
        ),
        Section.IMPRESSION: (
            "impression|impressions|imp|conclusion|conclusions|opinion|opinions|summary|assessment|diagnosis|"
            "recommendation|recommendations"
        ),
        Section.OTHER: (
            "addendum|end of addendum|end of report|end of impression|original report|comment|comments|discussion|"
            "critical results|radiation dose|ct dose|"
            "notification|dictated by|requested by|electronically signed by|signed by|transcribed by|"
            "interpreted by|read by|reviewed by|verified by|attending|attending radiologist|radiologist|"
            "referring physician|ordering physician|ordering provider|disclaimer"
        ),
    }.items()
    for name in names.split("|")
}
"""Heading in lower case -> section. A recommendation belongs to the impression; addenda and signatures are OTHER."""

_MODIFIERS = (
    "brief|pertinent|relevant|patient|medical|past|final|preliminary|additional|incidental|other|overall|chest|"
    "abdomen|abdominal|pelvis|pelvic|head|brain|neck|spine|ct|cta|mri|mra|mr|xr|x-ray|us|ultrasound|pet|radiographic|"
    "radiological|radiologic|radiology|radiologist|imaging|sonographic|mammographic"
)
"""Words that may stand before a heading: `CT CHEST FINDINGS:`. Never a negation, since headings leave the text."""

_BARE = frozenset(
    "indication|indications|clinical indication|history|clinical history|clinical information|reason for exam|"
    "reason for examination|reason for study|comparison|comparisons|technique|findings|impression|impressions|"
    "conclusion|conclusions|opinion|recommendation|recommendations|addendum|end of addendum|end of report|"
    "end of impression|original report".split("|")
)
"""Headings known even without colon; the others are too often plain words (`Final report`, `Study limited`)."""


def _alternation(names: frozenset[str] | dict[str, Section]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\ ", r"[ \t]+") for name in longest_first)


_NAME = rf"(?P<name>{_alternation(HEADINGS)})"
_JOINED = rf"(?:[ \t]*(?:/|&|,|\band\b|\bor\b)[ \t]*(?:{_alternation(HEADINGS)}))?"
_LEAD = rf"(?:(?:{_MODIFIERS})[ \t]+){{0,3}}"
_COLON = re.compile(
    rf"(?<![\w/-])(?P<heading>{_LEAD}{_NAME}{_JOINED}(?:[ \t]*\([^()\n]{{0,40}}\))?)[ \t]*[*_]{{0,2}}"
    r"(?P<mark>[:：]|[ \t]+[-–—=](?=[ \t\n])|[-–—](?=[ \t\n])|[ \t]+colon\b)[*_]{0,2}",
    re.IGNORECASE,
)
_LINE = re.compile(
    rf"^[ \t]*[*#_=]{{0,4}}[ \t]*(?P<heading>{_LEAD}(?P<name>{_alternation(_BARE)}){_JOINED})"
    r"[ \t]*[*_=.;]{0,4}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDENDUM = re.compile(
    r"^[ \t]*[*#_=-]{0,10}[ \t]*(?P<heading>(?P<name>addendum)\b(?:[^\n:.*]|(?<=\d)[:.](?=\d)|(?<=\bDr)\.){0,80}?)"
    r"[ \t]*(?::|[*_=-]{2,10}[ \t]*$|$)",
    re.IGNORECASE | re.MULTILINE,
)
"""`ADDENDUM 2`, `Addendum by Dr. Smith on 3/4/2020 10:15:`, `*** ADDENDUM ***`."""

_CAPITALS = _alternation(frozenset(name.upper() for name in _BARE))
_SHOUTED = re.compile(
    rf"(?:^|(?<=[.!?;:])[ \t]{{1,3}})[ \t]*(?P<heading>(?P<name>{_CAPITALS}))"
    r"[ \t]+(?!(?:ARE|IS|WAS|WERE|OF|HAS|HAVE|HAD|SUGGESTS?|SUGGESTING|SUGGESTIVE|CONSISTENT|COMPATIBLE|LIKELY|MAY|"
    r"COULD|ABOVE|BELOW|IN|ON|FOR|TO|WITH|AS|AND|OR|MADE|DISCUSSED|FOUND|REMAINS?|REPRESENTS?|STUDY|STUDIES|FILMS?|EXAMS?|"
    r"EXAMINATIONS?|RADIOGRAPHS?|SHOWS?|INCLUDES?|INDICATES?|SECTION|ALSO|NOTED|SEEN)\b)(?=[A-Z\d]{2})",
    re.MULTILINE,
)
"""Headings of a report in capitals without colons; taken only where a text has headings of two kinds."""

_RUN_ON = re.compile(
    rf"^[ \t]*(?P<heading>(?P<name>{_alternation({n.upper(): HEADINGS[n] for n in sorted(_BARE)})}))[ \t]+"
    r"(?=[A-Z][a-z]|[A-Z] [a-z]|\d)",
    re.MULTILINE,
)
_LINE_LEAD = re.compile(r"(?:^|\n)[ \t]*[*#_=•>-]{0,4}[ \t]*$")
_SENTENCE_END = re.compile(r"[.!?;\]>)\"*][ \t]*$|[ \t]{2,}$|\t$")
_SIGNATURE = re.compile(r"(?:signed|dictated|transcribed|interpreted) by$", re.IGNORECASE)
_LAST_WORD = re.compile(r"(\w+)\W*$")


@dataclass(frozen=True, slots=True)
class SectionSpan:
    """A section's text without its heading: `text[start:end]`."""

    section: Section
    start: int
    end: int


def find_sections(text: str) -> list[SectionSpan]:
    """The sections of `text` in order; what stands before the first heading is OTHER. Empty ones are left out.

    A heading is a known name at the start of a line with colon or dash, in capitals or title case on a line of its
    own, in capitals before running text, or, inside a line, with colon after the end of a sentence or in capitals.
    An addendum is a section of its own, OTHER, up to the next heading.
    """
    text = laid_out(text)
    headings = _find_headings(text)
    starts = [(Section.OTHER, 0, 0), *headings]
    ends = [heading_start for _, heading_start, _ in headings] + [len(text)]
    return [
        SectionSpan(section, body_start, end)
        for (section, _, body_start), end in zip(starts, ends, strict=True)
        if text[body_start:end].strip()
    ]


def heading_end(text: str, section: Section) -> int:
    """Where the text after a heading of `section` begins when `text` opens with one, else 0."""
    text = laid_out(text)
    headings = _find_headings(text)
    if headings and headings[0][0] is section and not text[: headings[0][1]].strip():
        return headings[0][2]
    return 0


def _find_headings(text: str) -> list[tuple[Section, int, int]]:
    """Of each heading its section, start, and where the text after it begins."""
    found: dict[int, tuple[Section, int, int]] = {}
    for match in _COLON.finditer(text):
        if _stands_as_heading(text, match):
            found[match.start("heading")] = _heading(match)
    for pattern in (_ADDENDUM, _LINE, _RUN_ON):
        for match in pattern.finditer(text):
            if match["heading"][0].isupper():
                found.setdefault(match.start("heading"), _heading(match))
    shouted = {match.start("heading"): _heading(match) for match in _SHOUTED.finditer(text)}
    if len({section for section, _, _ in (*found.values(), *shouted.values())}) > 1:
        found = shouted | found
    return _without_overlap([found[start] for start in sorted(found)])


def _heading(match: re.Match[str]) -> tuple[Section, int, int]:
    name = " ".join(match["name"].lower().split())
    return HEADINGS[name], match.start(), match.end()


def _without_overlap(headings: list[tuple[Section, int, int]]) -> list[tuple[Section, int, int]]:
    kept: list[tuple[Section, int, int]] = []
    for heading in headings:
        if not kept or heading[1] >= kept[-1][2]:
            kept.append(heading)
    return kept


def _stands_as_heading(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 80) : match.start()]
    if match["mark"].strip().lower() == "colon":  # spoken; `history colon cancer` is of the organ
        return _heading(match)[0] is not Section.INDICATION and bool(_LINE_LEAD.search(before))
    heading, colon = match["heading"], match["mark"] in {":", "："}
    if not before.strip() and match.start() < 80:
        return True
    if _LINE_LEAD.search(before):
        return colon or heading.isupper() or heading.istitle()
    if not colon or not heading[0].isupper():
        return False
    if _SENTENCE_END.search(before) or _SIGNATURE.search(heading):
        return True
    last_word = _LAST_WORD.search(before)
    return heading.isupper() and before[-1:].isspace() and not (last_word and last_word[1].isupper())
