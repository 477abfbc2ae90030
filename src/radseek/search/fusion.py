"""Reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Name = TypeVar("Name", bound=Hashable)

RANK_OFFSET = 60
"""The k of Cormack, Clarke and Buettcher (SIGIR 2009): large enough that one first place does not decide alone."""


def fuse_reciprocal_ranks(
    rankings: Mapping[Name, Sequence[Key]],
    offset: int = RANK_OFFSET,
    weights: Mapping[Name, float] | None = None,
) -> dict[Key, float]:
    """Fused score of each key: the sum over rankings of weight / (offset + rank), rank from 1.

    Args:
        rankings: Name of a ranking -> keys, best first, each key at most once a channel.
        offset: Damping of first places; higher means that agreement of channels counts more.
        weights: Name of a ranking -> how much it counts, from 0 up; 1 where it has none. A ranking of weight 0 neither
            ranks nor finds: keys of no other ranking get no score.
    """
    scores: dict[Key, float] = {}
    for name, ranking in rankings.items():
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        for rank, key in enumerate(ranking if weight else (), start=1):
            scores[key] = scores.get(key, 0.0) + weight / (offset + rank)
    return scores
