"""Chances and bands: the learned curve against a slow search for it, order, ties, one class, what is not finite."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.records.search_options import Band
from radseek.search.evidence import Evidence, Told
from radseek.search.relevance import (
    ImageChance,
    Relevance,
    TextChance,
    band_of,
    band_of_chance,
    learn_image_chance,
    learn_text_chance,
)

LEARNED = Relevance(ImageChance(10.0, -3.0, 0.1), TextChance(5.0, 4.0, -6.0))


def logistic(z):
    return 1 / (1 + math.exp(-z))


def loss(parameters, rows):
    """Mean cross entropy to Platt's softened targets, one row after the other."""
    n_right = sum(right for *_, right in rows)
    high, low = (n_right + 1) / (n_right + 2), 1 / (len(rows) - n_right + 2)
    total = 0.0
    for cosine, share, offset, right in rows:
        p = logistic(parameters[0] * cosine + parameters[1] * share + parameters[2] + offset)
        target = high if right else low
        total -= target * math.log(p) + (1 - target) * math.log(1 - p)
    return total / len(rows)


def drawn_rows(seed=0, n=300):
    rng = np.random.default_rng(seed)
    cosines, shares = rng.uniform(0, 1, n), rng.uniform(0, 1, n)
    right = rng.uniform(size=n) < 1 / (1 + np.exp(-(4 * cosines + 3 * shares - 4)))
    return cosines, shares, right


def test_no_curve_nearby_fits_better_than_the_learned_one():
    cosines, shares, right = drawn_rows()
    found = learn_text_chance(cosines, shares, right)
    rows = list(zip(cosines, shares, [0.0] * len(right), right, strict=True))
    best = (found.cosine_slope, found.share_slope, found.intercept)
    for steps in product((-0.05, 0.0, 0.05), repeat=3):
        moved = tuple(value + step for value, step in zip(best, steps, strict=True))
        assert loss(moved, rows) >= loss(best, rows)


def test_the_rate_moves_the_chance_by_its_odds_and_is_not_learned():
    cosines, rates, right = drawn_rows(1)
    rates = np.clip(rates, 0.05, 0.95)
    found = learn_image_chance(cosines, rates, right, 0.2)
    rows = [(c, 0.0, math.log(r / (1 - r)), y) for c, r, y in zip(cosines, rates, right, strict=True)]
    best = (found.slope, 0.0, found.intercept)
    for steps in product((-0.05, 0.0, 0.05), repeat=2):
        assert loss((best[0] + steps[0], 0.0, best[2] + steps[1]), rows) >= loss(best, rows)
    odds = [p / (1 - p) for p in found.chances([0.3, 0.3], [0.5, 0.1])]
    assert odds[0] / odds[1] == pytest.approx(1.0 / (0.1 / 0.9))


def test_chances_never_fall_with_a_better_score_even_when_worse_ones_were_right():
    cosines = np.linspace(0, 1, 40)
    found = learn_text_chance(cosines, np.zeros(40), cosines < 0.5)
    assert found.cosine_slope == 0.0
    chances = LEARNED.text.chances(np.linspace(-1, 1, 50), 0.3)
    assert (np.diff(chances) > 0).all()


def test_equal_scores_give_the_share_of_right_ones():
    right = np.array([True] * 30 + [False] * 70)
    found = learn_text_chance(np.full(100, 0.4), np.zeros(100), right)
    softened = (30 * 31 / 32 + 70 / 72) / 100
    assert found.chances(0.4, 0.0) == pytest.approx(softened, abs=1e-4)


@pytest.mark.parametrize(
    ("cosines", "right", "match"),
    [
        ([0.1, 0.2], [True, True], "both right and wrong"),
        ([0.1, 0.2], [False, False], "both right and wrong"),
        ([0.1, math.nan], [True, False], "finite"),
        ([], [], "both right and wrong"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(cosines, right, match):
    with pytest.raises(InputError, match=match):
        learn_text_chance(cosines, cosines, np.array(right, dtype=bool))


@pytest.mark.parametrize("rate", [0.0, 1.0, math.nan])
def test_a_rate_lies_between_0_and_1(rate):
    with pytest.raises(InputError, match="between 0 and 1"):
        LEARNED.image.chances(0.3, rate)


@pytest.mark.parametrize(
    ("chance", "band"),
    [
        (1.0, Band.STRONG), (0.8, Band.STRONG), (0.7999, Band.FAIR), (0.5, Band.FAIR),
        (0.4999, Band.WEAK), (0.2, Band.WEAK), (0.1999, Band.MISS), (0.0, Band.MISS),
    ],
)  # fmt: skip
def test_bands_begin_at_their_least_chance(chance, band):
    assert band_of_chance(chance) is band


def test_the_better_of_picture_and_sentence_counts_and_neither_is_nothing():
    both = Evidence(image_cosine=0.5, sentence_cosine=0.9, word_share=1.0, rate=0.5)
    assert LEARNED.chance(both) == pytest.approx(max(logistic(10 * 0.5 - 3), logistic(5 * 0.9 + 4 - 6)))
    assert LEARNED.chance(Evidence()) == 0.0
    assert LEARNED.chance(Evidence(sentence_cosine=math.nan)) == 0.0
    assert Relevance(None, None).chance(both) == 0.0


def test_a_picture_in_an_archive_without_reports_is_judged_at_the_typical_rate():
    assert LEARNED.chance(Evidence(image_cosine=0.4)) == pytest.approx(LEARNED.image.chances(0.4, 0.1))


SURE = Evidence(told=Told.AS_ASKED, is_known=True, has_report=True)
PART = Evidence(told=Told.IN_PART, is_known=True, has_report=True)
ALIKE = Evidence(sentence_cosine=1.0, word_share=1.0, has_report=True)
NOTHING = Evidence(sentence_cosine=0.0)


@pytest.mark.parametrize(
    ("evidence", "either", "band"),
    [
        ([SURE], False, Band.STRONG), ([PART], False, Band.FAIR), ([SURE, NOTHING], False, Band.FAIR),
        ([SURE, NOTHING], True, Band.STRONG), ([SURE, SURE], False, Band.STRONG), ([NOTHING], False, Band.MISS),
        ([ALIKE], False, Band.STRONG), ([NOTHING, ALIKE], False, Band.STRONG), ([], False, Band.MISS),
    ],
)  # fmt: skip
def test_what_is_stated_decides_and_the_best_statement_else(evidence, either, band):
    assert band_of(evidence, LEARNED, either=either) is band


def test_a_report_that_does_not_state_a_known_finding_is_at_best_weak():
    alike = Evidence(is_known=True, has_report=True, sentence_cosine=1.0, word_share=1.0)
    assert band_of([alike], LEARNED, either=False) is Band.WEAK
    unread = Evidence(is_known=True, image_cosine=0.9, rate=0.5)
    assert band_of([unread], LEARNED, either=False) is Band.STRONG


def test_without_learning_only_what_is_stated_has_a_band():
    assert band_of([SURE], None, either=False) is Band.STRONG
    assert band_of([PART], None, either=False) is Band.FAIR
    assert band_of([ALIKE], None, either=False) is None
