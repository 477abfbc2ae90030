"""How far a mean could be off: a percentile bootstrap over clusters."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from radseek.errors import InputError

_CELLS_AT_ONCE = 4_000_000
"""Draws held in memory together: 32 MB of int64."""


def bootstrap_interval(
    values: Sequence[float],
    groups: Sequence[Hashable],
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Lower and upper bound of the mean of `values`, resampling whole `groups` (patients) with replacement.

    Values of one group are not independent, so a group is drawn or left as one (Field and Welsh, JRSS B 69(3), 2007).
    The same seed gives the same interval. Both bounds are NaN when there are
    fewer than two groups: one says nothing about the spread.

    Raises:
        InputError: When the lengths differ, a value is not finite, or `level` or `n_resamples` is out of range.
    """
    if len(values) != len(groups):
        raise InputError(f"bootstrap needs one group a value; got {len(values)} values and {len(groups)} groups")
    if not 0 < level < 1 or n_resamples < 1:
        raise InputError(f"bootstrap needs 0 < level < 1 and n_resamples >= 1; got {level} and {n_resamples}")
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise InputError("bootstrap needs finite values; some are NaN or infinite")
    place = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    n_groups = len(place)
    if n_groups < 2:
        return math.nan, math.nan
    owner = np.array([place[group] for group in groups])
    sums = np.bincount(owner, weights=array, minlength=n_groups)
    counts = np.bincount(owner, minlength=n_groups)
    rng = np.random.default_rng(seed)
    means: list[float] = []
    step = max(1, _CELLS_AT_ONCE // n_groups)
    for done in range(0, n_resamples, step):
        drawn = rng.integers(0, n_groups, size=(min(step, n_resamples - done), n_groups))  # [n_drawn, n_groups]
        means.extend((sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)).tolist())
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
