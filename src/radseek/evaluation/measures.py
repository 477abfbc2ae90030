"""Retrieval measures of one ranking, as TREC defines them. All are in 0..1 and higher is better.

A ranking is float64 `[n_ranked]`, the gain of what stands at each rank (0 is not relevant); `ideal` is float64
`[n_relevant]`, the gains of all that is relevant, highest first and never empty. Relevant is a gain above 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError

Gains = NDArray[np.float64]

DEFAULT_MEASURES = ("success@1", "success@5", "success@10", "recall@10", "mrr", "map", "ndcg@10")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its cut-off; `k` is 0 for those over the whole ranking."""

    kind: str
    k: int = 0

    @property
    def name(self) -> str:
        """As it is asked for: `recall@10`, `map`."""
        return f"{self.kind}@{self.k}" if self.k else self.kind

    def of(self, ranking: Gains, ideal: Gains) -> float:
        """The value for one ranking."""
        return _FORMULAS[self.kind](ranking, ideal, self.k)


def parse_measure(name: str) -> Measure:
    """The measure called `name`.

    Raises:
        InputError: When it is not known, has no cut-off where one is needed, or has one where none is.
    """
    match = re.fullmatch(r"([a-z]+)(?:@([1-9]\d{0,5}))?", name)
    if match is None or match[1] not in _FORMULAS or (match[1] in _WITH_CUTOFF) != bool(match[2]):
        known = ", ".join(f"{kind}@k" if kind in _WITH_CUTOFF else kind for kind in _FORMULAS)
        raise InputError(f"unknown measure {name!r}; known measures, with k such as 10: {known}")
    return Measure(match[1], int(match[2] or 0))


def _discounts(n: int) -> Gains:
    """`1 / log2(rank + 1)` for ranks 1 to `n` (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002, as trec_eval has it)."""
    return 1.0 / np.log2(np.arange(2, n + 2, dtype=np.float64))


def _success(ranking: Gains, ideal: Gains, k: int) -> float:
    return float((ranking[:k] > 0).any())


def _recall(ranking: Gains, ideal: Gains, k: int) -> float:
    return float((ranking[:k] > 0).sum() / len(ideal))


def _precision(ranking: Gains, ideal: Gains, k: int) -> float:
    """Divided by k even where fewer were returned."""
    return float((ranking[:k] > 0).sum() / k)


def _reciprocal_rank(ranking: Gains, ideal: Gains, k: int) -> float:
    ranks = np.flatnonzero(ranking > 0)
    return float(1.0 / (ranks[0] + 1)) if len(ranks) else 0.0


def _average_precision(ranking: Gains, ideal: Gains, k: int) -> float:
    ranks = np.flatnonzero(ranking > 0) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).sum() / len(ideal))


def _ndcg(ranking: Gains, ideal: Gains, k: int) -> float:
    """Gains count as they are, not as `2 ** gain - 1`."""
    reached, best = ranking[:k], ideal[:k]
    return float((reached * _discounts(len(reached))).sum() / (best * _discounts(len(best))).sum())


_FORMULAS: dict[str, Callable[[Gains, Gains, int], float]] = {
    "success": _success,
    "recall": _recall,
    "precision": _precision,
    "mrr": _reciprocal_rank,
    "map": _average_precision,
    "ndcg": _ndcg,
}
_WITH_CUTOFF = frozenset({"success", "recall", "precision", "ndcg"})
