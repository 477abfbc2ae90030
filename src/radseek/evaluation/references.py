"""What to read a figure against: chance below, and above it the best that identical texts allow.

Both are expectations over rankings in which blocks of items that cannot be told apart stand in random order. Chance is
one block, the whole gallery; the ceiling has a block for each distinct text. All are exact sums, not simulations.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from radseek.errors import InputError
from radseek.evaluation.measures import DEFAULT_MEASURES, Gains, Measure, parse_measure
from radseek.evaluation.measuring import ideal_gains
from radseek.records.ranking import Qrels
from radseek.text import normalise


@dataclass(frozen=True, slots=True)
class _Block:
    """Items in random order among themselves."""

    size: int
    n_relevant: int
    gain: float
    """Sum of their gains."""


def random_baseline(qrels: Qrels, gallery_size: int, measures: Sequence[str] = DEFAULT_MEASURES) -> dict[str, float]:
    """The expected value of each measure when the whole gallery is ranked at random; NaN when nothing is relevant.

    Raises:
        InputError: When the gallery is smaller than what is relevant in it, or a measure is not known.
    """
    ideals = ideal_gains(qrels)
    most = max(map(len, ideals.values()), default=0)
    if gallery_size < most:
        raise InputError(f"a gallery of {gallery_size} cannot hold the {most} relevant items of a query")
    blocks = {query: [_Block(gallery_size, len(ideal), float(ideal.sum()))] for query, ideal in ideals.items()}
    return _means(measures, blocks, ideals)


def ceiling(qrels: Qrels, texts: Mapping[str, str], measures: Sequence[str] = DEFAULT_MEASURES) -> dict[str, float]:
    """The expected value of each measure for a perfect scorer that cannot tell gallery items of equal text apart.

    Equal is as `radseek.text.normalise` folds. Texts stand in the order of their mean gain, items of one text in random
    order. With one relevant item a query this is the best that any scorer can reach from texts.

    Args:
        qrels: What is relevant.
        texts: Gallery id -> its report text, for the whole gallery.
        measures: Names of measures.

    Raises:
        InputError: When a relevant item has no text entry, or a measure is not known.
    """
    ideals = ideal_gains(qrels)
    key_of = {gallery_id: normalise(text) for gallery_id, text in texts.items()}
    sizes: dict[str, int] = {}
    for key in key_of.values():
        sizes[key] = sizes.get(key, 0) + 1
    blocks = {query: _text_blocks(qrels.gains[query], key_of, sizes) for query in ideals}
    return _means(measures, blocks, ideals)


def merge_identical(qrels: Qrels, texts: Mapping[str, str]) -> Qrels:
    """`qrels` in which every gallery item with the text of a relevant one has its gain too (the highest, if several).

    Args:
        qrels: What is relevant.
        texts: Gallery id -> its report text, for the whole gallery; blank texts are equal to none.

    Raises:
        InputError: When a relevant item has no text entry.
    """
    key_of = {gallery_id: normalise(text) for gallery_id, text in texts.items()}
    members: dict[str, list[str]] = {}
    for gallery_id, key in key_of.items():
        members.setdefault(key or f"\0{gallery_id}", []).append(gallery_id)
    merged: dict[str, dict[str, float]] = {}
    for query, gains in qrels.gains.items():
        merged[query] = dict(gains)
        for gallery_id, gain in gains.items():
            key = _key(gallery_id, key_of) or f"\0{gallery_id}"
            for twin in members[key] if gain > 0 else ():
                merged[query][twin] = max(gain, merged[query].get(twin, 0.0))
    return Qrels(f"{qrels.name} (identical texts merged)", merged)


def _key(gallery_id: str, key_of: Mapping[str, str]) -> str:
    if gallery_id not in key_of:
        raise InputError("a relevant gallery item has no text; give the text of every item, blank where it has none")
    return key_of[gallery_id]


def _text_blocks(gains: Mapping[str, float], key_of: Mapping[str, str], sizes: Mapping[str, int]) -> list[_Block]:
    """Blocks with something relevant, highest mean gain first."""
    by_key: dict[str, list[float]] = {}
    for gallery_id, gain in gains.items():
        if gain > 0:
            by_key.setdefault(_key(gallery_id, key_of), []).append(gain)
    blocks = [_Block(sizes[key], len(found), math.fsum(found)) for key, found in by_key.items()]
    return sorted(blocks, key=lambda block: (-block.gain / block.size, block.size))


def _means(
    measures: Sequence[str], blocks: Mapping[str, list[_Block]], ideals: Mapping[str, Gains]
) -> dict[str, float]:
    """Queries that look alike are worked out once: most have one relevant item."""
    alike = Counter((tuple(blocks[query]), tuple(ideal.tolist())) for query, ideal in ideals.items())
    means = {}
    for measure in map(parse_measure, measures):
        values = [n * _expected(measure, shape, np.array(ideal)) for (shape, ideal), n in alike.items()]
        means[measure.name] = math.fsum(values) / len(ideals) if values else math.nan
    return means


def _expected(measure: Measure, blocks: Sequence[_Block], ideal: Gains) -> float:
    """`blocks` each hold something relevant; what follows them holds nothing."""
    if measure.kind == "success":
        return _expected_success(blocks[0], measure.k)
    if measure.kind == "mrr":
        return _expected_reciprocal_rank(blocks[0])
    if measure.kind == "map":
        return _expected_average_precision(blocks) / len(ideal)
    if measure.kind == "ndcg":
        return measure.of(_spread(blocks, [b.gain / b.size for b in blocks], measure.k), ideal)
    found = float(_spread(blocks, [b.n_relevant / b.size for b in blocks], measure.k).sum())
    return found / (len(ideal) if measure.kind == "recall" else measure.k)


def _spread(blocks: Sequence[_Block], values: Sequence[float], k: int) -> Gains:
    """Of each of the first k ranks the value of its block: float64 `[at most k]`."""
    return np.repeat(np.array(values), [min(block.size, k) for block in blocks])[:k]


def _expected_success(block: _Block, k: int) -> float:
    """One minus the chance that all of the first k miss: hypergeometric."""
    if k > block.size - block.n_relevant:
        return 1.0
    drawn = np.arange(k)
    return 1.0 - float(np.prod((block.size - block.n_relevant - drawn) / (block.size - drawn)))


def _expected_reciprocal_rank(block: _Block) -> float:
    """Sum over r of 1/r times the chance that the first relevant item stands at rank r."""
    ranks = np.arange(1, block.size - block.n_relevant + 2, dtype=np.float64)
    hit = block.n_relevant / (block.size - ranks + 1.0)  # given that the ranks before missed
    missed_before = np.concatenate([[1.0], np.cumprod(1.0 - hit)[:-1]])
    return float((missed_before * hit / ranks).sum())


def _expected_average_precision(blocks: Sequence[_Block]) -> float:
    """Sum over ranks i of P(i is relevant) times the expected number relevant up to i given that, over i."""
    value, n_before, relevant_before = 0.0, 0, 0
    for b in blocks:
        within = np.arange(b.size, dtype=np.float64)  # [size], items of the block before this one
        share_before = (b.n_relevant - 1) / (b.size - 1) if b.size > 1 else 0.0
        found = 1.0 + relevant_before + within * share_before
        value += float((b.n_relevant / b.size * found / (n_before + within + 1.0)).sum())
        n_before += b.size
        relevant_before += b.n_relevant
    return value
