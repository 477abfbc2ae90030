"""Distances in time as people say them; dates themselves are never shown."""

from __future__ import annotations

_DAYS = 14
_WEEKS = 61
_MONTHS = 730
"""Below so many days a distance is told in days, weeks or months; above in years."""

_MONTH_DAYS = 365.25 / 12


def distance_words(days: int | None) -> str:
    """Such as `3 weeks before`, `same day` or `2 years later`."""
    if days is None:
        return "date not known"
    if not days:
        return "same day"
    return f"{_length(abs(days))} {'before' if days < 0 else 'later'}"


def _length(days: int) -> str:
    if days < _DAYS:
        return _counted(days, "day")
    if days < _WEEKS:
        return _counted(round(days / 7), "week")
    if days < _MONTHS:
        return _counted(round(days / _MONTH_DAYS), "month")
    return _counted(round(days / 365.25), "year")


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit}{'s' * (n != 1)}"
