"""Reciprocal rank fusion against arithmetic written out by hand."""

from __future__ import annotations

import pytest

from radseek.search import fuse_reciprocal_ranks


def test_a_key_in_two_channels_gets_the_sum_of_both_reciprocal_ranks():
    scores = fuse_reciprocal_ranks({"image": ["a", "b"], "sentence": ["c", "a"]})
    assert scores == pytest.approx({"a": 1 / 61 + 1 / 62, "b": 1 / 62, "c": 1 / 61})


def test_agreement_of_two_channels_beats_one_first_place():
    scores = fuse_reciprocal_ranks({"image": ["alone", "both"], "sentence": ["other", "both"]})
    assert max(scores, key=scores.__getitem__) == "both"


def test_no_channel_and_empty_channels_give_nothing():
    assert fuse_reciprocal_ranks({}) == {}
    assert fuse_reciprocal_ranks({"image": [], "lexical": []}) == {}


def test_a_smaller_offset_rewards_first_places_more():
    rankings = {"image": ["first", "both"], "sentence": ["x", "y", "both"]}
    assert fuse_reciprocal_ranks(rankings, offset=0)["first"] > fuse_reciprocal_ranks(rankings, offset=0)["both"]
    assert fuse_reciprocal_ranks(rankings, offset=60)["first"] < fuse_reciprocal_ranks(rankings, offset=60)["both"]
