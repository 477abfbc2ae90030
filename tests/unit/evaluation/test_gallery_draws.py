"""Exact expectations against every gallery and every order of ties, written out."""

import itertools
import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.gallery_draws import RankShape, TiedBlock, expected_ranks
from radseek.evaluation.pair_retrieval import rank_shape

NAN = math.nan


def all_orders(scores: list[float], chosen: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every ranking of the scored items in which higher scores stand first."""
    scored = [i for i in chosen if not math.isnan(scores[i])]
    levels = sorted({scores[i] for i in scored}, reverse=True)
    blocks = [itertools.permutations([i for i in scored if scores[i] == level]) for level in levels]
    return [tuple(itertools.chain(*order)) for order in itertools.product(*blocks)]


def written_out(scores: list[float], relevant: set[int], sure: int, size: int) -> tuple[list[float], float, float]:
    """Mean success at 1, 2, 3, reciprocal rank and rank over all galleries and orders."""
    others = [i for i in range(len(scores)) if i != sure]
    figures = []
    for drawn in itertools.combinations(others, size - 1):
        orders = all_orders(scores, (sure, *drawn))
        of_gallery = []
        for order in orders:
            rank = next((r for r, i in enumerate(order, 1) if i in relevant), None)
            of_gallery.append([*(float(rank is not None and rank <= k) for k in (1, 2, 3)),
                               1 / rank if rank else 0.0, rank or size])  # fmt: skip
        figures.append(np.mean(of_gallery, axis=0))
    *success, reciprocal, rank = np.mean(figures, axis=0).tolist()
    return success, reciprocal, rank


CASES = [
    pytest.param([0.9, 0.5, 0.7, 0.1], {0}, 0, id="best"),
    pytest.param([0.1, 0.5, 0.7, 0.9], {0}, 0, id="worst"),
    pytest.param([0.5, 0.5, 0.5, 0.5, 0.5], {2}, 2, id="all tied, one right"),
    pytest.param([0.5, 0.5, 0.5, 0.5, 0.5], {0, 2, 4}, 2, id="all tied, three right"),
    pytest.param([0.3, 0.9, 0.5, 0.5, 0.5, 0.7], {0, 2, 3}, 2, id="twin in the tie, twin below"),
    pytest.param([0.9, 0.3, 0.8, 0.5, 0.3, 0.3], {0, 1, 4}, 1, id="twin above, twin tied"),
    pytest.param([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], {0, 2, 5}, 5, id="two twins above"),
    pytest.param([NAN, 0.8, 0.7, 0.6], {0}, 0, id="own not scored"),
    pytest.param([NAN, 0.8, 0.7, 0.7, NAN], {0, 2, 4}, 0, id="own not scored, a twin is"),
    pytest.param([0.5, NAN, NAN, 0.7], {0, 1}, 0, id="others not scored"),
    pytest.param([NAN, NAN, NAN], {1}, 1, id="nothing scored"),
    pytest.param([0.2], {0}, 0, id="alone"),
    pytest.param([-math.inf, math.inf, 0.0], {0, 2}, 0, id="infinite"),
]


@pytest.mark.parametrize(("scores", "relevant", "sure"), CASES)
def test_every_gallery_size_is_the_mean_over_all_draws_and_orders(
    scores: list[float], relevant: set[int], sure: int
) -> None:
    shape = rank_shape(np.array(scores), np.array(sorted(relevant)), sure)
    for size in range(1, len(scores) + 1):
        success, reciprocal, rank = written_out(scores, relevant, sure, size)
        found = expected_ranks([shape], len(scores), size, (1, 2, 3))
        assert [found.success[k][0] for k in (1, 2, 3)] == pytest.approx(success, abs=1e-12), size
        assert found.reciprocal_rank[0] == pytest.approx(reciprocal, abs=1e-12), size
        assert found.rank[0] == pytest.approx(rank, abs=1e-12), size


@pytest.mark.parametrize("seed", range(25))
def test_random_rankings_with_many_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    scores = rng.integers(0, 3, n).astype(float)
    scores[rng.random(n) < 0.15] = np.nan
    relevant = {int(i) for i in rng.choice(n, int(rng.integers(1, n + 1)), replace=False)}
    sure, size = min(relevant), int(rng.integers(1, n + 1))
    success, reciprocal, rank = written_out(scores.tolist(), relevant, sure, size)
    found = expected_ranks([rank_shape(scores, np.array(sorted(relevant)), sure)], n, size, (1, 2, 3))
    assert [found.success[k][0] for k in (1, 2, 3)] == pytest.approx(success, abs=1e-12)
    assert (found.reciprocal_rank[0], found.rank[0]) == pytest.approx((reciprocal, rank), abs=1e-12)


def test_large_galleries_keep_their_precision() -> None:
    """All tied: chance is k / N, and the harmonic number over N."""
    found = expected_ranks([RankShape((TiedBlock(0, 99_999, 1),))], 100_000, 1000, (1, 10))
    assert found.success[10][0] == pytest.approx(10 / 1000, rel=1e-6)
    assert found.reciprocal_rank[0] == pytest.approx(math.fsum(1 / r for r in range(1, 1001)) / 1000, rel=1e-6)
    assert found.rank[0] == pytest.approx(1001 / 2, rel=1e-6)


def test_shapes_are_answered_in_order_and_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = [RankShape((TiedBlock(a, t, r),)) for a in range(4) for t in range(3) for r in (1, 2)] * 2
    whole = expected_ranks(shapes, 20, 7)
    monkeypatch.setattr("radseek.evaluation.gallery_draws._TERMS_AT_ONCE", 3)
    parts = expected_ranks(shapes, 20, 7)
    assert np.array_equal(whole.reciprocal_rank, parts.reciprocal_rank)
    assert expected_ranks(shapes[5:6], 20, 7).rank[0] == pytest.approx(whole.rank[5])
    assert len(expected_ranks([], 20, 7).rank) == 0


@pytest.mark.parametrize("size", [0, 5])
def test_a_gallery_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(InputError, match="gallery size must be 1 to 4"):
        expected_ranks([], 4, size)
