"""All cohorts, one row each; and what the page says while there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.cohort_view import describe_definition, moment
from radseek_viewer.links import cohort_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import check_cohorts, checked_cohort
from radseek_viewer.wall import Notice, StartScreen, show_wall
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.records.cohort import CohortSummary
    from radseek_viewer.connection import ViewerArchive

PAGE_SIZE = 20
_COLUMNS = {"Cohort": 6, "Versions": 1, "Studies": 1, "Last run": 2, "Since then": 2}
"""Heading -> width, in parts."""

LEAD = Notice(
    "No cohort is kept yet",
    "A cohort is a set of studies under a name: a search that can be run again when the archive has grown, or exactly "
    "the studies that a search found.",
)
TIPS = (
    Notice(
        "1. Search",
        "Ask for a finding and narrow it down with the filters until the wall shows what you mean to keep.",
    ),
    Notice(
        "2. Keep",
        "Press Keep as cohort beside the result line and give it a name. It is run at once and has a page of its own.",
    ),
    Notice(
        "3. Go on",
        "Run it again to see what is new, leave studies out, draw a balanced sample, take it out as CSV, Parquet or "
        "JSON. Every change is a new version, and the ones before are kept.",
    ),
)


def show_no_cohorts() -> None:
    """What a cohort is, and how to make one."""
    show_wall("no_cohorts", start=StartScreen(LEAD, (), TIPS))
    st.page_link("app_pages/search.py", label="To the search", icon=":material/search:")


def show_list(archive: ViewerArchive, summaries: list[CohortSummary]) -> None:
    """Every cohort with its versions, its size and its last run; and, when asked, how many studies are new since."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{counted(len(summaries), 'cohort')}, by name")
        if st.button(
            "Look for new studies",
            key="check_cohorts",
            icon=":material/travel_explore:",
            help="Says what each would bring now. Nothing is kept: what is new stays new until you run the cohort.",
        ):
            with st.spinner("Looking …"):
                check_cohorts(archive)
    n_pages = math.ceil(len(summaries) / PAGE_SIZE)
    first = (min(int(st.session_state.get("cohort_list_page", 1)), n_pages) - 1) * PAGE_SIZE
    heads = st.container(key="list_head").columns(list(_COLUMNS.values()))
    for heading, column in zip(_COLUMNS, heads, strict=True):
        column.caption(heading)
    for summary in summaries[first : first + PAGE_SIZE]:
        _show_row(summary)
    if n_pages > 1:
        st.pagination(n_pages, key="cohort_list_page", persist_state="session")


def _show_row(summary: CohortSummary) -> None:
    newest, run = summary.newest, summary.last_run
    with st.container(border=True):
        what, versions, studies, ran, since = st.columns(list(_COLUMNS.values()), vertical_alignment="center")
        with what:
            parameters = cohort_parameters(newest.name)
            st.page_link("app_pages/cohorts.py", label=f"**{literal(newest.name)}**", query_params=parameters)
            st.caption(literal(describe_definition(newest.definition)))
        versions.markdown(f"{newest.version}")
        studies.markdown("–" if run is None else f"{run.n_members:,}")
        ran.markdown("never" if run is None else moment(run.ran.at))
        since.markdown(literal(_since(summary)))


def _since(summary: CohortSummary) -> str:
    """Such as `3 new, 1 gone`; a dash before anybody asked."""
    check = checked_cohort(summary)
    if check is None:
        return "–"
    if check.problem:
        return check.problem
    parts = [f"{n:,} {word}" for n, word in ((check.n_new, "new"), (check.n_gone, "gone")) if n]
    return ", ".join(parts) or "nothing new"
