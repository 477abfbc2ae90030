"""The viewer's words for figures: numbers, intervals, what a figure says. No Markdown, no HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.service import EvaluationRun, EvaluationSummary, Figure

STATES = {
    "running": ":material/progress_activity: running",
    "done": ":material/check_circle: done",
    "failed": ":material/error: failed",
    "leaks": ":material/report: stopped: it would flatter",
    "stopped": ":material/stop_circle: stopped",
    "interrupted": ":material/stop_circle: interrupted",
}
"""State of an evaluation or another job -> mark and words."""

STAGES = {
    "": "Starting: loading index and encoder",
    "look for leaks": "Looking for what was trained on among what is tested",
    "encode pictures": "Encoding pictures",
    "encode texts": "Reading texts",
    "encode patches": "Looking where findings are",
    "measure": "Measuring",
    "queries, image vectors only": "Texts ask the whole search by pictures",
    "queries, reports only (lookup)": "Texts ask the whole search by reports",
    "queries, fused (with lookup)": "Texts ask the whole search by both",
}
"""Stage of an evaluation -> what people call it; others are shown as they are."""

SECTION_WORDS = {
    "findings": "findings",
    "impression": "impression",
    "other": "other text (captions, undivided reports)",
}
"""Report section whose text may ask -> what people call it."""


_SAID = (
    (
        re.compile(r"search/image vectors only/success@(\d+)"),
        "By pictures alone, a report's text finds its study among the first {0}",
    ),
    (
        re.compile(r"search/reports only \(lookup\)/success@(\d+)"),
        "By reports alone, a report's text finds its study among the first {0} (it finds itself)",
    ),
    (
        re.compile(r"search/fused \(with lookup\)/success@(\d+)"),
        "By pictures and reports, a report's text finds its study among the first {0} (it finds itself)",
    ),
    (
        re.compile(r"pairs/(.+)/report/text_to_study/all/strict/success@(\d+)"),
        "{0}: by pictures alone, every report's text, its study among the first {1}",
    ),
    (
        re.compile(r"pairs/(.+)/caption/text_to_study/all/strict/success@(\d+)"),
        "{0}: by pictures alone, every caption, its study among the first {1}",
    ),
)
"""Keys of figures -> what people call them; others keep their report's words."""


_WAYS = {
    "search/image vectors only": "pictures alone",
    "search/reports only (lookup)": "reports alone",
    "search/fused (with lookup)": "pictures and reports",
}
"""Task of a way of searching -> what people call it."""


def is_way(task: str) -> bool:
    """Whether texts asked the whole search in this task, not picture vectors only."""
    return task in _WAYS


def task_words(task: str) -> str:
    """Such as `pictures alone`; of picture vectors as it stands in the report: `trauma/report`."""
    return _WAYS.get(task, task)


def figure_title(key: str, caption: str) -> str:
    """What a figure is, in words that stand alone.

    Args:
        key: Of the figure.
        caption: What the report calls it.
    """
    for pattern, words in _SAID:
        found = pattern.fullmatch(key)
        if found:
            return words.format(*found.groups())
    return caption


def number(value: float | None) -> str:
    """Three digits after the point below 10, fewer above; a dash where there is none."""
    if value is None:
        return "–"
    if abs(value) < 10:
        return f"{value:.3f}"
    return f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def interval(low: float | None, high: float | None) -> str:
    """Such as `0.062 to 0.121`; empty without one."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def figure_words(label: str, figure: Figure) -> str:
    """A figure as one sentence, for those who do not see the plot: value, interval, chance, ceiling, how many."""
    if figure.value is None:
        return f"{label}: not measured{f', {figure.note}' if figure.note else ''}."
    parts = [f"{label}: {number(figure.value)}"]
    if figure.low is not None:
        parts.append(f"95 % interval {interval(figure.low, figure.high)}")
    for name, value in (("chance", figure.random), ("ceiling", figure.ceiling), ("prevalence", figure.prevalence)):
        if value is not None:
            parts.append(f"{name} {number(value)}")
    parts += [f"n {figure.n:,}"] if figure.n else []
    return f"{', '.join(parts)}." + (f" {figure.note[:1].upper()}{figure.note[1:]}." if figure.note else "")


def headline_words(summary: EvaluationSummary) -> str:
    """The first figure in words, such as `0.087 (0.061 to 0.119), chance 0.020`; a dash without one."""
    if summary.value is None:
        return "–"
    beside = f" ({interval(summary.low, summary.high)})" if summary.low is not None else ""
    chance = f", chance {number(summary.chance)}" if summary.chance is not None else ""
    return f"{number(summary.value)}{beside}{chance}"


def in_a_hundred(figure: Figure) -> str:
    """What a share says, such as `9 of 100 (6 to 12); at random 2`."""
    value = figure.value or 0.0
    said = f"{_per_hundred(value)} of 100"
    if figure.low is not None and figure.high is not None:
        said += f" (95 % interval {_per_hundred(figure.low)} to {_per_hundred(figure.high)})"
    said += f"; a random order brings {_per_hundred(figure.random)}" if figure.random is not None else ""
    return f"{said} ({counted(figure.n, 'text')} asked)" if figure.n else said


def _per_hundred(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.0995 or share == 0 else f"{100 * share:.1f}".removesuffix(".0")


def choices_words(run: EvaluationRun) -> str:
    """What was chosen, in a sentence."""
    choices = run.choices
    parts = [f"texts of {' and '.join(choices.sections)}"] if choices.sections else []
    if choices.sources:
        parts.append(f"only {', '.join(choices.sources)}")
    if choices.trained_on:
        parts.append(f"trained on {', '.join(choices.trained_on)}")
    if choices.max_queries:
        parts.append(f"at most {counted(choices.max_queries, 'text')} ask the whole search")
    if choices.allow_leaks:
        parts.append("whatever leaks")
    return "; ".join(parts)
