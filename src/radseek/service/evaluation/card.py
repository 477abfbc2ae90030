"""Figures written into a card or README between markers, so that what is printed there is what was measured.

<!-- figures: begin --> ... <!-- figures: end -->               every panel that belongs into a card
<!-- figures-short: begin --> ... <!-- figures-short: end -->   the first figures only
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from radseek.errors import ConfigError, InputError, StorageError
from radseek.service.evaluation.report import EvaluationReport, Figure, Panel

_MARKED = re.compile(r"(<!-- (figures|figures-short): begin -->\n).*?(<!-- \2: end -->)", re.DOTALL)


def fill_card(path: Path, report: EvaluationReport) -> int:
    """Replaces what stands between the markers of the file at `path` and returns how many places were filled.

    Raises:
        ConfigError: When it has no markers, or the evaluation found leaks: such figures are for no card.
        InputError: When the file cannot be read.
        StorageError: When it cannot be written.
    """
    if report.leaks:
        raise ConfigError("the tested part leaks into the training part: no card is filled from such figures")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the card {path.name}") from error
    filled, n_places = _MARKED.subn(lambda match: match[1] + _CONTENTS[match[2]](report) + match[3], text)
    if not n_places:
        raise ConfigError(
            f"{path.name} has no place for figures: write <!-- figures: begin --> and <!-- figures: end --> "
            "(or figures-short) on lines of their own"
        )
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(filled, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write the card: {error.strerror}") from error
    return n_places


def _full(report: EvaluationReport) -> str:
    header = report.header
    versions = "; ".join(
        f"{line.name} {line.version}: {line.n_pictures:,} pictures, {line.n_studies:,} studies, "
        f"{line.n_patients:,} patients"
        for line in header.datasets
    )
    parts = [
        f"    {header.command}",
        f"Encoder {header.encoder} {header.revision}. {header.split_rule} {header.leak_check} Tested: {versions}. "
        "In brackets 95 % intervals by patient.",
    ]
    for section in report.sections:
        panels = [panel for panel in section.panels if panel.in_card and panel.figures]
        if panels:
            parts.append(f"### {_cell(section.title)}")
        for panel in panels:
            parts.append(f"**{_cell(panel.title)}**")
            parts.append(_table(panel))
        if section.why_not:
            parts.append(f"*{_cell(section.title)}: not measured, {_cell(section.why_not)}*")
    return "\n\n".join(parts) + "\n"


def _short(report: EvaluationReport) -> str:
    rows = ["| question | figure | chance |", "| --- | --- | --- |"]
    for key in report.headlines:
        figure = report.figure(key)
        if figure is not None and figure.value is not None:
            rows.append(f"| {_cell(report.caption(key))} | {_value(figure)} | {plain_number(figure.random)} |")
    return "\n".join(rows) + f"\n\n    {report.header.command}\n"


_CONTENTS: dict[str, Callable[[EvaluationReport], str]] = {"figures": _full, "figures-short": _short}


def _table(panel: Panel) -> str:
    optional = [(name, get) for name, get in _OPTIONAL if any(get(figure) is not None for figure in panel.figures)]
    names = ["", "figure", *(name for name, _ in optional), "n"]
    rows = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    for figure in panel.figures:
        cells = [_cell(figure.label), _value(figure), *(plain_number(get(figure)) for _, get in optional)]
        rows.append(f"| {' | '.join([*cells, f'{figure.n:,}' if figure.n else ''])} |")
    return "\n".join(rows)


_OPTIONAL: tuple[tuple[str, Callable[[Figure], float | None]], ...] = (
    ("chance", lambda figure: figure.random),
    ("ceiling", lambda figure: figure.ceiling),
    ("prevalence", lambda figure: figure.prevalence),
)


def _value(figure: Figure) -> str:
    interval = "" if figure.low is None else f" ({plain_number(figure.low)} to {plain_number(figure.high)})"
    return f"{plain_number(figure.value)}{interval}"


def plain_number(value: float | None) -> str:
    """Three digits, without the zero before the point, as tables of measures have it; empty for None."""
    if value is None:
        return ""
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return re.sub(r"^(-?)0\.", r"\1.", text)


def _cell(text: str) -> str:
    """One line in which nothing is a table's bar, an HTML tag or a marker."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
