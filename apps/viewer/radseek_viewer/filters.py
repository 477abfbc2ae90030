"""The filter panel at the left: the floor, fields with counts, age and date range."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek.records.search import Where
from radseek.records.search_options import Band, SearchOptions
from radseek_viewer.plain_text import literal
from radseek_viewer.state import clear_filters, filter_key
from radseek_viewer.wording import FILTER_WORDS, FLOORS, SEXES, body_part_label

if TYPE_CHECKING:
    from radseek_viewer.connection import ViewerArchive

OLDEST_YEARS = 100
"""The age slider's end; it stands for this age and older."""

_ALL_YEARS = "all_years"

N_PILLS = 8
"""With more values than this a searchable list takes the place of pills."""


_ANY_FLOOR = SearchOptions().floor


def choose_filters(archive: ViewerArchive) -> tuple[Where, Band]:
    """Draw the panel and return the chosen filters and the weakest band that is a hit."""
    chosen = _chosen()
    untouched = chosen == Where() and st.session_state.get(filter_key("floor"), _ANY_FLOOR) is _ANY_FLOOR
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    head.markdown("**Filters**")
    head.button("Clear", on_click=clear_filters, type="tertiary", disabled=untouched, key="clear_filters")
    floor = st.selectbox(
        "How good a match",
        list(FLOORS),
        index=list(FLOORS).index(_ANY_FLOOR),
        format_func=FLOORS.__getitem__,
        key=filter_key("floor"),
        help="How often such hits answer such queries. It says nothing about disease.",
        persist_state="session",
    )
    everything = archive.facets(None)
    counts = _counts_without_own_field(archive, chosen)
    for field, word in FILTER_WORDS.items():
        _choose_values(field, word.capitalize(), everything.get(field, {}), counts[field])
    st.slider("Age in years", 0, OLDEST_YEARS, (0, OLDEST_YEARS), key=filter_key("age"), persist_state="session")
    _choose_years(everything.get("year", {}))
    st.checkbox("With report only", key=filter_key("has_report"), persist_state="session")
    st.checkbox("With pictures only", key=filter_key("has_images"), persist_state="session")
    return _chosen(), floor


def _choose_values(field: str, label: str, everything: Mapping[str, int], counts: Mapping[str, int]) -> None:
    """One field: all values that the archive has, most frequent first, so that nothing moves while people filter."""
    options = sorted((value for value in everything if value), key=lambda value: (-everything[value], value))
    if not options:
        return
    key = filter_key(field)
    if len(options) > N_PILLS:
        st.multiselect(
            label, options, key=key, format_func=lambda value: _label(field, value, counts), persist_state="session"
        )
        return
    st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        format_func=lambda value: literal(_label(field, value, counts)),
        persist_state="session",
    )


def _choose_years(counts: Mapping[str, int]) -> None:
    years = sorted(int(year) for year in counts if year)
    if len(years) > 1:
        st.slider(
            "Study year", years[0], years[-1], (years[0], years[-1]), key=filter_key("years"), persist_state="session"
        )
        st.session_state[_ALL_YEARS] = (years[0], years[-1])


def _label(field: str, value: str, counts: Mapping[str, int]) -> str:
    shown = {"sex": SEXES.get(value, value), "body_part": body_part_label(value)}.get(field, value)
    return f"{shown}  {counts.get(value, 0):,}"


def _counts_without_own_field(archive: ViewerArchive, chosen: Where) -> dict[str, Mapping[str, int]]:
    """For each field the counts under all other filters, so that a second value can be added to a first one."""
    shared = archive.facets(chosen)
    counts = {}
    for field in FILTER_WORDS:
        own = getattr(chosen, field)
        others: dict[str, Any] = {field: ()}
        facets = archive.facets(dataclasses.replace(chosen, **others)) if own else shared
        counts[field] = facets.get(field, {})
    return counts


def _chosen() -> Where:
    state: Mapping[Any, Any] = st.session_state
    youngest, oldest = state.get(filter_key("age"), (0, OLDEST_YEARS))
    first, last = state.get(_ALL_YEARS, (None, None))
    since, until = state.get(filter_key("years"), (first, last))
    return Where(
        **{field: tuple(sorted(state.get(filter_key(field)) or ())) for field in FILTER_WORDS},
        age_min_years=float(youngest) if youngest > 0 else None,
        age_max_years=float(oldest) if oldest < OLDEST_YEARS else None,
        date_from=date(since, 1, 1) if since != first else None,
        date_to=date(until, 12, 31) if until != last else None,
        has_report=True if state.get(filter_key("has_report")) else None,
        has_images=True if state.get(filter_key("has_images")) else None,
    )
