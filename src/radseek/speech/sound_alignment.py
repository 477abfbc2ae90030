"""Which letters of a word make which of its sounds, found from a pronunciation dictionary alone.

Each letter makes no sound, one, or two (`x` is K S). The best alignment of every word is found by dynamic programming,
then the odds of each letter's sounds are counted anew, a few times over (hard expectation-maximisation; after Black,
Lenzo and Pagel, 1998, "Issues in building general letter to sound rules"). Words of equal length are aligned together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 4
_TWO_SOUNDS_COST = 3.0
"""Nats that two sounds of one letter cost beyond their odds at the start: a spelling prefers one sound a letter."""
_UNSEEN = 0.1
"""Count given to each pairing of letter and sounds before any was seen."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Words of equal numbers of letters and sounds."""

    rows: NDArray[np.int64]
    """Which words of the input. [n]"""
    n_sounds: NDArray[np.int8]
    """Sounds that each letter makes: 0, 1 or 2. [n, n_letters]"""


@dataclass(slots=True)
class _Costs:
    """Negative logarithms of how often a letter makes these sounds, and what was counted for the next round."""

    none: NDArray[np.float64]  # [n_letters]
    one: NDArray[np.float64]  # [n_letters, n_sounds]
    two: NDArray[np.float64]  # [n_letters, n_sounds, n_sounds]


def align(words: Sequence[NDArray[np.int64]], sounds: Sequence[NDArray[np.int64]]) -> list[Alignment]:
    """The alignment of every word whose sounds are at most twice its letters; the others are left out.

    Args:
        words: Letters of each word as numbers from 0.
        sounds: Sounds of each word as numbers from 0.
    """
    groups = _group(words, sounds)
    if not groups:
        return []
    n_letters = 1 + max(int(letters.max()) for _, letters, _ in groups)
    n_sounds = 1 + max(int(group.max()) for _, _, group in groups)
    costs = _diagonal_costs(groups, n_letters, n_sounds)
    for _ in range(_ROUNDS):
        counts = _no_counts(n_letters, n_sounds)
        for _, letters, group in groups:
            _count(counts, letters, group, _best_path(costs, letters, group))
        costs = _costs_of(counts)
    return [Alignment(rows, _best_path(costs, letters, group)) for rows, letters, group in groups]


_Group = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _group(words: Sequence[NDArray[np.int64]], sounds: Sequence[NDArray[np.int64]]) -> list[_Group]:
    """(rows [n], letters [n, L], sounds [n, S]) of the words of each pair of lengths."""
    rows: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, (word, spoken) in enumerate(zip(words, sounds, strict=True)):
        if 0 < len(spoken) <= 2 * len(word):
            rows[len(word), len(spoken)].append(row)
    return [
        (np.array(chosen), np.stack([words[row] for row in chosen]), np.stack([sounds[row] for row in chosen]))
        for _, chosen in sorted(rows.items())
    ]


def _diagonal_costs(groups: list[_Group], n_letters: int, n_sounds: int) -> _Costs:
    """Costs for the first round: a letter likely makes the sound at its relative place in the word."""
    counts = _no_counts(n_letters, n_sounds)
    for _, letters, sounds in groups:
        places = np.linspace(0, sounds.shape[1] - 1, letters.shape[1]).round().astype(int)
        np.add.at(counts.one, (letters, sounds[:, places]), 1.0)
    costs = _costs_of(counts)
    costs.none[:] = 3.0
    costs.two = costs.one[:, :, None] + costs.one[:, None, :] + _TWO_SOUNDS_COST
    return costs


def _no_counts(n_letters: int, n_sounds: int) -> _Costs:
    shape = (n_letters, n_sounds)
    return _Costs(np.full(n_letters, _UNSEEN), np.full(shape, _UNSEEN), np.full((*shape, n_sounds), _UNSEEN / n_sounds))


def _costs_of(counts: _Costs) -> _Costs:
    total = counts.none + counts.one.sum(axis=1) + counts.two.sum(axis=(1, 2))
    return _Costs(
        -np.log(counts.none / total),
        -np.log(counts.one / total[:, None]),
        -np.log(counts.two / total[:, None, None]),
    )


def _best_path(costs: _Costs, letters: NDArray[np.int64], sounds: NDArray[np.int64]) -> NDArray[np.int8]:
    """Sounds of each letter on the cheapest path: [n, L]."""
    n, n_letters, n_sounds = len(letters), letters.shape[1], sounds.shape[1]
    best = np.full((n, n_sounds + 1), np.inf)  # cost of having made the first j sounds
    best[:, 0] = 0.0
    taken = np.zeros((n_letters, n, n_sounds + 1), dtype=np.int8)
    for i in range(n_letters):
        options = np.full((3, n, n_sounds + 1), np.inf)
        letter = letters[:, i, None]
        options[0] = best + costs.none[letter]
        options[1, :, 1:] = best[:, :-1] + costs.one[letter, sounds]
        options[2, :, 2:] = best[:, :-2] + costs.two[letter, sounds[:, :-1], sounds[:, 1:]]
        taken[i] = options.argmin(axis=0)
        best = options.min(axis=0)
    n_made = np.zeros((n, n_letters), dtype=np.int8)
    place = np.full(n, n_sounds)
    for i in reversed(range(n_letters)):
        n_made[:, i] = taken[i, np.arange(n), place]
        place -= n_made[:, i]
    return n_made


def _count(counts: _Costs, letters: NDArray[np.int64], sounds: NDArray[np.int64], n_made: NDArray[np.int8]) -> None:
    first = np.cumsum(n_made, axis=1) - n_made  # [n, L], the letter's first sound
    np.add.at(counts.none, letters[n_made == 0], 1.0)
    row, i = np.nonzero(n_made == 1)
    np.add.at(counts.one, (letters[row, i], sounds[row, first[row, i]]), 1.0)
    row, i = np.nonzero(n_made == 2)
    at = first[row, i]
    np.add.at(counts.two, (letters[row, i], sounds[row, at], sounds[row, at + 1]), 1.0)
