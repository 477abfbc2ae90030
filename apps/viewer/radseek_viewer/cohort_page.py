"""One cohort: what belongs to it, what is new, and all that can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.cohort_actions import offer_deletion, offer_files, offer_samples
from radseek_viewer.cohort_changes import bring_back, offer_choices_by_hand, offer_undo
from radseek_viewer.cohort_view import moment, show_counts, show_definition, show_members, show_news, show_runs
from radseek_viewer.links import cohort_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import run_cohort, shown_result, with_news
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.records.cohort import CohortResult, CohortVersion
    from radseek_viewer.connection import ViewerArchive


def show_cohort(archive: ViewerArchive, name: str, is_only: bool) -> None:
    """Draw the page of a cohort.

    Args:
        archive: The archive.
        name: Of the cohort, which is there.
        is_only: There is no other, so there is no way back to a list.
    """
    st.query_params.from_dict(cohort_parameters(name))
    versions = archive.cohorts.versions(name)
    newest = versions[-1]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if not is_only:
                st.page_link("app_pages/cohorts.py", label="All cohorts", icon=":material/arrow_back:")
            st.markdown(f"### {literal(name)}", width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            cohort = _choose_version(versions)
            asked_to_run = st.button(
                "Run again",
                icon=":material/refresh:",
                disabled=cohort != newest,
                help="Keeps what belongs now, and says what is new or gone.",
            )
            offer_deletion(archive, name)
    show_definition(cohort)
    offer_undo(archive, newest)
    try:
        if asked_to_run:
            run_cohort(archive, name)
        result = shown_result(archive, cohort, cohort == newest)
    except RadseekError as error:
        show_notice("cohort_trouble", Notice("This cohort cannot be run", str(error), "error"))
        return
    if cohort != newest:
        _offer_to_bring_back(archive, cohort)
    _show_result(archive, result, cohort == newest)


def _choose_version(versions: list[CohortVersion]) -> CohortVersion:
    """The newest, or the one that is picked; a new version is shown at once."""
    newest = versions[-1]
    if len(versions) == 1:
        return newest
    chosen: CohortVersion = st.selectbox(
        "Version",
        versions[::-1],
        format_func=lambda one: f"Version {one.version}" + (" (newest)" if one == newest else ""),
        key=f"version_of_{newest.name}_{newest.version}",
        label_visibility="collapsed",
        width=190,
    )
    return chosen


def _offer_to_bring_back(archive: ViewerArchive, cohort: CohortVersion) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("This is not the newest version: it can be looked at and exported, not changed.")
        if st.button("Bring this version back", key="bring_back", icon=":material/history:"):
            bring_back(archive, cohort)


def _show_result(archive: ViewerArchive, result: CohortResult, is_newest: bool) -> None:
    news = _show_sizes(archive, result)
    labels = [counted(result.run.n_members, "study").capitalize(), "Counts", "New and gone", "Versions and runs"]
    labels += ["Export", *(["By hand", "Sample"] if is_newest else [])]
    members, counts, changes, runs, files, *by_hand = st.tabs(labels)
    with members:
        show_members(archive, result, can_change=is_newest)
    with counts:
        show_counts(result)
    with changes:
        if news is not None:
            show_news(archive, news)
    with runs:
        show_runs(archive, result.cohort.name)
    with files:
        offer_files(archive, result)
    if is_newest:
        with by_hand[0]:
            offer_choices_by_hand(archive, result)
        with by_hand[1]:
            offer_samples(archive, result)


def _show_sizes(archive: ViewerArchive, result: CohortResult) -> CohortResult | None:
    """How many belong, and how many are new or gone; returns what tells the latter, None where it cannot be told."""
    try:
        with st.spinner("Looking for new studies …", show_time=False):
            news = with_news(archive, result)
    except RadseekError as error:
        show_notice("news_trouble", Notice("What is new cannot be told now", str(error), "weak"))
        news = None
    with st.container(horizontal=True):
        st.metric("Studies", f"{result.run.n_members:,}", border=True)
        st.metric("New", "–" if news is None else f"{len(news.new):,}", border=True)
        st.metric("Gone", "–" if news is None else f"{len(news.gone):,}", border=True)
    said = [*([_since(result, news)] if news is not None else []), *result.run.notes]
    if said:
        st.caption(literal(" ".join(said)))
    return news


def _since(result: CohortResult, news: CohortResult) -> str:
    """What new and gone are beside."""
    ran = f"Run {result.run.number}, {moment(result.run.ran.at)}" if result.run.number else "Not kept as a run"
    if news.since is None:
        return f"{ran}. It is the first: all are new."
    if news is result:
        return f"{ran}. New and gone are beside run {news.since.number}, of {moment(news.since.ran.at)}."
    if not news.new and not news.gone:
        return f"{ran}. A run now would bring the same studies."
    return f"{ran}. New and gone are what a run now would change: run it again to keep that."
