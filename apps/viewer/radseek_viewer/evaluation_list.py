"""All evaluations of this archive, one row each; and what the page says while there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import PrivacyError, RadseekError
from radseek_viewer.cohort_view import moment
from radseek_viewer.evaluation_start import offer_evaluation, show_running
from radseek_viewer.evaluation_words import STATES, figure_title, headline_words
from radseek_viewer.links import evaluation_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, StartScreen, show_notice, show_wall
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.service import EvaluationSummary
    from radseek_viewer.connection import ViewerArchive

_COLUMNS = {"Evaluation": 4, "When": 2, "Tested": 2, "State": 2, "First figure": 5}
"""Heading -> width, in parts."""
_DELETED = "deleted_evaluation"

LEAD = Notice(
    "How good is the search on this archive?",
    "An evaluation lets the archive's own reports ask for their own studies and counts how often they find them, "
    "beside what chance would find. It needs studies with a picture and a report; nothing leaves this computer.",
)
TIPS = (
    Notice("What you get", "Recall curves, findings one by one, calibration, and whom the search serves less well: "
           "sex, age, modality, view. Each figure with a 95 % interval by patient."),
    Notice("What it cannot say", "Only a text's own study counts as right, equally good others count as wrong. "
           "Figures are of this archive and this encoder: no clinical performance, no probability of disease."),
    Notice("Was it trained on these?", "An encoder that has seen the studies flatters itself. Name the sources that it "
           "learned from: they are left out, and whatever leaks into the others stops the evaluation."),
)  # fmt: skip


def show_overview(archive: ViewerArchive, summaries: list[EvaluationSummary]) -> None:
    """The evaluation that runs, those that are there, and the way to a new one."""
    is_running = show_running(archive)
    _offer_undo(archive)
    if summaries:
        st.markdown("### Evaluations")
        _show_rows(summaries)
    elif not is_running:
        show_wall("no_evaluations", start=StartScreen(LEAD, (), TIPS))
    if not _may_evaluate(archive):
        return
    if not is_running:
        with st.expander("Evaluate this archive", expanded=not summaries, icon=":material/monitoring:"):
            offer_evaluation(archive, summaries)
    with st.expander("Open an evaluation.json that was made elsewhere", icon=":material/upload_file:"):
        _offer_import(archive)


def remember_deleted(name: str) -> None:
    """Offer to undo this deletion on the list."""
    st.session_state[_DELETED] = name


def _show_rows(summaries: list[EvaluationSummary]) -> None:
    heads = st.container(key="list_head").columns(list(_COLUMNS.values()))
    for heading, column in zip(_COLUMNS, heads, strict=True):
        column.caption(heading)
    for summary in summaries:
        run = summary.run
        with st.container(border=True):
            what, when, tested, state, figure = st.columns(list(_COLUMNS.values()), vertical_alignment="center")
            with what:
                parameters = evaluation_parameters(run.name)
                st.page_link("app_pages/evaluate.py", label=f"**{literal(run.name)}**", query_params=parameters)
                st.caption(literal(run.encoder))
            when.markdown(moment(run.started_at) if run.started_at else "–")
            tested.markdown(_tested(summary))
            state.markdown(_state(summary))
            with figure:
                st.markdown(literal(headline_words(summary)))
                if summary.headline:
                    st.caption(literal(figure_title(summary.headline_key, summary.headline)))


def _tested(summary: EvaluationSummary) -> str:
    if not summary.n_studies:
        return "–"
    return f"{counted(summary.n_studies, 'study')}, {counted(summary.n_patients, 'patient')}"


def _state(summary: EvaluationSummary) -> str:
    if summary.trouble:
        return ":material/error: cannot be read"
    if summary.leaks:
        return ":material/report: leaks: do not quote"
    if summary.stale:
        return ":material/history: of an older state"
    return ":material/upload_file: made elsewhere" if summary.run.made_elsewhere else STATES[summary.run.state]


def _may_evaluate(archive: ViewerArchive) -> bool:
    try:
        archive.evaluations.require_evaluate()
    except PrivacyError as error:
        st.caption(literal(f"To run an evaluation: {error}."))
        return False
    return True


def _offer_import(archive: ViewerArchive) -> None:
    st.caption("Of another archive, of a table, or of a colleague: figures only, nothing of a patient is in it.")
    file = st.file_uploader("evaluation.json", type="json", key="evaluation_file", max_upload_size=32)
    if file is None or not st.button("Keep it here", key="import_evaluation", icon=":material/add:"):
        return
    try:
        run = archive.evaluations.import_file(file.getvalue())
    except RadseekError as error:
        show_notice("import_trouble", Notice("This file cannot be used", str(error), "error"))
        return
    st.query_params.from_dict(evaluation_parameters(run.name))
    st.rerun()


def _offer_undo(archive: ViewerArchive) -> None:
    name = st.session_state.get(_DELETED)
    if name is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(literal(f"{name} is deleted."))
        if st.button("Undo", key="undelete_evaluation", icon=":material/undo:"):
            del st.session_state[_DELETED]
            try:
                archive.evaluations.undelete(name)
            except RadseekError as error:
                show_notice("undo_trouble", Notice("It cannot be brought back", str(error), "error"))
                return
            st.rerun()
