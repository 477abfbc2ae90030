import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation import bootstrap_interval


def slow_bootstrap(values: list[float], groups: list[str], n_resamples: int, seed: int) -> tuple[float, float]:
    """Draw patients, put all their values in a bag, average the bag."""
    names = list(dict.fromkeys(groups))
    rng = np.random.default_rng(seed)
    means = []
    for _ in range(n_resamples):
        drawn = [names[i] for i in rng.integers(0, len(names), len(names))]
        bag = [value for name in drawn for value, group in zip(values, groups, strict=True) if group == name]
        means.append(sum(bag) / len(bag))
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


@pytest.mark.parametrize("n_groups", [2, 3, 17])
def test_it_equals_drawing_patients_one_by_one(n_groups: int) -> None:
    rng = np.random.default_rng(n_groups)
    values = rng.random(40).tolist()
    groups = [f"p{i}" for i in rng.integers(0, n_groups, 40)]
    assert bootstrap_interval(values, groups, 200, seed=5) == pytest.approx(slow_bootstrap(values, groups, 200, 5))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """100 samples of 40 patients with 3 equal values each; 95 % would be 95 hits, and 1 in 10,000 runs has under 85."""
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(100):
        means = np.repeat(rng.normal(0.5, 0.2, 40), 3)
        low, high = bootstrap_interval(means.tolist(), np.repeat(np.arange(40), 3).tolist(), 400, seed)
        hits += low <= 0.5 <= high
    assert 85 <= hits <= 100


def test_patients_with_many_equal_values_widen_the_interval() -> None:
    values = [0.0, 1.0] * 4
    spread = [value for value in values for _ in range(5)]
    alone = bootstrap_interval(spread, range(40))
    together = bootstrap_interval(spread, [i // 5 for i in range(40)])
    assert together[1] - together[0] > 1.5 * (alone[1] - alone[0])


def test_draws_in_several_chunks_are_the_same_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    values, groups = [0.0, 0.5, 1.0, 0.25], ["a", "b", "c", "a"]
    whole = bootstrap_interval(values, groups, 100)
    monkeypatch.setattr("radseek.evaluation.bootstrap._CELLS_AT_ONCE", 7)
    assert bootstrap_interval(values, groups, 100) == whole


def test_fewer_than_two_patients_say_nothing_about_the_spread() -> None:
    for values, groups in ([], []), ([0.5], ["p"]), ([0.5, 1.0], ["p", "p"]):
        assert all(map(math.isnan, bootstrap_interval(values, groups)))


def test_equal_values_have_an_interval_of_one_point() -> None:
    assert bootstrap_interval([0.25] * 5, range(5)) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], []), "got 1 values and 0 groups"),
        (([1.0, math.nan], ["a", "b"]), "NaN or infinite"),
        (([1.0], ["a"], 0), "n_resamples >= 1"),
        (([1.0], ["a"], 10, 0, 1.0), "0 < level < 1"),
    ],
)
def test_what_cannot_be_resampled_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        bootstrap_interval(*arguments)
