"""What a ranking is expected to score in a smaller gallery drawn at random: exact sums, no simulation.

A query has one item that is sure to be in the gallery (its own pair), maybe other relevant ones, and irrelevant ones.
A gallery of `size` is the sure item and `size - 1` others, drawn without replacement. Found is the best-ranked relevant
item in the gallery; its rank is one more than the irrelevant items drawn above it, a hypergeometric number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import Floats

Indices = NDArray[np.int64]
_TERMS_AT_ONCE = 1_000_000
"""Terms held in memory together, about 100 bytes each."""


@dataclass(frozen=True, slots=True)
class TiedBlock:
    """Items of one score, of which at least one is relevant; they stand in random order among themselves."""

    above: int
    """Irrelevant items of a higher score."""
    tied: int
    """Irrelevant items of this score."""
    relevant: int
    """Relevant items of this score."""


@dataclass(frozen=True, slots=True)
class RankShape:
    """All that a ranking's figures depend on: blocks of relevant items from the best down to that of the sure item."""

    blocks: tuple[TiedBlock, ...]
    sure_scored: bool = True
    """Whether the last block holds the sure item; without, that one is never found."""


@dataclass(frozen=True, slots=True)
class ExpectedRanks:
    """Expected figures of each shape, float64 `[n_shapes]`."""

    success: dict[int, Floats]
    """Cut-off -> chance that a relevant item is among the first k."""
    reciprocal_rank: Floats
    rank: Floats
    """Of the best-ranked relevant item; the size of the gallery where none is found."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """Cases that exclude each other: 'this relevant item is the best one drawn, with so many irrelevant above it'."""

    shape: Indices
    better: Indices
    """Relevant items ranked above, none of which was drawn."""
    above: Indices
    """Irrelevant items ranked above, drawn or not."""
    sure: NDArray[np.bool_]
    """Whether it is the sure item."""
    weight: Floats
    """Chance of this order among ties."""


def expected_ranks(
    shapes: Sequence[RankShape], n_gallery: int, size: int, cutoffs: Sequence[int] = (1, 5, 10)
) -> ExpectedRanks:
    """The expected figures of each of `shapes` in galleries of `size` out of `n_gallery` items.

    Raises:
        InputError: When `size` is not in 1 to `n_gallery`.
    """
    if not 1 <= size <= n_gallery:
        raise InputError(f"a gallery size must be 1 to {n_gallery}; got {size}")
    distinct = list(dict.fromkeys(shapes))
    place = {shape: i for i, shape in enumerate(distinct)}
    found, reciprocal, rank = np.zeros(len(distinct)), np.zeros(len(distinct)), np.zeros(len(distinct))
    success = {k: np.zeros(len(distinct)) for k in cutoffs}
    for terms in _term_batches(distinct):
        chance, pool, drawn = _chances(terms, n_gallery, size)

        def add(into: Floats, values: Floats, shape: Indices = terms.shape, chance: Floats = chance) -> None:
            into += np.bincount(shape, weights=values * chance, minlength=len(into))

        add(found, np.ones(len(chance)))
        add(reciprocal, _mean_reciprocal(pool, terms.above, drawn))
        add(rank, 1 + drawn * terms.above / np.maximum(pool, 1))
        for k, values in _chances_below(pool, terms.above, drawn, cutoffs).items():
            add(success[k], values)
    rank += (1 - found) * size
    back = np.array([place[shape] for shape in shapes], dtype=np.int64)
    return ExpectedRanks({k: values[back] for k, values in success.items()}, reciprocal[back], rank[back])


def _term_batches(shapes: Sequence[RankShape]) -> Iterator[_Terms]:
    waiting: list[_Terms] = []
    n_waiting = 0
    for number, shape in enumerate(shapes):
        better = 0
        for i, block in enumerate(shape.blocks):
            holds_sure = shape.sure_scored and i == len(shape.blocks) - 1
            for terms in _block_terms(number, better, block, holds_sure):
                waiting.append(terms)
                n_waiting += len(terms.weight)
                if n_waiting >= _TERMS_AT_ONCE:
                    yield _joined(waiting)
                    waiting, n_waiting = [], 0
            better += block.relevant
    if waiting:
        yield _joined(waiting)


def _joined(parts: Sequence[_Terms]) -> _Terms:
    return _Terms(
        shape=np.concatenate([part.shape for part in parts]),
        better=np.concatenate([part.better for part in parts]),
        above=np.concatenate([part.above for part in parts]),
        sure=np.concatenate([part.sure for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
    )


def _block_terms(number: int, better: int, block: TiedBlock, holds_sure: bool) -> Iterator[_Terms]:
    """Of each relevant item of a block, from the best, how many irrelevant stand above it and how likely that is.

    With R relevant and E irrelevant in random order, x of the E stand before the t-th relevant with chance
    C(x + t - 1, t - 1) C(E + R - x - t, R - t) / C(E + R, R). Each of the R is equally likely to be the sure one, and
    what stands behind the sure one is never the best.
    """
    n_relevant, x = block.relevant, np.arange(block.tied + 1)
    for t in range(1, n_relevant + 1):
        order = np.exp(
            _log_choose(x + t - 1, t - 1)
            + _log_choose(block.tied + n_relevant - x - t, n_relevant - t)
            - _log_choose(block.tied + n_relevant, n_relevant)
        )
        cases = ((True, 1 / n_relevant), (False, (n_relevant - t) / n_relevant)) if holds_sure else ((False, 1.0),)
        for sure, share in cases:
            if share > 0:
                yield _Terms(
                    shape=np.full(len(x), number),
                    better=np.full(len(x), better + t - 1),
                    above=block.above + x,
                    sure=np.full(len(x), sure),
                    weight=order * share,
                )


def _chances(terms: _Terms, n_gallery: int, size: int) -> tuple[Floats, Indices, Indices]:
    """Of each term its chance, and from how many items (`pool`) how many are `drawn` beside those it speaks of."""
    others, to_draw = n_gallery - 1, size - 1
    pool = others - terms.better - ~terms.sure
    drawn = to_draw - (~terms.sure).astype(np.int64)
    possible = (drawn >= 0) & (drawn <= pool) & (terms.weight > 0)
    log_chance = _log_choose(np.where(possible, pool, 0), np.where(possible, drawn, 0)) - _log_choose(others, to_draw)
    chance = np.where(possible, np.exp(log_chance) * terms.weight, 0.0)
    return chance, np.where(possible, pool, terms.above), np.where(possible, drawn, 0)


def _mean_reciprocal(pool: Indices, above: Indices, drawn: Indices) -> Floats:
    """E[1 / (1 + X)] for X hypergeometric: `drawn` from `pool`, of which `above` count; a closed form."""
    none = _choose_ratio(pool - above, pool + 1, drawn + 1)
    mean: Floats = (pool + 1) / ((above + 1) * (drawn + 1)) * (1 - none)
    return mean


def _choose_ratio(fewer: Indices, more: Indices, drawn: Indices) -> Floats:
    """C(fewer, drawn) / C(more, drawn), 0 where more are drawn than there are."""
    possible = drawn <= fewer
    taken = np.where(possible, drawn, 0)
    return np.where(possible, np.exp(_log_choose(fewer, taken) - _log_choose(more, taken)), 0.0)


def _chances_below(pool: Indices, above: Indices, drawn: Indices, cutoffs: Sequence[int]) -> dict[int, Floats]:
    """P(X < k) for X hypergeometric, for each cut-off k."""
    below, chances = np.zeros(len(pool)), {}
    total = _log_choose(pool, drawn)
    for x in range(max(cutoffs, default=0)):
        possible = (x <= above) & (x <= drawn) & (drawn - x <= pool - above)
        ways = _log_choose(above, np.where(possible, x, 0)) + _log_choose(
            pool - above, np.where(possible, drawn - x, 0)
        )
        below = below + np.where(possible, np.exp(ways - total), 0.0)
        if x + 1 in cutoffs:
            chances[x + 1] = np.minimum(below, 1.0)
    return chances


def _log_choose(n: Indices | int, k: Indices | int) -> Floats:
    table = _log_factorials(int(np.max(n, initial=0)))
    value: Floats = table[n] - table[k] - table[np.subtract(n, k)]
    return value


@lru_cache(maxsize=8)
def _log_factorials_up_to(n: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1, dtype=np.float64)))])


def _log_factorials(n: int) -> Floats:
    """Log 0! to at least log n!."""
    return _log_factorials_up_to(1 << max(n, 1).bit_length())
