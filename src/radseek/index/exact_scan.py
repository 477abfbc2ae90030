"""Exact nearest rows by inner product: a fast float32 scan proposes, double precision decides.

A float32 matrix product rounds differently with the number of rows and the machine, so equal vectors would get unequal
scores and a filter would change them. The scan therefore keeps every row that could be among the best `k` given the
worst rounding, and `rank_rows` scores those few again, each row on its own and always in the same order of additions.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from radseek.index.contract import NO_ID, Ids, Scores, Vectors

Rows = NDArray[np.int64]
"""Row numbers of a matrix of vectors."""

_CHUNK_BYTES = 32 * 2**20
"""Rows scored at once: small enough for the processor cache levels and memory-mapped files, large enough for BLAS."""
_FEW_QUERIES = 8
"""Up to this many queries each is multiplied on its own with rows that stay in the processor's cache: a matrix product
copies all rows into an order of its own first, which takes half as long again (3 queries, 100,000 vectors)."""
_FEW_BYTES = 2 * 2**20
_QUERY_BLOCK = 256
_GATHER_BYTES = 512 * 2**10
"""Allowed rows copied together at once: what stays in the processor's cache until it is multiplied. Three times as
fast as copying all 40,000 of 100,000 rows first."""
_DENSE_SHARE = 2
"""From one allowed row in this many, scoring all rows and picking is cheaper than copying the allowed ones together."""


def top_rows(vectors: Vectors, queries: Vectors, k: int, rows: Rows | None = None) -> list[tuple[Rows, Scores]]:
    """For each query the best rows and their scores, best first, equal scores by smaller row.

    All rows whose score equals that of place `k` are given too, so a result may be longer than `k`.

    Args:
        vectors: Unit vectors, float32 `[n, dim]`, in memory or memory-mapped.
        queries: Unit vectors, float32 `[n_q, dim]`.
        k: Places wanted, at least 1.
        rows: Rows that may be found, ascending; None allows all.
    """
    found: list[tuple[Rows, Scores]] = []
    for start in range(0, len(queries), _QUERY_BLOCK):
        block = queries[start : start + _QUERY_BLOCK]
        for query, candidates in zip(block, _candidates(vectors, block, k, rows), strict=True):
            found.append(rank_rows(vectors, query, candidates, k))
    return found


def rank_rows(vectors: Vectors, query: Vectors, rows: Rows, k: int) -> tuple[Rows, Scores]:
    """The best `k` of `rows` and all that equal the last of them, with scores, best first, then by smaller row.

    Args:
        vectors: float32 `[n, dim]`.
        query: float32 `[dim]`.
        rows: Rows to rank, int64 `[c]`, in any order, each once.
        k: Places wanted, at least 1.
    """
    scores = np.empty(rows.size, dtype=np.float32)
    step = max(1, _CHUNK_BYTES // (8 * max(1, query.size)))
    for start in range(0, rows.size, step):
        scores[start : start + step] = row_scores(vectors[rows[start : start + step]], query)
    if rows.size > k:
        last = np.partition(scores, rows.size - k)[rows.size - k]
        keep = scores >= last
        rows, scores = rows[keep], scores[keep]
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]


def row_scores(vectors: Vectors, query: Vectors) -> Scores:
    """Inner product of each row of `vectors` `[n, dim]` with `query` `[dim]`, float32 `[n]`, as searches score it."""
    scores: Scores = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    return scores


def padded(found: list[tuple[Ids, Scores]], k: int) -> tuple[Scores, Ids]:
    """Scores `[n_q, k]` and ids `[n_q, k]` from one (ids, scores) a query: cut after `k`, filled with -inf and -1."""
    scores = np.full((len(found), k), -np.inf, dtype=np.float32)
    ids = np.full((len(found), k), NO_ID, dtype=np.int64)
    for place, (found_ids, found_scores) in enumerate(found):
        n = min(k, found_ids.size)
        ids[place, :n], scores[place, :n] = found_ids[:n], found_scores[:n]
    return scores, ids


def rounding_margin(dim: int) -> float:
    """Twice the largest error of a float32 inner product of two unit vectors.

    The bound is gamma_n of Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., eq. 3.5; two roundings
    more for the final score, 1 % for lengths within the accepted tolerance.
    """
    return 2.0 * (dim + 2) * 2.0**-24 * 1.01


def _candidates(vectors: Vectors, queries: Vectors, k: int, rows: Rows | None) -> list[Rows]:
    """For each query the rows that could be among the best `k`, ascending."""
    margin = np.float32(rounding_margin(vectors.shape[1]))
    floors = np.full(len(queries), -np.inf, dtype=np.float32)
    kept: list[list[tuple[Rows, Scores]]] = [[] for _ in queries]
    for numbers, products in _products(vectors, queries, rows):
        if numbers.size >= k:
            kth = np.partition(products, numbers.size - k, axis=1)[:, numbers.size - k]
            floors = np.maximum(floors, kth - margin)
        for place, floor in enumerate(floors):
            keep = np.flatnonzero(products[place] >= floor)
            kept[place].append((numbers[keep], products[place][keep]))
    return [_survivors(parts, k, margin) for parts in kept]


def _survivors(parts: list[tuple[Rows, Scores]], k: int, margin: np.float32) -> Rows:
    """The rows over all chunks that are within `margin` of the k-th best over all chunks."""
    if not parts:
        return np.empty(0, dtype=np.int64)
    rows = np.concatenate([numbers for numbers, _ in parts])
    scores = np.concatenate([products for _, products in parts])
    if rows.size <= k:
        return rows
    kth = np.partition(scores, rows.size - k)[rows.size - k]
    survivors: Rows = rows[scores >= kth - margin]
    return survivors


def _products(vectors: Vectors, queries: Vectors, rows: Rows | None) -> Iterator[tuple[Rows, Scores]]:
    """Chunks of row numbers `[c]` with their float32 inner products `[n_q, c]`."""
    step = max(1, _CHUNK_BYTES // (4 * max(1, vectors.shape[1])))
    if rows is not None and rows.size * _DENSE_SHARE < len(vectors):
        for start in range(0, rows.size, step):
            numbers = rows[start : start + step]
            yield numbers, _gathered_products(vectors, queries, numbers)
        return
    for start in range(0, len(vectors), step):
        chunk = vectors[start : start + step]
        products = _multiplied(queries, chunk)
        if rows is None:
            yield np.arange(start, start + len(chunk), dtype=np.int64), products
            continue
        numbers = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + len(chunk))]
        yield numbers, products[:, numbers - start]


def _gathered_products(vectors: Vectors, queries: Vectors, rows: Rows) -> Scores:
    """Float32 inner products `[n_q, c]` with some `rows` `[c]`."""
    products = np.empty((len(queries), rows.size), dtype=np.float32)
    step = max(1, _GATHER_BYTES // (4 * max(1, vectors.shape[1])))
    for start in range(0, rows.size, step):
        part = slice(start, start + step)
        products[:, part] = _multiplied(queries, vectors.take(rows[part], axis=0))
    return products


def _multiplied(queries: Vectors, chunk: Vectors) -> Scores:
    """Float32 inner products `[n_q, c]` with the rows of `chunk` `[c, dim]`."""
    if not 1 < len(queries) <= _FEW_QUERIES:
        return queries @ chunk.T
    products = np.empty((len(queries), len(chunk)), dtype=np.float32)
    step = max(1, _FEW_BYTES // (4 * max(1, chunk.shape[1])))
    for start in range(0, len(chunk), step):
        part = slice(start, start + step)
        for query, own in zip(queries, products, strict=True):
            np.dot(chunk[part], query, out=own[part])
    return products
