"""Can a score be believed? Calibration on patients that it was not fitted on, and when to say 'no good match'."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from radseek.evaluation.calibration import (
    Calibration,
    fit_abstention,
    fit_platt,
    halves,
    measure_abstention,
    measure_calibration,
    measure_risk_coverage,
)
from radseek.evaluation.pair_retrieval import own_found
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.report import Figure, Line, Panel, Section, finite
from radseek.service.evaluation.statements import label_matrix
from radseek.service.evaluation.subject import Subject, TextTask, finding_vectors, text_tasks

K = 10
WANTED_PRECISION = 0.8
_MIN_EACH = 10
"""Fewer right or wrong ones than this in a half say nothing of calibration."""
_CURVE_POINTS = 60
_ALIKE = 0.02
"""Chances that differ by less say nothing."""


def trust_section(subject: Subject) -> Section:
    """Reliability of findings from prompts, risk and coverage of retrieval."""
    panels: list[Panel] = []
    for source, embedded in subject.by_source().items():
        if any(picture.decided for picture in embedded.pictures):
            panels += _reliability_panels(subject, source, embedded)
    for task in text_tasks(subject):
        panels += _risk_panels(subject, task)
    return Section(
        "trust",
        "Trust",
        "Can a score be believed, and when is it better to say 'no good match'?",
        tuple(panels),
        why_not="" if panels else "too few right or wrong answers to fit a calibration on half of the patients",
        notes=(
            "Everything is fitted on one half of the patients and measured on the other. A calibrated score is how "
            "often such a score is right in this part, with its prevalence: no probability of disease elsewhere.",
        ),
    )


def _reliability_panels(subject: Subject, source: str, embedded: Embedded) -> list[Panel]:
    vectors = finding_vectors(subject)
    labels = label_matrix(embedded, list(vectors))
    scores = np.stack(list(vectors.values())) @ embedded.vectors.T
    kept = (labels == 1).any(axis=1)
    fitting = halves([picture.patient for picture in embedded.pictures], subject.options.seed)
    known = labels[kept] >= 0
    halved = [
        (scores[kept][:, half][known[:, half]], labels[kept][:, half][known[:, half]]) for half in (fitting, ~fitting)
    ]
    if any(not _enough(truth) for _, truth in halved):
        return []
    (fit_scores, fit_truth), (held_scores, held_truth) = halved
    found = measure_calibration(fit_platt(fit_scores, fit_truth).probabilities(held_scores), held_truth)
    axes = ("calibrated score", "share that has the finding")
    panel = _reliability_panel(f"trust/{source}", f"{source}: findings from prompts, all together", found, axes)
    return [dataclasses.replace(panel, key=f"trust/{source}/reliability", in_card=True)]


def _reliability_panel(key: str, title: str, found: Calibration, axes: tuple[str, str]) -> Panel:
    """The diagram and its figures; `axes` are what is stated and what is seen."""
    top = max(0.1, *(max(point.mean_probability, point.share_right) for point in found.points))
    line = Line(
        "bins of equal size",
        tuple(point.mean_probability for point in found.points),
        tuple(point.share_right for point in found.points),
        sizes=tuple(float(point.n) for point in found.points),
        low=tuple(point.low for point in found.points),
        high=tuple(point.high for point in found.points),
    )
    return Panel(
        key,
        title,
        "reliability",
        _calibration_figures(key, found),
        (line,),
        x_label=axes[0],
        y_label=axes[1],
        scale=(0.0, min(1.0, float(np.ceil(top * 10) / 10))),
    )


def _calibration_figures(key: str, found: Calibration) -> tuple[Figure, ...]:
    return (
        Figure(f"{key}/ece", "expected calibration error (0 is best)", finite(found.ece), n=found.n),
        Figure(
            f"{key}/brier", "Brier score (less is better)", finite(found.brier), n=found.n,
            random=finite(found.brier_of_base_rate), note="chance: always saying the share",
        ),
    )  # fmt: skip


def _risk_panels(subject: Subject, task: TextTask) -> list[Panel]:
    """An answer is right when the own study is surely among the first `K`; its confidence is the best score."""
    if len(task.gallery.studies) <= K:
        return []
    scores = task.gallery.image_scores(subject.texts(task.texts))
    right = own_found(scores, task.own, K) == 1  # whatever the order of equal scores
    confidence = scores.max(axis=1).astype(np.float64)
    if not _enough(right.astype(np.int8)):
        return []
    found = measure_risk_coverage(confidence, right)
    chosen = np.unique(np.linspace(0, len(right) - 1, min(_CURVE_POINTS, len(right))).round().astype(int))
    coverage = tuple(found.coverage[chosen].tolist())
    key = f"trust/{task.key}"
    figures = (
        Figure(f"{key}/aurc", "area under risk and coverage (less is better)", finite(found.aurc), n=len(right),
               random=finite(found.random_aurc)),
        Figure(f"{key}/excess", "of that, lost by the confidence", finite(found.excess), n=len(right)),
        *_abstention(subject, task, key, (confidence, right)),
    )  # fmt: skip
    lines = (
        Line("by best score", coverage, tuple(found.risk[chosen].tolist())),
        Line("whatever the score", coverage, (found.random_aurc,) * len(chosen), "random"),
    )
    title = f"{task.title} · share answered wrongly (own study not among {K}) when only the surest are answered"
    return [
        *_confidence_panels(subject, task, key, (confidence, right)),
        Panel(f"{key}/risk", title, "curves", lines=lines, x_label="share of texts answered", y_label="share wrong"),
        Panel(f"{key}/abstention", f"{task.title} · saying 'no good match'", figures=figures),
    ]


def _confidence_panels(
    subject: Subject, task: TextTask, key: str, answered: tuple[NDArray[np.float64], NDArray[np.bool_]]
) -> list[Panel]:
    """How often a best score is right, said from one half of the patients and seen on the other."""
    confidence, right = answered
    fitting = halves(task.patients, subject.options.seed)
    truth = right.astype(np.int8)
    if not (_enough(truth[fitting]) and _enough(truth[~fitting])):
        return []
    stated = fit_platt(confidence[fitting], truth[fitting]).probabilities(confidence[~fitting])
    found = measure_calibration(stated, truth[~fitting])
    title = f"{task.title} · how often the own study is among {K}, by the best score"
    panel = _reliability_panel(f"{key}/confidence", title, found, ("calibrated best score", "share found"))
    spread = float(stated.max() - stated.min())
    flat = "The best score hardly tells found from not found here: every text is given nearly the same chance."
    return [dataclasses.replace(panel, note=flat if spread < _ALIKE else "")]


def _abstention(
    subject: Subject, task: TextTask, key: str, answered: tuple[NDArray[np.float64], NDArray[np.bool_]]
) -> list[Figure]:
    confidence, right = answered
    fitting = halves(task.patients, subject.options.seed)
    fitted = fit_abstention(confidence[fitting], right[fitting], WANTED_PRECISION)
    label = f"right among answers, threshold set for {WANTED_PRECISION:.0%} on the other half"
    if fitted is None or not (~fitting).any():
        return [Figure(f"{key}/abstention", label, None, note="no threshold is sure to reach it")]
    held = measure_abstention(confidence[~fitting], right[~fitting], fitted.threshold)
    note = f"answers {held.coverage:.0%} of texts"
    return [Figure(f"{key}/abstention", label, finite(held.precision), n=held.n_answered, note=note)]


def _enough(truth: NDArray[np.int8]) -> bool:
    return int(min((truth == 1).sum(), (truth == 0).sum())) >= _MIN_EACH
