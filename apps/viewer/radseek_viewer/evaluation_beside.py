"""Two evaluations side by side: the same figures of both, and paired differences where both asked the same texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.service import Figure, Panel
from radseek_viewer.evaluation_plots import PlotPlace, show_panel
from radseek_viewer.evaluation_words import interval, number
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
    figures = tuple(
        Figure(
            f"beside/{one.task}/{one.measure}", f"{one.task} · {one.measure}", one.difference, one.low, one.high, one.n
        )
        for one in found
    )
    title = f"{place.evaluation} minus {place.before}, on the same texts, by picture vectors only"
    note = (
        f"Right of the dashed line {place.evaluation} is better. An interval without 0 is a sure difference; nothing "
        "is corrected for how many are compared."
    )
    show_panel(
        Panel("beside", title, "forest", figures, scale=(-1.0, 1.0), reference=0.0, note=note),
        replace(place, before=""),
    )
    for one in found:
        st.markdown(f"- {literal(difference_words(one))}")


def difference_words(one: PairedDifference) -> str:
    """Such as `success@10 went from 0.087 to 0.120: surely better, by 0.033 (0.010 to 0.051). ...`."""
    way = "better" if one.difference > 0 else "worse"
    sure = f"surely {way}" if one.is_sure else "no sure difference"
    alone = f" {counted(one.n_alone, 'study')} asked in one of them only are left out." if one.n_alone else ""
    return (
        f"{one.task}, {one.measure}: from {number(one.before)} to {number(one.after)} on {counted(one.n, 'study')}, "
        f"{sure} ({interval(one.low, one.high)}). {one.n_better:,} found that the other did not find, {one.n_worse:,} "
        f"the other way round.{alone}"
    )
