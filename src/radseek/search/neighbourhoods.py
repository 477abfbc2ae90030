"""How well a map keeps neighbourhoods: of what lies near on it, how much is near among the vectors too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_NEIGHBOURS = 15
"""A screenful of a cluster; t-SNE's perplexity looks at about twice as many."""

_N_SAMPLED = 1_000
"""The share kept then has a standard error below 0.01."""
_ROWS = 100


@dataclass(frozen=True, slots=True)
class KeptNeighbourhoods:
    """Two measures of the neighbourhoods of sampled points, 0..1 each, higher is better."""

    kept: float
    """Share of a point's nearest on the map that are among its nearest by vectors."""
    trustworthiness: float
    """Venna and Kaski (2001): 1 minus what strangers among the nearest on the map cost, by how far off they are."""


def measure_neighbourhoods(
    vectors: NDArray[np.float32], points: NDArray[np.float32], seed: int, k: int = N_NEIGHBOURS, n: int = _N_SAMPLED
) -> KeptNeighbourhoods | None:
    """The measures over a sample, each point's neighbours sought among all; None where there are too few points.

    A neighbour's rank counts those that are strictly nearer, so that duplicates do not cost each other anything.

    Args:
        vectors: float32 `[n_points, dim]`, of unit length.
        points: float32 `[n_points, 2]`.
        seed: Of the sample.
        k: Neighbours; there must be more than twice as many points, as trustworthiness is defined for no fewer.
        n: Points sampled.
    """
    n_points = len(vectors)
    if n_points <= 2 * k + 1:
        return None
    sampled = np.sort(np.random.default_rng(seed).choice(n_points, min(n, n_points), replace=False))
    n_kept, cost = 0, 0
    for start in range(0, sampled.size, _ROWS):
        own = sampled[start : start + _ROWS]
        likeness = vectors[own] @ vectors.T  # [rows, n_points]
        likeness[np.arange(own.size), own] = -np.inf
        ranks = _ranks(likeness, _nearest(points, own, k))  # [rows, k], from 1
        n_kept += int((ranks <= k).sum())
        cost += int(np.maximum(ranks - k, 0).sum())
    worst = sampled.size * k * (2 * n_points - 3 * k - 1) / 2
    return KeptNeighbourhoods(n_kept / (sampled.size * k), 1 - cost / worst)


def _nearest(points: NDArray[np.float32], own: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Places of the `k` points nearest to each of `own` `[m]`, itself left out, `[m, k]`."""
    apart = ((points[own, None, :] - points[None, :, :]) ** 2).sum(axis=2)  # [m, n_points]
    apart[np.arange(own.size), own] = np.inf
    found: NDArray[np.int64] = np.argpartition(apart, k - 1, axis=1)[:, :k]
    return found


def _ranks(likeness: NDArray[np.float32], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank, from 1, of each of `wanted` `[m, k]` by `likeness` `[m, n]`, most alike first."""
    ordered = np.sort(likeness, axis=1)
    values = np.take_along_axis(likeness, wanted, axis=1)
    rows = zip(ordered, values, strict=True)
    return np.stack([row.size - np.searchsorted(row, value, side="right") + 1 for row, value in rows])
