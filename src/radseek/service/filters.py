"""Structured filters as people and programs give them, and two sets of them joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from radseek.errors import InputError
from radseek.records.search import Where

UPPER_CASE = {"modality", "body_part", "view_position", "sex"}
"""Fields whose values are DICOM code strings."""


def build_where(filters: Where | Mapping[str, Any] | None) -> Where:
    """`filters` as a record: single values may stand for lists, dates may be ISO text, codes any case.

    Raises:
        InputError: On an unknown field (the known ones are listed) or a value of the wrong kind.
    """
    if filters is None:
        return Where()
    if isinstance(filters, Where):
        return filters
    known = {field.name for field in dataclasses.fields(Where)}
    unknown = sorted(set(filters) - known)
    if unknown:
        raise InputError(f"unknown filter {', '.join(unknown)}; known filters: {', '.join(sorted(known))}")
    return Where(**{name: _value(name, value) for name, value in filters.items() if value not in (None, "", [], ())})


def join_where(one: Where, other: Where) -> Where | None:
    """Filters that both hold, or None when they contradict each other (such as modality CT and modality MR)."""
    joined: dict[str, Any] = {}
    for field in dataclasses.fields(Where):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, tuple):
            both = tuple(value for value in a if value in b) if a and b else a or b
            if a and b and not both:
                return None
            joined[field.name] = both
        elif a is None or b is None:
            joined[field.name] = b if a is None else a
        elif field.name in {"age_min_years", "date_from"}:
            joined[field.name] = max(a, b)
        elif field.name in {"age_max_years", "date_to"}:
            joined[field.name] = min(a, b)
        elif a != b:
            return None
        else:
            joined[field.name] = a
    return Where(**joined)


def _value(name: str, value: Any) -> Any:  # noqa: ANN401  (any filter value)
    if name in {"has_report", "has_images"}:
        return _typed(name, value, bool, "true or false")
    if name in {"age_min_years", "age_max_years"}:
        return float(_typed(name, value, (int, float), "a number of years"))
    if name in {"date_from", "date_to"}:
        return _date(name, value)
    values = (value,) if isinstance(value, str) else tuple(value)
    for entry in values:
        _typed(name, entry, str, "text or a list of texts")
    return tuple(entry.strip().upper() if name in UPPER_CASE else entry for entry in values)


def _date(name: str, value: Any) -> date:  # noqa: ANN401  (any filter value)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"{name}: expected a date such as 2024-05-31, got {value!r}") from error
    found: date = _typed(name, value, date, "a date")
    return found


def _typed(name: str, value: Any, kind: type | tuple[type, ...], words: str) -> Any:  # noqa: ANN401  (any filter value)
    if not isinstance(value, kind):
        raise InputError(f"{name}: expected {words}, got {value!r}")
    return value
