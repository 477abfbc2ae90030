"""A figure with its 95 % interval, from resampling whole patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.bootstrap import bootstrap_interval

Floats = NDArray[np.float64]
_WEIGHTS_AT_ONCE = 4_000_000
"""Weights held in memory together: 32 MB of float64."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made: a percentile bootstrap over groups (patients)."""

    n_resamples: int = 1000
    seed: int = 0
    level: float = 0.95


DEFAULT_RESAMPLING = Resampling()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, how far it could be off, and what it rests on."""

    value: float
    """NaN when `n` is 0 or the figure is not defined for what there is."""
    low: float
    high: float
    """Bounds of the interval; NaN with fewer than two groups."""
    n: int
    """Values that the figure is over: queries, pairs, maps."""
    n_groups: int
    """Patients among them."""


NOTHING = Estimate(math.nan, math.nan, math.nan, 0, 0)
"""The estimate over no values."""


def estimate_mean(
    values: Sequence[float] | Floats, groups: Sequence[Hashable], resampling: Resampling = DEFAULT_RESAMPLING
) -> Estimate:
    """The mean of the values that are not NaN; the others are left out, so that `n` counts the rest.

    Raises:
        InputError: When the lengths differ or a value is infinite.
    """
    array = _same_length(values, groups)
    kept = ~np.isnan(array)
    array, groups = array[kept], [group for group, keep in zip(groups, kept, strict=True) if keep]
    if not len(array):
        return NOTHING
    low, high = bootstrap_interval(array.tolist(), groups, resampling.n_resamples, resampling.seed, resampling.level)
    return Estimate(math.fsum(array) / len(array), low, high, len(array), len(set(groups)))


def estimate_median(
    values: Sequence[float] | Floats, groups: Sequence[Hashable], resampling: Resampling = DEFAULT_RESAMPLING
) -> Estimate:
    """The median of the values that are not NaN: of an even number the mean of the middle two.

    Raises:
        InputError: When the lengths differ.
    """
    array = _same_length(values, groups)
    kept = ~np.isnan(array)
    array, groups = array[kept], [group for group, keep in zip(groups, kept, strict=True) if keep]
    order = np.argsort(array, kind="stable")
    ranked = array[order]

    def median(weights: Floats) -> Floats:
        up_to = np.cumsum(weights[:, order], axis=1)  # [n_drawn, n]
        half = up_to[:, -1:] / 2
        below = (up_to < half).sum(axis=1)
        above = np.minimum((up_to <= half).sum(axis=1), len(ranked) - 1)
        middle: Floats = (ranked[below] + ranked[above]) / 2
        return middle

    return estimate_statistic(median, groups, resampling)


def estimate_statistic(
    statistic: Callable[[Floats], Floats], groups: Sequence[Hashable], resampling: Resampling = DEFAULT_RESAMPLING
) -> Estimate:
    """Any figure that is a function of how often each item counts.

    Resamples in which the figure is not defined (NaN) are left out of the interval.

    Args:
        statistic: Of weights float64 `[n_drawn, n_items]` the figures `[n_drawn]`; weights of 1 give the value itself.
        groups: Group of each item.
        resampling: How the interval is made.
    """
    n = len(groups)
    if not n:
        return NOTHING
    value = float(statistic(np.ones((1, n)))[0])
    drawn = np.concatenate([statistic(weights) for weights in group_weights(groups, resampling)])
    low, high = interval_of(drawn, groups, resampling)
    return Estimate(value, low, high, n, len(set(groups)))


def means_of_parts(values: Floats, members: Sequence[NDArray[np.bool_]]) -> Callable[[Floats], Floats]:
    """The mean of each part of the items, as a function of how often each item counts, for `estimate_statistic`.

    Args:
        values: `[n_items]`; those in no part may be NaN.
        members: Which items each part holds `[n_parts, n_items]`; parts may overlap.

    Returns:
        Of weights `[n_drawn, n_items]` the means `[n_drawn, n_parts]`, NaN where nothing of a part was drawn.
    """
    belongs = np.stack(members, axis=1).astype(np.float64)
    filled = np.where(belongs > 0, values[:, None], 0.0)

    def means(weights: Floats) -> Floats:
        counts = weights @ belongs
        each: Floats = np.divide(weights @ filled, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
        return each

    return means


def interval_of(drawn: Floats, groups: Sequence[Hashable], resampling: Resampling) -> tuple[float, float]:
    """Bounds from a figure's resamples `[n_resamples]`; NaN with fewer than two groups or nothing defined."""
    defined = drawn[~np.isnan(drawn)]
    if len(set(groups)) < 2 or not len(defined):
        return math.nan, math.nan
    tail = (1 - resampling.level) / 2
    # Infinite figures (a ratio over nothing) are ranked, not averaged with their neighbours.
    low, high = np.quantile(defined, [tail, 1 - tail], method="linear" if np.isfinite(defined).all() else "nearest")
    return float(low), float(high)


def group_weights(groups: Sequence[Hashable], resampling: Resampling = DEFAULT_RESAMPLING) -> Iterator[Floats]:
    """How often each item counts when whole groups are drawn with replacement: parts float64 `[n_drawn, n_items]`.

    All parts together have `n_resamples` rows. The same seed gives the same draws for the same groups.

    Raises:
        InputError: When `level` or `n_resamples` is out of range.
    """
    if not 0 < resampling.level < 1 or resampling.n_resamples < 1:
        raise InputError(
            f"bootstrap needs 0 < level < 1 and n_resamples >= 1; got {resampling.level} and {resampling.n_resamples}"
        )
    place = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    owner = np.array([place[group] for group in groups], dtype=np.int64)
    rng = np.random.default_rng(resampling.seed)
    step = max(1, _WEIGHTS_AT_ONCE // max(len(owner), 1))
    for done in range(0, resampling.n_resamples, step):
        n_drawn = min(step, resampling.n_resamples - done)
        drawn = rng.integers(0, len(place), size=(n_drawn, len(place)))
        flat = drawn + np.arange(n_drawn)[:, None] * len(place)
        counts = np.bincount(flat.ravel(), minlength=n_drawn * len(place)).reshape(n_drawn, len(place))
        yield counts[:, owner].astype(np.float64)


def _same_length(values: Sequence[float] | Floats, groups: Sequence[Hashable]) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (len(groups),):
        raise InputError(f"an interval needs one patient a value; got {array.shape} values and {len(groups)} patients")
    return array
