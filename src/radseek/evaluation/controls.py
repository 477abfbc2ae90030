"""Runs that must lose: scores at random, pictures of other patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError


def random_scores(n_queries: int, n_gallery: int, seed: int = 0) -> NDArray[np.float32]:
    """Scores without meaning: float32 `[n_queries, n_gallery]` in 0..1."""
    return np.random.default_rng(seed).random((n_queries, n_gallery), dtype=np.float32)


def shuffled_pictures(patients: Sequence[str], seed: int = 0) -> NDArray[np.int64]:
    """For each study the study whose pictures it gets: a permutation int64 `[n]` in which none keeps its own patient's.

    `similarities[:, order]` is then the control: text and picture have nothing to do with each other, while everything
    else (how many pictures, which modality mix) is as it was.

    Raises:
        InputError: When one patient has more than half of the studies: then no such order exists.
    """
    n = len(patients)
    counts = Counter(patients)
    largest = max(counts.values(), default=0)
    if 2 * largest > n:
        raise InputError(f"pictures cannot be shuffled between patients: one has {largest} of {n} studies")
    rng = np.random.default_rng(seed)
    shuffled = {patient: i for i, patient in enumerate(rng.permutation(sorted(counts)).tolist())}
    order = rng.permutation(n)
    order = order[np.argsort([shuffled[patients[i]] for i in order], kind="stable")]  # patient by patient
    # A turn by at least the largest block, and at most all but it, takes every study out of its own block.
    turn = int(rng.integers(largest, n - largest + 1)) if n else 0
    given = np.empty(n, dtype=np.int64)
    given[order] = np.roll(order, turn)
    return given
