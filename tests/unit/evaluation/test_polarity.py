import itertools
import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.estimates import NOTHING, Resampling
from radseek.evaluation.polarity import measure_affirm_negate, measure_excluded, measure_order

FEW = Resampling(50)


@pytest.mark.parametrize("seed", range(15))
def test_ties_count_by_the_mean_over_all_orders(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, has = rng.integers(0, 3, 6).astype(float), rng.integers(0, 2, 6)
    k = int(rng.integers(1, 8))
    orders = [
        order
        for order in itertools.permutations(range(6))
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]
    tops = [[has[i] for i in order[: min(k, 6)]] for order in orders]
    found = measure_excluded([scores], [has], ["q"], k, FEW)
    assert found.share.value == pytest.approx(np.mean([np.mean(top) for top in tops]))
    assert found.any_share.value == pytest.approx(np.mean([any(top) for top in tops]))
    assert found.prevalence == pytest.approx(has.mean())


def test_fewer_than_k_are_divided_by_what_came_back() -> None:
    found = measure_excluded([[0.9, math.nan, math.nan]], [[1, 0, 0]], ["q"], 10, FEW)
    assert found.share.value == 1.0


def test_a_query_without_results_is_left_out_and_counted() -> None:
    found = measure_excluded([[math.nan] * 2, [1.0, 0.0]], [[1, 1], [0, 1]], ["a", "b"], 1, FEW)
    assert (found.share.value, found.share.n, found.n_unanswered) == (0.0, 1, 1)
    assert found.prevalence == 0.5
    assert math.isnan(found.per_query[0])
    nothing = measure_excluded(np.zeros((0, 3)), np.zeros((0, 3)), [])
    assert nothing.share == NOTHING
    assert math.isnan(nothing.prevalence)


def test_labels_not_known_do_not_count_against() -> None:
    assert measure_excluded([[3.0, 2.0]], [[-1, 1]], ["q"], 1, FEW).share.value == 0.0


def test_always_preferring_no_is_half_right_however_rare_the_finding() -> None:
    labels = [[1] + [0] * 9]
    found = measure_affirm_negate([[0.0] * 10], [[1.0] * 10], labels, list("abcdefghij"), FEW)
    assert found.share.value == 0.9
    assert found.balanced.value == 0.5
    assert {kind.kind: kind.share.value for kind in found.kinds} == {"absent": 1.0, "present": 0.0}
    assert found.gap.value == pytest.approx((9 * 1.0 - 1.0) / 10)


def test_affirm_negate_by_hand_with_ties_nan_and_unknown() -> None:
    affirmed = [[0.8, 0.2, 0.5, math.nan, 0.9]]
    denied = [[0.3, 0.6, 0.5, 0.1, 0.1]]
    found = measure_affirm_negate(affirmed, denied, [[1, 0, 1, 1, -1]], list("abcde"), FEW)
    assert (found.share.n, found.n_ties, found.n_not_scored) == (3, 1, 1)
    assert found.share.value == pytest.approx((1 + 1 + 0.5) / 3)
    assert found.balanced.value == pytest.approx((0.75 + 1.0) / 2)
    assert found.gap.value == pytest.approx((0.5 + 0.4 + 0.0) / 3)


def test_one_score_for_both_sentences_is_chance() -> None:
    same = np.random.default_rng(0).random((3, 20))
    found = measure_affirm_negate(same, same, np.arange(60).reshape(3, 20) % 2, [str(i) for i in range(20)], FEW)
    assert (found.share.value, found.balanced.value, found.gap.value) == (0.5, 0.5, 0.0)


def test_a_bias_to_the_left_shows_in_the_balanced_figure() -> None:
    """A scorer that always prefers 'left', on mostly left findings."""
    sides = ["left"] * 9 + ["right"]
    stated = [1.0 if side == "left" else 0.0 for side in sides]
    found = measure_order(stated, [1 - s for s in stated], sides, [str(i) for i in range(10)], FEW)
    assert (found.share.value, found.balanced.value) == (0.9, 0.5)


def test_the_balanced_interval_leaves_out_draws_without_a_kind() -> None:
    found = measure_order([1.0, 1.0, 0.0], [0.0, 0.0, 1.0], ["x", "x", "y"], ["a", "b", "c"], Resampling(200))
    assert found.balanced.value == 0.5
    assert (found.balanced.low, found.balanced.high) == (0.5, 0.5)


def test_nothing_and_one() -> None:
    empty = measure_order([], [], [], [])
    assert (empty.share, empty.balanced, empty.kinds) == (NOTHING, NOTHING, ())
    one = measure_order([1.0], [0.0], ["x"], ["a"], FEW)
    assert one.balanced.value == 1.0
    assert math.isnan(one.balanced.low)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="k must be at least 1"):
        measure_excluded([[1.0]], [[1]], ["q"], 0)
    with pytest.raises(InputError, match="carries must be 2-D with sides"):
        measure_excluded([[1.0]], [[1, 0]], ["q"])
    with pytest.raises(InputError, match="lengths differ"):
        measure_order([1.0], [], [], [])
