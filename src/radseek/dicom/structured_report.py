"""The text of a structured report (PS3.3 C.17.3), as a radiologist would read it."""

from __future__ import annotations

from radseek.dicom.fields import Fields
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

_CONTENT, _CONCEPT_NAME, _CONCEPT_CODE, _MEASURED = 0x0040A730, 0x0040A043, 0x0040A168, 0x0040A300
_VALUE_TYPE, _RELATIONSHIP, _TEXT_VALUE = 0x0040A040, 0x0040A010, 0x0040A160
_CODE_MEANING, _CODE_VALUE, _NUMERIC_VALUE, _UNITS = 0x00080104, 0x00080100, 0x0040A30A, 0x004008EA

_CONTEXT = frozenset({"HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "INFERRED FROM", "SELECTED FROM"})
"""Relationships to who looked at whom and how (names, identifiers), to modifiers and to evidence: no reading text."""

_GENERIC = frozenset({"finding", "text", "comment", "observation"})
"""Concept names of a single TEXT or CODE item that say no more than the heading above it."""

_SECTION_WORDS = (
    "finding", "impression", "conclusion", "history", "indication", "technique", "comparison", "recommendation",
    "procedure", "request", "addendum", "summary", "diagnos", "clinical", "comment", "discussion", "complication",
)  # fmt: skip
_MAX_ITEMS = 50_000


def report_text(fields: Fields, limits: ReadLimits) -> str:
    """The report's content in reading order; headings such as `FINDINGS:` stand on lines of their own.

    Text, coded and numeric items are told; names, identifiers, dates and references are not.

    Raises:
        DecodeError: TOO_DEEP when content items nest deeper than the limit, TOO_LARGE when there are too many.
    """
    lines: list[str] = []
    visited = 0
    stack = [(item, 1, "") for item in reversed(fields.items(_CONTENT))]
    while stack:
        item, depth, heading = stack.pop()
        visited += 1
        if depth > limits.sequence_depth:
            raise DecodeError(Reason.TOO_DEEP, f"content items nested deeper than {limits.sequence_depth}")
        if visited > _MAX_ITEMS:
            raise DecodeError(Reason.TOO_LARGE, f"more than {_MAX_ITEMS} content items")
        if item.text(_RELATIONSHIP).upper() in _CONTEXT:
            continue
        heading = _tell(item, heading, lines)
        stack.extend((child, depth + 1, heading) for child in reversed(item.items(_CONTENT)))
    while lines and lines[-1].endswith(":") and lines[-1].isupper():
        lines.pop()  # a heading under which nothing was said
    return "\n".join(_without_empty_sections(lines)).strip()


def _tell(item: Fields, heading: str, lines: list[str]) -> str:
    """Appends what the item says to `lines`; the heading under which its children stand."""
    name = _coded(item, _CONCEPT_NAME)
    kind = item.text(_VALUE_TYPE).upper()
    if kind == "CONTAINER":
        return _start_section(name, heading, lines)
    said = _value(item, kind)
    if not said:
        return heading
    if kind == "TEXT" and _is_section(name) and name.lower() not in _GENERIC:
        heading = _start_section(name, heading, lines)
    elif kind == "TEXT" and not heading and name:
        heading = _start_section(name, heading, lines)
    elif kind != "TEXT" and name and name.lower() not in _GENERIC:
        said = f"{name}: {said}"
    lines.append(said)
    return heading


def _value(item: Fields, kind: str) -> str:
    if kind == "TEXT":
        return item.text(_TEXT_VALUE).replace("\r\n", "\n").replace("\r", "\n").strip()
    if kind == "CODE":
        return _coded(item, _CONCEPT_CODE)
    measured = item.item(_MEASURED) if kind == "NUM" else None
    if measured is None:
        return ""
    unit = measured.item(_UNITS)
    unit_text = unit.text(_CODE_VALUE) if unit is not None else ""
    return f"{measured.text(_NUMERIC_VALUE)} {'' if unit_text == '1' else unit_text}".strip()


def _coded(item: Fields, tag: int) -> str:
    code = item.item(tag)
    return code.text(_CODE_MEANING) if code is not None else ""


def _is_section(name: str) -> bool:
    return any(word in name.lower() for word in _SECTION_WORDS)


def _start_section(name: str, heading: str, lines: list[str]) -> str:
    if not name or _stem(name) == _stem(heading):
        return heading
    lines.append(f"{name.upper().rstrip(': ')}:")
    return name


def _stem(name: str) -> str:
    """A heading without case and plural: `Findings` holds items named `Finding`."""
    return name.lower().strip(": ").removesuffix("s")


def _without_empty_sections(lines: list[str]) -> list[str]:
    """`lines` without headings that are followed by another heading, except where that is what was said."""
    kept = []
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if not (_is_heading(line) and _is_heading(following)):
            kept.append(line)
    return kept


def _is_heading(line: str) -> bool:
    return line.endswith(":") and line == line.upper() and "\n" not in line and len(line) < 120
