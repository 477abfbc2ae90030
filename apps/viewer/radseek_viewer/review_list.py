"""Reports that no rule could link: read one, look at the studies it may belong to, decide, and take it back."""

from __future__ import annotations

from collections.abc import Collection
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
_NAMED = "named_studies"
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
    places = {report.report_key: place for place, report in enumerate(waiting)}
    _tell_of_others(places)
    if not waiting:
        text = "Every report belongs to a study, or a person has decided that it belongs to none."
        show_notice("nothing_waits", Notice("No report waits", text))
        return
    st.caption(f"{counted(len(waiting), 'report')} could not be linked by rule. What is decided here stays decided.")
    chosen = st.selectbox(
        "Report", list(places), format_func=lambda key: _line(places[key], waiting[places[key]]), key="waiting_report"
    )
    report = waiting[places.get(chosen or "", 0)]
    told, studies = _opened(archive, report)
    text, candidates = st.columns([3, 2], gap="medium")
    with text:
        asked = show_reports((told,), key="waiting_text")
        if asked:
            st.session_state["pending_query"] = asked
            st.switch_page("app_pages/search.py")
    with candidates:
        _decide(archive, report, studies)


def _tell_of_others(places: Collection[str]) -> None:
    """Say so when the report that was open here is not waiting any more, and this window has not decided it."""
    was_open = st.session_state.get(_OPEN, (None,))[0]
    decided_here = st.session_state.get(_DECIDED, ("",))[0]
    if was_open is not None and was_open.report_key not in places and was_open.report_key != decided_here:
        text = "Somebody else, another window or the arrival of its study has decided it. Nothing was changed here."
        show_notice("decided_elsewhere", Notice("The report that you looked at does not wait any more", text))


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
    event = show_wall(f"candidates_{report.report_key}", [study_card(study, pick="This one") for study in studies])
    if event.opened:
        st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened.study_key, None))
    _link_picked(archive, report, studies, event.picked)
    if len(report.candidates) > _SHOWN:
        st.caption(f"{len(report.candidates) - _SHOWN:,} more candidates are not shown.")
    if not studies:
        st.caption("No study here shares an identifier with it.")
    _offer_to_name_it(archive, report)
    if st.button("None of this archive's studies", key=f"link_none_{report.report_key}", icon=":material/link_off:"):
        _link(archive, report, None, "no study")


def _offer_to_name_it(archive: ViewerArchive, report: WaitingReport) -> None:
    """A field for a person who knows the study, and the studies that go by what was typed there."""
    number = st.text_input(
        "Another study, by its number",
        key=f"named_study_{report.report_key}",
        placeholder="Accession number, study UID or key (st_…)",
        help="The key of a study stands in the address of its page.",
    ).strip()
    if not number:
        return
    keys = archive.review.studies_of(number)
    named = _named_studies(archive, number, keys[:_SHOWN])
    event = show_wall(f"named_{report.report_key}", [study_card(study, pick="This one") for study in named])
    if not keys:
        show_notice("no_such_number", Notice("No study here goes by this", "Check it, or search for the study."))
    elif len(keys) > _SHOWN:
        st.caption(f"{len(keys) - _SHOWN:,} more studies go by this and are not shown.")
    if event.opened:
        st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened.study_key, None))
    _link_picked(archive, report, named, event.picked)


def _named_studies(archive: ViewerArchive, number: str, keys: list[str]) -> list[StudyView]:
    """Read once while the number stands there: each reading leaves an audit event."""
    if st.session_state.get(_NAMED, ("", []))[0] != (number, keys):
        st.session_state[_NAMED] = ((number, keys), [archive.study(key) for key in keys])
    named: list[StudyView] = st.session_state[_NAMED][1]
    return named


def _link_picked(archive: ViewerArchive, report: WaitingReport, studies: list[StudyView], picked: str | None) -> None:
    chosen = next((study for study in studies if study.study_key == picked), None)
    if chosen is not None:
        _link(archive, report, chosen.study_key, f"{study_title(chosen)}, {person_and_year(chosen)}")


def _link(archive: ViewerArchive, report: WaitingReport, study_key: str | None, told: str) -> None:
    try:
        archive.review.link(report.report_key, study_key, while_waiting=True)
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
            try:
                archive.review.reopen(report_key)
            except RadseekError as error:
                show_notice("undo_failed", Notice("Nothing was taken back", str(error), "error"))
                return
            st.rerun()
