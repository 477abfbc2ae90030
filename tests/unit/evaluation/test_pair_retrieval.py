import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation import ceiling, measure_run, merge_identical, random_baseline
from radseek.evaluation.estimates import Resampling
from radseek.evaluation.pair_retrieval import (
    Direction,
    PairConfig,
    PairFigure,
    PairRetrieval,
    PairTable,
    measure_pair_retrieval,
    own_found,
)
from radseek.records.ranking import Qrels, Run

FEW = Resampling(n_resamples=50)
TEXTS = ["Left effusion", "No effusion", "no  effusion.", "Cardiomegaly", "No effusion", "Nodule", "Mass", "Hernia"]


def figure(measured: PairRetrieval, direction: Direction, measure: str, size: int, merged: bool = False) -> PairFigure:
    found = [
        f
        for f in measured.figures
        if (f.direction, f.measure, f.gallery_size, f.merged) == (direction, measure, size, merged)
    ]
    assert len(found) == 1
    return found[0]


def pairs(n: int, seed: int = 0, texts: list[str] | None = None) -> tuple[np.ndarray, PairTable]:
    rng = np.random.default_rng(seed)
    similarities = rng.normal(size=(n, n)).astype(np.float32) + 2 * np.eye(n, dtype=np.float32)
    texts = texts or [f"finding {i}" for i in range(n)]
    return similarities, PairTable(texts, list(range(n)), [f"p{i // 2}" for i in range(n)])


def as_run(matrix: np.ndarray) -> Run:
    return Run("", {f"q{i}": {f"s{j:03d}": float(v) for j, v in enumerate(row)} for i, row in enumerate(matrix)})


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("direction", Direction)
def test_the_whole_gallery_agrees_with_measure_run_and_its_references(direction: Direction, merged: bool) -> None:
    similarities, table = pairs(len(TEXTS), texts=TEXTS)
    measured = measure_pair_retrieval(similarities, table, PairConfig((), (1, 5), FEW))
    matrix = similarities if direction is Direction.TEXT_TO_STUDY else similarities.T
    qrels = Qrels("own", {f"q{i}": {f"s{i:03d}": 1.0} for i in range(len(TEXTS))})
    texts = {f"s{i:03d}": text for i, text in enumerate(TEXTS)}
    wanted = merge_identical(qrels, texts) if merged else qrels
    names = ["success@1", "success@5", "mrr"]
    reached = measure_run(as_run(matrix), wanted, names, n_resamples=1)
    chance, best = random_baseline(wanted, len(TEXTS), names), ceiling(wanted, texts, names)
    for name in names:
        found = figure(measured, direction, name, len(TEXTS), merged)
        assert found.estimate.value == pytest.approx(reached[name].value, abs=1e-12)
        assert found.per_query == pytest.approx([reached[name].per_query[f"q{i}"] for i in range(len(TEXTS))])
        assert found.random == pytest.approx(chance[name], abs=1e-12)
        assert found.ceiling == pytest.approx(best[name], abs=1e-12)
        assert found.share_of_ceiling == pytest.approx(reached[name].value / best[name])


def test_a_smaller_gallery_is_the_mean_over_random_draws() -> None:
    """The expectation lies within what 4,000 drawn galleries allow."""
    similarities, table = pairs(12, seed=3, texts=["same text"] * 3 + [f"text {i}" for i in range(9)])
    found = figure(
        measure_pair_retrieval(similarities, table, PairConfig((5,), (1, 2), FEW)),
        Direction.TEXT_TO_STUDY,
        "success@2",
        5,
        merged=True,
    )
    rng = np.random.default_rng(0)
    for query, value in enumerate(found.per_query.tolist()):
        relevant = {0, 1, 2} if query < 3 else {query}
        hits = 0
        for _ in range(4000):
            drawn = [query, *rng.choice([i for i in range(12) if i != query], 4, replace=False).tolist()]
            top = sorted(drawn, key=lambda i: -similarities[query, i])[:2]
            hits += bool(relevant & set(top))
        assert value == pytest.approx(hits / 4000, abs=5 * math.sqrt(0.25 / 4000))


def test_one_score_for_all_reaches_chance_and_never_more() -> None:
    _, table = pairs(len(TEXTS), texts=TEXTS)
    measured = measure_pair_retrieval(np.zeros((8, 8)), table, PairConfig((4,), (1, 5), FEW))
    for found in measured.figures:
        assert found.estimate.value == pytest.approx(found.random)


def test_a_perfect_scorer_of_texts_reaches_the_ceiling() -> None:
    folded = [text.lower().replace(".", "").split() for text in TEXTS]
    similarities = np.array([[float(a == b) for b in folded] for a in folded])
    _, table = pairs(len(TEXTS), texts=TEXTS)
    measured = measure_pair_retrieval(similarities, table, PairConfig((3,), (1, 5), FEW))
    assert measured.n_shared_texts == 3
    for found in measured.figures:
        assert found.estimate.value == pytest.approx(found.ceiling)
    assert figure(measured, Direction.TEXT_TO_STUDY, "success@1", 8, merged=True).ceiling == 1.0
    strict = figure(measured, Direction.STUDY_TO_TEXT, "success@1", 8)
    assert strict.ceiling == pytest.approx((5 * 1 + 3 * (1 / 3)) / 8)


def test_nothing_scored_scores_nothing() -> None:
    """NaN embeddings must not win: each comparison with NaN is false, which a careless rank takes for rank 1."""
    similarities, table = pairs(6)
    measured = measure_pair_retrieval(np.full_like(similarities, np.nan), table, PairConfig((3,), (1, 5), FEW))
    assert measured.n_not_scored == 6
    for found in measured.figures:
        assert found.estimate.value == (found.gallery_size if found.measure == "median_rank" else 0.0)


def test_several_texts_of_a_study_and_studies_without() -> None:
    """Study 0 has two texts, study 1 one, study 2 none: it is in the gallery only."""
    similarities = np.array([[0.9, 0.1, 0.2], [0.1, 0.5, 0.9], [0.3, 0.8, 0.1]])
    table = PairTable(["first", "second", "third"], [0, 0, 1], ["a", "b", "c"])
    measured = measure_pair_retrieval(similarities, table, PairConfig((), (1,), FEW))
    assert figure(measured, Direction.TEXT_TO_STUDY, "mrr", 3).per_query == pytest.approx([1, 1 / 3, 1])
    assert figure(measured, Direction.STUDY_TO_TEXT, "mrr", 3).per_query == pytest.approx([1, 1])
    assert measured.query_patients == {
        Direction.TEXT_TO_STUDY: ("a", "a", "b"),
        Direction.STUDY_TO_TEXT: ("a", "b"),
    }
    assert (measured.n_texts, measured.n_studies, measured.n_patients) == (3, 3, 3)


def test_median_rank_is_the_median_and_has_no_share() -> None:
    similarities = np.array([[3.0, 2, 1], [3, 2, 1], [3, 2, 1]])
    table = PairTable(["a a", "b b", "c c"], [0, 1, 2], ["x", "y", "z"])
    found = figure(
        measure_pair_retrieval(similarities, table, PairConfig((), (1,), FEW)),
        Direction.TEXT_TO_STUDY,
        "median_rank",
        3,
    )
    assert (found.estimate.value, found.random, found.ceiling) == (2.0, 2.0, 1.0)
    assert math.isnan(found.share_of_ceiling)


def test_galleries_larger_than_there_is_are_left_out() -> None:
    similarities, table = pairs(6)
    sizes = {f.gallery_size for f in measure_pair_retrieval(similarities, table, PairConfig((2, 6, 100))).figures}
    assert sizes == {2, 6}


def test_the_interval_draws_patients() -> None:
    similarities, table = pairs(30)
    by_patient = measure_pair_retrieval(similarities, table).figures[0].estimate
    assert by_patient.n_groups == 15
    assert by_patient.low <= by_patient.value <= by_patient.high
    one = PairTable(table.texts, table.own, ["p"] * 30)
    assert math.isnan(measure_pair_retrieval(similarities, one).figures[0].estimate.low)


def test_no_texts_and_no_studies() -> None:
    assert measure_pair_retrieval(np.zeros((0, 0)), PairTable([], [], [])).figures == ()
    none = measure_pair_retrieval(np.zeros((0, 2)), PairTable([], [], ["a", "b"]))
    assert all(math.isnan(f.estimate.value) and f.estimate.n == 0 for f in none.figures)


def test_one_pair() -> None:
    measured = measure_pair_retrieval(np.ones((1, 1)), PairTable(["text"], [0], ["p"]))
    assert {f.estimate.value for f in measured.figures} == {1.0}


@pytest.mark.parametrize(
    ("similarities", "table", "config", "message"),
    [
        (np.zeros((2, 3)), PairTable(["a", "b"], [0, 1], ["p", "q"]), PairConfig(), r"sides \[2, 2\]"),
        (np.zeros((1, 1)), PairTable(["a"], [1], ["p"]), PairConfig(), "columns 0 to 0"),
        (np.zeros((1, 1)), PairTable(["a"], [-1], ["p"]), PairConfig(), "columns 0 to 0"),
        (np.zeros((1, 1)), PairTable([" . "], [0], ["p"]), PairConfig(), "1 texts have no words"),
        (np.zeros((1, 1)), PairTable(["a"], [0], ["p"]), PairConfig(cutoffs=(0,)), "at least 1"),
        (np.zeros((1, 1)), PairTable(["a"], [0, 0], ["p"]), PairConfig(), "lengths differ"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    similarities: np.ndarray, table: PairTable, config: PairConfig, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        measure_pair_retrieval(similarities, table, config)


@pytest.mark.parametrize("seed", range(5))
def test_the_own_one_is_found_as_in_the_whole_gallery(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 4, (7, 9)).astype(float)
    matrix[rng.random(matrix.shape) < 0.2] = math.nan
    own = rng.permutation(9)[:7].tolist()
    table = PairTable([f"text {i}" for i in range(7)], own, [f"p{i}" for i in range(9)])
    figures = measure_pair_retrieval(matrix, table, PairConfig((), (1, 3, 9), Resampling(1))).figures
    for k in (1, 3, 9):
        (known,) = (
            f.per_query
            for f in figures
            if (f.direction, f.merged, f.measure) == (Direction.TEXT_TO_STUDY, False, f"success@{k}")
        )
        assert own_found(matrix, own, k) == pytest.approx(known)
    assert own_found(np.zeros((0, 3)), [], 1).tolist() == []
    with pytest.raises(InputError, match="similarities must be 2-D"):
        own_found(matrix, own[:2], 1)
