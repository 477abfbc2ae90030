"""How a word is probably spoken, learned from a pronunciation dictionary: for the words that the dictionary lacks.

Memory-based (after Daelemans, van den Bosch and Weijters, 1997, "IGTree"): each letter takes the sounds that it has
most often in the dictionary between the same neighbours, in the widest neighbourhood that the dictionary knows.
Nothing is shipped or downloaded: learning takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.speech.sound_alignment import align

LETTERS = " abcdefghijklmnopqrstuvwxyz'"
"""A space stands for what is before and after a word."""
_PLACES = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Neighbours by how much they tell of a letter's sounds, the letter itself first; each level adds one."""
_SPEAKABLE = re.compile(r"[a-z']+")
_LETTER_BITS = 5
_MARGIN = 4


@dataclass(frozen=True, slots=True)
class _Level:
    """What letters sound like, by their neighbourhood at one width."""

    keys: NDArray[np.int64]  # [m], ascending
    sounds: NDArray[np.int64]  # [m], numbers of `LetterToSound._spoken`


class LetterToSound:
    """Pronounces any word of letters and apostrophes. Made by `learn`."""

    def __init__(self, levels: list[_Level], spoken: list[tuple[str, ...]]) -> None:
        self._levels = levels
        self._spoken = spoken

    @classmethod
    def learn(cls, dictionary: Mapping[str, tuple[str, ...]]) -> LetterToSound:
        """What `dictionary` teaches.

        Args:
            dictionary: Word in small letters -> its sounds. Words of other than letters and apostrophes are left out.

        Raises:
            InputError: When not a single word can be learned from.
        """
        names = sorted({sound for spoken in dictionary.values() for sound in spoken})
        number = {name: place for place, name in enumerate(names)}
        words = sorted(word for word in dictionary if _SPEAKABLE.fullmatch(word))
        letters = [_numbers(word) for word in words]
        sounds = [np.array([number[sound] for sound in dictionary[word]]) for word in words]
        keys, makes = [], []
        for group in align(letters, sounds):
            grid = np.stack([letters[row] for row in group.rows])
            keys.append(_neighbourhoods(grid).reshape(-1, len(_PLACES)))
            makes.append(_made(np.stack([sounds[row] for row in group.rows]), group.n_sounds).reshape(-1))
        if not keys:
            raise InputError("the pronunciation dictionary has no word to learn from")
        made, outcomes = np.unique(np.concatenate(makes), return_inverse=True)
        spoken = [_sounds_of(code, names) for code in made.tolist()]
        columns = np.concatenate(keys)
        return cls([_commonest(columns[:, level], outcomes) for level in range(len(_PLACES))], spoken)

    def pronounce(self, word: str) -> tuple[str, ...]:
        """The likeliest sounds of `word`.

        Raises:
            InputError: When `word` is empty or has anything but the letters a to z and apostrophes.
        """
        if not _SPEAKABLE.fullmatch(word):
            raise InputError("only words of the letters a to z can be pronounced")
        keys = _neighbourhoods(_numbers(word)[None])[0]  # [L, n_levels]
        sounds: list[str] = []
        for letter in keys:
            sounds.extend(self._spoken[self._widest(letter)])
        return tuple(sounds)

    def _widest(self, keys: NDArray[np.int64]) -> int:
        for level, key in zip(reversed(self._levels), reversed(keys.tolist()), strict=True):
            place = int(np.searchsorted(level.keys, key))
            if place < len(level.keys) and level.keys[place] == key:
                return int(level.sounds[place])
        return self._spoken.index(()) if () in self._spoken else 0  # a letter that no word of the dictionary has


def _numbers(word: str) -> NDArray[np.int64]:
    return np.array([LETTERS.index(letter) for letter in word], dtype=np.int64)


def _neighbourhoods(letters: NDArray[np.int64]) -> NDArray[np.int64]:
    """A key of each letter's neighbourhood at each level: [n, L] -> [n, L, n_levels]."""
    padded = np.pad(letters, ((0, 0), (_MARGIN, _MARGIN)))
    length = letters.shape[1]
    key = np.zeros(letters.shape, dtype=np.int64)
    levels = []
    for place in _PLACES:
        key = (key << _LETTER_BITS) | padded[:, _MARGIN + place : _MARGIN + place + length]
        levels.append(key)
    return np.stack(levels, axis=2)


_NO_SOUND, _BASE = 0, 1_000


def _made(sounds: NDArray[np.int64], n_made: NDArray[np.int8]) -> NDArray[np.int64]:
    """What each letter makes as one number: 0, first + 1, or (second + 1) * 1000 + first + 1: [n, L]."""
    padded = np.pad(sounds, ((0, 0), (0, 2)))
    first = np.cumsum(n_made, axis=1) - n_made
    one = np.take_along_axis(padded, first, axis=1) + 1
    two = np.take_along_axis(padded, first + 1, axis=1) + 1
    return np.where(n_made == 0, _NO_SOUND, np.where(n_made == 1, one, two * _BASE + one))


def _sounds_of(code: int, names: list[str]) -> tuple[str, ...]:
    second, first = divmod(code, _BASE)
    return tuple(names[place - 1] for place in (first, second) if place)


def _commonest(keys: NDArray[np.int64], outcomes: NDArray[np.int64]) -> _Level:
    """Of each key the outcome that it has most often; of equals the smaller."""
    n_outcomes = int(outcomes.max()) + 1
    pairs, counts = np.unique(keys * n_outcomes + outcomes, return_counts=True)
    pair_keys, pair_outcomes = np.divmod(pairs, n_outcomes)
    order = np.lexsort((pair_outcomes, -counts, pair_keys))
    sorted_keys = pair_keys[order]
    first = np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]])
    return _Level(sorted_keys[first], pair_outcomes[order][first])
