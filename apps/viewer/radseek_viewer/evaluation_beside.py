"""Two evaluations side by side: the same figures of both, and paired differences where both asked the same texts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.service import Figure, Panel
from radseek_viewer.evaluation_plots import PlotPlace, show_panel
from radseek_viewer.evaluation_words import interval, is_way, number, task_words
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.service import EvaluationReport, EvaluationSummary, PairedDifference
    from radseek_viewer.connection import ViewerArchive


@dataclass(frozen=True, slots=True)
class Beside:
    """The evaluation that another is set beside."""

    name: str
    report: EvaluationReport
    differences: tuple[PairedDifference, ...]
    """Of the other one minus this one."""

    def panel(self, key: str) -> Panel | None:
        """The panel of this key."""
        return next((panel for section in self.report.sections for panel in section.panels if panel.key == key), None)

    def headlines(self, figures: Sequence[Figure]) -> Panel:
        """A panel of the same figures as far as they are there."""
        found = (self.report.figure(figure.key) for figure in figures)
        return Panel("overview", "", "forest", tuple(figure for figure in found if figure is not None))


def choose_beside(
    archive: ViewerArchive, summary: EvaluationSummary, all_of_them: Sequence[EvaluationSummary]
) -> Beside | None:
    """The evaluation to set this one beside; None while none is chosen, or where there is no other."""
    name = summary.run.name
    others = [
        one.run.name for one in all_of_them if one.run.name != name and one.run.state == "done" and not one.trouble
    ]
    if not others:
        return None
    key = f"beside_{name}"
    if st.session_state.get(key) not in {"", *others}:
        asked = st.query_params.get("beside", "")
        st.session_state[key] = asked if asked in others else ""
    chosen = st.selectbox(
        "Set beside",
        ["", *others],
        format_func=lambda one: one or "no other evaluation",
        key=key,
        width=360,
        help="Every plot then shows both, and texts that both asked are compared one by one.",
    )
    if not chosen:
        return None
    try:
        differences = archive.evaluations.differences(chosen, name)
        return Beside(chosen, archive.evaluations.report(chosen), differences)
    except RadseekError as error:
        show_notice("beside_trouble", Notice("It cannot be set beside the other", str(error), "error"))
        return None


def show_differences(beside: Beside, place: PlotPlace) -> None:
    """What changed on the texts that both asked, in a plot and in words; or why that cannot be told."""
    found = beside.differences
    if not found:
        text = "One of them does not hold what became of each text, or they asked no text in common."
        show_notice("no_pairs", Notice("The two cannot be paired text by text", text, "weak"))
        return
    minus = f"{place.evaluation} minus {place.before}, on the same texts"
    is_better = f"{place.evaluation} is better"
    searched = [one for one in found if is_way(one.task)]
    show_paired("beside_search", f"{minus}, by the whole search", is_better, searched, place)
    by_vectors = [one for one in found if not is_way(one.task)]
    show_paired("beside", f"{minus}, by picture vectors only", is_better, by_vectors, place)


def show_paired(key: str, title: str, is_better: str, found: Sequence[PairedDifference], place: PlotPlace) -> None:
    """Paired differences in a plot and in words; nothing where there is none.

    Args:
        key: Of the plot.
        title: What is compared.
        is_better: What holds right of 0, such as `pictures and reports are better`.
        found: The differences.
        place: Where the plot stands.
    """
    if not found:
        return
    figures = tuple(
        Figure(f"{key}/{one.against}/{one.task}/{one.measure}", paired_label(one), one.difference, *edges(one), one.n)
        for one in found
    )
    note = (
        f"Right of the dashed line {is_better}. Where an interval spans 0 no difference is shown; nothing is corrected "
        "for how many are compared."
    )
    show_panel(
        Panel(key, title, "forest", figures, scale=(-1.0, 1.0), reference=0.0, note=note), replace(place, before="")
    )
    for one in found:
        st.markdown(f"- {literal(difference_words(one))}")


def edges(one: PairedDifference) -> tuple[float | None, float | None]:
    """Both ends of the interval; None where all texts are of one patient, so that there is none."""
    return (one.low, one.high) if math.isfinite(one.low) and math.isfinite(one.high) else (None, None)


def paired_label(one: PairedDifference) -> str:
    """Such as `pictures and reports minus pictures alone · success@1`."""
    against = f" minus {task_words(one.against)}" if one.against else ""
    return f"{task_words(one.task)}{against} · {one.measure}"


def difference_words(one: PairedDifference) -> str:
    """Such as `trauma/report, success@10: from 0.087 to 0.120 on 75 studies, surely better (0.010 to 0.051). ...`."""
    way = "better" if one.difference > 0 else "worse"
    sure = f"surely {way}" if one.is_sure else "no difference shown"
    low, high = edges(one)
    said = f" ({interval(low, high)})" if low is not None else ": all are of one patient"
    alone = f" {counted(one.n_alone, 'study')} asked in one of them only are left out." if one.n_alone else ""
    tasks = f"{task_words(one.against)} to {task_words(one.task)}" if one.against else task_words(one.task)
    return (
        f"{tasks[:1].upper()}{tasks[1:]}, {one.measure}: from {number(one.before)} to {number(one.after)} on "
        f"{counted(one.n, 'study')}, {sure}{said}. {one.n_better:,} found that the other did not find, "
        f"{one.n_worse:,} the other way round.{alone}"
    )
