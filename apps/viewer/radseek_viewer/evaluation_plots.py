"""Panels of an evaluation as plots, drawn by `assets/plot.js`: crisp, readable without seeing them, and savable."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from radseek_viewer.components import register_component
from radseek_viewer.evaluation_words import figure_words, interval, number
from radseek_viewer.wording import DISCLAIMER

if TYPE_CHECKING:
    from radseek.service import Figure, Line, Panel

_mount = register_component("plot")
_CHART = frozenset({"curves", "reliability"})
_ROUND = (0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0)
_INTERVALS = ("95 % interval by patient", "95 % interval")
_NAMES = {
    "main": "value, with its 95 % interval",
    "random": "chance",
    "ceiling": "ceiling: what a perfect scorer reaches",
}


@dataclass(frozen=True, slots=True)
class PlotPlace:
    """Where a plot stands."""

    evaluation: str
    """Name of the evaluation, for the names of saved files."""
    credit: str
    """What saved plots say below: which encoder on what."""
    before: str = ""
    """Name of the evaluation that it is set beside."""

    def file_of(self, key: str) -> str:
        """Name of a saved plot, without ending."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{self.evaluation}-{key}")[:90].strip("-")


def show_panel(panel: Panel, place: PlotPlace, before: Panel | None = None, whole: Figure | None = None) -> None:
    """Draw a panel.

    Args:
        panel: Figures or curves that are read together.
        place: Where it stands.
        before: The same panel of the evaluation that it is set beside.
        whole: A figure that stands above the others, whatever their order.
    """
    if panel.kind in _CHART and panel.lines:
        _mount(key=f"plot_{panel.key}", data=_charted(panel, place, before))
        if panel.kind == "curves" or not panel.figures:
            return
        panel = replace(panel, key=f"{panel.key}/figures", kind="table", lines=(), title=f"{panel.title} · figures")
    if panel.figures:
        _mount(key=f"plot_{panel.key}", data=rows_plot(panel, place, before, whole))


def rows_plot(
    panel: Panel, place: PlotPlace, before: Panel | None = None, whole: Figure | None = None
) -> dict[str, Any]:
    """What `plot.js` draws of figures below each other; arguments as `show_panel`."""
    figures = ([whole] if whole is not None else []) + list(panel.figures)
    earlier = {figure.key: figure for figure in before.figures} if before is not None else {}
    scale = fitted_scale(panel, [*figures, *earlier.values()])
    rows = [_row(figure, panel, scale, (place.before, earlier.get(figure.key))) for figure in figures]
    rows[0]["fixed"] = whole is not None
    is_drawn = any(row["value"] is not None for row in rows)
    roles = [
        ("main", True),
        ("before", any(row["before"] for row in rows)),
        ("tick-random", any(row["chance"] is not None for row in rows) or panel.reference is not None),
        ("tick-ceiling", any(row["ceiling"] is not None for row in rows)),
    ]
    names = _NAMES | {
        "before": place.before,
        "tick-random": "no difference" if panel.reference == 0 else "chance",
        "tick-ceiling": _NAMES["ceiling"],
    }
    return (
        _common(panel, place)
        | {
            "kind": "rows" if is_drawn else "table",
            "rows": rows,
            "scale": list(scale),
            "reference": panel.reference,
            "bars": panel.key.startswith("auroc/") or "/finding" in panel.key,
            "sortable": len(rows) > 3 and is_drawn,
            "legend": [{"role": role, "name": names[role]} for role, there in roles if there],
            "about": f"{panel.title}. {len(rows)} figures below each other; arrow keys go from one to the next.",
        }
        | _figure_table(figures, earlier, place)
    )


def _common(panel: Panel, place: PlotPlace) -> dict[str, Any]:
    return {
        "title": panel.title,
        "note": panel.note,
        "file": place.file_of(panel.key),
        "credit": f"{place.credit} · {DISCLAIMER}",
    }


def _row(figure: Figure, panel: Panel, scale: tuple[float, float], beside: tuple[str, Figure | None]) -> dict[str, Any]:
    other, before = beside
    is_drawn = _is_on(figure, panel.scale)
    text = number(figure.value)
    if figure.low is not None:
        text += f" ({interval(figure.low, figure.high)})"
    words = figure_words(figure.label, figure)
    if before is not None and before.value is not None:
        spread = f" ({interval(before.low, before.high)})" if before.low is not None else ""
        words += f" {other}: {number(before.value)}{spread}."
    chance = figure.random if figure.random != panel.reference else None
    return {
        "label": figure.label,
        "text": text if figure.value is not None else "not measured",
        "words": words,
        "value": figure.value if is_drawn else None,
        "low": figure.low if is_drawn else None,
        "high": figure.high if is_drawn else None,
        "chance": chance if is_drawn and chance is not None and scale[0] <= chance <= scale[1] else None,
        "ceiling": figure.ceiling if is_drawn and figure.ceiling is not None and figure.ceiling <= scale[1] else None,
        "before": {"value": before.value, "low": before.low, "high": before.high}
        if before is not None and is_drawn and _is_on(before, panel.scale)
        else None,
        "fixed": False,
    }


def _is_on(figure: Figure, scale: tuple[float, float]) -> bool:
    """Whether a figure belongs on a scale; a rank among shares, say, does not."""
    return figure.value is not None and scale[0] <= figure.value <= scale[1] + 1e-9


def fitted_scale(panel: Panel, figures: Sequence[Figure]) -> tuple[float, float]:
    """The panel's scale, cut at a round value above all that is drawn; one around 0 stays even."""
    low, high = panel.scale
    drawn = [
        value
        for figure in figures
        if _is_on(figure, panel.scale)
        for value in (figure.value, figure.low, figure.high, figure.random, panel.reference)
        if value is not None
    ]
    if not drawn or (low, high) not in {(0.0, 1.0), (-1.0, 1.0)}:
        return low, high
    reach = max(abs(value) for value in drawn)
    top = next((edge for edge in _ROUND if reach <= edge + 1e-9), high)
    return (0.0 if low == 0 else -top), top


def _figure_table(figures: Sequence[Figure], earlier: dict[str, Figure], place: PlotPlace) -> dict[str, Any]:
    """The figures as a table with words, and as CSV with all digits."""
    columns = [
        column
        for column in _COLUMNS
        if column[0] == "value" or any(column[2](figure) is not None for figure in figures)
    ]
    beside = [place.before, f"{place.before}, 95 %"] if earlier else []
    cells, raw = [], []
    for figure in figures:
        before = earlier.get(figure.key)
        told = [number(before.value), interval(before.low, before.high)] if before else ["–", ""]
        cells.append([figure.label, *(shown(figure) for _, shown, _ in columns), *(told if earlier else [])])
        raw.append(_raw(figure) + (_raw(before)[2:5] if before else []))
    head = [*_CSV, *(f"{place.before}_{name}" for name in _CSV[2:5])] if earlier else list(_CSV)
    return {
        "head": ["figure", *(name for name, _, _ in columns), *beside],
        "cells": cells,
        "csv": csv_text([head, *raw]),
    }


_CSV = ("key", "figure", "value", "low", "high", "chance", "ceiling", "prevalence", "n", "note")


def _raw(figure: Figure) -> list[Any]:
    return [
        figure.key, figure.label, figure.value, figure.low, figure.high, figure.random, figure.ceiling,
        figure.prevalence, figure.n, figure.note,
    ]  # fmt: skip


_Column = tuple[str, Callable[["Figure"], str], Callable[["Figure"], Any]]
_COLUMNS: tuple[_Column, ...] = (
    ("value", lambda figure: number(figure.value), lambda figure: figure.value),
    ("95 % interval", lambda figure: interval(figure.low, figure.high), lambda figure: figure.low),
    ("chance", lambda figure: number(figure.random), lambda figure: figure.random),
    ("ceiling", lambda figure: number(figure.ceiling), lambda figure: figure.ceiling),
    ("share of ceiling", lambda figure: number(figure.share_of_ceiling), lambda figure: figure.share_of_ceiling),
    ("prevalence", lambda figure: number(figure.prevalence), lambda figure: figure.prevalence),
    ("n", lambda figure: f"{figure.n:,}", lambda figure: figure.n or None),
    ("note", lambda figure: figure.note, lambda figure: figure.note or None),
)


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is shown as text."""
    stream = io.StringIO()
    csv.writer(stream).writerows([[_safe(cell) for cell in row] for row in rows])
    return stream.getvalue()


def _safe(cell: object) -> object:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _charted(panel: Panel, place: PlotPlace, before: Panel | None) -> dict[str, Any]:
    is_diagonal = panel.kind == "reliability"
    main = [line for line in panel.lines if line.role in {"main", "other"}]
    beside = (
        [
            replace(line, role="before", name=f"{line.name}: {place.before}")
            for line in before.lines
            if line.role == "main"
        ]
        if before
        else []
    )
    main = [replace(line, name=f"{line.name}: {place.evaluation}") for line in main] if beside else main
    context = [line for line in panel.lines if line.role not in {"main", "other"}]
    lines = [*context, *beside, *main]
    x_short = panel.x_label.partition(",")[0]
    legend = [{"role": line.role, "name": line.name} for line in (*main, *beside)]
    legend += [{"role": "band", "name": _INTERVALS[is_diagonal]}] if any(line.low for line in main) else []
    legend += [{"role": line.role, "name": line.name} for line in context]
    legend += [{"role": "random", "name": "a score that can be believed lies on this line"}] if is_diagonal else []
    return (
        _common(panel, place)
        | {
            "kind": "xy",
            "lines": [_line(line, context if line in main else [], (x_short, panel.y_label)) for line in lines],
            "diagonal": is_diagonal,
            "scale": list(_y_scale(panel, lines)),
            "xLabel": panel.x_label,
            "yLabel": panel.y_label,
            "sortable": False,
            "legend": legend,
            "about": f"{panel.title}. {panel.y_label} over {panel.x_label}; arrow keys go from point to point.",
        }
        | _line_table(lines, panel)
    )


def _y_scale(panel: Panel, lines: Sequence[Line]) -> tuple[float, float]:
    if panel.kind == "reliability":
        return panel.scale
    top = max((value for line in lines for value in (*line.y, *line.high)), default=panel.scale[1])
    return panel.scale[0], next((edge for edge in _ROUND if top <= edge + 1e-9), panel.scale[1])


def _line(line: Line, context: Sequence[Line], axes: tuple[str, str]) -> dict[str, Any]:
    words = [_point_words(line, place, context, axes) for place in range(len(line.x))]
    return {
        "name": line.name,
        "role": line.role,
        "x": list(line.x),
        "y": list(line.y),
        "low": list(line.low),
        "high": list(line.high),
        "sizes": list(line.sizes),
        "words": words if line.role in {"main", "other", "before"} else [],
    }


def _point_words(line: Line, place: int, context: Sequence[Line], axes: tuple[str, str]) -> str:
    x_short, y_label = axes
    at = line.x[place]
    said = [f"{line.name}, {x_short} {at:g}: {number(line.y[place])}"]
    if line.sizes:
        said = [f"{x_short} {number(at)}: {number(line.y[place])} {y_label}", f"n {line.sizes[place]:,.0f}"]
    if line.low:
        said.append(f"95 % interval {interval(line.low[place], line.high[place])}")
    for other in context:
        if place < len(other.x) and math.isclose(other.x[place], at):
            said.append(f"{other.name} {number(other.y[place])}")
    return f"{', '.join(said)}."


def _line_table(lines: Sequence[Line], panel: Panel) -> dict[str, Any]:
    head = ["line", panel.x_label, panel.y_label, "95 % interval", "n"]
    cells, raw = [], []
    for line in lines:
        name = line.name
        for place, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
            low, high = (line.low[place], line.high[place]) if line.low and line.high else (None, None)
            size = line.sizes[place] if line.sizes else None
            cells.append([name, f"{x:.4g}", number(y), interval(low, high), "" if size is None else f"{size:,.0f}"])
            raw.append([name, x, y, low, high, size])
    return {"head": head, "cells": cells, "csv": csv_text([["line", "x", "y", "low", "high", "n"], *raw])}
