"""Filters as people give them, and two sets joined: the join allows exactly what both allow."""

from __future__ import annotations

from datetime import date

import pytest

from radseek.errors import InputError
from radseek.records.search import Where
from radseek.service.filters import build_where, join_where


def test_single_values_lists_dates_and_case():
    where = build_where({
        "modality": "dx",
        "body_part": ["chest", "Head"],
        "date_from": "2024-05-31",
        "source": "Site A",
    })
    assert where == Where(
        modality=("DX",), body_part=("CHEST", "HEAD"), date_from=date(2024, 5, 31), source=("Site A",)
    )


def test_nothing_and_empty_values_filter_nothing():
    assert build_where(None) == Where()
    assert build_where({"modality": [], "sex": "", "age_min_years": None}) == Where()
    ready = Where(sex=("F",))
    assert build_where(ready) is ready


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"modalty": "CT"}, "unknown filter modalty; known filters: age_max_years, age_min_years, body_part"),
        ({"date_from": "yesterday"}, "date_from: expected a date such as 2024-05-31"),
        ({"age_min_years": "old"}, "age_min_years: expected a number of years"),
        ({"modality": [7]}, "modality: expected text or a list of texts"),
        ({"has_report": "yes"}, "has_report: expected true or false"),
    ],
)
def test_a_wrong_filter_says_what_is_allowed(filters, message):
    with pytest.raises(InputError, match=message):
        build_where(filters)


def allows(where, modality, age, day, reported):
    """The slow way: would this study pass?"""
    return (
        (not where.modality or modality in where.modality)
        and (where.age_min_years is None or age >= where.age_min_years)
        and (where.age_max_years is None or age <= where.age_max_years)
        and (where.date_from is None or day >= where.date_from)
        and (where.has_report is None or reported == where.has_report)
    )


WHERES = [
    Where(),
    Where(modality=("CT",)),
    Where(modality=("CT", "MR"), age_min_years=40),
    Where(modality=("DX",), age_max_years=60, has_report=True),
    Where(age_min_years=50, date_from=date(2022, 1, 1)),
    Where(date_from=date(2023, 1, 1), has_report=False),
]
STUDIES = [
    (modality, age, day, reported)
    for modality in ("CT", "MR", "DX")
    for age in (30.0, 45.0, 70.0)
    for day in (date(2021, 6, 1), date(2022, 6, 1), date(2023, 6, 1))
    for reported in (True, False)
]


@pytest.mark.parametrize("one", WHERES)
@pytest.mark.parametrize("other", WHERES)
def test_joined_filters_allow_what_both_allow(one, other):
    joined = join_where(one, other)
    for study in STUDIES:
        both = allows(one, *study) and allows(other, *study)
        assert (joined is not None and allows(joined, *study)) == both
