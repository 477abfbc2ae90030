"""What the address of a search keeps: filters, how good a match, pictures; never words, nor values as they came in."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from fake_archive import FakeArchive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.records.search import Where
from radseek.records.search_options import Band, Example, Region
from radseek_viewer.connection import connect
from radseek_viewer.search_address import read_address, search_parameters
from radseek_viewer.state import Question

APP = Path(radseek_viewer.__file__).with_name("app.py")
FACETS = {
    "modality": {"CT": 3, "DX": 9},
    "body_part": {"DOE^JANE": 1, "CHEST": 8},
    "source": {"Mercy Hospital": 4},
    "year": {"2001": 2, "2009": 1, "": 3},
}
WHERE = Where(
    modality=("CT",), body_part=("DOE^JANE",), source=("Mercy Hospital",), age_min_years=40.0,
    date_from=date(2002, 1, 1), date_to=date(2008, 12, 31), has_report=True,
)  # fmt: skip
EXAMPLES = (
    Example("im_0123456789abcdef", region=Region(0.1, 0.2, 0.5, 0.625)),
    Example(study_key="st_0123456789abcdef"),
    Example("im_fedcba9876543210", unlike=True),
)


def question(where: Where = WHERE, floor: Band = Band.FAIR, examples: tuple[Example, ...] = EXAMPLES) -> Question:
    return Question("Jane Doe, left effusion", where, floor, examples, frozenset())


def test_an_address_is_read_back_as_it_was_asked() -> None:
    asked = read_address(search_parameters(question()), FACETS)
    assert asked.examples == EXAMPLES
    assert asked.filters == {
        "modality": ["CT"], "body_part": ["DOE^JANE"], "source": ["Mercy Hospital"], "age": (40, 100),
        "years": (2002, 2008), "has_report": True, "floor": Band.FAIR,
    }  # fmt: skip


def test_neither_words_nor_received_values_nor_files_are_in_it() -> None:
    own_file = Example(picture=b"DICM")
    told = json.dumps(search_parameters(question(examples=(*EXAMPLES, own_file)))).lower()
    for secret in ("doe", "effusion", "mercy", "dicm", "ct"):
        assert f'"{secret}' not in told
        assert secret not in told or secret == "ct"
    assert search_parameters(question(Where(), Band.WEAK, ())) == {}


@pytest.mark.parametrize(
    "parameters",
    [
        {"modality": ["CT"]},
        {"age": ["40"]},
        {"age": ["70~40"]},
        {"age": ["a~b"]},
        {"age": ["²~"]},
        {"years": ["~"], "floor": ["best"]},
        {"like": ["im_1,0.5,0.5"], "unlike": ["im_2,nan,0,1,1", ""]},
        {"like": ["im_1,0.9,0.1,0.2,0.3"]},
    ],
)
def test_what_nobody_could_have_asked_is_left_out(parameters: dict[str, list[str]]) -> None:
    asked = read_address(parameters, FACETS)
    assert asked.examples == ()
    assert asked.filters in ({}, {"years": (2001, 2009)})


def test_a_new_session_begins_with_what_its_address_asks() -> None:
    connect(FakeArchive())
    try:
        first = AppTest.from_file(str(APP), default_timeout=60).run()
        first.checkbox[0].check().run()
        first.slider[0].set_value((40, 100)).run()
        address = dict(first.query_params)
        assert address == {"age": "40~", "reported": "yes"}
        second = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in address.items():
            second.query_params[name] = value
        second.run()
        assert not second.exception
        assert [one.value for one in second.warning] == []
        assert (second.checkbox[0].value, second.slider[0].value) == (True, (40, 100))
        second.button(key="clear_filters").click().run()
        assert dict(second.query_params) == {}
        assert second.slider[0].value == (0, 100)
    finally:
        connect(None)
