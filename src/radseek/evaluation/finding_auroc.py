"""Zero-shot figures of each finding: how well one score tells studies with it from studies without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    NOTHING,
    Estimate,
    Floats,
    Resampling,
    group_weights,
    interval_of,
)
from radseek.evaluation.similarities import check_lengths, checked_matrix


@dataclass(frozen=True, slots=True)
class FindingAuroc:
    """Figures of one finding. Both are `NOTHING` unless it has positives and negatives."""

    finding: str
    auroc: Estimate
    """0.5 is chance, whatever the prevalence. `n` counts positives and negatives."""
    average_precision: Estimate
    """The prevalence is chance."""
    n_positive: int
    n_negative: int
    prevalence: float
    """Of the studies with a known label and a score; NaN without any."""
    n_unknown: int
    """Studies left out because the label is not known."""
    n_not_scored: int
    """Studies with a known label left out because the score is NaN."""


@dataclass(frozen=True, slots=True)
class FindingAurocs:
    """All findings, and their plain mean."""

    rows: tuple[FindingAuroc, ...]
    macro_auroc: Estimate
    """`n` is the findings in it."""
    macro_average_precision: Estimate
    n_one_class: int
    """Findings without positives or without negatives: they are in no mean."""


def measure_finding_auroc(
    scores: ArrayLike,
    labels: ArrayLike,
    findings: Sequence[str],
    patients: Sequence[str],
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> FindingAurocs:
    """AUROC and average precision of each finding, and their macro means.

    Equal scores count half in AUROC and stand at one threshold in average precision, as in scikit-learn, which gives
    the values. Intervals draw patients once for all findings; a resample in which a finding has one class only is left
    out of that finding, and the macro mean of that resample is over the other findings.

    Args:
        scores: `[n_findings, n_studies]`, higher is more likely; NaN is not scored.
        labels: `[n_findings, n_studies]`: 1 present, 0 absent, -1 not known (`finding_labels` makes them).
        findings: Names of the rows.
        patients: Patient of each study.
        resampling: How intervals are made.

    Raises:
        InputError: When shapes differ, a score is infinite, or a label is none of 1, 0, -1.
    """
    matrix = checked_matrix(scores, "scores", len(findings), len(patients))
    truth = checked_matrix(labels, "labels", len(findings), len(patients))
    if np.isinf(matrix).any():
        raise InputError("a score is infinite; give finite scores, and NaN where nothing was scored")
    if not np.isin(truth, (-1, 0, 1)).all():
        raise InputError("labels must be 1 (present), 0 (absent) or -1 (not known)")
    drawn = _resampled(matrix, truth, patients, resampling)  # [2, n_findings, n_resamples]
    rows = tuple(
        _row(finding, matrix[i], truth[i], patients, drawn[:, i], resampling) for i, finding in enumerate(findings)
    )
    both = [i for i, row in enumerate(rows) if row.auroc.n]
    aurocs = [rows[i].auroc.value for i in both]
    precisions = [rows[i].average_precision.value for i in both]
    return FindingAurocs(
        rows=rows,
        macro_auroc=_macro(aurocs, drawn[0, both], patients, resampling),
        macro_average_precision=_macro(precisions, drawn[1, both], patients, resampling),
        n_one_class=len(rows) - len(both),
    )


def resampled_aurocs(scores: Floats, positive: NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats]:
    """AUROC and average precision under each row of weights, both float64 `[n_drawn]`; NaN with one class only.

    Args:
        scores: `[n]`, finite.
        positive: `[n]`.
        weights: How often each counts `[n_drawn, n]`.
    """
    check_lengths(scores=scores, positive=positive)
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))  # of each run of equal scores, highest first
    n_drawn = len(weights)
    if not len(order):
        return np.full(n_drawn, np.nan), np.full(n_drawn, np.nan)
    ranked = weights[:, order]
    hits = np.add.reduceat(ranked * positive[order], starts, axis=1)  # [n_drawn, n_levels]
    misses = np.add.reduceat(ranked * ~positive[order], starts, axis=1)
    hits_up_to, misses_up_to = np.cumsum(hits, axis=1), np.cumsum(misses, axis=1)
    n_hits, n_misses = hits_up_to[:, -1], misses_up_to[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        right = (misses * (hits_up_to - hits / 2)).sum(axis=1)
        auroc = right / (n_hits * n_misses)
        seen = hits_up_to + misses_up_to
        precision = np.where(seen > 0, hits_up_to / seen, 0.0)
        average = (hits * precision).sum(axis=1) / n_hits
    one_class = (n_hits == 0) | (n_misses == 0)
    return np.where(one_class, np.nan, auroc), np.where(one_class, np.nan, average)


def _resampled(matrix: Floats, truth: Floats, patients: Sequence[str], resampling: Resampling) -> Floats:
    used = [(truth[i] >= 0) & ~np.isnan(matrix[i]) for i in range(len(matrix))]
    parts = [np.full((2, len(matrix), 0), np.nan)]
    for weights in group_weights(patients, resampling) if len(patients) else ():
        figures = [resampled_aurocs(matrix[i, use], truth[i, use] == 1, weights[:, use]) for i, use in enumerate(used)]
        if figures:
            parts.append(np.array(figures).transpose(1, 0, 2))
    return np.concatenate(parts, axis=2)


def _row(
    finding: str, scores: Floats, truth: Floats, patients: Sequence[str], drawn: Floats, resampling: Resampling
) -> FindingAuroc:
    known, scored = truth >= 0, ~np.isnan(scores)
    use = known & scored
    n_positive, n_used = int((truth[use] == 1).sum()), int(use.sum())
    auroc = precision = NOTHING
    if 0 < n_positive < n_used:
        from sklearn.metrics import average_precision_score, roc_auc_score

        groups = [patient for patient, taken in zip(patients, use, strict=True) if taken]
        values = [score(truth[use], scores[use]) for score in (roc_auc_score, average_precision_score)]
        auroc, precision = (
            Estimate(float(value), *interval_of(column, groups, resampling), n_used, len(set(groups)))
            for value, column in zip(values, drawn, strict=True)
        )
    return FindingAuroc(
        finding=finding,
        auroc=auroc,
        average_precision=precision,
        n_positive=n_positive,
        n_negative=n_used - n_positive,
        prevalence=n_positive / n_used if n_used else math.nan,
        n_unknown=int((~known).sum()),
        n_not_scored=int((known & ~scored).sum()),
    )


def _macro(values: Sequence[float], drawn: Floats, patients: Sequence[str], resampling: Resampling) -> Estimate:
    if not values:
        return NOTHING
    defined = ~np.isnan(drawn)
    counts = defined.sum(axis=0)
    means = np.divide(np.nansum(drawn, axis=0), counts, out=np.full(drawn.shape[1], np.nan), where=counts > 0)
    low, high = interval_of(means, patients, resampling)
    return Estimate(math.fsum(values) / len(values), low, high, len(values), len(set(patients)))
