"""How words are spoken: alignment of letters and sounds, rules learned from a dictionary, our table, compounds."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.speech import LetterToSound, Pronouncer, read_dictionary, stock_dictionary
from radseek.speech.radiology_sounds import ENDS, FRONTS, LETTER_NAMES, WORDS
from radseek.speech.sound_alignment import _best_path, _Costs

pytest.importorskip("pocketsphinx", reason="the extra voice is not installed")


@pytest.fixture(scope="module")
def general():
    return read_dictionary(stock_dictionary())


@pytest.fixture(scope="module")
def plain(general):
    return {word: ways[0] for word, ways in sorted(general.items()) if re.fullmatch("[a-z]+", word)}


@pytest.fixture(scope="module")
def rules(plain):
    return LetterToSound.learn({word: sounds for place, (word, sounds) in enumerate(plain.items()) if place % 10 < 3})


@pytest.fixture
def pronouncer(general, rules):
    return Pronouncer(general, lambda _: rules)


def test_the_best_path_is_that_of_trying_all_of_them():
    random = np.random.default_rng(0)
    costs = _Costs(random.random(4), random.random((4, 5)), random.random((4, 5, 5)))
    letters, sounds = random.integers(0, 4, (6, 4)), random.integers(0, 5, (6, 5))

    def cost(row, makes):
        total, place = 0.0, 0
        for letter, n in zip(letters[row], makes, strict=True):
            made = sounds[row, place : place + n]
            total += (costs.none[letter], *(costs.one[letter, s] for s in made[:1]), 0)[n] if n < 2 else 0
            total += costs.two[letter, made[0], made[1]] if n == 2 else 0
            place += n
        return total

    found = _best_path(costs, letters, sounds)
    for row in range(6):
        possible = [makes for makes in product(range(3), repeat=4) if sum(makes) == 5]
        assert cost(row, found[row]) == pytest.approx(min(cost(row, makes) for makes in possible))


def test_words_that_were_not_learned_are_read_with_few_wrong_sounds(plain, rules):
    words = [word for place, word in enumerate(plain) if place % 10 == 9][::25]
    wrong = sum(edits(rules.pronounce(word), plain[word]) for word in words)
    assert wrong / sum(len(plain[word]) for word in words) < 0.16  # learned from three tenths; all of it reaches 0.09


def test_reading_is_the_same_every_time_and_for_words_that_were_learned(plain, rules):
    learned = [word for place, word in enumerate(plain) if place % 10 == 1][::50]
    assert sum(rules.pronounce(word) == plain[word] for word in learned) / len(learned) > 0.9


@pytest.mark.parametrize("word", ["", "two words", "naïve", "a1"])
def test_what_is_no_word_is_refused(rules, word):
    with pytest.raises(InputError, match="letters a to z"):
        rules.pronounce(word)


def test_a_dictionary_without_words_teaches_nothing():
    with pytest.raises(InputError, match="no word to learn from"):
        LetterToSound.learn({})


def test_our_tables_use_the_sounds_of_the_acoustic_model_only(general):
    sounds = {sound for ways in general.values() for way in ways for sound in way}
    assert len(sounds) == 39
    for table in (WORDS, FRONTS, ENDS, LETTER_NAMES):
        for word, spoken in table.items():
            assert spoken, word
            assert set(spoken) <= sounds, word
    assert len(LETTER_NAMES) == 26


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("pneumothorax", "N UW M OW TH AO R AE K S"),
        ("carina", "K ER IY N AH"),
        ("chest", "CH EH S T"),
        ("hydrothorax", "HH AY D R OW TH AO R AE K S"),
        ("osteophyte's", "AA S T IY OW F AY T S"),
        ("granulomas", "G R AE N Y AH L OW M AH Z"),
        ("ct", "S IY T IY"),
        ("pneumomediastinal", "N UW M OW M IY D IY AH S T AY N AH L"),
        ("tendonitis", "T EH N D AH N AY T AH S"),
    ],
)
def test_the_likeliest_way_of_speaking(pronouncer, word, sounds):
    assert sounds.split() in [list(way) for way in pronouncer.ways(word)]


def test_every_word_has_a_way_and_none_twice(pronouncer):
    for word in ["effusion", "qqq", "x", "zzyzx", "it's", "iv", "covid", "the", "bcdfg", "antiinflammatories"]:
        ways = pronouncer.ways(word)
        assert ways
        assert all(ways)
        assert len(set(ways)) == len(ways)


def edits(left, right):
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(right, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (one != other))
    return row[-1]
