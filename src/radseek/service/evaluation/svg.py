"""Small drawings as SVG text: colours come from the page's style sheet by class, every text is escaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from radseek.service.evaluation.report import EvidenceMap, Figure, Line, Panel

BAR_WIDTH, BAR_HEIGHT = 170, 18
_ROW = 26
_PAD_LEFT, _PAD_RIGHT, _PAD_TOP, _PAD_BOTTOM = 52, 16, 14, 42
PLOT_WIDTH, PLOT_HEIGHT = 640, 290
_LABEL_WIDTH, _SCALE_WIDTH, _VALUE_WIDTH = 310, 360, 190
_MAP_PX = 150
_MANY_K = 20
"""Above this, the axis of k is logarithmic."""


def interval_bar(figure: Figure, scale: tuple[float, float]) -> str:
    """A track with interval as band, value as dot, chance and ceiling as ticks; empty without a value in `scale`."""
    if figure.value is None or not scale[0] <= figure.value <= scale[1] + 1e-9:
        return ""
    marks = [f'<line class="track" x1="0" x2="{BAR_WIDTH}" y1="9" y2="9"/>']
    marks += _interval(figure, scale, BAR_WIDTH, 0, 9)
    return _svg(BAR_WIDTH, BAR_HEIGHT, marks, describe(figure))


def forest_plot(panel: Panel) -> str:
    """Figures below each other on one scale: label and count at the left, dot and interval, value at the right."""
    figures = [figure for figure in panel.figures if figure.value is not None]
    width, height = _LABEL_WIDTH + _SCALE_WIDTH + _VALUE_WIDTH, _ROW * len(figures) + 30
    marks = _scale_lines(panel, height - 24)
    for row, figure in enumerate(figures):
        y = _ROW * row + 14
        marks.append(_text(_LABEL_WIDTH - 12, y + 4, figure.label, "label end"))
        marks += _interval(figure, panel.scale, _SCALE_WIDTH, _LABEL_WIDTH, y)
        marks.append(_text(_LABEL_WIDTH + _SCALE_WIDTH + 14, y + 4, _value_text(figure), "value"))
    return _svg(width, height, marks, panel.title)


def curve_plot(panel: Panel) -> str:
    """Lines over a grid; x is logarithmic where it begins at 1 and goes far."""
    xs = [x for line in panel.lines for x in line.x]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    log = low >= 1 and high > _MANY_K
    marks = _axes(panel, _ticks(low, high, log), lambda x: _x_place(x, low, high, log))
    for line in panel.lines:
        marks += _band(line, panel.scale, lambda x: _x_place(x, low, high, log))
        places = [
            f"{_x_place(x, low, high, log):.1f},{_y_place(y, panel.scale):.1f}"
            for x, y in zip(line.x, line.y, strict=True)
        ]
        marks.append(f'<polyline class="line {escape(line.role)}" points="{" ".join(places)}"/>')
    return _svg(PLOT_WIDTH, PLOT_HEIGHT, marks, panel.title)


def _band(line: Line, scale: tuple[float, float], x_place: Callable[[float], float]) -> list[str]:
    """The intervals of a line's points as one surface; nothing where there are none."""
    if not line.low or not line.high:
        return []
    edge = [*zip(line.x, line.high, strict=True), *reversed(list(zip(line.x, line.low, strict=True)))]
    places = " ".join(f"{x_place(x):.1f},{_y_place(y, scale):.1f}" for x, y in edge)
    return [f'<polygon class="band" points="{places}"/>']


def reliability_plot(panel: Panel) -> str:
    """Observed share over stated probability, dots as large as what stands behind them, beside the diagonal."""
    scale = panel.scale
    marks = _axes(panel, _even_ticks(*scale), lambda x: _x_place(x, *scale, log=False))
    start, end = (_x_place(edge, *scale, log=False) for edge in scale)
    marks.append(
        f'<line class="line random" x1="{start:.1f}" y1="{_y_place(scale[0], scale):.1f}" '
        f'x2="{end:.1f}" y2="{_y_place(scale[1], scale):.1f}"/>'
    )
    for line in panel.lines:
        most = max(line.sizes, default=1.0) or 1.0
        for x, y, size in zip(line.x, line.y, line.sizes or (1.0,) * len(line.x), strict=True):
            radius = 3 + 9 * math.sqrt(size / most)
            place = f'cx="{_x_place(x, *scale, log=False):.1f}" cy="{_y_place(y, scale):.1f}"'
            marks.append(f'<circle class="blob {escape(line.role)}" {place} r="{radius:.1f}"/>')
    return _svg(PLOT_WIDTH, PLOT_HEIGHT, marks, panel.title)


def evidence_map(evidence: EvidenceMap, scale: tuple[float, float]) -> str:
    """The patch grid as opacities of one colour on `scale`, boxes outlined, over the picture where there is one."""
    low, high = scale
    cell_w, cell_h = _MAP_PX / evidence.cols, _MAP_PX / evidence.rows
    marks = [f'<rect class="ground" width="{_MAP_PX}" height="{_MAP_PX}"/>']
    if evidence.picture_png:
        source = f"data:image/png;base64,{escape(evidence.picture_png)}"
        marks.append(f'<image href="{source}" width="{_MAP_PX}" height="{_MAP_PX}"/>')
    for place, value in enumerate(evidence.values):
        row, col = divmod(place, evidence.cols)
        share = min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0
        opacity = share * (0.55 if evidence.picture_png else 1.0)
        marks.append(
            f'<rect class="heat" x="{col * cell_w:.2f}" y="{row * cell_h:.2f}" width="{cell_w + 0.3:.2f}" '
            f'height="{cell_h + 0.3:.2f}" opacity="{opacity:.3f}"/>'
        )
    for x, y, w, h in evidence.boxes:
        outline = f'x="{x * _MAP_PX:.1f}" y="{y * _MAP_PX:.1f}" width="{w * _MAP_PX:.1f}" height="{h * _MAP_PX:.1f}"'
        marks.append(f'<rect class="box-mark" {outline}/>')
    return _svg(_MAP_PX, _MAP_PX, marks, evidence.title)


def legend(lines: Sequence[Line]) -> str:
    """Names of lines with a stroke of their kind."""
    entries = [
        f'<span class="key"><svg width="26" height="10" aria-hidden="true"><line class="line {escape(line.role)}" '
        f'x1="1" x2="25" y1="5" y2="5"/></svg>{escape(line.name)}</span>'
        for line in lines
    ]
    return f'<p class="legend">{"".join(entries)}</p>'


def number(value: float | None) -> str:
    """Three digits after the point below 10, fewer above; `n/a` for None."""
    if value is None:
        return "n/a"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def interval_text(figure: Figure) -> str:
    """`.1 to .2`, the 95 % interval of a figure; empty without one."""
    return "" if figure.low is None else f"{number(figure.low)} to {number(figure.high)}"


def describe(figure: Figure) -> str:
    """A figure in words, for those who hear the page."""
    interval = f", 95 % interval {interval_text(figure)}" if figure.low is not None else ""
    chance = f", chance {number(figure.random)}" if figure.random is not None else ""
    return f"{figure.label} {number(figure.value)}{interval}{chance}"


def _interval(figure: Figure, scale: tuple[float, float], width: float, left: float, y: float) -> list[str]:
    def place(value: float) -> float:
        low, high = scale
        return left + min(1.0, max(0.0, (value - low) / (high - low))) * width

    marks = []
    if figure.low is not None and figure.high is not None:
        start, end = place(figure.low), place(figure.high)
        marks.append(
            f'<rect class="band" x="{start:.1f}" y="{y - 4:.1f}" width="{end - start:.1f}" height="8" rx="4"/>'
        )
    for value, role in ((figure.random, "random"), (figure.ceiling, "ceiling")):
        if value is not None:
            x = place(value)
            marks.append(f'<line class="tick {role}" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 7:.1f}" y2="{y + 7:.1f}"/>')
    if figure.value is not None:
        marks.append(f'<circle class="dot" cx="{place(figure.value):.1f}" cy="{y:.1f}" r="4.2"/>')
    return marks


def _scale_lines(panel: Panel, bottom: float) -> list[str]:
    low, high = panel.scale
    marks = []
    for tick in _even_ticks(low, high):
        x = _LABEL_WIDTH + (tick - low) / (high - low) * _SCALE_WIDTH
        marks.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>')
        marks.append(_text(x, bottom + 16, _tick_text(tick), "tick-text middle"))
    if panel.reference is not None:
        x = _LABEL_WIDTH + (panel.reference - low) / (high - low) * _SCALE_WIDTH
        marks.append(f'<line class="line random" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>')
    return marks


def _axes(panel: Panel, x_ticks: Sequence[float], x_place: Callable[[float], float]) -> list[str]:
    bottom = PLOT_HEIGHT - _PAD_BOTTOM
    marks = []
    for tick in _even_ticks(*panel.scale):
        y = _y_place(tick, panel.scale)
        marks.append(f'<line class="grid" x1="{_PAD_LEFT}" x2="{PLOT_WIDTH - _PAD_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(_text(_PAD_LEFT - 8, y + 4, _tick_text(tick), "tick-text end"))
    for tick in x_ticks:
        marks.append(_text(x_place(tick), bottom + 18, _tick_text(tick), "tick-text middle"))
    marks.append(_text((PLOT_WIDTH + _PAD_LEFT) / 2, PLOT_HEIGHT - 6, panel.x_label, "axis middle"))
    y_mid = bottom / 2
    marks.append(
        f'<text class="axis middle" transform="translate(13 {y_mid:.0f}) rotate(-90)">{escape(panel.y_label)}</text>'
    )
    return marks


def _x_place(x: float, low: float, high: float, log: bool) -> float:
    if log:
        x, low, high = math.log(x), math.log(low), math.log(high)
    share = (x - low) / (high - low) if high > low else 0.5
    return _PAD_LEFT + share * (PLOT_WIDTH - _PAD_LEFT - _PAD_RIGHT)


def _y_place(y: float, scale: tuple[float, float]) -> float:
    low, high = scale
    inside = PLOT_HEIGHT - _PAD_TOP - _PAD_BOTTOM
    return _PAD_TOP + (1 - (y - low) / (high - low)) * inside


def _ticks(low: float, high: float, log: bool) -> list[float]:
    if log:
        return [base * 10.0**power for power in range(7) for base in (1, 2, 5) if low <= base * 10.0**power <= high]
    return _even_ticks(low, high)


def _even_ticks(low: float, high: float) -> list[float]:
    """Five to ten round values."""
    if high <= low:
        return [low]
    step = 10 ** math.floor(math.log10((high - low) / 2))
    while (high - low) / step > 10:
        step *= 2 if round(step / 10 ** math.floor(math.log10(step))) != 2 else 2.5
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def _tick_text(value: float) -> str:
    return f"{value:.10g}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"


def _value_text(figure: Figure) -> str:
    interval = f" ({interval_text(figure)})" if figure.low is not None else ""
    return f"{number(figure.value)}{interval}"


def _text(x: float, y: float, text: str, role: str) -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _svg(width: float, height: float, marks: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(marks)}</svg>'
    )
