import itertools
import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation import bootstrap_interval
from radseek.evaluation.comparing import compare_controls, compare_runs
from radseek.evaluation.controls import random_scores, shuffled_pictures
from radseek.evaluation.estimates import Resampling


def test_the_difference_is_paired_and_draws_patients() -> None:
    first, second = {"a": 1.0, "b": 0.5, "c": 0.2}, {"c": 0.2, "a": 0.0, "b": 0.7}
    patients = {"a": "x", "b": "x", "c": "y"}
    found = compare_runs(first, second, patients)
    assert (found.first, found.second) == pytest.approx((1.7 / 3, 0.9 / 3))
    assert found.difference.value == pytest.approx(0.8 / 3)
    assert (found.n_better, found.n_equal, found.n_worse) == (1, 1, 1)
    assert (found.difference.low, found.difference.high) == pytest.approx(
        bootstrap_interval([1.0, -0.2, 0.0], ["x", "x", "y"])
    )


def test_the_p_value_is_that_of_all_flips() -> None:
    rng = np.random.default_rng(0)
    gaps = rng.normal(0.4, 1, 8)
    found = compare_runs(
        {str(i): g for i, g in enumerate(gaps)}, {str(i): 0.0 for i in range(8)}, None, Resampling(20_000)
    )
    flips = [abs(np.dot(signs, gaps)) >= abs(gaps.sum()) - 1e-12 for signs in itertools.product((-1, 1), repeat=8)]
    assert found.p_value == pytest.approx(np.mean(flips), abs=0.01)


def test_a_run_against_itself_does_not_differ() -> None:
    run = {str(i): i / 7 for i in range(20)}
    found = compare_runs(run, dict(run))
    assert (found.difference.value, found.difference.low, found.difference.high, found.p_value) == (0, 0, 0, 1.0)
    assert found.n_equal == 20


def test_a_clear_difference_is_seen_and_never_impossible() -> None:
    found = compare_controls({str(i): 1.0 for i in range(40)}, {"random": {str(i): 0.0 for i in range(40)}})["random"]
    assert found.p_value == pytest.approx(1 / 1001)
    assert found.difference.low == 1.0


def test_nothing_one_and_what_does_not_fit() -> None:
    assert math.isnan(compare_runs({}, {}).p_value)
    one = compare_runs({"a": 1.0}, {"a": 0.0})
    assert one.difference.value == 1.0
    assert math.isnan(one.difference.low)
    assert one.p_value == 1.0
    with pytest.raises(InputError, match="2 queries are in one run only"):
        compare_runs({"a": 1.0}, {"b": 1.0})
    with pytest.raises(InputError, match="1 queries have no patient"):
        compare_runs({"a": 1.0}, {"a": 1.0}, {})
    with pytest.raises(InputError, match="finite values"):
        compare_runs({"a": math.nan}, {"a": 1.0})


@pytest.mark.parametrize("patients", [[], ["a", "b"], list("aabbc"), list("aaabbb"), [f"p{i // 3}" for i in range(31)]])
@pytest.mark.parametrize("seed", range(5))
def test_shuffled_pictures_are_never_of_the_own_patient(patients: list[str], seed: int) -> None:
    order = shuffled_pictures(patients, seed)
    assert sorted(order.tolist()) == list(range(len(patients)))
    assert all(patients[given] != patients[study] for study, given in enumerate(order.tolist()))
    assert (shuffled_pictures(patients, seed) == order).all()


def test_a_patient_with_most_studies_cannot_be_shuffled() -> None:
    for patients in (["a"], list("aab")):
        with pytest.raises(InputError, match="cannot be shuffled"):
            shuffled_pictures(patients)


def test_random_scores_repeat() -> None:
    assert (random_scores(3, 4, seed=1) == random_scores(3, 4, seed=1)).all()
    assert random_scores(0, 4).shape == (0, 4)
