"""Samples against slow obvious versions: shares, spread, one a patient, the same seed, a grown archive."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.search.sampling import draw_balanced, draw_diverse, draw_order, draw_random, first_of_each

KEYS = [f"st_{number:016x}" for number in range(60)]
RNG = np.random.default_rng(5)
SEXES = RNG.choice(["F", "M", "O", ""], len(KEYS), p=[0.6, 0.25, 0.05, 0.1]).tolist()


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS = unit(RNG.normal(size=(len(KEYS), 8)))


def shares_by_pouring(sizes, n):
    """How many of each value: raise one level for all until `n` seats are filled; only whole levels are exact."""
    level = 0
    while sum(min(size, level + 1) for size in sizes.values()) <= n:
        level += 1
        if level > max(sizes.values(), default=0):
            break
    return {value: min(size, level) for value, size in sizes.items()}, level


@pytest.mark.parametrize("n", [1, 2, 3, 7, 12, 20, 50, 59, 60, 100])
def test_shares_are_as_equal_as_the_groups_allow(n):
    drawn = draw_balanced(KEYS, SEXES, n, 3)
    assert drawn == sorted(set(drawn))
    assert len(drawn) == min(n, len(KEYS))
    known = Counter(value for value in SEXES if value)
    got = Counter(SEXES[place] for place in drawn)
    n_known = min(n, sum(known.values()))
    assert sum(got[value] for value in known) == n_known, "unknown ones were taken while known ones were left"
    base, level = shares_by_pouring(known, n_known)
    for value, size in known.items():
        assert base[value] <= got[value] <= min(size, level + 1)


def test_who_is_drawn_depends_on_the_seed_and_on_nothing_else():
    drawn = {KEYS[place] for place in draw_balanced(KEYS, SEXES, 12, 3)}
    shuffled = RNG.permutation(len(KEYS))
    keys, values = [KEYS[place] for place in shuffled], [SEXES[place] for place in shuffled]
    assert {keys[place] for place in draw_balanced(keys, values, 12, 3)} == drawn
    assert {KEYS[place] for place in draw_balanced(KEYS, SEXES, 12, 4)} != drawn


def test_a_random_sample_of_a_grown_archive_keeps_what_it_can():
    before = {KEYS[place] for place in draw_random(KEYS[:50], 10, 1)}
    after = {KEYS[place] for place in draw_random(KEYS, 10, 1)}
    assert before - after == before - {KEYS[place] for place in draw_order(KEYS, 1)[:10]}
    assert after - before <= set(KEYS[50:]), "an old study came in by the growth alone"


def test_a_random_sample_takes_each_study_about_equally_often():
    times = Counter(place for seed in range(400) for place in draw_random(KEYS, 6, seed))
    expected = 400 * 6 / len(KEYS)
    assert len(times) == len(KEYS)
    assert (
        sum((count - expected) ** 2 / expected for count in times.values()) < 100
    )  # chi-squared, 59 degrees: p < 0.001


@pytest.mark.parametrize("draw", ["random", "balanced", "diverse"])
@pytest.mark.parametrize("first", [(), (7,), (59, 3, 20)])
def test_those_taken_before_are_always_there_and_count(draw, first):
    arguments = {"random": (), "balanced": (SEXES,), "diverse": (VECTORS,)}[draw]
    function = {"random": draw_random, "balanced": draw_balanced, "diverse": draw_diverse}[draw]
    drawn = function(KEYS, *arguments, 5, 2, first)
    assert len(drawn) == len(set(drawn)) == 5
    assert set(first) <= set(drawn)
    assert len(function(KEYS, *arguments, 2, 2, first)) == 2
    assert function([], *(entry[:0] for entry in arguments), 2, 2) == []
    assert function(KEYS, *arguments, 1000, 2, first) == list(range(len(KEYS)))


def greedy(vectors, start, n):
    """Farthest-point greedy, written out: all distances, each time."""
    taken = [start]
    while len(taken) < n:
        far = [(max(float(v @ vectors[t]) for t in taken), row) for row, v in enumerate(vectors) if row not in taken]
        taken.append(min(far)[1])
    return taken


def radius(vectors, taken):
    return max(min(float(np.linalg.norm(v - vectors[t])) for t in taken) for v in vectors)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
@pytest.mark.parametrize("seed", [0, 9])
def test_a_diverse_sample_is_the_farthest_point_greedy(n, seed):
    expected = greedy(VECTORS, draw_order(KEYS, seed)[0], n)
    assert draw_diverse(KEYS, VECTORS, n, seed) == sorted(expected)


def test_a_diverse_sample_is_at_most_twice_as_wide_as_the_best_and_less_wide_than_chance():
    small = VECTORS[:14]
    best = min(radius(small, taken) for taken in itertools.combinations(range(14), 4))
    assert radius(small, draw_diverse(KEYS[:14], small, 4, 0)) <= 2 * best + 1e-6
    by_chance = np.mean([radius(VECTORS, draw_random(KEYS, 10, seed)) for seed in range(20)])
    assert radius(VECTORS, draw_diverse(KEYS, VECTORS, 10, 0)) < by_chance


def test_equal_pictures_are_drawn_last_and_ties_go_by_the_seed():
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1, 2, 3]]
    for seed in range(10):
        drawn = draw_diverse(KEYS[:8], vectors, 4, seed)
        assert sorted(place % 4 for place in drawn) == [0, 1, 2, 3]
    assert len({tuple(draw_diverse(KEYS[:8], vectors, 4, seed)) for seed in range(10)}) > 3


@pytest.mark.parametrize("vectors", [VECTORS[:59], VECTORS * np.nan, VECTORS.ravel()])
def test_vectors_that_do_not_fit_are_refused(vectors):
    with pytest.raises(InputError, match="a finite one for each of 60 studies"):
        draw_diverse(KEYS, vectors, 3, 0)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="one for each of 60 studies, got 59"):
        draw_balanced(KEYS, SEXES[:59], 3, 0)


@pytest.mark.parametrize(
    ("groups", "first", "expected"),
    [
        (["a", "b", "a", "c", "b"], (), [0, 1, 3]),
        (["a", "b", "a", "c", "b"], (2,), [1, 2, 3]),
        (["a", "b", "a", "c", "b"], (4, 1, 2), [2, 3, 4]),
        ([], (), []),
        (["a"], (0,), [0]),
    ],
)
def test_one_of_each_group_is_its_first_and_by_hand_before_that(groups, first, expected):
    assert first_of_each(groups, first) == expected
