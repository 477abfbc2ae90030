"""The evaluation as one HTML page: no script, no network, nothing of a patient, everything escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from radseek.service.evaluation.report import DatasetLine, EvaluationReport, Figure, Header, LeakLine, Panel, Section
from radseek.service.evaluation.style import STYLE
from radseek.service.evaluation.svg import (
    curve_plot,
    evidence_map,
    forest_plot,
    interval_bar,
    interval_text,
    legend,
    number,
    reliability_plot,
)

_TARGETS = {"archive": "an archive", "configuration": "an evaluation YAML", "table": "a table of pairs"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PURPOSE = "Research and teaching, not diagnosis. A similarity is no probability of disease."


def report_page(report: EvaluationReport) -> str:
    """The whole page. The same report gives the same bytes."""
    header = report.header
    body = [
        f"<h1>{escape(header.title)}</h1>",
        f'<p class="purpose">{PURPOSE} Bars and brackets are 95 % intervals by patient.</p>',
        _leaks(report.leaks, header.leak_check),
        _tiles(report),
        _header_box(header),
        _navigation(report.sections),
        *(_section(section) for section in report.sections),
        f"<footer>radseek {escape(header.radseek_version)} · {escape(report.schema)} · every figure on this page is in "
        "<code>evaluation.json</code> beside it.</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(header.title)}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def _leaks(leaks: Sequence[LeakLine], checked: str) -> str:
    if not leaks:
        return f'<div class="leaks good">{escape(checked)}</div>'
    lines = "".join(f"<li>{escape(leak.sentence)}{_examples(leak.examples)}</li>" for leak in leaks)
    return (
        '<div class="leaks bad"><b>The tested part leaks into the training part. '
        f"These figures flatter and must not be quoted.</b><ul>{lines}</ul><p>{escape(checked)}</p></div>"
    )


def _examples(keys: Sequence[str]) -> str:
    return f" (such as {escape(', '.join(keys))})" if keys else ""


def _tiles(report: EvaluationReport) -> str:
    figures = [figure for key in report.headlines if (figure := report.figure(key)) and figure.value is not None]
    tiles = "".join(
        f'<div class="tile"><span class="what">{escape(report.caption(figure.key))}</span>'
        f"<b>{number(figure.value)}</b>{interval_bar(figure, (0.0, 1.0))}"
        f"<span>{escape(_beside(figure))}</span></div>"
        for figure in figures
    )
    return f'<div class="tiles">{tiles}</div>' if tiles else ""


def _beside(figure: Figure) -> str:
    parts = []
    if figure.low is not None:
        parts.append(interval_text(figure))
    if figure.random is not None:
        parts.append(f"chance {number(figure.random)}")
    return " · ".join(parts) or f"n = {figure.n:,}"


def _header_box(header: Header) -> str:
    rows = [
        ("made from", _TARGETS.get(header.target, header.target)),
        ("encoder", f"{header.encoder} {header.revision} ({header.numerics})"),
        ("licence", header.licence),
        ("it learned from", ", ".join(header.training_sets) or "nothing is stated"),
        ("split", header.split_rule),
        ("unit", header.unit),
        ("gallery", f"{header.n_gallery:,} studies in all"),
        ("seed", str(header.seed)),
    ]
    if header.synthetic:
        rows.append(("synthetic", header.synthetic))
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    command = f"<dt>command</dt><dd><code>{escape(header.command)}</code></dd>"
    return f'<div class="box"><dl>{facts}{command}</dl>{_datasets(header.datasets)}</div>'


def _datasets(datasets: Sequence[DatasetLine]) -> str:
    names = ("set", "version", "pictures", "studies", "patients", "text", "repeated texts", "chance @10", "ceiling @1")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = ""
    for line in datasets:
        learned = ' <span class="soft">(its training part was learned from)</span>' if line.known_training else ""
        cells = [
            f"{escape(line.name)}{learned}",
            f"<code>{escape(line.version)}</code>",
            *(f"{count:,}" for count in (line.n_pictures, line.n_studies, line.n_patients)),
            escape(line.text_field),
            f"{line.n_repeated_texts:,}",
            number(line.random),
            number(line.ceiling),
        ]
        rows += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _navigation(sections: Sequence[Section]) -> str:
    links = "".join(
        f'<a href="#{escape(section.key)}"{_empty_class(section)}>{escape(section.title)}</a>' for section in sections
    )
    return f"<nav>{links}</nav>"


def _empty_class(section: Section) -> str:
    return "" if section.panels else ' class="empty"'


def _section(section: Section) -> str:
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in section.notes)
    answer = (
        "".join(_panel(panel) for panel in section.panels)
        if section.panels
        else f'<p class="why-not">Not measured: {escape(section.why_not)}</p>'
    )
    return (
        f'<section id="{escape(section.key)}"><h2>{escape(section.title)}</h2>'
        f'<p class="question">{escape(section.question)}</p>{answer}{notes}</section>'
    )


def _panel(panel: Panel) -> str:
    note = f'<p class="note">{escape(panel.note)}</p>' if panel.note else ""
    drawn = f"{_DRAWINGS[panel.kind](panel)}{note}"
    if panel.folded:
        return f"<details><summary>{escape(panel.title)}</summary>{drawn}</details>"
    return f"<h3>{escape(panel.title)}</h3>{drawn}"


def _table(panel: Panel) -> str:
    columns = [column for column in _COLUMNS if column.shown(panel.figures)]
    head = "".join(f'<th class="num">{column.name}</th>' for column in columns)
    rows = "".join(
        f"<tr><td>{escape(figure.label)}</td><td>{interval_bar(figure, panel.scale)}</td>"
        + "".join(f'<td class="num">{column.cell(figure)}</td>' for column in columns)
        + f'<td class="soft">{escape(figure.note)}</td></tr>'
        for figure in panel.figures
    )
    return (
        f'<div class="scroll"><table class="figures"><thead><tr><th>measure</th><th></th>{head}<th></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_bar_legend(panel)}"
    )


class _Column:
    """A column that is left out when no figure has such a value."""

    def __init__(self, name: str, value: Callable[[Figure], float | str | None], bold: bool = False) -> None:
        self.name = name
        self._value = value
        self._bold = bold

    def shown(self, figures: Sequence[Figure]) -> bool:
        return self._bold or any(self._value(figure) is not None for figure in figures)

    def cell(self, figure: Figure) -> str:
        value = self._value(figure)
        text = escape(value) if isinstance(value, str) else number(value) if value is not None or self._bold else ""
        return f"<b>{text}</b>" if self._bold else text


_COLUMNS = (
    _Column("value", lambda figure: figure.value, bold=True),
    _Column("95 %", lambda figure: interval_text(figure) or None),
    _Column("chance", lambda figure: figure.random),
    _Column("ceiling", lambda figure: figure.ceiling),
    _Column("share of ceiling", lambda figure: figure.share_of_ceiling),
    _Column("prevalence", lambda figure: figure.prevalence),
    _Column("n", lambda figure: f"{figure.n:,}" if figure.n else None),
)


def _bar_legend(panel: Panel) -> str:
    ticks = [
        (name, role)
        for name, role, has in (
            ("chance", "random", any(figure.random is not None for figure in panel.figures)),
            ("ceiling", "ceiling", any(figure.ceiling is not None for figure in panel.figures)),
        )
        if has
    ]
    keys = "".join(
        f'<span class="key"><svg width="8" height="14" aria-hidden="true"><line class="tick {role}" x1="4" x2="4" '
        f'y1="0" y2="14"/></svg>{name}</span>'
        for name, role in ticks
    )
    return f'<p class="legend">{keys}</p>' if keys else ""


def _curves(panel: Panel) -> str:
    return curve_plot(panel) + legend(panel.lines)


def _reliability(panel: Panel) -> str:
    return reliability_plot(panel) + (_table(panel) if panel.figures else "")


def _maps(panel: Panel) -> str:
    figures = "".join(
        f"<figure>{evidence_map(evidence, panel.scale)}<figcaption>{escape(evidence.title)}</figcaption></figure>"
        for evidence in panel.maps
    )
    return f'<div class="maps">{figures}</div>'


_DRAWINGS: dict[str, Callable[[Panel], str]] = {
    "table": _table,
    "forest": forest_plot,
    "curves": _curves,
    "reliability": _reliability,
    "maps": _maps,
}
