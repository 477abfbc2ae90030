import itertools
import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.calibration import (
    Platt,
    equal_mass_bins,
    fit_abstention,
    fit_platt,
    fit_temperature,
    halves,
    measure_abstention,
    measure_calibration,
    measure_risk_coverage,
)


def test_halves_keep_patients_together() -> None:
    patients = [f"p{i // 3}" for i in range(30)]
    chosen = halves(patients, seed=1)
    assert chosen.sum() == 15
    assert all(len(set(chosen[i : i + 3].tolist())) == 1 for i in range(0, 30, 3))
    assert (halves(patients, 1) == chosen).all()
    assert (halves(patients[::-1], 1) == chosen[::-1]).all()
    assert halves([]).tolist() == []
    assert halves(["a"]).tolist() == [True]


def test_platt_finds_the_curve_it_was_drawn_from() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000) * 0.1
    curve = Platt(12.0, -0.7)
    fitted = fit_platt(scores, rng.random(20_000) < curve.probabilities(scores))
    assert (fitted.slope, fitted.intercept) == pytest.approx((12.0, -0.7), abs=0.5)


def test_separated_and_equal_scores_stay_finite() -> None:
    separated = fit_platt([0.0, 0.1, 0.9, 1.0], [0, 0, 1, 1])
    assert math.isfinite(separated.slope)
    # Platt's target for two right items is (2 + 1) / (2 + 2); at the best slope the errors, times the score, cancel.
    errors = separated.probabilities([0.9, 1.0]) - 3 / 4
    assert 0.4 * errors[0] + 0.5 * errors[1] == pytest.approx(0, abs=1e-6)
    assert fit_platt([0.5] * 4, [0, 1, 1, 1]).probabilities([0.5])[0] == pytest.approx((3 * 4 / 5 + 1 / 3) / 4)
    assert fit_platt([0.0, 1.0, 2.0, 3.0], [1, 1, 0, 0]).slope < 0


def test_extreme_scores_do_not_overflow() -> None:
    assert Platt(1e6, 0.0).probabilities([-1.0, 0.0, 1.0]).tolist() == [0.0, 0.5, 1.0]
    assert 0.01 <= fit_temperature([-1e4, 1e4, 1e4], [0, 1, 0]) <= 100


def test_ece_by_hand() -> None:
    found = measure_calibration([0.1, 0.1, 0.8, 0.8], [0, 1, 1, 1], n_bins=2)
    assert found.ece == pytest.approx((2 * abs(0.1 - 0.5) + 2 * abs(0.8 - 1.0)) / 4)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.04 + 0.04) / 4)
    assert found.brier_of_base_rate == pytest.approx(0.75 * 0.25)
    assert [(p.n, p.mean_probability, p.share_right) for p in found.points] == [
        (2, pytest.approx(0.1), 0.5),
        (2, pytest.approx(0.8), 1.0),
    ]
    assert all(0 <= p.low <= p.share_right <= p.high <= 1 for p in found.points)


def test_wilson_by_hand() -> None:
    """8 of 10: the published example interval is 0.49 to 0.94."""
    point = measure_calibration([0.5] * 10, [1] * 8 + [0] * 2).points[0]
    assert (point.low, point.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize("n_bins", [1, 3, 10, 50])
@pytest.mark.parametrize("levels", [1, 4, 1000])
def test_bins_hold_everything_once_and_never_part_equals(n_bins: int, levels: int) -> None:
    values = np.random.default_rng(levels).integers(0, levels, 37) / levels
    bins = equal_mass_bins(values, n_bins)
    assert sorted(itertools.chain(*(b.tolist() for b in bins))) == list(range(37))
    assert 1 <= len(bins) <= n_bins
    for lower, upper in itertools.pairwise(bins):
        assert values[lower].max() < values[upper].min()
    if levels == 1000 and n_bins == 3:
        assert max(map(len, bins)) - min(map(len, bins)) <= 2


def mean_over_orders(confidence: list[float], wrong: list[int]) -> list[float]:
    orders = [
        order
        for order in itertools.permutations(range(len(wrong)))
        if all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(order))
    ]
    return np.mean([np.cumsum([wrong[i] for i in o]) / np.arange(1, len(o) + 1) for o in orders], axis=0).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_risk_is_the_mean_over_orders_of_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence, right = rng.integers(0, 3, 6).astype(float), rng.integers(0, 2, 6)
    found = measure_risk_coverage(confidence, right)
    assert found.risk == pytest.approx(mean_over_orders(confidence.tolist(), (1 - right).tolist()))
    assert found.aurc == pytest.approx(found.risk.mean())
    assert found.oracle_aurc == pytest.approx(mean_over_orders(right.tolist(), (1 - right).tolist()) @ np.ones(6) / 6)
    assert found.excess >= -1e-12
    assert found.random_aurc == pytest.approx(1 - right.mean())


def test_a_useless_confidence_has_the_error_rate_everywhere() -> None:
    found = measure_risk_coverage([0.5] * 4, [1, 0, 0, 1])
    assert found.risk.tolist() == [0.5] * 4
    assert found.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]


def test_abstention_answers_most_that_is_sure_enough() -> None:
    confidence = np.arange(200) / 200
    right = np.arange(200) >= 40
    found = fit_abstention(confidence, right, 0.9)
    assert found is not None
    assert found.low >= 0.9
    lower = [measure_abstention(confidence, right, t) for t in confidence if t < found.threshold]
    assert all(other.low < 0.9 for other in lower)
    assert found.n_answered == (confidence >= found.threshold).sum()


def test_clopper_and_pearson_by_hand() -> None:
    """All n right: the bound is 0.05 ** (1 / n)."""
    assert measure_abstention([1.0] * 10, [1] * 10, 0.5).low == pytest.approx(0.05 ** (1 / 10))
    assert fit_abstention([1.0] * 10, [1] * 10, 0.9) is None
    assert fit_abstention([1.0] * 40, [1] * 40, 0.9) is not None
    assert fit_abstention([0.1, 0.2], [0, 0], 0.5) is None
    assert fit_abstention([], [], 0.5) is None


def test_a_threshold_above_all_answers_nothing() -> None:
    found = measure_abstention([0.1, 0.2], [1, 0], 0.9)
    assert (found.n_answered, found.coverage, found.low) == (0, 0.0, 0.0)
    assert math.isnan(found.precision)
    assert math.isnan(measure_abstention([], [], 0.5).coverage)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="both right and wrong"):
        fit_platt([0.1, 0.2], [1, 1])
    with pytest.raises(InputError, match="both right and wrong"):
        fit_temperature([], [])
    with pytest.raises(InputError, match="must be finite"):
        fit_platt([0.1, math.nan], [1, 0])
    with pytest.raises(InputError, match="of one length"):
        measure_risk_coverage([0.1], [1, 0])
    with pytest.raises(InputError, match="outcomes must be 0 or 1"):
        measure_risk_coverage([0.1], [2])
    with pytest.raises(InputError, match="at least one query"):
        measure_risk_coverage([], [])
    with pytest.raises(InputError, match=r"probabilities in 0\.\.1"):
        measure_calibration([1.2], [1])
    with pytest.raises(InputError, match="wanted precision"):
        fit_abstention([0.1], [1], 0)
