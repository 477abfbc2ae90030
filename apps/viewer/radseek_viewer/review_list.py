"""Reports that no rule could link: read one, look at the studies it may belong to, decide, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import PrivacyError, RadseekError
from radseek_viewer.links import study_parameters
from radseek_viewer.report_pane import show_reports
from radseek_viewer.wall import Notice, show_notice, show_wall, study_card
from radseek_viewer.wording import counted, person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.search import ReportView, StudyView
    from radseek.service import WaitingReport
    from radseek_viewer.connection import ViewerArchive

_DECIDED = "decided_report"
_OPEN = "open_waiting_report"
_SHOWN = 8
"""Candidate studies that are drawn."""


def show_review(archive: ViewerArchive, n_unlinked: int) -> None:
    """The review list, the chosen report and its candidates."""
    try:
        waiting = archive.review.waiting()
    except PrivacyError as error:
        st.caption(str(error))
        return
    _offer_to_take_back(archive)
    if n_unlinked:
        st.caption(f"{counted(n_unlinked, 'report')} belong to no study here, as a person decided.")
    if not waiting:
        text = "Every report belongs to a study, or a person has decided that it belongs to none."
        show_notice("nothing_waits", Notice("No report waits", text))
        return
    st.caption(f"{counted(len(waiting), 'report')} could not be linked by rule. What is decided here stays decided.")
    chosen = st.selectbox(
        "Report", range(len(waiting)), format_func=lambda place: _line(place, waiting[place]), key="waiting_report"
    )
    report = waiting[min(chosen or 0, len(waiting) - 1)]
    told, studies = _opened(archive, report)
    text, candidates = st.columns([3, 2], gap="medium")
    with text:
        asked = show_reports((told,), key="waiting_text")
        if asked:
            st.session_state["pending_query"] = asked
            st.switch_page("app_pages/search.py")
    with candidates:
        _decide(archive, report, studies)


def _line(place: int, report: WaitingReport) -> str:
    return f"{place + 1}: {report.explanation} ({counted(len(report.candidates), 'candidate')})"


def _opened(archive: ViewerArchive, report: WaitingReport) -> tuple[ReportView, list[StudyView]]:
    """The text and the candidates, read once while the report is looked at: each reading leaves an audit event."""
    if st.session_state.get(_OPEN, (None,))[0] != report:
        studies = [archive.study(key) for key in report.candidates[:_SHOWN]]
        st.session_state[_OPEN] = (report, archive.review.report(report.report_key), studies)
    _, text, studies = st.session_state[_OPEN]
    return text, studies


def _decide(archive: ViewerArchive, report: WaitingReport, studies: list[StudyView]) -> None:
    st.markdown("##### Which study does it describe?")
    event = show_wall("candidates", [study_card(study, pick="This one") for study in studies])
    if event.opened:
        st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened.study_key, None))
    chosen = next((study for study in studies if study.study_key == event.picked), None)
    if chosen is not None:
        _link(archive, report, chosen.study_key, f"{study_title(chosen)}, {person_and_year(chosen)}")
    if len(report.candidates) > _SHOWN:
        st.caption(f"{len(report.candidates) - _SHOWN:,} more candidates are not shown.")
    if not studies:
        st.caption("No study here shares an identifier with it.")
    if st.button("None of this archive's studies", key="link_none", icon=":material/link_off:"):
        _link(archive, report, None, "no study")


def _link(archive: ViewerArchive, report: WaitingReport, study_key: str | None, told: str) -> None:
    try:
        archive.review.link(report.report_key, study_key)
    except RadseekError as error:
        show_notice("link_failed", Notice("The report was not linked", str(error), "error"))
        return
    st.session_state[_DECIDED] = (report.report_key, told)
    st.rerun()


def _offer_to_take_back(archive: ViewerArchive) -> None:
    decided = st.session_state.get(_DECIDED)
    if decided is None:
        return
    report_key, told = decided
    with st.container(horizontal=True, vertical_alignment="center"):
        show_notice(
            "decided", Notice("Decided", f"The report now belongs to: {told}. Searches know it after the next index.")
        )
        if st.button("Undo", key="undo_link", icon=":material/undo:"):
            st.session_state.pop(_DECIDED)
            st.session_state.pop(_OPEN, None)
            archive.review.reopen(report_key)
            st.rerun()
