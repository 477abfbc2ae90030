"""The jobs of an archive: what runs now and how far it is, and what earlier ones came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.evaluation_words import STATES
from radseek_viewer.job_rows import job_rows
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.job_rows import JobRow

_EVERY_S = 2.0
_TROUBLE = "job_trouble"


def show_jobs(archive: ViewerArchive) -> None:
    """The newest jobs; looked up again every few seconds, so that a running one moves."""
    st.fragment(_jobs, run_every=_EVERY_S)(archive)


def _jobs(archive: ViewerArchive) -> None:
    trouble = st.session_state.pop(_TROUBLE, "")
    if trouble:
        show_notice("job_trouble", Notice("It was not stopped", trouble, "error"))
    rows = job_rows(archive)
    if not rows:
        text = "Bringing scans in, indexing and evaluating them, and laying them out in a map are jobs."
        show_notice("no_jobs", Notice("No job has run yet", text))
        return
    for row in rows:
        with st.container(border=True):
            _show_row(archive, row)


def _show_row(archive: ViewerArchive, row: JobRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        what = literal(f"{row.kind.capitalize()} {row.name}".strip())
        st.markdown(f"**{what}** &nbsp; {STATES[row.state]}", width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if row.may_stop and st.button("Stop", icon=":material/stop_circle:", key=f"stop_{row.kind}"):
                _stop(archive, row)
            if row.page:
                st.page_link(
                    row.page, label="Open", icon=":material/arrow_forward:", query_params=dict(row.parameters),
                    help=f"{row.kind.capitalize()} {row.name}",
                )  # fmt: skip
    if row.share is not None:
        st.progress(row.share, text=literal(row.progress))
    told = row.told + (" · stop it where it was started" if row.state == "running" and not row.may_stop else "")
    st.caption(literal(told))


def _stop(archive: ViewerArchive, row: JobRow) -> None:
    try:
        if row.kind == "map":
            archive.map.stop()
        else:
            archive.evaluations.stop(row.name)
    except RadseekError as error:
        st.session_state[_TROUBLE] = str(error)
    st.rerun(scope="fragment")
