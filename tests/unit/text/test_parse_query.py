import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.errors import InputError
from radseek.records.findings import Severity, Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.records.search import Chip, Query, Where
from radseek.text import FILTERS, MAX_QUERY_CHARACTERS, parse_query


def test_filters_come_out_of_the_text() -> None:
    query = parse_query("modality:ct small body:chest left effusion age:>=60 sex:F after:2023-05")
    assert query == Query(
        text="small left effusion",
        where=Where(modality=("CT",), body_part=("CHEST",), sex=("F",), age_min_years=60.0, date_from=date(2023, 5, 1)),
        assertion=Assertion.PRESENT,
        stated=(StatedFinding("effusion", Assertion.PRESENT, Side.LEFT, 11, 19, Severity.MILD),),
        chips=(Chip("finding:effusion", "pleural effusion"), Chip("side:left", "left side")),
    )


def test_each_finding_of_a_query_has_its_own_polarity() -> None:
    text = "right effusion without pneumothorax"
    told = [(m.finding, m.assertion, m.side, text[m.start : m.end]) for m in parse_query("sex:F " + text).stated]
    assert told == [
        ("effusion", Assertion.PRESENT, Side.RIGHT, "effusion"),
        ("pneumothorax", Assertion.ABSENT, None, "pneumothorax"),
    ]
    assert parse_query("what nobody knows").stated == ()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("modality:CT", Where(modality=("CT",))),
        ("MODALITY:mri", Where(modality=("MR",))),
        ("modality:CT,MR", Where(modality=("CT", "MR"))),
        ("modality:CT modality:MR modality:CT", Where(modality=("CT", "MR"))),
        ("modality:xray", Where(modality=("CR", "DX", "RG"))),
        ("body:Thorax", Where(body_part=("CHEST",))),
        ('body:"cervical spine"', Where(body_part=("CSPINE",))),
        ("body:elbow", Where(body_part=("ELBOW",))),
        ("view:pa", Where(view_position=("PA",))),
        ("view:frontal", Where(view_position=("PA", "AP"))),
        ("sex:female sex:O", Where(sex=("F", "O"))),
        ("age:>=60", Where(age_min_years=60.0)),
        ("age:<=60", Where(age_max_years=60.0)),
        ("age:40-60", Where(age_min_years=40.0, age_max_years=60.0)),
        ("age:>=40 age:<=60", Where(age_min_years=40.0, age_max_years=60.0)),
        ("age:<=6m", Where(age_max_years=6 / 12)),
        ("after:2023", Where(date_from=date(2023, 1, 1))),
        ("after:2023-02", Where(date_from=date(2023, 2, 1))),
        ("after:2024-02-29", Where(date_from=date(2024, 2, 29))),
        ("before:2023", Where(date_to=date(2022, 12, 31))),
        ("before:2024-03", Where(date_to=date(2024, 2, 29))),
        ("after:2023 before:2024", Where(date_from=date(2023, 1, 1), date_to=date(2023, 12, 31))),
        ("after:2020 after:2022", Where(date_from=date(2022, 1, 1))),
        ('source:"St Mary 2"', Where(source=("St Mary 2",))),
        ("source:“medpix”", Where(source=("medpix",))),
        ("has:report has:images", Where(has_report=True, has_images=True)),
    ],
)
def test_a_filter_alone_is_a_query(text: str, where: Where) -> None:
    assert parse_query(text) == Query(text="", where=where)


def test_strict_ages_exclude_the_age_itself() -> None:
    above, below = parse_query("age:>60").where, parse_query("age:<60").where
    assert above.age_min_years is not None
    assert below.age_max_years is not None
    assert below.age_max_years < 60 < above.age_min_years
    assert math.isclose(below.age_max_years, 60)
    assert math.isclose(above.age_min_years, 60)


def test_a_single_age_is_that_year_of_life() -> None:
    where = parse_query("age:60").where
    assert where.age_min_years == 60
    assert where.age_max_years is not None
    assert 60.99 < where.age_max_years < 61


@pytest.mark.parametrize(
    "text",
    [
        "Findings: effusion",
        "findings:effusion",
        "IMPRESSION:effusion",
        "LUNGS:clear",
        "10:30 portable film",
        "modality: none",
        "modality:",
        "ratio 1:2",
        "https://example.org/a",
        "x::y",
        "<script>alert('x')</script>",
        '<a style="color:red">effusion</a>',
        "'; DROP TABLE studies; --",
        "😀 effusion",
        "胸水",
        "Small effusion.\n\nNo pneumothorax.",
        "50% of the lung (left) [new] {3} \\d+ *",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert parse_query(text).text == text
    assert parse_query(text).where == Where()


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("no pleural effusion", Assertion.ABSENT),
        ("normal heart size modality:DX", Assertion.ABSENT),
        ("possible pneumonia", Assertion.UNCERTAIN),
        ("history of lymphoma", Assertion.HISTORICAL),
        ("pleural effusion", Assertion.PRESENT),
        ("modality:CT", Assertion.PRESENT),
    ],
)
def test_polarity_is_that_of_the_sentence(text: str, assertion: Assertion) -> None:
    assert parse_query(text).assertion is assertion


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\0"])
def test_an_empty_query_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="the query is empty"):
        parse_query(text)


def test_an_unknown_filter_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="unknown filter `modalty:`") as caught:
        parse_query("effusion modalty:CT")
    assert ", ".join(FILTERS) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("modality:brainscan", "one of CR, DX, CT, MR"),
        ("modality:,", "one of CR, DX, CT, MR"),
        ("modality:CT,,MR", "one of CR, DX, CT, MR"),
        ('modality:""', "one of CR, DX, CT, MR"),
        ("body:--", "a body part such as chest"),
        ("sex:Q", "M, F or O"),
        ("age:old", "age:40-60"),
        ("age:>40-60", "age:40-60"),
        ("age:-5", "age:40-60"),
        ("age:1000", "age:40-60"),
        ("after:soon", "2023-05-31"),
        ("after:2023-13", "2023-05-31"),
        ("after:2023-02-29", "2023-05-31"),
        ("before:31.05.2023", "2023-05-31"),
        ("before:0000", "2023-05-31"),
        ("has:fever", "report or images"),
    ],
)
def test_a_bad_value_says_what_is_allowed_and_does_not_repeat_it(text: str, allowed: str) -> None:
    with pytest.raises(InputError, match=allowed) as caught:
        parse_query(f"effusion {text}")
    name, value = text.split(":", 1)
    assert f"filter {name}:" in str(caught.value)
    assert len(value) < 4 or value not in str(caught.value)


@pytest.mark.parametrize("text", ["age:60-40", "age:>60 age:<40", "after:2024 before:2023", "after:2024 before:2024"])
def test_filters_that_exclude_each_other_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="exclude each other"):
        parse_query(text)


def test_long_queries_are_taken_up_to_a_stated_length() -> None:
    words = "effusion " * 2000
    assert parse_query(words).text == words.strip()
    with pytest.raises(InputError, match=f"has 90,000 characters; at most {MAX_QUERY_CHARACTERS:,}"):
        parse_query("effusion " * 10_000)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InputError, match="not valid Unicode"):
        parse_query("effusion \ud83d")


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except InputError:
        return
    assert query.text or query.where != Where() or query.excluded
