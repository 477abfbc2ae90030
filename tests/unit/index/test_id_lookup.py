"""Looking ids up, few or many."""

import numpy as np
import pytest

from radseek.index.id_lookup import known_places, mark, places_of


@pytest.mark.parametrize("n", [0, 1, 50, 1000])
@pytest.mark.parametrize("m", [0, 1, 5, 900])
def test_both_equal_the_slow_way(n, m):
    rng = np.random.default_rng(n + m)
    ids, wanted = np.sort(rng.permutation(2000)[:n]), np.sort(rng.permutation(2000)[:m])
    slow = [ids.tolist().index(w) if w in ids.tolist() else -1 for w in wanted.tolist()]
    assert places_of(ids, wanted).tolist() == slow
    assert mark(ids, wanted).tolist() == [i in wanted.tolist() for i in ids.tolist()]


def test_places_of_takes_any_order_and_repetitions():
    assert places_of(np.array([3, 7, 9]), np.array([9, 3, 3, 4, 99, -1])).tolist() == [2, 0, 0, -1, -1, -1]


@pytest.mark.parametrize("first", [0, 7])
@pytest.mark.parametrize("step", [1, 2, 9])
def test_ids_with_and_without_gaps_are_marked_and_placed_alike(first, step):
    ids = np.arange(first, first + 40 * step, step, dtype=np.int64)
    wanted = np.arange(0, first + 50 * step, dtype=np.int64)
    assert mark(ids, wanted).all()
    assert mark(ids, wanted[wanted % 3 == 0]).tolist() == [i % 3 == 0 for i in ids.tolist()]
    assert known_places(ids, ids[::-1]).tolist() == list(range(39, -1, -1))
