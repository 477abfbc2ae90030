"""Figures by modality, view, sex, age and source: whom does it serve less well?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    Estimate,
    Floats,
    Resampling,
    estimate_mean,
    estimate_statistic,
    means_of_parts,
)

NOT_KNOWN = "not known"
"""Group of the queries for which the field is empty."""
AGE_BANDS = ((0, 18, "0-17"), (18, 40, "18-39"), (40, 60, "40-59"), (60, 80, "60-79"), (80, math.inf, "80+"))


@dataclass(frozen=True, slots=True)
class SubgroupRow:
    """A figure in one group."""

    field: str
    group: str
    estimate: Estimate
    """NaN with its counts where the group is too small."""
    too_small: bool
    """Fewer patients than asked for: no figure is shown, but the group is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The best and the worst group of one field."""

    field: str
    best: str
    worst: str
    gap: Estimate
    """Best minus worst. The two were picked for being furthest apart, so that the gap is on the large side; an interval
    that holds 0 says that there may be none."""


@dataclass(frozen=True, slots=True)
class Subgroups:
    """All groups, and the largest gap of each field with at least two groups large enough."""

    rows: tuple[SubgroupRow, ...]
    gaps: tuple[Gap, ...]
    """Largest first."""
    min_patients: int


def age_band(age_years: float | None) -> str:
    """`0-17`, `18-39`, `40-59`, `60-79`, `80+`; `NOT_KNOWN` for none, NaN or a negative age."""
    if age_years is None or not age_years >= 0:
        return NOT_KNOWN
    return next(name for low, high, name in AGE_BANDS if low <= age_years < high or high == math.inf)


def measure_subgroups(
    values: Sequence[float],
    attributes: Mapping[str, Sequence[str]],
    patients: Sequence[str],
    min_patients: int = 20,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> Subgroups:
    """The mean of `values` in each group of each attribute, and the gaps between groups.

    Args:
        values: A measure's value for each query `[n]`; NaN is left out.
        attributes: Field (modality, view, sex, age, source) -> group of each query; empty is `NOT_KNOWN`.
        patients: Patient of each query.
        min_patients: A group of fewer is shown as too small.
        resampling: How intervals are made.

    Raises:
        InputError: When lengths differ.
    """
    array = np.asarray(values, dtype=np.float64)
    if any(len(column) != len(array) for column in (patients, *attributes.values())):
        raise InputError("values, patients and every attribute need one entry a query")
    rows: list[SubgroupRow] = []
    gaps: list[Gap] = []
    for field, column in attributes.items():
        groups = np.array([group or NOT_KNOWN for group in column], dtype=object)
        found = [
            _row(field, name, groups == name, array, patients, min_patients, resampling) for name in sorted(set(groups))
        ]
        rows += found
        large = [row for row in found if not row.too_small and row.group != NOT_KNOWN]
        if len(large) >= 2:
            best = max(large, key=lambda row: row.estimate.value)
            worst = min(large, key=lambda row: row.estimate.value)
            gap = _gap(array, groups == best.group, groups == worst.group, patients, resampling)
            gaps.append(Gap(field, best.group, worst.group, gap))
    gaps.sort(key=lambda gap: -gap.gap.value)
    return Subgroups(tuple(rows), tuple(gaps), min_patients)


def _row(
    field: str,
    name: str,
    members: NDArray[np.bool_],
    values: Floats,
    patients: Sequence[str],
    min_patients: int,
    resampling: Resampling,
) -> SubgroupRow:
    kept = members & ~np.isnan(values)
    groups = [patient for patient, keep in zip(patients, kept, strict=True) if keep]
    if len(set(groups)) < max(min_patients, 1):
        return SubgroupRow(field, name, Estimate(math.nan, math.nan, math.nan, len(groups), len(set(groups))), True)
    return SubgroupRow(field, name, estimate_mean(values[kept], groups, resampling), False)


def _gap(
    values: Floats, best: NDArray[np.bool_], worst: NDArray[np.bool_], patients: Sequence[str], resampling: Resampling
) -> Estimate:
    used = (best | worst) & ~np.isnan(values)
    means = means_of_parts(values[used], [best[used], worst[used]])
    groups = [patient for patient, use in zip(patients, used, strict=True) if use]
    return estimate_statistic(lambda weights: -np.diff(means(weights), axis=1)[:, 0], groups, resampling)
