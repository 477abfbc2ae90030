"""Does a text find its own study, and a study its own text, by picture vectors only?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from radseek.evaluation.estimates import Resampling, estimate_mean
from radseek.evaluation.pair_retrieval import (
    Direction,
    PairConfig,
    PairFigure,
    PairRetrieval,
    PairTable,
    measure_pair_retrieval,
)
from radseek.service.evaluation.report import Figure, Line, Panel, Section, finite
from radseek.service.evaluation.subject import Subject, TextTask, estimate_figure, text_tasks

MEASURES = {
    "success@1": "success@1: own one first",
    "success@5": "success@5: own one among 5",
    "success@10": "success@10: own one among 10",
    "mrr": "mean reciprocal rank",
    "median_rank": "median rank (less is better)",
}
_DIRECTIONS = {Direction.TEXT_TO_STUDY: "text finds study", Direction.STUDY_TO_TEXT: "study finds text"}
_CURVE_POINTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)


def pairs_section(subject: Subject) -> Section:
    """Pair retrieval of every text task, both ways, at several gallery sizes, strict and with twins merged."""
    panels = [panel for task in text_tasks(subject) for panel in _task_panels(subject, task)]
    notes = (
        "A study scores by its best picture. Only the own study counts as right, unless identical texts are "
        "merged: equally good others count as wrong. The ceiling is what a perfect scorer reaches where "
        "identical texts cannot be told apart. Smaller galleries are the exact expectation over random ones.",
    )
    return Section(
        "pairs",
        "Pair retrieval",
        "By picture vectors only: does a text find its own study, and a study its own text?",
        tuple(panels),
        why_not="" if panels else "no tested picture has a text",
        notes=notes,
    )


def _task_panels(subject: Subject, task: TextTask) -> list[Panel]:
    options = subject.options
    similarities = task.gallery.image_scores(subject.texts(task.texts))
    table = PairTable(task.texts, task.own, task.gallery.patients)
    found = measure_pair_retrieval(
        similarities, table, PairConfig(options.gallery_sizes, (1, 5, 10), options.resampling)
    )
    n = len(task.gallery.studies)
    points = tuple(k for k in _CURVE_POINTS if k <= n)
    curve = measure_pair_retrieval(similarities, table, PairConfig((), points, Resampling(1, options.seed)))
    panels = [_curve_panel(task, curve, options.resampling)]
    for direction, words in _DIRECTIONS.items():
        figures = [figure for figure in found.figures if figure.direction is direction]
        whole = max(figure.gallery_size for figure in figures)
        first = [figure for figure in figures if figure.gallery_size == whole and not figure.merged]
        others = [figure for figure in figures if figure not in first and (not figure.merged or found.n_shared_texts)]
        title = f"{task.title} · {words}"
        key = f"pairs/{task.key}/{direction}"
        panels.append(
            Panel(
                key,
                f"{title}, gallery of {whole:,}",
                figures=tuple(_figure(task, figure, whole) for figure in first),
                in_card=True,
                note=_note(found),
            )
        )
        if others:
            rows = tuple(_figure(task, figure, whole) for figure in others)
            more = f"{title}: smaller galleries, and identical texts merged"
            panels.append(Panel(f"{key}/more", more, figures=rows, folded=True))
    return panels


def _figure(task: TextTask, figure: PairFigure, whole: int) -> Figure:
    size = "all" if figure.gallery_size == whole else str(figure.gallery_size)
    where = "" if size == "all" else f", of {figure.gallery_size:,}"
    twins = ", identical texts merged" if figure.merged else ""
    return estimate_figure(
        f"pairs/{task.key}/{figure.direction}/{size}/{'merged' if figure.merged else 'strict'}/{figure.measure}",
        f"{MEASURES.get(figure.measure, figure.measure)}{where}{twins}",
        figure.estimate,
        random=figure.random,
        ceiling=figure.ceiling,
    )


def _note(found: PairRetrieval) -> str:
    shared = f" {found.n_shared_texts:,} texts are identical to another study's." if found.n_shared_texts else ""
    missing = f" {found.n_not_scored:,} pairs were not scored and count as not found." if found.n_not_scored else ""
    return f"{found.n_texts:,} texts, {found.n_studies:,} studies, {found.n_patients:,} patients.{shared}{missing}"


def _curve_panel(task: TextTask, curve: PairRetrieval, resampling: Resampling) -> Panel:
    asked = [f for f in curve.figures if f.direction is Direction.TEXT_TO_STUDY and not f.merged]
    points = {int(f.measure.partition("@")[2]): f for f in asked if f.measure.startswith("success@")}
    ks = sorted(points)
    patients = curve.query_patients[Direction.TEXT_TO_STUDY]
    found = [estimate_mean(points[k].per_query, patients, resampling) for k in ks]
    lines = (
        Line("picture vectors", *_points(ks, [one.value for one in found]),
             low=_shares(one.low for one in found), high=_shares(one.high for one in found)),
        Line("chance", *_points(ks, [points[k].random for k in ks]), "random"),
        Line("ceiling", *_points(ks, [points[k].ceiling for k in ks]), "ceiling"),
    )  # fmt: skip
    return Panel(
        f"pairs/{task.key}/curve",
        f"{task.title} · share of texts whose study is among the first k",
        "curves",
        lines=lines,
        x_label="k, studies looked at",
        y_label="success@k",
    )


def _points(ks: Sequence[int], values: Iterable[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(map(float, ks)), _shares(values)


def _shares(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(finite(value) or 0.0 for value in values)
