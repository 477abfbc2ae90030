"""Samples of studies: random, balanced over the values of a field, or diverse by vectors. Places in, places out.

Chance is a keyed hash of each study's key, not a generator's state: a study's place in the draw depends on the seed and
on itself alone, so a sample changes little when the archive grows, and not at all when studies come in another order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError

UNKNOWN = ""
"""The value of a study of which the field is not known: taken only when those with a value are used up."""


def first_of_each(groups: Sequence[str], first: Sequence[int] = ()) -> list[int]:
    """One place of each group, ascending: the earliest in `first` if it has one there, else its first in `groups`.

    Args:
        groups: The group of each study `[m]`, such as its patient.
        first: Places that go before all others, in this order.
    """
    chosen: dict[str, int] = {}
    for place in (*first, *range(len(groups))):
        chosen.setdefault(groups[place], place)
    return sorted(chosen.values())


def draw_order(keys: Sequence[str], seed: int) -> list[int]:
    """Places in `keys` `[n]` in the order in which the seed draws them; equal keys in the order in which they stand."""
    return sorted(range(len(keys)), key=lambda place: (_chance(seed, keys[place]), place))


def draw_random(keys: Sequence[str], n: int, seed: int, first: Collection[int] = ()) -> list[int]:
    """Places of `n` of `keys`, ascending; all when there are no more. Those in `first` are taken before all others."""
    taken = set(first)
    return sorted([*first, *(place for place in draw_order(keys, seed) if place not in taken)][:n])


def draw_balanced(
    keys: Sequence[str], values: Sequence[str], n: int, seed: int, first: Collection[int] = ()
) -> list[int]:
    """Places of `n` studies, ascending, with equal shares of each value as far as there are enough.

    Each seat goes to the value that has fewest so far and any left; who sits there, and which of two equal values comes
    first, the seed says. What small groups cannot fill is so shared out among the others. `UNKNOWN` comes last.

    Args:
        keys: Study keys `[m]`.
        values: The value of each, `[m]`.
        n: Studies wanted.
        seed: Of the draw.
        first: Places that are taken before all others; they count for their values.

    Raises:
        InputError: When there is not one value for each key.
    """
    if len(keys) != len(values):
        raise InputError(f"values: expected one for each of {len(keys)} studies, got {len(values)}")
    taken, before = list(first)[:n], set(first)
    waiting: dict[str, list[int]] = {}
    for place in reversed(draw_order(keys, seed)):  # the one to be drawn next stands last
        if place not in before:
            waiting.setdefault(values[place], []).append(place)
    shares = Counter(values[place] for place in taken)
    chances = {value: _chance(seed, value) for value in waiting}
    while len(taken) < n and waiting:
        value = min(waiting, key=lambda name: (name == UNKNOWN, shares[name], chances[name], name))
        taken.append(waiting[value].pop())
        shares[value] += 1
        if not waiting[value]:
            del waiting[value]
    return sorted(taken)


def draw_diverse(
    keys: Sequence[str], vectors: NDArray[np.float32], n: int, seed: int, first: Collection[int] = ()
) -> list[int]:
    """Places of `n` studies, ascending, spread over the vectors: the farthest-point greedy of Gonzalez (1985).

    Each next study is the one whose most similar taken study is least similar to it; the seed draws the first, and
    decides between equals. With none taken before, the largest distance of any study to its nearest taken one is at
    most twice the best possible.

    Args:
        keys: Study keys `[m]`.
        vectors: Unit vectors, float32 `[m, dim]`.
        n: Studies wanted.
        seed: Of the draw.
        first: Places that are taken before all others.

    Raises:
        InputError: When there is not one finite vector for each key.
    """
    if vectors.ndim != 2 or len(vectors) != len(keys) or not np.isfinite(vectors).all():
        raise InputError(f"vectors: expected a finite one for each of {len(keys)} studies")
    order = np.array(draw_order(keys, seed), dtype=np.int64)
    drawn = np.ascontiguousarray(vectors[order])  # [m, dim], in drawing order: argmin then prefers the earlier one
    place_in_order = {int(place): row for row, place in enumerate(order)}
    taken = [place_in_order[place] for place in first][:n] or [0] * bool(len(order))
    nearest = np.full(len(order), -np.inf, dtype=np.float32)  # [m]: similarity to the most similar taken study
    for row in taken:
        np.maximum(nearest, drawn @ drawn[row], out=nearest)
    free = np.ones(len(order), dtype=bool)
    free[taken] = False
    while len(taken) < n and free.any():
        row = int(np.argmin(np.where(free, nearest, np.inf)))
        taken.append(row)
        free[row] = False
        np.maximum(nearest, drawn @ drawn[row], out=nearest)
    return sorted(int(order[row]) for row in taken)


def _chance(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{text}".encode()).digest()
