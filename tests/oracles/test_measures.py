"""Our measures against ir_measures (pytrec_eval underneath), scikit-learn, and expectations counted out by hand."""

import itertools
import math
import random
import warnings

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from radseek.evaluation import ceiling, measure_run, random_baseline
from radseek.evaluation.measures import parse_measure
from radseek.evaluation.measuring import ideal_gains
from radseek.records.ranking import Qrels, Run

with warnings.catch_warnings():
    # its optional providers warn when they are imported
    warnings.simplefilter("ignore")
    import ir_measures

OURS_TO_THEIRS = {
    "success@1": "Success@1",
    "success@5": "Success@5",
    "success@10": "Success@10",
    "recall@5": "R@5",
    "recall@100": "R@100",
    "precision@1": "P@1",
    "precision@10": "P@10",
    "mrr": "RR",
    "map": "AP",
    "ndcg@1": "nDCG@1",
    "ndcg@10": "nDCG@10",
    "ndcg@100": "nDCG@100",
}


def theirs(run: Run, qrels: Qrels) -> dict[str, dict[str, float]]:
    """Values of ir_measures, with mirrored ids: of a tie trec_eval puts the larger id first, we the smaller."""
    ids = sorted({i for table in (run.scores, qrels.gains) for row in table.values() for i in row})
    mirrored = {gallery_id: f"d{len(ids) - place:06d}" for place, gallery_id in enumerate(ids)}
    scores = {q: {mirrored[i]: s for i, s in row.items()} for q, row in run.scores.items()}
    gains = {q: {mirrored[i]: int(g) for i, g in row.items()} for q, row in qrels.gains.items()}
    wanted = {ir_measures.parse_measure(name): ours for ours, name in OURS_TO_THEIRS.items()}
    found: dict[str, dict[str, float]] = {name: {} for name in OURS_TO_THEIRS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for metric in ir_measures.iter_calc(list(wanted), gains, scores):
            found[wanted[metric.measure]][metric.query_id] = metric.value
    return found


def random_case(seed: int, n_queries: int = 25, n_gallery: int = 40) -> tuple[Run, Qrels]:
    """Graded gains, few distinct scores (so many ties), short and missing result lists, judged items not returned."""
    rng = random.Random(seed)
    gallery = [f"s{i}" for i in range(n_gallery)]
    scores, gains = {}, {}
    for q in range(n_queries):
        judged = rng.sample(gallery, rng.randint(1, 15))
        gains[f"q{q}"] = {i: float(rng.randint(0, 3)) for i in judged}
        gains[f"q{q}"][rng.choice(judged)] = float(rng.randint(1, 3))
        returned = rng.sample(gallery, rng.choice([0, 1, 3, 12, n_gallery]))
        if returned:
            scores[f"q{q}"] = {i: rng.randint(-3, 3) / 4 for i in returned}
    return Run("random", scores), Qrels("random", gains)


@pytest.mark.parametrize("seed", range(20))
def test_random_runs_agree_with_ir_measures_query_by_query(seed: int) -> None:
    run, qrels = random_case(seed)
    expected = theirs(run, qrels)
    measured = measure_run(run, qrels, list(OURS_TO_THEIRS), n_resamples=1)
    for name, values in measured.items():
        assert values.n_queries == len(qrels.gains)
        for query, value in values.per_query.items():
            assert value == pytest.approx(expected[name].get(query, 0.0), abs=1e-9), (name, query)
        assert values.value == pytest.approx(sum(expected[name].values()) / len(qrels.gains), abs=1e-9)


@pytest.mark.parametrize(
    ("scores", "gains"),
    [
        pytest.param({"q": {}}, {"q": {"a": 1}}, id="no results"),
        pytest.param({}, {"q": {"a": 1}}, id="query not asked"),
        pytest.param({"q": {"a": 0.0}}, {"q": {"a": 1}}, id="one right"),
        pytest.param({"q": {"b": 0.0}}, {"q": {"a": 1}}, id="one wrong"),
        pytest.param({"q": dict.fromkeys("abcde", 0.5)}, {"q": {"c": 1}}, id="all tied"),
        pytest.param({"q": {"a": -1.0, "b": -2.0}}, {"q": {"b": 2, "a": 0}}, id="negative scores"),
        pytest.param({"q": {"a": 3.0, "b": 2.0, "c": 1.0}}, {"q": {"c": 3, "b": 1, "a": 2}}, id="graded"),
    ],
)
def test_small_cases_agree_with_ir_measures(
    scores: dict[str, dict[str, float]], gains: dict[str, dict[str, float]]
) -> None:
    run, qrels = Run("small", scores), Qrels("small", gains)
    expected = theirs(run, qrels)
    for name, values in measure_run(run, qrels, list(OURS_TO_THEIRS), n_resamples=1).items():
        assert values.per_query["q"] == pytest.approx(expected[name].get("q", 0.0), abs=1e-12), name


@pytest.mark.parametrize("seed", range(10))
def test_full_rankings_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains, scores = rng.integers(0, 4, 30).astype(float), rng.permutation(30) / 7.0
    gains[0] = 1.0
    names = [f"s{i:02d}" for i in range(30)]
    run = Run("full", {"q": dict(zip(names, scores.tolist(), strict=True))})
    qrels = Qrels("full", {"q": dict(zip(names, gains.tolist(), strict=True))})
    measured = measure_run(run, qrels, ["ndcg@5", "ndcg@30", "map"], n_resamples=1)
    assert measured["ndcg@5"].value == pytest.approx(ndcg_score([gains], [scores], k=5))
    assert measured["ndcg@30"].value == pytest.approx(ndcg_score([gains], [scores]))
    assert measured["map"].value == pytest.approx(average_precision_score(gains > 0, scores))


MEASURES = ["success@1", "success@3", "recall@2", "precision@3", "precision@9", "mrr", "map", "ndcg@2", "ndcg@6"]


def mean_over_orders(blocks: list[list[float]], name: str) -> float:
    """Mean of a measure over every order of the items inside each block of gains."""
    measure = parse_measure(name)
    flat = Qrels("", {"q": {str(i): g for i, g in enumerate(itertools.chain(*blocks))}})
    ideal = ideal_gains(flat)["q"]
    orders = itertools.product(*(itertools.permutations(block) for block in blocks))
    values = [measure.of(np.array(list(itertools.chain(*order))), ideal) for order in orders]
    return sum(values) / len(values)


@pytest.mark.parametrize("gains", [[1.0], [1, 0], [1, 1], [1, 0, 0, 0, 0], [2, 1, 0, 0, 0], [3, 1, 1, 2, 0, 0]])
@pytest.mark.parametrize("name", MEASURES)
def test_random_baseline_is_the_mean_over_all_orders(gains: list[float], name: str) -> None:
    qrels = Qrels("one", {"q": {f"s{i}": g for i, g in enumerate(gains) if g}})
    assert random_baseline(qrels, len(gains), [name])[name] == pytest.approx(mean_over_orders([gains], name))


@pytest.mark.parametrize(
    "blocks",
    [
        [[1.0, 0.0, 0.0]],
        [[1.0, 1.0], [0.0, 0.0]],
        [[1.0], [1.0, 0.0], [1.0, 0.0, 0.0]],
        [[3.0, 0.0], [1.0, 1.0, 0.0], [0.0]],
    ],
)
@pytest.mark.parametrize("name", MEASURES)
def test_ceiling_is_the_mean_over_orders_inside_texts(blocks: list[list[float]], name: str) -> None:
    ids = {(b, i): f"s{b}{i}" for b, block in enumerate(blocks) for i in range(len(block))}
    qrels = Qrels("one", {"q": {ids[b, i]: g for b, block in enumerate(blocks) for i, g in enumerate(block)}})
    texts = {gallery_id: f"text {b}" for (b, _), gallery_id in ids.items()}
    assert ceiling(qrels, texts, [name])[name] == pytest.approx(mean_over_orders(blocks, name))


def test_no_ranking_that_ties_identical_texts_beats_the_ceiling() -> None:
    """Strict pairs: each text asks for its own item, and its twins cannot be told apart."""
    sizes = [1, 1, 2, 3, 5]
    texts = {f"s{b}{i}": f"text {b}" for b, size in enumerate(sizes) for i in range(size)}
    qrels = Qrels("pairs", {gallery_id: {gallery_id: 1.0} for gallery_id in texts})
    best = ceiling(qrels, texts, ["success@1", "mrr"])
    assert best["success@1"] == pytest.approx(len(sizes) / sum(sizes))
    assert best["mrr"] == pytest.approx(sum(math.fsum(1 / r for r in range(1, m + 1)) for m in sizes) / sum(sizes))
    perfect = Run("perfect", {q: {i: float(texts[i] == texts[q]) for i in texts} for q in texts})
    assert measure_run(perfect, qrels, ["success@1"])["success@1"].value == pytest.approx(best["success@1"])
