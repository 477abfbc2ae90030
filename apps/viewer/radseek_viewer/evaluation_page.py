"""One evaluation: what it rests on, and its figures section by section; or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.cohort_view import moment
from radseek_viewer.evaluation_beside import choose_beside
from radseek_viewer.evaluation_list import remember_deleted
from radseek_viewer.evaluation_plots import PlotPlace
from radseek_viewer.evaluation_sections import OVERVIEW, section_names, show_section
from radseek_viewer.evaluation_start import start
from radseek_viewer.evaluation_ways import SEARCH, show_ways
from radseek_viewer.evaluation_words import choices_words
from radseek_viewer.handed_out import WAITING_FILES, HandedOut, show_downloads
from radseek_viewer.links import evaluation_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.service import EvaluationReport, EvaluationRun, EvaluationSummary
    from radseek_viewer.connection import ViewerArchive

PAGE = "app_pages/evaluate.py"
_MEDIA_TYPES = {"json": "application/json", "html": "text/html"}
_ENDED = {
    "leaks": Notice(
        "It was stopped: what is tested was trained on",
        "The encoder has seen the things below, so that figures would flatter.",
        "weak",
    ),
    "failed": Notice("It did not end well", "", "error"),
    "stopped": Notice("It was stopped", "What was computed until then is kept: another one is quicker.", "weak"),
    "interrupted": Notice(
        "It was interrupted",
        "The program that evaluated was ended. What was computed until then is kept: another one is quicker.",
        "weak",
    ),
}
"""State of an evaluation without figures -> what the page says."""


def show_evaluation(
    archive: ViewerArchive, summary: EvaluationSummary, all_of_them: Sequence[EvaluationSummary]
) -> None:
    """Draw the page of an evaluation that does not run.

    Args:
        archive: The archive.
        summary: The evaluation.
        all_of_them: It and the others, the newest first.
    """
    run = summary.run
    report = None
    if run.state == "done" and not summary.trouble:
        report = archive.evaluations.report(run.name)
    _show_head(archive, run, has_files=report is not None)
    if report is None:
        st.query_params.from_dict(evaluation_parameters(run.name))
        _show_why_not(archive, summary)
        return
    _show_facts(summary, report)
    beside = choose_beside(archive, summary, all_of_them)
    names = section_names(report)
    section = _choose_section(run.name, list(names), names)
    st.query_params.from_dict(
        evaluation_parameters(run.name, "" if section == OVERVIEW else section, beside.name if beside else "")
    )
    show_section(report, section, run.name, beside)
    if section == SEARCH:
        show_ways(archive, PlotPlace(run.name, report.header.title))


def _show_head(archive: ViewerArchive, run: EvaluationRun, has_files: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.page_link(PAGE, label="All evaluations", icon=":material/arrow_back:")
            st.markdown(f"### {literal(run.name)}", width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if run.generation and st.button(
                "Evaluate again", icon=":material/refresh:", help="With the same choices, on the archive as it is now."
            ):
                start(archive, run.choices)
            if has_files:
                _offer_files(archive, run.name)
            _offer_deletion(archive, run.name)


def _offer_files(archive: ViewerArchive, name: str) -> None:
    with st.popover("Files", icon=":material/download:", help="The whole evaluation, to be read or kept elsewhere."):
        st.caption("All figures as JSON, and as one page that opens in any browser.")
        if not st.button("Make the files", key="make_evaluation_files", icon=":material/description:"):
            return
        files = archive.evaluations.files(name)
        waiting = {
            file: WAITING_FILES.put(HandedOut(file, content, _MEDIA_TYPES[file.rpartition(".")[2]]))
            for file, content in files.items()
        }
        show_downloads("evaluation_files", waiting)
        st.caption("Each can be fetched once, in the next ten minutes.")


def _offer_deletion(archive: ViewerArchive, name: str) -> None:
    if not st.button(
        "Delete", key="delete_evaluation", icon=":material/delete:", help="Can be undone on the next page."
    ):
        return
    try:
        archive.evaluations.delete(name)
    except RadseekError as error:
        show_notice("deletion_trouble", Notice("It was not deleted", str(error), "error"))
        return
    remember_deleted(name)
    st.query_params.clear()
    st.rerun()


def _show_why_not(archive: ViewerArchive, summary: EvaluationSummary) -> None:
    run = summary.run
    if summary.trouble:
        show_notice("evaluation_trouble", Notice("This evaluation cannot be read", summary.trouble, "error"))
        return
    notice = _ENDED[run.state]
    text = notice.text if run.state != "failed" else f"{' '.join(run.why)}."
    show_notice("evaluation_ended", Notice(notice.title, text, notice.kind))
    if run.state == "leaks":
        st.markdown("\n".join(f"- {literal(sentence)}" for sentence in run.why))
        st.markdown(
            "Split by patient and take duplicates out, or choose other sources. You can go on anyway: the figures are "
            "then marked as leaking and must not be quoted."
        )
        if st.button("Go on anyway", key="allow_leaks", icon=":material/report:"):
            start(archive, run.choices.allowing_leaks())
    st.caption(literal(_made(run)))


def _show_facts(summary: EvaluationSummary, report: EvaluationReport) -> None:
    run, header = summary.run, report.header
    st.markdown(
        f"**{literal(header.encoder)}** on {summary.n_studies:,} studies of {summary.n_patients:,} patients. "
        f"{literal(header.split_rule)}"
    )
    st.caption(literal(_made(run)))
    if summary.stale:
        show_notice(
            "stale",
            Notice(
                "This evaluation is of an older state of the archive", f"{summary.stale} Evaluate again to see.", "weak"
            ),
        )
    if report.leaks:
        text = " ".join(f"{leak.sentence[:1].upper()}{leak.sentence[1:]}." for leak in report.leaks)
        show_notice("leaks", Notice("These figures flatter and must not be quoted", text, "error"))
    if header.synthetic:
        show_notice("synthetic", Notice("Made-up pictures", f"{header.synthetic}.", "weak"))


def _made(run: EvaluationRun) -> str:
    """When, by whom, on what, with which choices."""
    parts = []
    if run.started_at:
        parts.append(f"{'Kept' if run.made_elsewhere else 'Started'} {moment(run.started_at)} by {run.by}")
    if run.made_elsewhere:
        parts.append("made elsewhere: it does not speak of this archive")
    if run.generation:
        parts.append(f"index {run.generation}")
    if choices_words(run):
        parts.append(choices_words(run))
    return " · ".join(parts)


def _choose_section(name: str, keys: list[str], names: dict[str, str]) -> str:
    key = f"section_of_{name}"
    if st.session_state.get(key) not in keys:
        asked = st.query_params.get("section", OVERVIEW)
        st.session_state[key] = asked if asked in keys else OVERVIEW
    chosen = st.pills(
        "Section", keys, format_func=names.__getitem__, key=key, label_visibility="collapsed", required=True
    )
    return chosen or OVERVIEW
