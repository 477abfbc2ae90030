"""Repeated vectors are found by their bits, and never two different ones taken for one."""

import numpy as np
import pytest

from radseek.index import distinct_vectors
from radseek.index.distinct_vectors import DistinctVectors, find_repeats


def slow_repeats(vectors):
    seen, first, row_of = {}, [], []
    for place, row in enumerate(vectors):
        key = row.tobytes()
        if key not in seen:
            seen[key] = len(first)
            first.append(place)
        row_of.append(seen[key])
    return first, row_of


@pytest.mark.parametrize("n", [0, 1, 2, 500])
@pytest.mark.parametrize("collide", [False, True])
def test_it_equals_the_dictionary_of_rows(n, collide, monkeypatch):
    if collide:  # all hashes equal: the comparison of bits has to decide, and may only miss repeats
        monkeypatch.setattr(distinct_vectors, "_row_hashes", lambda vectors: np.zeros(len(vectors), dtype=np.uint64))
    monkeypatch.setattr(distinct_vectors, "_HASH_ROWS", 7)
    rng = np.random.default_rng(n)
    pool = rng.standard_normal((max(1, n // 3), 5)).astype(np.float32)
    vectors = pool[rng.integers(0, len(pool), n)]
    first, row_of = find_repeats(vectors)
    assert np.array_equal(vectors[first][row_of], vectors)
    assert np.all(np.diff(first) > 0)
    if not collide:
        wanted = slow_repeats(vectors)
        assert (first.tolist(), row_of.tolist()) == wanted


def test_rows_that_differ_in_one_bit_stay_two():
    vectors = np.full((3, 4), 0.5, dtype=np.float32)
    vectors[1, 3] = np.nextafter(np.float32(0.5), np.float32(1))
    assert find_repeats(vectors)[1].tolist() == [0, 1, 0]


def test_expansion_orders_by_score_then_id_and_applies_the_mask():
    vectors = np.eye(3, dtype=np.float32)[[0, 1, 0, 2, 1]]
    distinct = DistinctVectors.of(np.array([10, 20, 30, 40, 50]), vectors)
    assert distinct.has_repeats
    assert len(distinct.vectors) == 3
    rows, scores = np.array([1, 0, 2]), np.array([0.5, 0.5, 0.25], dtype=np.float32)
    ids, found = distinct.expand(rows, scores, 4, None)
    assert ids.tolist() == [10, 20, 30, 50]
    assert found.tolist() == [0.5] * 4
    mask = distinct.mask_of(np.array([30, 40, 50, 60]))
    assert mask.tolist() == [False, False, True, True, True]
    assert distinct.rows_of(mask).tolist() == [0, 1, 2]
    assert distinct.expand(rows, scores, 9, mask)[0].tolist() == [30, 50, 40]
    assert distinct.expand(rows[:0], scores[:0], 9, mask)[0].tolist() == []


def test_without_repeats_the_vectors_are_not_copied():
    vectors = np.eye(3, dtype=np.float32)
    distinct = DistinctVectors.of(np.arange(3), vectors)
    assert not distinct.has_repeats
    assert distinct.vectors is vectors
