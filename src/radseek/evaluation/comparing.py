"""Is one run better than another on the same queries? A paired bootstrap and a sign-flip test, both by patient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radseek.errors import InputError
from radseek.evaluation.estimates import DEFAULT_RESAMPLING, Estimate, Resampling, estimate_mean


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of the first minus mean of the second, over the same queries."""

    first: float
    second: float
    difference: Estimate
    """`value` is `first - second`; an interval without 0 is what to look for."""
    p_value: float
    """Chance of a mean difference at least as far from 0 if the runs did not differ: the sign of each patient's
    differences flipped at random. NaN without queries; not corrected for how many runs are compared."""
    n_better: int
    n_equal: int
    n_worse: int
    """Queries on which the first is better, equal, worse."""


def compare_runs(
    first: Mapping[str, float],
    second: Mapping[str, float],
    patients: Mapping[str, str] | None = None,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> Difference:
    """The paired difference of two runs.

    Args:
        first: Query -> value, such as `Measured.per_query`.
        second: The same queries with the other run's values.
        patients: Query -> patient; without it each query stands for itself.
        resampling: How the interval and the test are made.

    Raises:
        InputError: When the queries differ, a value is not finite, or a query has no patient.
    """
    if first.keys() != second.keys():
        n = len(first.keys() ^ second.keys())
        raise InputError(f"{n} queries are in one run only; a paired comparison needs the same queries in both")
    queries = sorted(first)
    if patients is not None and not patients.keys() >= set(queries):
        raise InputError(f"{len(set(queries) - patients.keys())} queries have no patient")
    values = np.array([first[q] for q in queries]), np.array([second[q] for q in queries])
    if not all(np.isfinite(array).all() for array in values):
        raise InputError("a comparison needs finite values; some are NaN or infinite")
    groups = queries if patients is None else [patients[q] for q in queries]
    gaps = values[0] - values[1]
    # Values that differ by rounding alone are equal.
    gaps[np.abs(gaps) < 1e-12] = 0.0
    return Difference(
        first=math.fsum(values[0]) / len(queries) if queries else math.nan,
        second=math.fsum(values[1]) / len(queries) if queries else math.nan,
        difference=estimate_mean(gaps, groups, resampling),
        p_value=_sign_flip(gaps, groups, resampling),
        n_better=int((gaps > 0).sum()),
        n_equal=int((gaps == 0).sum()),
        n_worse=int((gaps < 0).sum()),
    )


def compare_controls(
    subject: Mapping[str, float],
    controls: Mapping[str, Mapping[str, float]],
    patients: Mapping[str, str] | None = None,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> dict[str, Difference]:
    """The subject against each named control (random, lexical only, shuffled pictures, ...).

    Raises:
        InputError: As `compare_runs`.
    """
    return {name: compare_runs(subject, control, patients, resampling) for name, control in controls.items()}


def _sign_flip(gaps: np.ndarray, groups: list[str], resampling: Resampling) -> float:
    if not len(gaps):
        return math.nan
    place = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    sums = np.bincount([place[group] for group in groups], weights=gaps, minlength=len(place))
    rng = np.random.default_rng(resampling.seed)
    observed, reached = abs(sums.sum()), 0
    step = max(1, 4_000_000 // len(sums))
    for done in range(0, resampling.n_resamples, step):
        signs = rng.integers(0, 2, size=(min(step, resampling.n_resamples - done), len(sums))) * 2 - 1
        reached += int((np.abs(signs @ sums) >= observed - 1e-12).sum())
    # The data as they are is one of the flips, so that the chance is never 0 (Phipson and Smyth, SAGMB 9, 2010).
    return (reached + 1) / (resampling.n_resamples + 1)
