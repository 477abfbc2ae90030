"""Is it the pictures? The figure against runs that must lose, or that show what lookup gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from radseek.errors import InputError
from radseek.evaluation.comparing import Difference, compare_controls
from radseek.evaluation.controls import random_scores, shuffled_pictures
from radseek.evaluation.measuring import measure_run
from radseek.records.ranking import Qrels
from radseek.search import fuse_reciprocal_ranks
from radseek.service.evaluation.bench import SearchBench
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.subject import (
    Floats,
    Subject,
    TextTask,
    estimate_figure,
    measured_figure,
    run_of,
    text_tasks,
)

IMAGE = "picture vectors only"
RANDOM = "random scores"
SHUFFLED = "pictures shuffled between patients"
WORDS = "words only, own text removed"
SENTENCES = "sentence vectors only, own text removed"
FUSED = "all three fused, own text removed"
LOOKUP = "words only, own text kept (record lookup)"
MEASURE = "success@10"
_MIN_STUDIES = 3


def controls_section(subject: Subject) -> Section:
    """Every text task with its controls, and the paired difference of the picture vectors to each."""
    panels: list[Panel] = []
    notes = [
        "Shuffled pictures keep everything but the tie between text and picture. Text channels look in the study's "
        "other texts: whatever is part of the query, or holds it, is removed. Lookup shows the score otherwise.",
    ]
    for task in text_tasks(subject):
        if len(task.gallery.studies) < _MIN_STUDIES:
            continue
        runs, reasons = _runs(subject, task)
        notes += [f"{task.title}: {reason}" for reason in reasons]
        panels += _panels(subject, task, runs)
    return Section(
        "controls",
        "Controls",
        "Is it the pictures that answer? The same texts, asked of runs that must lose.",
        tuple(panels),
        why_not="" if panels else f"no source has texts and at least {_MIN_STUDIES} studies",
        notes=tuple(notes) if panels else (),
    )


def _runs(subject: Subject, task: TextTask) -> tuple[dict[str, Floats], list[str]]:
    """Scores `[n_texts, n_studies]` by name of the run, and what could not be run."""
    seed, gallery, reasons = subject.options.seed, task.gallery, []
    images = gallery.image_scores(subject.texts(task.texts))
    runs = {IMAGE: images, RANDOM: random_scores(len(task.texts), len(gallery.studies), seed)}
    try:
        runs[SHUFFLED] = images[:, shuffled_pictures(gallery.patients, seed)]
    except InputError as error:
        reasons.append(str(error))
    try:
        bench = SearchBench(subject, gallery)
    except InputError as error:
        return runs, [*reasons, str(error)]
    runs[WORDS] = np.stack([bench.lexical_scores(text, keep_own=False) for text in task.texts])
    runs[SENTENCES] = np.stack([bench.sentence_scores(text, keep_own=False) for text in task.texts])
    runs[FUSED] = np.stack([_fuse(rows) for rows in zip(images, runs[SENTENCES], runs[WORDS], strict=True)])
    runs[LOOKUP] = np.stack([bench.lexical_scores(text) for text in task.texts])
    return runs, reasons


def _fuse(rows: tuple[Floats, ...]) -> Floats:
    """Fused as a search fuses its channels; NaN where no channel found the study."""
    ranked = {str(channel): _ranked(row) for channel, row in enumerate(rows)}
    scores = np.full(len(rows[0]), np.nan, np.float32)
    for study, score in fuse_reciprocal_ranks(ranked).items():
        scores[study] = score
    return scores


def _ranked(row: Floats) -> list[int]:
    order = np.argsort(-np.nan_to_num(row, nan=-np.inf), kind="stable")
    return [int(study) for study in order if not np.isnan(row[study])]


def _panels(subject: Subject, task: TextTask, runs: Mapping[str, Floats]) -> list[Panel]:
    names = [str(i) for i in range(len(task.texts))]
    qrels = Qrels("own study", {name: {str(task.own[i]): 1.0} for i, name in enumerate(names)})
    patients = dict(zip(names, task.patients, strict=True))
    options = subject.options
    measured = {
        run: measure_run(
            run_of(run, names, scores), qrels, (MEASURE, "mrr"), patients, options.n_resamples, options.seed
        )
        for run, scores in runs.items()
    }
    figures = [
        measured_figure(f"controls/{task.key}/{run}/{measure}", f"{run} · {measure}", found[measure])
        for measure in (MEASURE, "mrr")
        for run, found in measured.items()
    ]
    others = {run: found[MEASURE].per_query for run, found in measured.items() if run != IMAGE}
    gaps = compare_controls(measured[IMAGE][MEASURE].per_query, others, patients, options.resampling)
    return [
        Panel(f"controls/{task.key}", task.title, figures=tuple(figures), in_card=True),
        Panel(
            f"controls/{task.key}/difference",
            f"{task.title} · {MEASURE}: {IMAGE} minus control",
            "forest",
            tuple(_gap(task, run, gap) for run, gap in gaps.items()),
            scale=(-1.0, 1.0),
            reference=0.0,
            note="Paired by query, intervals by patient. Right of the dashed line the pictures are better.",
        ),
    ]


def _gap(task: TextTask, run: str, gap: Difference) -> Figure:
    note = f"p {gap.p_value:.3f}; better on {gap.n_better}, equal on {gap.n_equal}, worse on {gap.n_worse}"
    return estimate_figure(f"controls/{task.key}/difference/{run}", run, gap.difference, note=note)
