"""Cells into values: what is used, and what is left empty because it would be a guess."""

from __future__ import annotations

from datetime import date

import pytest

from radseek.archive.field_values import (
    parse_age_years,
    parse_date,
    parse_identifier,
    parse_modality,
    parse_sex,
    split_labels,
)

APRIL_3 = date(2020, 4, 3)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2020-04-03", "", APRIL_3),
        ("20200403", "", APRIL_3),
        ("20200403101500", "", APRIL_3),
        ("2020-04-03T10:15:00+02:00", "", APRIL_3),
        ("2020-04-03 10:15", "", APRIL_3),
        (" 2020/4/3 ", "", APRIL_3),
        ("3 Apr 2020", "", APRIL_3),
        ("03-APR-2020", "", APRIL_3),
        ("April 3, 2020", "", APRIL_3),
        ("03/04/2020", "dmy", APRIL_3),
        ("04/03/2020", "mdy", APRIL_3),
        ("03/04/2020", "", None),
        ("25.12.2020", "", date(2020, 12, 25)),
        ("12/25/2020", "", date(2020, 12, 25)),
        ("12/25/2020", "dmy", None),
        ("05/05/2020", "", date(2020, 5, 5)),
        ("2020-02-30", "", None),
        ("3 Foo 2020", "", None),
        ("00000000", "", None),
        ("20", "", None),
        ("", "", None),
        ("yesterday", "", None),
    ],
)
def test_parse_date(text: str, order: str, day: date | None) -> None:
    assert parse_date(text, order) == day


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("73", 73.0),
        ("73.5", 73.5),
        ("73,5", 73.5),
        ("073Y", 73.0),
        ("73 years", 73.0),
        ("0", 0.0),
        ("018M", 18 / 12),
        ("6 weeks", 6 / 52.1775),
        ("10D", 10 / 365.2425),
        ("130", 130.0),
        ("131", None),
        ("1-5 y (cohort)", None),
        ("50+", None),
        ("mid 50s", None),
        ("-3", None),
        ("nan", None),
        ("", None),
    ],
)
def test_parse_age(text: str, years: float | None) -> None:
    assert parse_age_years(text) == (None if years is None else pytest.approx(years))


@pytest.mark.parametrize(
    ("text", "sex"),
    [("M", "M"), ("female", "F"), (" Male ", "M"), ("w", "F"), ("männlich", "M"), ("O", "O"), ("1", ""), ("", "")],
)
def test_parse_sex(text: str, sex: str) -> None:
    assert parse_sex(text) == sex


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ct", "CT"),
        ("MRI", "MR"),
        ("X-Ray", "DX"),
        ("xr", "DX"),
        ("Computed Tomography", "CT"),
        ("ultrasound", "US"),
        ("KO", "KO"),
        ("unknown", ""),
        ("nan", ""),
        ("a whole sentence of words", ""),
        ("<tag>", ""),
    ],
)
def test_parse_modality(text: str, code: str) -> None:
    assert parse_modality(text) == code


@pytest.mark.parametrize("nothing", ["", "  ", "nan", "None", "N/A", "-", "unknown", "x" * 257])
def test_what_is_no_identifier(nothing: str) -> None:
    assert parse_identifier(nothing) == ""


def test_identifiers_keep_padding_and_case() -> None:
    assert [parse_identifier(v) for v in (" 00123 ", "123", "aB")] == ["00123", "123", "aB"]


@pytest.mark.parametrize(
    ("text", "separator", "labels"),
    [
        ("A|B| A |", "|", ("A", "B")),
        ("A; B", ";", ("A", "B")),
        ("A|B", "", ("A|B",)),
        ("nan", "|", ()),
        ("", "|", ()),
    ],
)
def test_split_labels(text: str, separator: str, labels: tuple[str, ...]) -> None:
    assert split_labels(text, separator) == labels
