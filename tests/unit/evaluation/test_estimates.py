import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation import bootstrap_interval
from radseek.evaluation.estimates import (
    NOTHING,
    Resampling,
    estimate_mean,
    estimate_median,
    estimate_statistic,
    group_weights,
    means_of_parts,
)

GROUPS = ["a", "a", "b", "c", "c", "c"]
VALUES = [0.0, 1.0, 5.0, 2.0, 2.0, 9.0]


def test_the_mean_leaves_nan_out_and_has_the_bootstrap_interval() -> None:
    found = estimate_mean([*VALUES, math.nan], [*GROUPS, "z"])
    assert found.value == pytest.approx(sum(VALUES) / 6)
    assert (found.n, found.n_groups) == (6, 3)
    assert (found.low, found.high) == bootstrap_interval(VALUES, GROUPS)


def test_a_statistic_of_weights_agrees_with_resampling_written_out() -> None:
    found = estimate_statistic(lambda w: w @ np.array(VALUES) / w.sum(axis=1), GROUPS, Resampling(200, seed=4))
    drawn = np.concatenate(list(group_weights(GROUPS, Resampling(200, seed=4))))
    means = [np.repeat(VALUES, weights.astype(int)).mean() for weights in drawn]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))


def test_weights_draw_whole_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(group_weights(GROUPS, Resampling(40))))
    assert whole.shape == (40, 6)
    assert (whole[:, 0] == whole[:, 1]).all()
    assert (whole[:, 3] == whole[:, 5]).all()
    assert (whole[:, [0, 2, 3]].sum(axis=1) == 3).all()
    monkeypatch.setattr("radseek.evaluation.estimates._WEIGHTS_AT_ONCE", 13)
    assert [len(part) for part in group_weights(GROUPS, Resampling(5))] == [2, 2, 1]


@pytest.mark.parametrize(
    "values", [[3.0], [1.0, 2.0], [5.0, 1.0, 3.0], [4.0, 4.0, 1.0, 9.0], [0.0, 0.0, 0.0, 7.0, 8.0]]
)
def test_the_median_is_that_of_numpy_in_each_resample(values: list[float]) -> None:
    groups = [str(i) for i in range(len(values))]
    found = estimate_median(values, groups, Resampling(100, seed=2))
    assert found.value == np.median(values)
    if len(values) > 1:
        drawn = np.concatenate(list(group_weights(groups, Resampling(100, seed=2)))).astype(int)
        medians = [np.median(np.repeat(values, weights)) for weights in drawn]
        assert (found.low, found.high) == pytest.approx(tuple(np.quantile(medians, [0.025, 0.975])))


def test_nothing_one_group_and_undefined_resamples() -> None:
    assert estimate_mean([], []) == NOTHING
    assert estimate_mean([math.nan], ["a"]) == NOTHING
    assert estimate_median([], []) == NOTHING
    one = estimate_mean([1.0, 3.0], ["a", "a"])
    assert (one.value, one.n_groups) == (2.0, 1)
    assert math.isnan(one.low)
    never = estimate_statistic(lambda w: np.full(len(w), np.nan), ["a", "b"])
    assert math.isnan(never.value)
    assert math.isnan(never.high)


def test_infinite_resamples_are_ranked() -> None:
    with np.errstate(divide="ignore"):
        found = estimate_statistic(lambda w: 1 / w[:, 0], ["a", "b"], Resampling(200))
    assert (found.value, found.low, found.high) == (1.0, 0.5, math.inf)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="one patient a value"):
        estimate_mean([1.0], [])
    with pytest.raises(InputError, match="finite"):
        estimate_mean([math.inf], ["a"])
    with pytest.raises(InputError, match="n_resamples >= 1"):
        list(group_weights(["a"], Resampling(0)))


def test_means_of_parts_are_those_of_the_drawn_items_written_out() -> None:
    values = np.array([0.1, 0.9, 0.4, math.nan, 0.7])
    members = [np.array([1, 1, 0, 0, 0], bool), np.array([0, 1, 1, 0, 1], bool), np.array([0, 0, 0, 0, 1], bool)]
    weights = np.random.default_rng(0).integers(0, 3, (20, 5)).astype(float)
    weights[0] = 0
    found = means_of_parts(values, members)(weights)
    for row, drawn in zip(found, weights, strict=True):
        for mean, part in zip(row, members, strict=True):
            items = [value for value, n, of in zip(values, drawn, part, strict=True) if of for _ in range(int(n))]
            assert mean == pytest.approx(sum(items) / len(items)) if items else math.isnan(mean)
    assert np.isnan(found[0]).all()
