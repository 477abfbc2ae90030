"""Cohort records: what a definition may say, that it survives JSON, and what is refused by name."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import date

import pytest

from radseek.errors import InputError
from radseek.records.cohort import (
    COHORT_FIELDS,
    CohortDefinition,
    CohortStudy,
    Grouping,
    SampleMethod,
    Sampling,
    age_decade,
    check_cohort_name,
    count_fields,
    decided_by_hand,
)
from radseek.records.cohort_plain import parse_definition, plain_definition
from radseek.records.search import Channel, Where

A, B, C = (f"st_{letter * 16}" for letter in "abc")
FULL_WHERE = Where(
    modality=("CT", "MR"), body_part=("CHEST",), view_position=("PA",), sex=("F",), age_min_years=18.0,
    age_max_years=65.5, date_from=date(2020, 2, 29), date_to=date(2024, 1, 1), source=("Klinik Süd",),
    has_report=True, has_images=False,
)  # fmt: skip
DEFINITIONS = [
    CohortDefinition(),
    CohortDefinition(hand_picked=True, include=(A,)),
    CohortDefinition(
        "effusion modality:CT", k=20, floor=0.25, channels=(Channel.LEXICAL,), exclude=(A, B), note="für Ärzte"
    ),
    CohortDefinition(
        where=FULL_WHERE, grouping=Grouping.PATIENT, sampling=Sampling(3, SampleMethod.BALANCED, "sex", 7)
    ),
    CohortDefinition("x", sampling=Sampling(3, SampleMethod.DIVERSE)),
]


def study(**changes):
    values = {"study_key": A, "patient_key": "pt_1", "modality": "CT", "body_part": "", "sex": "F", "age_years": 61.0,
              "study_year": 2024, "source": "alpha", "synthetic": False}  # fmt: skip
    return CohortStudy(**{**values, **changes})


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_definition_survives_json(definition):
    assert parse_definition(json.loads(json.dumps(plain_definition(definition)))) == definition


def test_every_filter_there_is_survives_json():
    assert all(getattr(FULL_WHERE, field.name) not in (None, ()) for field in dataclasses.fields(Where))
    assert set(plain_definition(DEFINITIONS[3])["where"]) == {field.name for field in dataclasses.fields(Where)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query": "x", "k": 0}, "k: expected at least 1, got 0"),
        ({"k": 5}, "k and floor go with a query"),
        ({"floor": 0.1}, "k and floor go with a query"),
        ({"query": "x", "floor": math.nan}, "floor: expected a number"),
        ({"channels": ()}, "channels: expected at least one"),
        ({"hand_picked": True, "query": "x"}, "chosen by hand has no query"),
        ({"hand_picked": True, "where": Where(sex=("F",))}, "chosen by hand has no query"),
        ({"include": ("DOE-JANE",)}, "include: expected study keys"),
        ({"include": (A, A)}, "include: st_a+ stands there twice"),
        ({"include": (A, B), "exclude": (B,)}, "st_b+: included and excluded at once"),
        ({"note": "x" * 3000}, "the note has 3,000 characters"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        CohortDefinition(**changes)
    assert "DOE" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0,), "sample size: expected at least 1, got 0"),
        ((3, SampleMethod.BALANCED), "unknown field '' to balance by; fields: modality, sex"),
        ((3, SampleMethod.BALANCED, "colour"), "unknown field 'colour'"),
        ((3, SampleMethod.RANDOM, "sex"), "takes no field to balance by"),
        ((3, SampleMethod.RANDOM, "", -1), "seed: expected 0 to"),
        ((3, SampleMethod.RANDOM, "", 2**63), "seed: expected 0 to"),
    ],
)
def test_sampling_that_makes_no_sense_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Sampling(*values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the cohort definition: expected an object"),
        ([], "the cohort definition: expected an object"),
        ({"querry": "x"}, "1 unknown keys; known keys: query, where"),
        ({"query": 5}, "query: expected text, got int"),
        ({"k": True, "query": "x"}, "k: expected a whole number"),
        ({"k": 2.5, "query": "x"}, "k: expected a whole number, got float"),
        ({"floor": "high", "query": "x"}, "floor: expected a number, got str"),
        ({"where": {"colour": ["red"]}}, "where: 1 unknown keys; known keys: modality"),
        ({"where": {"modality": "CT"}}, "where.modality: expected a list, got str"),
        ({"where": {"date_from": "soon"}}, "where.date_from: expected a date such as"),
        ({"where": {"has_report": 1}}, "where.has_report: expected true or false"),
        ({"channels": ["smell"]}, "channels: expected one of image, sentence, lexical"),
        ({"grouping": "family"}, "grouping: expected one of all, patient"),
        ({"sampling": {}}, "sampling: the key n is missing"),
        ({"sampling": {"n": 3, "method": "nice"}}, "sampling.method: expected one of random, balanced, diverse"),
        ({"include": [["st_"]]}, "include: expected text, got list"),
    ],
)
def test_a_received_definition_is_read_strictly(content, message):
    with pytest.raises(InputError, match=message):
        parse_definition(content)


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64])
def test_names_that_can_be_files_are_taken(name):
    assert check_cohort_name(name) == name


@pytest.mark.parametrize("name", ["", " a", "a b", "../a", ".a", "-a", "a/b", "ä", "x" * 65, "a\n"])
def test_other_names_are_refused(name):
    with pytest.raises(InputError, match="a cohort's name has 1 to 64"):
        check_cohort_name(name)


@pytest.mark.parametrize(
    ("age", "decade"),
    [
        (None, ""),
        (math.nan, ""),
        (0.0, "0-9"),
        (9.99, "0-9"),
        (10.0, "10-19"),
        (89.9, "80-89"),
        (90.0, "90+"),
        (107.0, "90+"),
    ],
)
def test_decades_of_age(age, decade):
    assert age_decade(age) == decade


def test_counts_are_most_frequent_first_and_unknown_is_counted():
    rows = [study(sex="M"), study(sex=""), study(), study(age_years=None, study_year=None)]
    counts = count_fields(rows)
    assert list(counts) == list(COHORT_FIELDS)
    assert list(counts["sex"].items()) == [("F", 2), ("M", 1), ("unknown", 1)]
    assert counts["body_part"] == {"unknown": 4}
    assert counts["age_decade"] == {"60-69": 3, "unknown": 1}
    assert counts["year"] == {"2024": 3, "unknown": 1}
    assert count_fields([]) == {name: {} for name in COHORT_FIELDS}
    with pytest.raises(InputError, match="unknown field 'colour'; fields: modality"):
        study().value("colour")


def test_a_choice_by_hand_moves_a_study_from_one_side_to_the_other():
    start = CohortDefinition("x", include=(A,), exclude=(B,))
    assert decided_by_hand(start, "include", (A,), undo=False) == start
    moved = decided_by_hand(start, "include", (B, C, C), undo=False)
    assert (moved.include, moved.exclude) == ((A, B, C), ())
    back = decided_by_hand(moved, "exclude", (A,), undo=False)
    assert (back.include, back.exclude) == ((B, C), (A,))
    assert decided_by_hand(back, "exclude", (A,), undo=True).exclude == ()
    assert decided_by_hand(back, "include", (A,), undo=True) == back
