"""Grouping by study: the deepening search equals the slow way of ranking every item first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.search.channels import best_per_study


def slow_best_per_study(scores, item_ids, study_ids, k):
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], item_ids[i]))
    best = {}
    for i in order:
        best.setdefault(int(study_ids[i]), (int(study_ids[i]), float(scores[i]), int(item_ids[i])))
    return list(best.values())[:k]


def searcher(scores, item_ids, asked):
    order = np.lexsort((item_ids, -scores))

    def search(depth):
        asked.append(depth)
        top = order[:depth]
        pad = depth - top.size
        return (
            np.concatenate([scores[top], np.full(pad, -np.inf, np.float32)]),
            np.concatenate([item_ids[top], np.full(pad, -1, np.int64)]),
        )

    return search


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n_items=st.integers(1, 300), n_studies=st.integers(1, 20), k=st.integers(1, 12))
def test_equals_the_slow_way_also_with_ties(seed, n_items, n_studies, k):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 6, n_items).astype(np.float32)  # few values: many ties
    item_ids = np.sort(rng.choice(10_000, n_items, replace=False)).astype(np.int64)
    study_ids = rng.integers(0, n_studies, n_items).astype(np.int64)
    found = best_per_study(searcher(scores, item_ids, []), item_ids, study_ids, k, 4 * k)
    assert found == slow_best_per_study(scores, item_ids, study_ids, k)


def test_a_study_of_a_thousand_pictures_does_not_crowd_the_others_out():
    scores = np.linspace(1.0, 0.5, 1_010, dtype=np.float32)
    study_ids = np.array([7] * 1_000 + list(range(100, 110)), dtype=np.int64)
    asked: list[int] = []
    item_ids = np.arange(1_010, dtype=np.int64)
    found = best_per_study(searcher(scores, item_ids, asked), item_ids, study_ids, 5, 20)
    assert [study for study, _, _ in found] == [7, 100, 101, 102, 103]
    assert asked == [20, 80, 320, 1_010]


def test_an_empty_index_gives_nothing():
    empty = np.array([], dtype=np.int64)
    found = best_per_study(lambda depth: (np.full(depth, -np.inf), np.full(depth, -1)), empty, empty, 3, 12)
    assert found == []


@pytest.mark.parametrize("k", [1, 3])
def test_one_item_is_enough(k):
    one = np.array([5], dtype=np.int64)
    found = best_per_study(searcher(np.array([0.25], np.float32), one, []), one, np.array([9]), k, 4 * k)
    assert found == [(9, 0.25, 5)]
