import math

import pytest

from radseek.errors import InputError
from radseek.evaluation import DEFAULT_MEASURES, measure_run, random_baseline
from radseek.records.ranking import Qrels, Run

QRELS = Qrels("three", {"q1": {"a": 1.0}, "q2": {"b": 1.0, "c": 2.0}, "q3": {"a": 0.0}})


def test_a_query_without_results_counts_zero_and_one_without_relevant_is_left_out_and_counted() -> None:
    run = Run("half", {"q1": {"a": 1.0}, "q3": {"a": 1.0}})
    measured = measure_run(run, QRELS, ["success@1"])["success@1"]
    assert measured.per_query == {"q1": 1.0, "q2": 0.0}
    assert (measured.value, measured.n_queries, measured.n_left_out, measured.n_unanswered) == (1 / 2, 2, 1, 1)


def test_equal_scores_are_ordered_by_the_smaller_gallery_id() -> None:
    tied = dict.fromkeys(["d", "b", "a", "c"], 0.25)
    qrels = Qrels("tie", {"q": {"b": 1.0}})
    assert measure_run(Run("tied", {"q": tied}), qrels, ["mrr"])["mrr"].value == 1 / 2


def test_recall_divides_by_all_that_is_relevant_and_precision_by_k() -> None:
    qrels = Qrels("many", {"q": {"a": 1.0, "b": 1.0, "c": 1.0, "x": 1.0}})
    run = Run("some", {"q": {"a": 3.0, "z": 2.0, "b": 1.0}})
    measured = measure_run(run, qrels, ["recall@3", "precision@3", "precision@10", "success@3"])
    assert [m.value for m in measured.values()] == [2 / 4, 2 / 3, 2 / 10, 1.0]


def test_ndcg_takes_gains_as_they_are() -> None:
    qrels = Qrels("graded", {"q": {"a": 1.0, "b": 3.0}})
    run = Run("swapped", {"q": {"a": 2.0, "b": 1.0}})
    expected = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert measure_run(run, qrels, ["ndcg@10"])["ndcg@10"].value == pytest.approx(expected)


def test_measures_come_in_the_order_asked_and_the_default_ones_are_known() -> None:
    run = Run("half", {"q1": {"a": 1.0}})
    assert list(measure_run(run, QRELS, ["map", "mrr"])) == ["map", "mrr"]
    assert tuple(measure_run(run, QRELS)) == DEFAULT_MEASURES


def test_nothing_relevant_at_all_gives_no_number() -> None:
    measured = measure_run(Run("none", {}), Qrels("none", {"q": {}}), ["map"])["map"]
    assert math.isnan(measured.value)
    assert math.isnan(measured.low)
    assert (measured.n_queries, measured.n_left_out) == (0, 1)


@pytest.mark.parametrize("name", ["hit@1", "recall", "map@10", "success@0", "recall@", "recall@-1", "", "Recall@5"])
def test_an_unknown_measure_lists_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"success@k, recall@k, precision@k, mrr, map, ndcg@k"):
        measure_run(Run("r", {}), QRELS, [name])


def test_a_nan_score_is_refused() -> None:
    with pytest.raises(InputError, match="score is NaN"):
        measure_run(Run("nan", {"q1": {"a": math.nan, "b": 1.0}}), QRELS)


@pytest.mark.parametrize("gain", [-1.0, math.nan, math.inf])
def test_a_gain_that_is_no_gain_is_refused(gain: float) -> None:
    with pytest.raises(InputError, match="gains must be finite and not negative"):
        measure_run(Run("r", {}), Qrels("bad", {"q": {"a": gain, "b": 1.0}}))


def test_a_query_that_the_qrels_lack_is_refused_with_the_count() -> None:
    with pytest.raises(InputError, match="2 queries are not in qrels three"):
        measure_run(Run("more", {"q1": {}, "x": {}, "y": {"a": 1.0}}), QRELS)


def test_intervals_follow_patients_and_need_one_for_each_query() -> None:
    qrels = Qrels("pairs", {f"q{i}": {"a": 1.0} for i in range(8)})
    run = Run("half", {f"q{i}": {"a" if i < 4 else "b": 1.0} for i in range(8)})
    own = measure_run(run, qrels, ["mrr"])["mrr"]
    two = measure_run(run, qrels, ["mrr"], patients={f"q{i}": f"p{i // 4}" for i in range(8)})["mrr"]
    assert own.value == two.value == 1 / 2
    assert 0.0 < own.low < 1 / 2 < own.high < 1.0
    assert (two.low, two.high) == (0.0, 1.0)
    with pytest.raises(InputError, match="1 queries have no patient"):
        measure_run(run, qrels, ["mrr"], patients={f"q{i}": "p" for i in range(7)})


def test_the_same_seed_measures_the_same() -> None:
    qrels = Qrels("pairs", {f"q{i}": {"a": 1.0} for i in range(30)})
    run = Run("some", {f"q{i}": {"a": 1.0, "b": float(i % 3)} for i in range(30)})
    assert measure_run(run, qrels, seed=3) == measure_run(run, qrels, seed=3)


def test_a_gallery_smaller_than_what_is_relevant_is_refused() -> None:
    with pytest.raises(InputError, match="a gallery of 1 cannot hold the 2 relevant"):
        random_baseline(QRELS, 1)


def test_the_random_baseline_of_a_large_gallery_is_quick_and_near_zero() -> None:
    baseline = random_baseline(QRELS, 200_000, ["success@10", "recall@10", "mrr", "map", "ndcg@10"])
    assert baseline["recall@10"] == pytest.approx(10 / 200_000)
    assert baseline["success@10"] == pytest.approx((10 / 200_000 + 20 / 200_000) / 2, rel=1e-3)
    assert all(0 < value < 1e-3 for value in baseline.values())
