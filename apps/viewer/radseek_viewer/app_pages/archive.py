"""The archive page: what came in and what did not, reports that wait for a person, and the jobs."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.connection import connected_archive
from radseek_viewer.empty_states import tell_lack
from radseek_viewer.intake import show_intake, show_quarantine
from radseek_viewer.job_list import show_jobs
from radseek_viewer.review_list import show_review
from radseek_viewer.wording import counted

TABS = {"intake": "What came in", "review": "Reports to link", "jobs": "Jobs"}
"""Name in the address -> label."""
TAB, FIRST_TAB = "archive_tab", "archive_first_tab"


def first_tab() -> str:
    """The label of the tab that the address named when this session first came here, or of the first tab.

    It stays: tabs whose default changes are drawn anew at it, and a click would be lost.
    """
    named = TABS.get(st.query_params.get("tab", ""), TABS["intake"])
    return str(st.session_state.setdefault(FIRST_TAB, named))


def keep_tab() -> None:
    """Make the address name the tab that is open, when it is not the first."""
    opened = next(name for name, label in TABS.items() if label == st.session_state.get(TAB, first_tab()))
    wanted = {} if opened == "intake" else {"tab": opened}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


archive = connected_archive()
summary = archive.summary()
st.markdown("### This archive")
with st.container(horizontal=True):
    st.metric("Studies", f"{summary.n_studies:,}", border=True)
    st.metric("Pictures", f"{summary.n_images:,}", border=True)
    st.metric("Reports", f"{summary.n_reports:,}", border=True)
    st.metric("Waiting for a person", f"{summary.n_waiting_reports:,}", border=True)
    st.metric("Quarantined", f"{sum(summary.tally.quarantined.values()):,}", border=True)
tell_lack(summary, "archive")
if summary.n_pending_images:
    st.caption(f"{counted(summary.n_pending_images, 'picture')} could not be read or encoded yet.")

intake, review, jobs = st.tabs(list(TABS.values()), default=first_tab(), key=TAB, on_change="rerun")
keep_tab()
if intake.open:
    with intake:
        show_intake(summary)
        show_quarantine(archive)
if review.open:
    with review:
        show_review(archive, summary.n_unlinked_reports)
if jobs.open:
    with jobs:
        show_jobs(archive)
