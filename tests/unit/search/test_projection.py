"""A projection keeps neighbourhoods: beside scikit-learn's measure, and by what must hold of any map."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from radseek.errors import InputError
from radseek.search.neighbourhoods import measure_neighbourhoods
from radseek.search.projection import ProjectionSettings, project


def unit_vectors(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def three_groups() -> tuple[np.ndarray, np.ndarray]:
    """Vectors around three far centres, and the group of each."""
    rng = np.random.default_rng(3)
    groups = np.repeat([0, 1, 2], 40)
    return unit_vectors(rng.normal(size=(3, 32))[groups] * 3 + rng.normal(size=(120, 32)) * 0.6), groups


def slow_neighbourhoods(vectors: np.ndarray, points: np.ndarray, k: int) -> tuple[float, float]:
    """Kept share and trustworthiness of every point, one after the other, as they are defined."""
    n = len(vectors)
    kept, cost = 0, 0
    for i in range(n):
        by_vector = sorted((j for j in range(n) if j != i), key=lambda j: -float(vectors[i] @ vectors[j]))
        on_map = sorted((j for j in range(n) if j != i), key=lambda j: float(((points[i] - points[j]) ** 2).sum()))
        ranks = [by_vector.index(j) + 1 for j in on_map[:k]]
        kept += sum(rank <= k for rank in ranks)
        cost += sum(max(0, rank - k) for rank in ranks)
    return kept / (n * k), 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * cost


def test_well_separated_groups_stay_apart_and_the_same_seed_gives_the_same_map(three_groups) -> None:
    vectors, groups = three_groups
    points = project(vectors).points
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (groups[apart.argmin(axis=1)] == groups).all()
    np.fill_diagonal(apart, 0)
    middles = np.array([points[groups == group].mean(axis=0) for group in range(3)])
    for group in range(3):
        own = np.linalg.norm(points[groups == group] - middles[group], axis=1).max()
        other = min(np.linalg.norm(middles[group] - middles[other]) for other in range(3) if other != group)
        assert own < other
    assert np.array_equal(project(vectors).points, points)


def test_a_map_fills_the_unit_square_on_its_longer_side(three_groups) -> None:
    points = project(three_groups[0]).points
    assert points.dtype == np.float32
    assert (points.max(axis=0) - points.min(axis=0)).max() == pytest.approx(1)
    assert points.min() >= 0
    assert points.max() <= 1
    assert (points.max(axis=0) + points.min(axis=0)) / 2 == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize(("n", "dim"), [(0, 5), (1, 64), (2, 2), (3, 64), (7, 5), (8, 5), (9, 64), (20, 2)])
def test_any_number_of_vectors_has_finite_points(n: int, dim: int) -> None:
    points = project(unit_vectors(np.random.default_rng(n).normal(size=(n, dim)))).points
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()
    assert len({tuple(point) for point in points.tolist()}) == n


def test_equal_vectors_lie_on_the_same_point(three_groups) -> None:
    vectors = np.concatenate([three_groups[0], three_groups[0][::-1]])
    points = project(vectors).points
    assert np.array_equal(points[:120], points[120:][::-1])
    same = project(np.repeat(vectors[:1], 50, axis=0)).points
    assert (same == 0.5).all()


def test_others_lie_beside_their_landmarks(three_groups) -> None:
    vectors, groups = three_groups
    projection = project(vectors, ProjectionSettings(n_landmarks=60))
    assert projection.n_landmarks == 60
    middles = np.array([projection.points[groups == group].mean(axis=0) for group in range(3)])
    nearest = np.linalg.norm(projection.points[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == groups).all()


def test_what_is_not_finite_is_refused(three_groups) -> None:
    vectors = three_groups[0].copy()
    vectors[7, 3] = np.nan
    with pytest.raises(InputError, match="not finite"):
        project(vectors)


class _StopError(Exception):
    """What a listener raises to stop."""


def test_progress_goes_up_to_all_steps_and_a_listener_may_stop_the_work(three_groups) -> None:
    told = []
    project(three_groups[0], progress=told.append)
    steps = [progress.done for progress in told if progress.stage == "lay out"]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, told[0].total)
    assert told[-1].seconds_left == 0

    def stop(progress) -> None:
        if progress.done >= 100:
            raise _StopError("enough")

    with pytest.raises(_StopError, match="enough"):
        project(three_groups[0], progress=stop)


@pytest.mark.parametrize("k", [1, 5, 15])
def test_the_measures_are_those_of_the_definition(k: int) -> None:
    rng = np.random.default_rng(11)
    vectors, points = unit_vectors(rng.normal(size=(60, 8))), rng.random((60, 2)).astype(np.float32)
    found = measure_neighbourhoods(vectors, points, seed=0, k=k)
    assert found is not None
    assert (found.kept, found.trustworthiness) == pytest.approx(slow_neighbourhoods(vectors, points, k))
    assert found.trustworthiness == pytest.approx(trustworthiness(vectors, points, n_neighbors=k))


def test_a_true_map_is_trusted_and_a_shuffled_one_is_not(three_groups) -> None:
    vectors = three_groups[0]
    points = project(vectors).points
    true = measure_neighbourhoods(vectors, points, seed=0)
    shuffled = measure_neighbourhoods(vectors, np.random.default_rng(0).permutation(points), seed=0)
    assert true is not None
    assert shuffled is not None
    assert true.trustworthiness > 0.9
    assert true.kept > 0.5
    assert shuffled.trustworthiness < 0.6


def test_duplicates_cost_each_other_nothing_and_too_few_are_not_measured() -> None:
    vectors = np.repeat(unit_vectors(np.random.default_rng(5).normal(size=(2, 8))), 40, axis=0)
    points = np.repeat(np.array([[0, 0], [1, 1]], dtype=np.float32), 40, axis=0)
    found = measure_neighbourhoods(vectors, points, seed=0)
    assert found is not None
    assert (found.kept, found.trustworthiness) == (1, 1)
    assert measure_neighbourhoods(vectors[:31], points[:31], seed=0) is None
