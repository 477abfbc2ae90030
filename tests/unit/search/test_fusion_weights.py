"""Weighted fusion against the slow way, and what a weight of 0 means."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.search import fuse_reciprocal_ranks

RANKINGS = st.dictionaries(
    st.sampled_from(("image", "sentence", "lexical")), st.lists(st.integers(0, 12), unique=True), max_size=3
)
WEIGHTS = st.dictionaries(st.sampled_from(("image", "sentence", "lexical")), st.sampled_from((0.0, 0.5, 1.0, 3.0)))


def slow_scores(rankings, weights, offset):
    """Key by key, in exact arithmetic."""
    keys = {key for name, ranking in rankings.items() if weights.get(name, 1.0) > 0 for key in ranking}
    return {
        key: sum(
            Fraction(weights.get(name, 1.0)) / (offset + ranking.index(key) + 1)
            for name, ranking in rankings.items()
            if key in ranking
        )
        for key in keys
    }


@given(rankings=RANKINGS, weights=WEIGHTS, offset=st.sampled_from((0, 60)))
def test_equals_the_slow_way(rankings, weights, offset):
    expected = slow_scores(rankings, weights, offset)
    assert fuse_reciprocal_ranks(rankings, offset, weights) == pytest.approx({k: float(v) for k, v in expected.items()})


@given(rankings=RANKINGS)
def test_equal_weights_of_one_are_no_weights(rankings):
    assert fuse_reciprocal_ranks(rankings, weights=dict.fromkeys(rankings, 1.0)) == fuse_reciprocal_ranks(rankings)


@given(rankings=RANKINGS, weights=WEIGHTS)
def test_twice_all_weights_ranks_the_same(rankings, weights):
    whole = {name: weights.get(name, 1.0) for name in rankings}
    once = fuse_reciprocal_ranks(rankings, weights=whole)
    twice = fuse_reciprocal_ranks(rankings, weights={name: 2 * weight for name, weight in whole.items()})
    assert twice == pytest.approx({key: 2 * score for key, score in once.items()})


def test_a_channel_of_weight_0_neither_ranks_nor_finds():
    rankings = {"image": ["a", "only"], "lexical": ["b", "a"]}
    assert fuse_reciprocal_ranks(rankings, weights={"image": 0.0}) == fuse_reciprocal_ranks({"lexical": ["b", "a"]})
