"""The scan proposes by float32 products: no rounding may lose a row."""

import math

import numpy as np
import pytest

from radseek.index import exact_scan
from radseek.index.exact_scan import padded, rank_rows, rounding_margin, top_rows


def unit(rng, n, dim):
    rows = rng.standard_normal((n, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def slow_top(vectors, query, k, rows):
    scores = {
        int(r): float(np.float32(math.fsum(float(a) * float(b) for a, b in zip(vectors[r], query, strict=True))))
        for r in rows
    }
    ranked = sorted(scores, key=lambda r: (-scores[r], r))
    last = scores[ranked[min(k, len(ranked)) - 1]] if ranked else 0.0
    chosen = [r for r in ranked if scores[r] >= last]
    return chosen, [scores[r] for r in chosen]


@pytest.mark.parametrize("chunk_bytes", [1, 4 * 16 * 7, 32 * 2**20])
@pytest.mark.parametrize("share", [None, 0.05, 0.6])
def test_rows_that_differ_by_a_rounding_error_are_ranked_by_exact_scores(chunk_bytes, share, monkeypatch):
    monkeypatch.setattr(exact_scan, "_CHUNK_BYTES", chunk_bytes)
    rng = np.random.default_rng(0)
    n, dim = 300, 16
    near = unit(rng, 1, dim)
    vectors = (near + rng.normal(0, 3e-8, (n, dim))).astype(np.float32)  # scores differ in the last bits only
    rows = None if share is None else np.flatnonzero(rng.random(n) < share)
    for k in (1, 10, n):
        queries = unit(rng, 2, dim)
        for query, (found, scores) in zip(queries, top_rows(vectors, queries, k, rows), strict=True):
            wanted = slow_top(vectors, query, k, range(n) if rows is None else rows)
            assert (found.tolist(), scores.tolist()) == wanted


def test_many_queries_go_in_blocks():
    rng = np.random.default_rng(1)
    vectors, queries = unit(rng, 50, 8), unit(rng, 600, 8)
    together = top_rows(vectors, queries, 3)
    assert len(together) == 600
    for place in (0, 255, 256, 599):
        alone = top_rows(vectors, queries[[place]], 3)[0]
        assert np.array_equal(together[place][0], alone[0])
        assert np.array_equal(together[place][1], alone[1])


def test_all_rows_that_tie_for_the_last_place_are_given():
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 1, 1, 2]]
    rows, scores = top_rows(vectors, vectors[[1]], 2)[0]
    assert rows.tolist() == [1, 2, 3]
    assert scores.tolist() == [1.0, 1.0, 1.0]


def test_nothing_to_search_gives_nothing():
    query = np.eye(3, dtype=np.float32)[:1]
    for rows in (None, np.empty(0, dtype=np.int64)):
        found, scores = top_rows(np.empty((0, 3), dtype=np.float32), query, 5, rows)[0]
        assert (found.size, scores.size) == (0, 0)
    assert top_rows(np.eye(3, dtype=np.float32), query, 5, np.empty(0, dtype=np.int64))[0][0].size == 0
    assert top_rows(np.eye(3, dtype=np.float32), query[:0], 5) == []


def test_rank_rows_takes_rows_in_any_order():
    vectors = np.eye(3, dtype=np.float32)
    rows, scores = rank_rows(vectors, vectors[1], np.array([2, 1, 0]), 3)
    assert rows.tolist() == [1, 0, 2]
    assert scores.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("dim", [1, 64, 256, 1024])
def test_the_margin_covers_float32_products_added_in_the_worst_order(dim):
    rng = np.random.default_rng(2)
    a, b = unit(rng, 200, dim), unit(rng, 200, dim)
    worst = 0.0
    for x, y in zip(a, b, strict=True):
        total = np.float32(0)
        for product in np.sort(x * y)[::-1]:  # one after the other, largest first
            total = np.float32(total + product)
        worst = max(worst, abs(float(total) - math.fsum(float(p) * float(q) for p, q in zip(x, y, strict=True))))
    assert 2 * worst <= rounding_margin(dim) < 2.5e-4


def test_padding_fills_absent_places():
    scores, ids = padded(
        [(np.array([4, 2]), np.array([0.5, 0.25], dtype=np.float32)), (np.empty(0, int), np.empty(0))], 3
    )
    assert ids.tolist() == [[4, 2, -1], [-1, -1, -1]]
    assert scores.tolist() == [[0.5, 0.25, -np.inf], [-np.inf] * 3]
