"""Per-finding figures, calibration and graded gains against scikit-learn, ir_measures and obvious slow versions."""

import math
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from radseek.evaluation import measure_run
from radseek.evaluation.calibration import fit_platt, fit_temperature, measure_calibration
from radseek.evaluation.estimates import Resampling, group_weights
from radseek.evaluation.finding_auroc import measure_finding_auroc, resampled_aurocs
from radseek.evaluation.relevance import Stated, graded_qrels
from radseek.records.ranking import Run
from radseek.records.reports import Assertion

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ir_measures


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_weighted_figures_agree_with_scikit_learn(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    scores, positive = rng.integers(0, levels, 40) / 7.0, rng.random(40) < 0.3
    positive[:2] = [True, False]
    weights = rng.integers(0, 4, size=(5, 40)).astype(float)
    weights[0] = 1.0
    weights[:, :2] = 1.0
    aurocs, precisions = resampled_aurocs(scores, positive, weights)
    for row, auroc, precision in zip(weights, aurocs, precisions, strict=True):
        kept = row > 0
        assert auroc == pytest.approx(roc_auc_score(positive[kept], scores[kept], sample_weight=row[kept]))
        assert precision == pytest.approx(
            average_precision_score(positive[kept], scores[kept], sample_weight=row[kept])
        )


def test_values_and_intervals_agree_with_scikit_learn_over_drawn_patients() -> None:
    rng = np.random.default_rng(1)
    patients = [f"p{i // 3}" for i in range(60)]
    scores, labels = rng.normal(size=(2, 60)).round(1), rng.integers(0, 2, size=(2, 60))
    resampling = Resampling(60, seed=3)
    measured = measure_finding_auroc(scores, labels, ["a", "b"], patients, resampling)
    weights = np.concatenate(list(group_weights(patients, resampling))).astype(int)
    places = [np.repeat(np.arange(60), row) for row in weights]
    drawn = np.array([[roc_auc_score(labels[f, p], scores[f, p]) for p in places] for f in range(2)])
    for f, row in enumerate(measured.rows):
        assert row.auroc.value == pytest.approx(roc_auc_score(labels[f], scores[f]))
        assert row.average_precision.value == pytest.approx(average_precision_score(labels[f], scores[f]))
        assert (row.auroc.low, row.auroc.high) == pytest.approx(tuple(np.quantile(drawn[f], [0.025, 0.975])))
    macro = measured.macro_auroc
    assert macro.value == pytest.approx(np.mean([row.auroc.value for row in measured.rows]))
    assert (macro.low, macro.high) == pytest.approx(tuple(np.quantile(drawn.mean(axis=0), [0.025, 0.975])))


class Scores(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose decision is its only column."""

    def __init__(self) -> None:
        self.classes_ = np.array([0, 1])

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Scores":
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: np.ndarray) -> np.ndarray:
        return (X[:, 0] > 0).astype(int)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        return X[:, 0]


@pytest.mark.parametrize("seed", range(4))
def test_platt_agrees_with_scikit_learns_sigmoid_calibration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=80) * 0.1 + 0.4
    right = rng.random(80) < 1 / (1 + np.exp(-20 * (scores - 0.45)))
    theirs = CalibratedClassifierCV(FrozenEstimator(Scores()), method="sigmoid", ensemble=False)
    expected = theirs.fit(scores[:, None], right.astype(int)).predict_proba(scores[:, None])[:, 1]
    assert fit_platt(scores, right).probabilities(scores) == pytest.approx(expected, abs=2e-3)


def test_temperature_is_the_logistic_slope_without_intercept() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=4000) * 6
    right = rng.random(4000) < 1 / (1 + np.exp(-logits / 3))
    model = LogisticRegression(C=1e12, fit_intercept=False).fit(logits[:, None], right)
    assert fit_temperature(logits, right) == pytest.approx(1 / model.coef_[0, 0], rel=1e-3)
    assert fit_temperature(logits, right) == pytest.approx(3, rel=0.1)


def test_brier_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    p, right = rng.random(50), rng.random(50) < 0.4
    assert measure_calibration(p, right).brier == pytest.approx(brier_score_loss(right, p))


def test_graded_qrels_agree_with_ir_measures() -> None:
    """Gains of our grading, in hundredths, as ir_measures takes whole gains."""
    rng = np.random.default_rng(2)
    findings, assertions = ["effusion", "mass", "nodule", "edema"], list(Assertion)

    def draw() -> dict[str, Stated]:
        return {
            f: Stated(assertions[rng.integers(4)], ("", "left", "right", "bilateral")[rng.integers(4)])
            for f in findings
            if rng.random() < 0.6
        }

    queries, studies = {f"q{i}": draw() for i in range(30)}, {f"s{i:02d}": draw() for i in range(40)}
    qrels = graded_qrels("graded", queries, studies)
    whole = type(qrels)(
        "hundredths", {q: {s: round(g * 100) for s, g in row.items()} for q, row in qrels.gains.items()}
    )
    whole_gains = {q: {s: int(g) for s, g in row.items()} for q, row in whole.gains.items()}
    run = Run("random", {q: {s: float(rng.random()) for s in studies} for q in queries})
    ours = measure_run(run, whole, ["map", "ndcg@10", "precision@5"], n_resamples=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"map": "AP", "ndcg@10": "nDCG@10", "precision@5": "P@5"}
        for name, theirs in names.items():
            measure = ir_measures.parse_measure(theirs)
            found = {m.query_id: m.value for m in ir_measures.iter_calc([measure], whole_gains, run.scores)}
            assert ours[name].n_queries > 20
            for query, value in ours[name].per_query.items():
                assert value == pytest.approx(found[query]), name


def test_a_resample_with_one_class_is_left_out() -> None:
    """One positive patient of two: half of the draws lack one of the classes."""
    measured = measure_finding_auroc([[1.0, 0.0, 0.5]], [[1, 0, 0]], ["a"], ["x", "y", "y"], Resampling(100))
    assert (measured.rows[0].auroc.low, measured.rows[0].auroc.high) == (1.0, 1.0)
    assert not math.isnan(measured.macro_auroc.low)
