"""Lenient access to the elements of a received data set: nothing here raises on a bad value."""

from __future__ import annotations

import math
import re
import struct
from datetime import date
from typing import Any

MAX_TEXT = 1_000_000
"""Longest text kept of one element, in characters: no report is longer, and a header must fit in memory."""


class Fields:
    """Elements of one data set or sequence item, read without ever raising.

    Args:
        dataset: A pydicom Dataset whose elements may still be raw.
        parent: The fields of the enclosing data set, for the character set.
    """

    def __init__(self, dataset: Any, parent: Fields | None = None) -> None:  # noqa: ANN401  (a pydicom Dataset)
        self.dataset = dataset
        # Taken as they are: pydicom's look-up by tag would convert them, and load those it has stepped over.
        self._elements: dict[int, Any] = dict(dataset.items())
        self._root: Fields = parent._root if parent is not None else self
        self.charset_suspect = False
        """Set on the outermost fields when some text did not fit the declared character set."""
        self._encodings, self._charset_known = self._find_encodings(parent)

    def _find_encodings(self, parent: Fields | None) -> tuple[list[str], bool]:
        """Python codec names in force, and whether the data set declares a set that is known."""
        from pydicom.charset import convert_encodings

        if 0x00080005 not in self._elements:
            return (parent._encodings, parent._charset_known) if parent is not None else (["iso8859"], False)
        terms = self._raw_text(0x00080005).split("\\")
        try:
            encodings = [str(name) for name in convert_encodings(terms)]
        except (LookupError, ValueError, TypeError):
            return ["iso8859"], False
        return encodings or ["iso8859"], encodings not in ([], ["iso8859"])  # iso8859 stands for ASCII and for unknown

    def __contains__(self, tag: int) -> bool:
        return tag in self._elements

    def raw(self, tag: int) -> Any:  # noqa: ANN401  (whatever pydicom holds: bytes, or a converted value)
        """The value as it stands in the file (bytes), or as pydicom has converted it; None when absent."""
        element = self._elements.get(tag)
        return element.value if element is not None else None

    def little_endian(self, tag: int) -> bool:
        """Whether the element's numbers are little endian."""
        return bool(getattr(self._elements.get(tag), "is_little_endian", True))

    def text(self, tag: int) -> str:
        """The element's text, several values joined by a backslash, without padding and control characters."""
        return _CONTROLS.sub("", self._raw_text(tag, self._encodings)[:MAX_TEXT])

    def texts(self, tag: int) -> list[str]:
        """The element's texts, one a value."""
        return [part.strip() for part in self.text(tag).split("\\")]

    def uid(self, tag: int) -> str:
        """The element's UID as received, padding stripped."""
        return self._raw_text(tag).strip()

    def number(self, tag: int) -> float | None:
        """The first finite number of the element."""
        values = self.numbers(tag)
        return values[0] if values and math.isfinite(values[0]) else None

    def numbers(self, tag: int) -> list[float]:
        """The numbers of a DS, IS, FD, FL, US or SS element; what is no number becomes NaN."""
        value = self.raw(tag)
        if isinstance(value, bytes):
            value = self._unpacked(tag, value)
        if value is None or value == "":
            return []
        values = value if isinstance(value, (list, tuple)) or _is_multi(value) else [value]
        return [_to_number(entry) for entry in values]

    def integer(self, tag: int) -> int | None:
        """The first value as an integer, or None when there is none or it is no whole number."""
        value = self.number(tag)
        return int(value) if value is not None and value == int(value) else None

    def day(self, tag: int) -> date | None:
        """A DA value (also the old form with dots), or None when it is no date."""
        match = re.match(r"(\d{4})\.?(\d{2})\.?(\d{2})", self._raw_text(tag).strip())
        if match is None:
            return None
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            return None

    def items(self, tag: int) -> list[Fields]:
        """The items of a sequence; empty when absent or not a sequence."""
        return [Fields(item, self) for item in self.sequence(tag)]

    def sequence(self, tag: int) -> list[Any]:
        """The items of a sequence as pydicom data sets; empty when absent or not a sequence."""
        if self.raw(tag) is None:
            return []
        try:
            value = self.dataset[tag].value
        except RECOVERABLE:
            return []
        return list(value) if _is_sequence(value) else []

    def item(self, tag: int) -> Fields | None:
        """The first item of a sequence, or None."""
        items = self.sequence(tag)
        return Fields(items[0], self) if items else None

    def _unpacked(self, tag: int, value: bytes) -> list[Any]:
        """Numbers in raw bytes: binary for binary VRs, else decimal text."""
        raw = self._elements[tag]
        vr = raw.VR or _dictionary_vr(tag)
        form = _BINARY_FORMS.get(vr)
        if form is None:
            return [part for part in value.decode("ascii", "replace").strip("\0 ").split("\\") if part.strip()]
        size = struct.calcsize(f"<{form}")
        count = len(value) // size
        endian = "<" if raw.is_little_endian else ">"
        return list(struct.unpack(f"{endian}{count}{form}", value[: count * size]))

    def _raw_text(self, tag: int, encodings: list[str] | None = None) -> str:
        value = self.raw(tag)
        if value is None:
            return ""
        if not isinstance(value, bytes):
            parts = value if isinstance(value, (list, tuple)) or _is_multi(value) else [value]
            return "\\".join(str(part) for part in parts).strip("\0 ")
        if encodings is None or value.isascii() and b"\x1b" not in value:
            return value.decode("ascii", "replace").strip("\0 ")
        return self._decoded(value, encodings).strip("\0 ")

    def _decoded(self, value: bytes, encodings: list[str]) -> str:
        """Non-ASCII text; where it does not fit what is declared, the best guess, with the suspicion noted."""
        from pydicom.charset import decode_bytes

        if self._charset_known:
            try:
                text = str(decode_bytes(value, encodings, {"\\", "\r", "\n", "\t", "\f", "^", "="}))
            except (LookupError, ValueError, UnicodeError):
                text = "\ufffd"
            if "\ufffd" not in text and "\x1b" not in text:
                return text
        self._root.charset_suspect = True
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")


RECOVERABLE = (ValueError, TypeError, KeyError, AttributeError, OSError, LookupError, struct.error, EOFError)
"""What pydicom raises on damaged elements; `RecursionError` and `MemoryError` are dealt with by the callers."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")

_BINARY_FORMS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "US or SS": "H", "OW": "H"}


def _dictionary_vr(tag: int) -> str:
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"


def _is_multi(value: object) -> bool:
    return type(value).__name__ in {"MultiValue", "ConstrainedList"}


def _is_sequence(value: object) -> bool:
    return type(value).__name__ == "Sequence"


def _to_number(value: object) -> float:
    try:
        return float(str(value).strip("\0 "))
    except ValueError:
        return math.nan
