"""A trial of the codes on the vectors they stand for: how many candidates does this index need?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radseek.index.contract import Vectors
from radseek.index.exact_scan import top_rows
from radseek.index.faiss_codes import Proposer

TRIAL_K = 10
_TRIAL_QUERIES = 64
"""640 neighbours in all: a recall of 0.99 is then known to about 0.004 (standard error of a proportion)."""
_TRIAL_SEED = 20_260_102


@dataclass(frozen=True, slots=True)
class ChosenFactor:
    """What the trial found."""

    k_factor: int | None
    """Candidates for each wanted place; None when no factor was enough."""
    recall: float
    """recall@10 with that factor, or with the largest one tried."""


def choose_k_factor(
    vectors: Vectors, codes: Proposer, queries: Vectors | None, k_factors: tuple[int, ...], needed: float
) -> ChosenFactor:
    """The smallest of `k_factors` whose recall@10 against the exact scan is at least `needed`.

    Args:
        vectors: The distinct vectors, float32 `[u, dim]`.
        codes: Proposes candidates among them.
        queries: Vectors to draw trial queries from, float32 `[t, dim]`; None or none takes mixtures of `vectors`.
        k_factors: Factors to try, ascending.
        needed: Recall to reach, 0..1.
    """
    rng = np.random.default_rng(_TRIAL_SEED)
    trials = _mixtures(vectors, rng) if queries is None or len(queries) == 0 else _draw(queries, rng)
    wanted = top_rows(vectors, trials, TRIAL_K)
    recall = 0.0
    for k_factor in k_factors:
        proposed = codes.propose(trials, TRIAL_K * k_factor, None)
        shares = []
        for trial, rows, (_, best_scores) in zip(trials, proposed, wanted, strict=True):
            _, scores = top_rows(vectors, trial[None], TRIAL_K, rows)[0]
            # By score, not by row: of rows that tie for the last place any is as good as another.
            shares.append(np.count_nonzero(scores[:TRIAL_K] >= best_scores[:TRIAL_K].min()) / TRIAL_K)
        recall = float(np.mean(shares))
        if recall >= needed:
            return ChosenFactor(k_factor, recall)
    return ChosenFactor(None, recall)


def _draw(queries: Vectors, rng: np.random.Generator) -> Vectors:
    """At most `_TRIAL_QUERIES` rows of `queries`."""
    chosen = rng.choice(len(queries), min(_TRIAL_QUERIES, len(queries)), replace=False)
    return np.ascontiguousarray(queries[np.sort(chosen)])


def _mixtures(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """Unit vectors half-way between two random rows: harder than the rows themselves, which would find themselves."""
    pairs = rng.choice(len(vectors), (2, _TRIAL_QUERIES))
    sums = vectors[pairs[0]].astype(np.float64) + 0.7 * vectors[pairs[1]]  # unequal, so that opposites do not cancel
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)
