import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.embedding_health import effective_rank, measure_embeddings, measure_side


def test_the_mean_cosine_is_over_all_pairs() -> None:
    rows = np.random.default_rng(0).normal(size=(12, 5))
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = [units[i] @ units[j] for i in range(12) for j in range(12) if i != j]
    found = measure_side(rows * 3)
    assert found.mean_cosine == pytest.approx(np.mean(cosines))
    assert (found.n, found.dim, found.n_identical) == (12, 5, 0)


def test_the_effective_rank_of_known_shapes() -> None:
    assert effective_rank(np.eye(6)) == pytest.approx(6)
    assert effective_rank(np.ones((6, 4))) == pytest.approx(1)
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(
        math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    )
    wide = np.random.default_rng(0).normal(size=(4, 9))
    assert effective_rank(wide) == pytest.approx(effective_rank(wide.T))


def test_a_collapse_to_a_cone_shows_everywhere() -> None:
    rng = np.random.default_rng(1)
    healthy, cone = rng.normal(size=(300, 16)), rng.normal(size=(300, 16)) * 0.1 + 1
    assert measure_side(healthy).effective_rank > 15
    assert measure_side(cone).effective_rank < 8
    assert measure_side(cone).mean_cosine > 0.98
    assert abs(measure_side(healthy).mean_cosine) < 0.02


def test_the_gap_between_the_sides() -> None:
    found = measure_embeddings([[1.0, 0.0], [2.0, 0.0]], [[0.0, 5.0]])
    assert (found.centroid_similarity, found.modality_gap) == pytest.approx((0.0, math.sqrt(2)))
    assert found.pictures.n_identical == 1
    same = measure_embeddings(np.eye(3), np.eye(3))
    assert (same.centroid_similarity, same.modality_gap) == pytest.approx((1.0, 0.0))
    assert math.isnan(measure_embeddings([[1.0, 0], [-1.0, 0]], [[1.0, 0]]).centroid_similarity)


def test_one_item_and_what_does_not_fit() -> None:
    one = measure_side([[0.0, 2.0]])
    assert math.isnan(one.mean_cosine)
    assert one.effective_rank == pytest.approx(1.0)
    with pytest.raises(InputError, match="must be equal"):
        measure_embeddings([[1.0]], [[1.0, 0.0]])
    for rows in ([[0.0, 0.0]], [[math.nan, 1.0]], np.zeros((0, 3))):
        with pytest.raises(InputError, match="finite and not zero"):
            measure_side(rows)
