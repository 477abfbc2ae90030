"""Filters of the query language: each name with what it takes and how it narrows a `Where`."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from radseek.errors import InputError
from radseek.records.search import Where
from radseek.text.vocabulary import MODALITIES, SEXES, dicom_body_part, dicom_modalities, dicom_views

_UNIT_YEARS = {"": 1.0, "y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_NUMBER = r"\d{1,3}(?:\.\d+)?"
_AGE = re.compile(rf"(?P<sign>>=|<=|>|<|=)?(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?(?P<unit>[ymwd]?)")
_DATE = re.compile(r"(?P<year>[12]\d{3})(?:[-/](?P<month>\d{1,2})(?:[-/](?P<day>\d{1,2}))?)?")


class _UnusableError(Exception):
    """A value that its filter does not take."""


def _by_modality(where: Where, value: str) -> Where:
    return replace(where, modality=_joined(where.modality, value, dicom_modalities))


def _by_body(where: Where, value: str) -> Where:
    return replace(where, body_part=_joined(where.body_part, value, lambda word: (dicom_body_part(word),)))


def _by_view(where: Where, value: str) -> Where:
    return replace(where, view_position=_joined(where.view_position, value, dicom_views))


def _by_sex(where: Where, value: str) -> Where:
    return replace(
        where, sex=_joined(where.sex, value, lambda word: (SEXES[w],) if (w := word.upper()) in SEXES else ())
    )


def _by_source(where: Where, value: str) -> Where:
    return replace(where, source=_joined(where.source, value, lambda word: (word,)))


def _by_age(where: Where, value: str) -> Where:
    low, high = _age_range(value)
    lows = [age for age in (where.age_min_years, low) if age is not None]
    highs = [age for age in (where.age_max_years, high) if age is not None]
    narrowed = replace(where, age_min_years=max(lows, default=None), age_max_years=min(highs, default=None))
    if lows and highs and max(lows) > min(highs):
        raise InputError("the age filters exclude each other; the lower age must not be above the higher one")
    return narrowed


def _by_after(where: Where, value: str) -> Where:
    first = _first_day(value)
    return _checked_dates(replace(where, date_from=max(first, where.date_from or first)))


def _by_before(where: Where, value: str) -> Where:
    first = _first_day(value)
    last = first - timedelta(days=1)
    return _checked_dates(replace(where, date_to=min(last, where.date_to or last)))


def _by_has(where: Where, value: str) -> Where:
    for word in _words(value):
        if word.lower() in {"report", "reports"}:
            where = replace(where, has_report=True)
        elif word.lower() in {"image", "images"}:
            where = replace(where, has_images=True)
        else:
            raise _UnusableError
    return where


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: what it takes, in words for people, and how it narrows."""

    takes: str
    narrow: Callable[[Where, str], Where]


FILTERS: dict[str, Filter] = {
    "modality": Filter(f"one of {', '.join(MODALITIES)}, or a word such as xray, MRI, ultrasound", _by_modality),
    "body": Filter("a body part such as chest, abdomen, brain", _by_body),
    "view": Filter("a view such as PA, AP, LL, frontal, lateral", _by_view),
    "age": Filter(
        "years such as age:60, age:>60, age:<=60, age:40-60, or age:<6m in months (w weeks, d days)", _by_age
    ),
    "sex": Filter("M, F or O", _by_sex),
    "after": Filter("a date such as 2023, 2023-05 or 2023-05-31, which is included", _by_after),
    "before": Filter("a date such as 2023, 2023-05 or 2023-05-31, which is not included", _by_before),
    "source": Filter("the name of a source, in quotes when it has spaces", _by_source),
    "has": Filter("report or images", _by_has),
}


def apply_filter(where: Where, name: str, value: str) -> Where:
    """`where` narrowed by the filter `name`; a second value of modality, body, view, sex or source widens it to either.

    Raises:
        InputError: When the filter is not known, does not take the value, or contradicts an earlier one. The message
            does not repeat the value, which may be a patient's.
    """
    known = FILTERS.get(name.lower())
    if known is None:
        shown = name.lower() if len(name) <= 20 else "that"
        raise InputError(
            f"unknown filter `{shown}:`; known filters: {', '.join(FILTERS)}. "
            "To search for a word with a colon, put a space after the colon"
        )
    try:
        return known.narrow(where, value)
    except _UnusableError:
        raise InputError(f"the filter {name.lower()}: does not take this value; it takes {known.takes}") from None


def _words(value: str) -> list[str]:
    words = [" ".join(word.split()) for word in value.split(",")]
    if not all(words):
        raise _UnusableError
    return words


def _joined(before: tuple[str, ...], value: str, meaning: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    joined = dict.fromkeys(before)
    for word in _words(value):
        meant = meaning(word)
        if not meant or not any(map(str.isalnum, word)):
            raise _UnusableError
        joined |= dict.fromkeys(meant)
    return tuple(joined)


def _age_range(value: str) -> tuple[float | None, float | None]:
    """Lowest and highest age in years, both included; `>` and `<` exclude the age itself by one rounding step."""
    match = _AGE.fullmatch(value.replace(" ", "").lower())
    if match is None or (match["sign"] and match["high"]):
        raise _UnusableError
    unit = _UNIT_YEARS[match["unit"]]
    low = float(match["low"]) * unit
    if match["high"]:
        return low, float(match["high"]) * unit
    return {
        ">": (math.nextafter(low, math.inf), None),
        ">=": (low, None),
        "<": (None, math.nextafter(low, -math.inf)),
        "<=": (None, low),
    }.get(match["sign"] or "=", (low, math.nextafter(low + unit, -math.inf)))


def _first_day(value: str) -> date:
    """The date itself, or the first day of the month or year."""
    match = _DATE.fullmatch(value.strip())
    if match is None:
        raise _UnusableError
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise _UnusableError
    return date(year, month, day)


def _checked_dates(where: Where) -> Where:
    if where.date_from and where.date_to and where.date_from > where.date_to:
        raise InputError("the filters after: and before: exclude each other; after: must be the earlier date")
    return where
