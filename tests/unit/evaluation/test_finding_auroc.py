import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.estimates import NOTHING, Resampling
from radseek.evaluation.finding_auroc import measure_finding_auroc

PATIENTS = ["a", "b", "c", "d"]
FEW = Resampling(50)


def test_ties_count_half_and_order_counts() -> None:
    measured = measure_finding_auroc(
        [[0.5, 0.5, 0.5, 0.5], [4, 3, 2, 1], [1, 2, 3, 4]], [[1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 0, 0]],
        ["tied", "right", "reversed"], PATIENTS, FEW,
    )  # fmt: skip
    assert [row.auroc.value for row in measured.rows] == [0.5, 1.0, 0.0]
    assert measured.rows[0].average_precision.value == 0.5
    assert measured.macro_auroc.value == pytest.approx(0.5)
    assert (measured.macro_auroc.n, measured.n_one_class) == (3, 0)


def test_unknown_labels_and_missing_scores_are_left_out_and_counted() -> None:
    row = measure_finding_auroc([[0.9, 0.1, math.nan, 0.95]], [[1, 0, 1, -1]], ["a"], PATIENTS, FEW).rows[0]
    assert (row.auroc.value, row.auroc.n) == (1.0, 2)
    assert (row.n_positive, row.n_negative, row.n_unknown, row.n_not_scored) == (1, 1, 1, 1)
    assert row.prevalence == 0.5


@pytest.mark.parametrize("labels", [[1, 1, 1, 1], [0, 0, 0, 0], [-1, -1, -1, -1], [1, -1, -1, -1]])
def test_a_finding_of_one_class_has_no_figure_and_is_in_no_mean(labels: list[int]) -> None:
    measured = measure_finding_auroc(
        [[1, 2, 3, 4], [4, 3, 2, 1]], [labels, [1, 0, 0, 0]], ["one", "both"], PATIENTS, FEW
    )
    assert measured.rows[0].auroc == NOTHING
    assert measured.n_one_class == 1
    assert (measured.macro_auroc.value, measured.macro_auroc.n) == (1.0, 1)


def test_nothing_to_measure() -> None:
    empty = measure_finding_auroc(np.zeros((0, 0)), np.zeros((0, 0)), [], [], FEW)
    assert (empty.rows, empty.macro_auroc, empty.n_one_class) == ((), NOTHING, 0)
    no_studies = measure_finding_auroc(np.zeros((1, 0)), np.zeros((1, 0)), ["a"], [], FEW)
    assert no_studies.rows[0].auroc == NOTHING
    assert math.isnan(no_studies.rows[0].prevalence)
    unscored = measure_finding_auroc(np.full((1, 4), np.nan), [[1, 0, 1, 0]], ["a"], PATIENTS, FEW)
    assert unscored.rows[0].n_not_scored == 4


def test_one_patient_has_no_interval() -> None:
    row = measure_finding_auroc([[1.0, 0.0]], [[1, 0]], ["a"], ["p", "p"], FEW).rows[0]
    assert row.auroc.value == 1.0
    assert math.isnan(row.auroc.low)


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        ([[1.0, 2.0]], [[1, 0]], "scores must be 2-D"),
        ([[1.0, 2.0, 3.0, math.inf]], [[1, 0, 1, 0]], "infinite"),
        ([[1.0, 2.0, 3.0, 4.0]], [[1, 0, 1, 2]], "labels must be 1"),
        ([[1.0, 2.0, 3.0, 4.0]], [[1, 0, 1, math.nan]], "labels must be 1"),
    ],
)
def test_what_does_not_fit_is_refused(scores: list, labels: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        measure_finding_auroc(scores, labels, ["a"], PATIENTS)
