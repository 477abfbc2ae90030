"""Reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Name = TypeVar("Name", bound=Hashable)

RANK_OFFSET = 60
"""The k of Cormack, Clarke and Buettcher (SIGIR 2009): large enough that one first place does not decide alone."""


def fuse_reciprocal_ranks(rankings: Mapping[Name, Sequence[Key]], offset: int = RANK_OFFSET) -> dict[Key, float]:
    """Fused score of each key: the sum over rankings of 1 / (offset + rank), rank from 1.

    Args:
        rankings: Name of a ranking -> keys, best first, each key at most once a channel.
        offset: Damping of first places; higher means that agreement of channels counts more.
    """
    scores: dict[Key, float] = {}
    for ranking in rankings.values():
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (offset + rank)
    return scores
