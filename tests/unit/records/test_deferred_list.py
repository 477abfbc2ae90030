"""A list that is built when it is looked at behaves as the tuple of its items."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.records.deferred_list import BLOCK, DeferredList


def deferred(n, asked):
    def build(first, after):
        asked.append((first, after))
        return [f"item {place}" for place in range(first, after)]

    return DeferredList([f"key {place}" for place in range(n)], build)


ENDS = st.none() | st.integers(-3 * BLOCK, 3 * BLOCK)


@given(st.integers(0, 3 * BLOCK), ENDS, ENDS, st.sampled_from([None, 1, 2, -1, -7]))
def test_slices_and_places_are_those_of_the_tuple(n, start, stop, step):
    items, whole = deferred(n, []), tuple(f"item {place}" for place in range(n))
    assert items[start:stop:step] == whole[start:stop:step]
    assert (len(items), tuple(items), items == whole, items != (*whole, "more")) == (n, whole, True, True)
    if n:
        assert (items[-1], items[n // 2], "item 0" in items) == (whole[-1], whole[n // 2], True)


@pytest.mark.parametrize("place", [BLOCK + 1, -BLOCK - 2])
def test_a_place_beyond_the_end_is_an_error(place):
    with pytest.raises(IndexError, match="out of range"):
        deferred(BLOCK + 1, [])[place]


def test_only_what_is_looked_at_is_built_and_only_once():
    asked = []
    items = deferred(3 * BLOCK + 1, asked)
    assert (len(items), items.keys[-1], asked) == (3 * BLOCK + 1, f"key {3 * BLOCK}", [])
    items[5:60], items[8], items[8:30], items[-1]
    assert asked == [(5, 60), (3 * BLOCK, 3 * BLOCK + 1)]
    items[2], items[1:4], items[3]
    assert asked[2:] == [(0, 5)]


def test_many_threads_build_each_block_once():
    asked = []
    items = deferred(4 * BLOCK, asked)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: tuple(items), range(32)))
    assert set(map(len, told)) == {4 * BLOCK}
    assert sorted(asked) == [(first, first + BLOCK) for first in range(0, 4 * BLOCK, BLOCK)]


def test_what_could_not_be_built_is_tried_again():
    troubles = [ValueError("not now")]

    def build(first, after):
        if troubles:
            raise troubles.pop()
        return range(first, after)

    items = DeferredList("ab", build)
    with pytest.raises(ValueError, match="not now"):
        items[0]
    assert tuple(items) == (0, 1)
