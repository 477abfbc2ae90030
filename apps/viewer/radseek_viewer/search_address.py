"""What of a search stands in the address, so that it can be kept and passed on: filters, how good a match, pictures.

The words asked are free text and stay out, and so does a file of one's own. Values of filters come from received files:
a short digest stands for each, which only an archive that has the value can read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek.errors import InputError
from radseek.records.search_options import Band, Example, Region, SearchOptions
from radseek_viewer.filters import OLDEST_YEARS
from radseek_viewer.links import region_words
from radseek_viewer.state import add_example, example_pictures, filter_key
from radseek_viewer.wording import FILTER_WORDS, FLOORS

if TYPE_CHECKING:
    from radseek.records.search import Where
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.state import Question

_READ = "search_address_read"
_FLOOR, _AGE, _YEARS, _LIKE, _UNLIKE = "floor", "age", "years", "like", "unlike"
_STUDY = "st_"
"""How the key of a study begins."""
_SWITCHES = {"has_report": "reported", "has_images": "pictured"}
"""Filter -> its parameter."""
_ANY_FLOOR = SearchOptions().floor


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks."""

    filters: Mapping[str, Any]
    """Filter -> what its field in the panel holds."""
    examples: tuple[Example, ...]


def restore_question(archive: ViewerArchive) -> None:
    """Make the filters and pictures of the address those of a session that has just begun; call before any is drawn."""
    if st.session_state.get(_READ):
        return
    st.session_state[_READ] = True
    parameters = {name: st.query_params.get_all(name) for name in st.query_params}
    if not parameters:
        return
    asked = read_address(parameters, archive.facets(None))
    for field, value in asked.filters.items():
        st.session_state[filter_key(field)] = value
    if not example_pictures():
        for example in asked.examples:
            add_example(example)


def keep_question(question: Question) -> None:
    """Make the address say what is asked."""
    wanted = search_parameters(question)
    if {name: st.query_params.get_all(name) for name in st.query_params} != wanted:
        st.query_params.from_dict(wanted)


def search_parameters(question: Question) -> dict[str, list[str]]:
    """The search page's query parameters; none for a search of everything by words only."""
    where = question.where
    found = {field: [_digest(field, value) for value in getattr(where, field)] for field in FILTER_WORDS}
    found |= {name: ["yes"] for field, name in _SWITCHES.items() if getattr(where, field)}
    found[_AGE] = _span(where.age_min_years, where.age_max_years)
    found[_YEARS] = _span(*_years(where))
    found[_FLOOR] = [question.floor.value] if question.floor is not _ANY_FLOOR else []
    found[_LIKE] = [_example_words(one) for one in question.examples if not one.unlike and not one.picture]
    found[_UNLIKE] = [_example_words(one) for one in question.examples if one.unlike and not one.picture]
    return {name: values for name, values in found.items() if values}


def read_address(parameters: Mapping[str, Sequence[str]], facets: Mapping[str, Mapping[str, int]]) -> Asked:
    """What an address asks of an archive with these values; whatever cannot be read is left out.

    Args:
        parameters: Name -> values.
        facets: Field -> the values that the archive has.
    """
    filters: dict[str, Any] = {}
    for field in FILTER_WORDS:
        wanted = set(parameters.get(field, ()))
        values = [value for value in facets.get(field, {}) if value and _digest(field, value) in wanted]
        filters |= {field: values} if values else {}
    filters |= {field: True for field, name in _SWITCHES.items() if name in parameters}
    years = [int(year) for year in facets.get("year", {}) if year]
    for name, least, most in ((_AGE, 0, OLDEST_YEARS), (_YEARS, min(years, default=0), max(years, default=0))):
        span = _read_span(parameters.get(name, ()), least, most)
        filters |= {name: span} if span is not None else {}
    floor = next(iter(parameters.get(_FLOOR, ())), "")
    filters |= {_FLOOR: Band(floor)} if floor in {band.value for band in FLOORS} else {}
    like = _read_examples(parameters.get(_LIKE, ()), unlike=False)
    return Asked(filters, (*like, *_read_examples(parameters.get(_UNLIKE, ()), unlike=True)))


def _digest(field: str, value: str) -> str:
    return hashlib.blake2s(f"{field}\0{value}".encode(), digest_size=5).hexdigest()


def _years(where: Where) -> tuple[int | None, int | None]:
    return (where.date_from.year if where.date_from else None, where.date_to.year if where.date_to else None)


def _span(least: float | None, most: float | None) -> list[str]:
    """Such as `40~70`, `40~` or `~70`."""
    if least is None and most is None:
        return []
    return ["~".join("" if end is None else str(int(end)) for end in (least, most))]


def _read_span(values: Sequence[str], least: int, most: int) -> tuple[int, int] | None:
    """Both ends within what can be chosen; None where there is nothing to choose, or nothing is chosen."""
    first, between, last = next(iter(values), "").partition("~")
    if not between or least >= most or not all(end.isascii() and (end.isdigit() or not end) for end in (first, last)):
        return None
    low, high = (min(max(int(end or edge), least), most) for end, edge in ((first, least), (last, most)))
    return (low, high) if low <= high else None


def _example_words(example: Example) -> str:
    """Such as `im_0123` or `im_0123,0.100,0.200,0.500,0.600`."""
    key = example.image_key or example.study_key
    return ",".join([key, *([region_words(example.region)] if example.region else [])])


def _read_examples(values: Iterable[str], unlike: bool) -> list[Example]:
    found = []
    for value in values:
        key, _, sides = value.partition(",")
        try:
            region = Region(*map(float, sides.split(","))) if sides else None
            is_study = key.startswith(_STUDY)
            example = Example(study_key=key, unlike=unlike) if is_study else Example(key, region=region, unlike=unlike)
            found.append(example)
        except (InputError, TypeError, ValueError):  # an address that somebody has changed
            continue
    return found
