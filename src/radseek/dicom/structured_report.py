"""The text of a structured report (PS3.3 C.17.3), as a radiologist would read it."""

from __future__ import annotations

from radseek.dicom.fields import Fields
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

_CONTENT, _CONCEPT_NAME, _CONCEPT_CODE, _MEASURED = 0x0040A730, 0x0040A043, 0x0040A168, 0x0040A300
_VALUE_TYPE, _RELATIONSHIP, _TEXT_VALUE, _CONTINUITY = 0x0040A040, 0x0040A010, 0x0040A160, 0x0040A050
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
_MAX_CHARACTERS = 5_000_000


def report_text(fields: Fields, limits: ReadLimits) -> str:
    """The report's content in reading order; headings such as `FINDINGS:` stand on lines of their own.

    Text, coded and numeric items are told; names, identifiers, dates and references are not. Items of a container whose
    (0040,A050) Continuity of Content is CONTINUOUS are joined to running text.

    Raises:
        DecodeError: TOO_DEEP when content items nest deeper than the limit, TOO_LARGE when there are too many.
    """
    told = _Telling()
    visited = 0
    running = _is_running(fields)
    stack = [(item, 1, running) for item in reversed(fields.items(_CONTENT))]
    while stack:
        item, depth, running = stack.pop()
        visited += 1
        if depth > limits.sequence_depth:
            raise DecodeError(Reason.TOO_DEEP, f"content items nested deeper than {limits.sequence_depth}")
        if visited > _MAX_ITEMS:
            raise DecodeError(Reason.TOO_LARGE, f"more than {_MAX_ITEMS} content items")
        if item.text(_RELATIONSHIP).upper() in _CONTEXT:
            continue
        told.tell(item, running)
        if told.n_characters > _MAX_CHARACTERS:
            raise DecodeError(Reason.TOO_LARGE, f"more than {_MAX_CHARACTERS} characters")
        running = running and item.text(_VALUE_TYPE).upper() != "CONTAINER" or _is_running(item)
        stack.extend((child, depth + 1, running) for child in reversed(item.items(_CONTENT)))
    return told.text()


def _is_running(container: Fields) -> bool:
    return container.text(_CONTINUITY).upper() == "CONTINUOUS"


class _Telling:
    """What has been said so far: lines, and the heading under which the next one stands."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._heading = ""
        self._in_paragraph = False
        self.n_characters = 0

    def tell(self, item: Fields, running: bool) -> None:
        """Takes in one content item; `running` when it continues a sentence."""
        name = _coded(item, _CONCEPT_NAME)
        kind = item.text(_VALUE_TYPE).upper()
        if kind == "CONTAINER":
            self._start_section(name)
            return
        said = _value(item, kind)
        if not said:
            return
        self.n_characters += len(said)
        if running and self._in_paragraph:
            self._lines[-1] = f"{self._lines[-1]} {said}"
            return
        if kind == "TEXT" and name and not running:
            if not self._heading or (_is_section(name) and name.lower() not in _GENERIC):
                self._start_section(name)
        elif name and name.lower() not in _GENERIC and not running:
            said = f"{name}: {said}"
        self._lines.append(said)
        self._in_paragraph = running

    def text(self) -> str:
        """Everything said, without headings under which nothing was said."""
        kept = []
        for index, line in enumerate(self._lines):
            following = self._lines[index + 1] if index + 1 < len(self._lines) else _HEADING
            if not (line.startswith(_HEADING) and following.startswith(_HEADING)):
                kept.append(line.removeprefix(_HEADING))
        return "\n".join(kept).strip()

    def _start_section(self, name: str) -> None:
        self._in_paragraph = False
        if name and _stem(name) != _stem(self._heading):
            self._heading = name
            self._lines.append(f"{_HEADING}{name.upper().rstrip(': ')}:")


_HEADING = "\x01"
"""Marks a heading among the lines; received text never holds it, control characters being left out."""


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


def _stem(name: str) -> str:
    """A heading without case and plural: `Findings` holds items named `Finding`."""
    return name.lower().strip(": ").removesuffix("s")
