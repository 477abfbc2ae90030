"""One cell of a table -> a value radseek can use: dates, ages, sex, modality, identifiers; None or empty for nothing.

Nothing here guesses: `03/04/2020` is no date until the reader says which comes first, and `1-5 y` is no age.
"""

from __future__ import annotations

import re
from datetime import date

from radseek.text import MODALITIES, SEXES, dicom_modalities

NO_VALUE = frozenset({"", "-", "?", ".", "nan", "nat", "none", "null", "na", "n/a", "<na>", "unknown", "unbekannt"})
"""Cells that people and pandas write for "nothing", in lower case; for identifiers and attributes, never for text."""

DATE_ORDERS = ("ymd", "dmy", "mdy")

_YEAR_FIRST = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{2,6}(?:\.\d+)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?:[T ,].*)?")
_MONTH_NAME = re.compile(r"(\d{1,2})[- ./]([A-Za-z]{3,9})\.?[- ./,]+(\d{4})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_AGE = re.compile(r"(\d{1,3}(?:[.,]\d{1,3})?)\s*(y|yr|yrs|year|years|m|mo|month|months|w|week|weeks|d|day|days)?\.?")
_PER_YEAR = {"y": 1.0, "m": 12.0, "w": 52.1775, "d": 365.2425}
"""Units of DICOM's age string (PS3.5 section 6.2, VR AS) in a mean Gregorian year."""
OLDEST_YEARS = 130.0

_GERMAN_SEXES = {"W": "F", "WEIBLICH": "F", "MÄNNLICH": "M", "D": "O", "DIVERS": "O"}

_FULL_NAMES = {name.upper(): code for code, name in MODALITIES.items()}
_RADIOGRAPH = ("CR", "DX", "RG")
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")
"""A DICOM code string (VR CS)."""

_LONGEST_IDENTIFIER = 256


def parse_identifier(value: str) -> str:
    """An identifier without surrounding blanks; empty for a cell that says "nothing" or is no identifier.

    Letters, padding and prefixes stay as they are: `00123` and `123` are two patients.
    """
    text = value.strip()
    if text.casefold() in NO_VALUE or len(text) > _LONGEST_IDENTIFIER:
        return ""
    return text


def parse_date(value: str, order: str = "") -> date | None:
    """The calendar day that `value` names, or None.

    Args:
        value: `2020-04-03`, `20200403` (DICOM), `2020/4/3`, `3 Apr 2020`, `Apr 3, 2020`, `25.12.2020`; a time
            after the day is dropped.
        order: `dmy` or `mdy` for `03/04/2020`; without it such a date is used only when one number is above 12.
    """
    text = value.strip()
    for pattern in (_YEAR_FIRST, _COMPACT):
        if found := pattern.fullmatch(text):
            year, month, day = map(int, found.groups())
            return _day(year, month, day)
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = map(int, found.groups())
        return _day_of_pair(first, second, year, order)
    if found := _MONTH_NAME.fullmatch(text):
        day_text, month_text, year_text = (g for g in _day_first(found) if g)
        stem = month_text[:3].lower()
        return _day(int(year_text), _MONTHS.index(stem) + 1, int(day_text)) if stem in _MONTHS else None
    return None


def _day_first(found: re.Match[str]) -> tuple[str, str, str]:
    day, month, year, other_month, other_day, other_year = found.groups(default="")
    return (day, month, year) if day else (other_day, other_month, other_year)


def _day_of_pair(first: int, second: int, year: int, order: str) -> date | None:
    if order == "mdy" or (order != "dmy" and second > 12):
        return _day(year, first, second)
    if order == "dmy" or first > 12 or first == second:
        return _day(year, second, first)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_age_years(value: str) -> float | None:
    """An age in years from `73`, `73.5`, `073Y`, `18M` (months), `6 weeks`; None for ranges, words and above 130."""
    found = _AGE.fullmatch(value.strip().lower())
    if not found:
        return None
    unit = (found[2] or "y")[0]
    years = float(found[1].replace(",", ".")) / _PER_YEAR[unit]
    return years if years <= OLDEST_YEARS else None


def parse_sex(value: str) -> str:
    """M, F or O; empty when the cell says nothing that we know."""
    text = value.strip().upper()
    return SEXES.get(text) or _GERMAN_SEXES.get(text, "")


def parse_modality(value: str) -> str:
    """A DICOM modality code in upper case; usual words (MRI, X-ray, ...) are translated, and it is empty for no code.

    A word for any radiograph becomes DX. Codes that radseek does not know stay.
    """
    text = value.strip().upper()
    if text.casefold() in NO_VALUE:
        return ""
    if text in _FULL_NAMES:
        return _FULL_NAMES[text]
    codes = dicom_modalities(text)
    if codes:
        return "DX" if codes == _RADIOGRAPH else codes[0]
    return text if _CODE.fullmatch(text) else ""


def split_labels(value: str, separator: str) -> tuple[str, ...]:
    """Labels of a cell in their order, without blanks, empty ones and repeats."""
    parts = value.split(separator) if separator else [value]
    labels = (part.strip() for part in parts)
    return tuple(dict.fromkeys(label for label in labels if label.casefold() not in {"", "nan"}))
