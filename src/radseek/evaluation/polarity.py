"""Does the score know 'no', and left from right?

- `measure_excluded`: of the first k studies for 'without X', the share that has X (HNRR@k). Less is better; the
  prevalence is what a random ranking gives.
- `measure_affirm_negate`: whether 'X' scores above 'no X' where X is present, and below where it is absent.
- `measure_order`: whether true sentences score above false ones, such as those with left and right swapped.

Equal scores count half, as in AUROC: 0.5 is chance. Balanced figures are the mean over the kinds (present and absent,
left and right), so that a scorer that always prefers 'no X' gets 0.5, however few studies have X.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    NOTHING,
    Estimate,
    Floats,
    Resampling,
    estimate_mean,
    estimate_statistic,
    means_of_parts,
)
from radseek.evaluation.similarities import check_lengths, checked_matrix


@dataclass(frozen=True, slots=True)
class ExcludedRetrieved:
    """How often an excluded finding comes back all the same."""

    k: int
    share: Estimate
    """Mean over queries of the share of the first k that has the excluded finding; 0 is best."""
    prevalence: float
    """Mean over the same queries of the finding's share of the gallery: the value of a random ranking."""
    any_share: Estimate
    """Share of queries with at least one such study in the first k (its expectation among ties)."""
    n_unanswered: int
    """Queries left out because nothing was returned or scored."""
    per_query: Floats = field(repr=False, compare=False)
    """`[n_queries]`; NaN where unanswered."""


def measure_excluded(
    similarities: ArrayLike,
    carries: ArrayLike,
    patients: Sequence[str],
    k: int = 10,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> ExcludedRetrieved:
    """Share of the first `k` that has what the query excludes (hard-negative retrieval rate).

    Divided by what was returned where that is fewer than k, since dividing by k would flatter. A tie across rank k
    counts by expectation.

    Args:
        similarities: Of queries such as 'no effusion' with studies `[n_queries, n_studies]`; NaN is not returned.
        carries: Whether each study has the finding that the query excludes `[n_queries, n_studies]`, 1 or True; any
            other value (0, -1 for not known) is not counted against.
        patients: Patient of each query, or its text where queries belong to none; resampled for the interval.
        k: Cut-off.
        resampling: How intervals are made.

    Raises:
        InputError: When shapes differ or `k` is below 1.
    """
    if k < 1:
        raise InputError(f"k must be at least 1; got {k}")
    matrix = checked_matrix(similarities, "similarities", len(patients))
    carried = checked_matrix(carries, "carries", *matrix.shape) == 1
    shares, hits = np.full(len(matrix), np.nan), np.full(len(matrix), np.nan)
    for i, (row, has) in enumerate(zip(matrix, carried, strict=True)):
        scored = ~np.isnan(row)
        if scored.any():
            shares[i], hits[i] = _top_share(row[scored], has[scored], k)
    answered = ~np.isnan(shares)
    return ExcludedRetrieved(
        k=k,
        share=estimate_mean(shares, patients, resampling),
        prevalence=float(carried[answered].mean()) if answered.any() else float("nan"),
        any_share=estimate_mean(hits, patients, resampling),
        n_unanswered=int((~answered).sum()),
        per_query=shares,
    )


def _top_share(scores: Floats, has: Floats, k: int) -> tuple[float, float]:
    """Expected share of the first k that has it, and the chance that any does."""
    k = min(k, len(scores))
    cut = -np.partition(-scores, k - 1)[k - 1]
    above, tied = scores > cut, scores == cut
    n_free, n_tied, n_bad = k - int(above.sum()), int(tied.sum()), int(has[tied].sum())
    certain = int(has[above].sum())
    drawn = np.arange(n_free)
    # Chance that none of the tied ones that fill up to rank k has it: hypergeometric.
    none = float(np.prod(np.clip(n_tied - n_bad - drawn, 0, None) / (n_tied - drawn)))
    return (certain + n_free * n_bad / n_tied) / k, 1.0 if certain else 1.0 - none


@dataclass(frozen=True, slots=True)
class OrderKind:
    """Pairs of one kind: findings that are present, or sentences of the left."""

    kind: str
    share: Estimate
    gap: Estimate


@dataclass(frozen=True, slots=True)
class OrderFigure:
    """How often the right one of two sentences has the higher score."""

    share: Estimate
    """Over all pairs."""
    balanced: Estimate
    """Mean of the kinds' shares: read this one. `n` is the pairs."""
    gap: Estimate
    """Mean of score of the right minus score of the wrong sentence."""
    kinds: tuple[OrderKind, ...]
    n_ties: int
    n_not_scored: int
    """Pairs left out because a score is NaN."""


def measure_order(
    right: Sequence[float] | Floats,
    wrong: Sequence[float] | Floats,
    kinds: Sequence[str],
    patients: Sequence[str],
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> OrderFigure:
    """How often `right` scores above `wrong`, over all and by kind. A tie counts half.

    Args:
        right: Scores of the sentences that are true `[n_pairs]`.
        wrong: Scores of their false counterparts.
        kinds: Kind of each pair, over which the balanced figure averages.
        patients: Patient of each pair.
        resampling: How intervals are made.

    Raises:
        InputError: When lengths differ.
    """
    check_lengths(right=right, wrong=wrong, kinds=kinds, patients=patients)
    gap = np.asarray(right, dtype=np.float64) - np.asarray(wrong, dtype=np.float64)
    kept = np.isfinite(gap)
    names, groups = np.array(kinds, dtype=object)[kept], np.array(patients, dtype=object)[kept]
    gap = gap[kept]
    won = np.where(gap == 0, 0.5, (gap > 0).astype(np.float64))
    distinct = sorted(set(names.tolist()))
    return OrderFigure(
        share=estimate_mean(won, groups.tolist(), resampling),
        balanced=_balanced(won, [names == kind for kind in distinct], groups.tolist(), resampling),
        gap=estimate_mean(gap, groups.tolist(), resampling),
        kinds=tuple(
            OrderKind(
                kind,
                estimate_mean(won[names == kind], groups[names == kind].tolist(), resampling),
                estimate_mean(gap[names == kind], groups[names == kind].tolist(), resampling),
            )
            for kind in distinct
        ),
        n_ties=int((gap == 0).sum()),
        n_not_scored=int((~kept).sum()),
    )


def measure_affirm_negate(
    affirmed: ArrayLike,
    denied: ArrayLike,
    labels: ArrayLike,
    patients: Sequence[str],
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> OrderFigure:
    """Whether 'X' and 'no X' score in the order of the truth, for each finding and study with a known label.

    The kinds are `present` and `absent`.

    Args:
        affirmed: Scores of the sentences that state a finding `[n_findings, n_studies]`; NaN is not scored.
        denied: Scores of the sentences that deny it, of the same shape.
        labels: 1 present, 0 absent, -1 not known (left out), of the same shape.
        patients: Patient of each study.
        resampling: How intervals are made.

    Raises:
        InputError: When shapes differ.
    """
    states = checked_matrix(affirmed, "affirmed", None, len(patients))
    denies = checked_matrix(denied, "denied", *states.shape)
    truth = checked_matrix(labels, "labels", *states.shape)
    rows, columns = np.nonzero((truth == 0) | (truth == 1))
    present = truth[rows, columns] == 1
    yes, no = states[rows, columns], denies[rows, columns]
    return measure_order(
        np.where(present, yes, no),
        np.where(present, no, yes),
        ["present" if is_present else "absent" for is_present in present],
        [patients[column] for column in columns.tolist()],
        resampling,
    )


def _balanced(
    won: Floats, members: Sequence[NDArray[np.bool_]], groups: Sequence[str], resampling: Resampling
) -> Estimate:
    """Mean over kinds of the share won; a resample without one of the kinds is left out."""
    if not members:
        return NOTHING
    shares = means_of_parts(won, members)
    return estimate_statistic(lambda weights: shares(weights).mean(axis=1), groups, resampling)
