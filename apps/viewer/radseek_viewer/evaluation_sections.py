"""The sections of an evaluation: each a question, the plots that answer it, and what could not be measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.service import Figure, Panel
from radseek_viewer.evaluation_beside import show_differences
from radseek_viewer.evaluation_plots import PlotPlace, show_panel
from radseek_viewer.evaluation_subgroups import show_subgroups
from radseek_viewer.evaluation_words import figure_title, in_a_hundred
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from radseek.service import EvaluationReport, Section
    from radseek_viewer.evaluation_beside import Beside

OVERVIEW = "overview"
RESTS_ON = "rests_on"
_SUBGROUPS = "subgroups"
_SHARE = "success@"


def section_names(report: EvaluationReport) -> dict[str, str]:
    """Key of each section -> its title, in the order of the page."""
    measured = {section.key: section.title for section in report.sections if section.panels}
    return {OVERVIEW: "Overview"} | measured | {RESTS_ON: "What it rests on"}


def show_section(report: EvaluationReport, key: str, name: str, beside: Beside | None) -> None:
    """Draw one section.

    Args:
        report: The evaluation.
        key: One of `section_names`.
        name: Of the evaluation.
        beside: The evaluation that it is set beside.
    """
    place = PlotPlace(name, report.header.title, beside.name if beside else "")
    if key == OVERVIEW:
        _show_overview(report, place, beside)
    elif key == RESTS_ON:
        _show_what_it_rests_on(report)
    else:
        section = next(one for one in report.sections if one.key == key)
        st.markdown(f"##### {literal(section.question)}")
        if key == _SUBGROUPS:
            show_subgroups(report, section, place)
        else:
            _show_panels(section, place, beside)
        for note in section.notes:
            st.caption(literal(note))


def _show_panels(section: Section, place: PlotPlace, beside: Beside | None) -> None:
    for panel in section.panels:
        before = beside.panel(panel.key) if beside else None
        if panel.kind == "maps":
            st.caption(literal(f"{panel.title}: the maps are on the page that Files makes."))
        elif panel.folded:
            with st.expander(literal(panel.title)):
                show_panel(panel, place, before)
        else:
            show_panel(panel, place, before)


def _show_overview(report: EvaluationReport, place: PlotPlace, beside: Beside | None) -> None:
    chosen = [figure for key in report.headlines if (figure := report.figure(key)) is not None]
    for figure in chosen:
        if _SHARE in figure.key and figure.value is not None:
            st.markdown(f"- {literal(_said(report, figure))}")
    if chosen:
        show_panel(_headlines(report, chosen, "overview"), place, beside.headlines(chosen) if beside else None)
    else:
        show_notice("no_headline", Notice("No first figure could be measured", "See below what is missing.", "weak"))
    if beside:
        show_differences(beside, place)
    for section in report.sections:
        for panel in section.panels:
            if panel.kind == "curves" and panel.key.startswith("pairs/"):
                show_panel(panel, place, beside.panel(panel.key) if beside else None)
    _show_what_is_missing(report)


def _headlines(report: EvaluationReport, figures: list[Figure], key: str) -> Panel:
    named = tuple(replace(figure, label=figure_title(figure.key, report.caption(figure.key))) for figure in figures)
    return Panel(key, "First figures, beside chance", "forest", named)


def _said(report: EvaluationReport, figure: Figure) -> str:
    """What a share means, in words that need no plot."""
    return f"{figure_title(figure.key, report.caption(figure.key))}: {in_a_hundred(figure)}."


def _show_what_is_missing(report: EvaluationReport) -> None:
    missing = [section for section in report.sections if section.why_not]
    if not missing:
        return
    st.markdown("##### What could not be measured")
    st.markdown("\n".join(f"- **{literal(section.title)}**: {literal(section.why_not)}" for section in missing))


def _show_what_it_rests_on(report: EvaluationReport) -> None:
    header = report.header
    st.markdown("##### Tested")
    st.dataframe(
        [
            {
                "Set": line.name, "Pictures": line.n_pictures, "Studies": line.n_studies, "Patients": line.n_patients,
                "Text": line.text_field, "Texts that others have too": line.n_repeated_texts, "Version": line.version,
                "Trained on a set of this name": "yes" if line.known_training else "no",
            }
            for line in header.datasets
        ],
        hide_index=True,
        width="stretch",
    )  # fmt: skip
    facts = {
        "Encoder": f"{header.encoder} {header.revision} ({header.numerics})",
        "It learned from": ", ".join(header.training_sets) or "nothing is stated",
        "Split": header.split_rule,
        "Leaks": header.leak_check,
        "Unit": header.unit,
        "Intervals": f"95 %, bootstrap by patient, seed {header.seed}",
        "Licence of the encoder": header.licence,
        "radseek": header.radseek_version,
        "The same as a command": header.command or "none was given",
    }
    st.markdown("\n".join(f"- **{word}**: {literal(said)}" for word, said in facts.items()))
    _show_what_is_missing(report)
