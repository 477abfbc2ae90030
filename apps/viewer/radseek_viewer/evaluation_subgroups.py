"""Whom the search serves less well: one figure in each group of one field, beside the whole."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.service import Figure, Panel
from radseek_viewer.evaluation_plots import PlotPlace, show_panel
from radseek_viewer.evaluation_words import interval, number
from radseek_viewer.plain_text import literal

if TYPE_CHECKING:
    from radseek.service import EvaluationReport, Section

FIELDS = {"sex": "Sex", "age": "Age", "modality": "Modality", "view": "View", "source": "Source"}
"""Field of a subgroup -> what people call it."""
_BY_SOURCE = "by source"
_COUNT = re.compile(r"\(([^()]*)\)$")


def show_subgroups(report: EvaluationReport, section: Section, place: PlotPlace) -> None:
    """Choose a figure and a field; see each group beside the whole, and what differs surely, in words."""
    panels = {panel.key: panel for panel in section.panels}
    sources = by_source(report)
    if sources is not None:
        panels[sources.key] = sources
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox(
            "Figure", list(panels), format_func=lambda one: panels[one].title, key="subgroup_figure", width=560
        )
        panel = panels[key]
        fields = sorted({field_of(panel, figure) for figure in panel.figures}, key=_place)
        field = st.selectbox(
            "Groups", fields, format_func=lambda one: FIELDS.get(one, one), key=f"subgroup_field_{key}", width=200
        )
    whole = whole_of(report, panel)
    groups = [figure for figure in panel.figures if field_of(panel, figure) == field]
    shown = tuple(replace(figure, label=group_words(figure, field)) for figure in groups)
    title = f"{panel.title} · by {FIELDS.get(field, field).lower()}"
    show_panel(replace(panel, key=f"{panel.key}/{field}", title=title, figures=shown), place, whole=whole)
    for sentence in told_differences(shown, whole):
        st.markdown(f"- {literal(sentence)}")


def by_source(report: EvaluationReport) -> Panel | None:
    """Text finds study in each source, where there are several: galleries differ in size, so chance does too."""
    wanted = "/report/text_to_study/all/strict/success@10"
    figures = [
        replace(figure, key=f"{_BY_SOURCE}/source/{figure.key}", label=f"source: {name} ({figure.n})")
        for figure in report.figures()
        if figure.key.startswith("pairs/") and figure.key.endswith(wanted)
        for name in (figure.key.removeprefix("pairs/").removesuffix(wanted),)
    ]
    if len(figures) < 2:
        return None
    return Panel(
        _BY_SOURCE,
        "Each source: the report text asks for its study · success@10, own gallery",
        "forest",
        tuple(figures),
        note="Each source is its own gallery: a small one is easier, and its chance is higher. Compare with chance.",
    )


def field_of(panel: Panel, figure: Figure) -> str:
    """Field of a subgroup's figure, by its key."""
    return figure.key.removeprefix(f"{panel.key}/").partition("/")[0]


def group_words(figure: Figure, field: str) -> str:
    """Such as `CT (16 patients)`."""
    group = figure.label.removeprefix(f"{field}: ")
    return _COUNT.sub(lambda found: f"({found[1]} {'texts' if field == 'source' else 'patients'})", group)


def whole_of(report: EvaluationReport, panel: Panel) -> Figure | None:
    """The same figure over all groups; None where the report has none."""
    task = panel.key.removeprefix("subgroups/")
    tried = (f"pairs/{task}/text_to_study/all/strict/success@10", f"auroc/{task.removesuffix('/auroc')}/labels/macro")
    found = next((figure for key in tried if (figure := report.figure(key)) is not None), None)
    return None if found is None else replace(found, label="all together", ceiling=None)


def told_differences(groups: tuple[Figure, ...], whole: Figure | None) -> list[str]:
    """A sentence for each group whose interval leaves the whole out, or one that says that none does."""
    if whole is None or whole.value is None:
        return []
    told = []
    for figure in groups:
        if figure.low is None or figure.high is None or figure.low <= whole.value <= figure.high:
            continue
        better = figure.low > whole.value
        told.append(
            f"{figure.label} is served {'better' if better else 'less well'} than the whole: {number(figure.value)} "
            f"({interval(figure.low, figure.high)}) beside {number(whole.value)}."
        )
    if told:
        return told
    return [f"No group's interval leaves out the {number(whole.value)} of all together: no difference is sure."]


def _place(field: str) -> int:
    return list(FIELDS).index(field) if field in FIELDS else len(FIELDS)
