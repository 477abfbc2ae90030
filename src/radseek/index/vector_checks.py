"""Refuses vectors, ids and filters that would give silently wrong answers: NaN, unsorted filters, double ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.index.contract import Ids, Vectors

UNIT_TOLERANCE = 1e-3
"""Allowed distance of a vector's length from 1: half-precision encoders stay within 5e-4."""

_CHECK_ROWS = 65_536


def check_vectors(vectors: NDArray[Any], name: str, dim: int | None = None) -> Vectors:
    """`vectors` itself, once it is float32 `[n, dim]` with finite rows of unit length.

    Raises:
        InputError: When it is not; the message starts with `name` and tells the first bad row.
    """
    if vectors.dtype != np.float32 or vectors.ndim != 2:
        raise InputError(f"{name}: expected float32 [n, dim], got {vectors.dtype} {list(vectors.shape)}")
    if dim is not None and vectors.shape[1] != dim:
        raise InputError(f"{name}: expected vectors of {dim} values, got {vectors.shape[1]}")
    for start in range(0, len(vectors), _CHECK_ROWS):
        rows = vectors[start : start + _CHECK_ROWS]
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))  # [rows]
        bad = np.flatnonzero(~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE))  # NaN compares false, so it is bad too
        if bad.size:
            length = float(lengths[bad[0]])
            what = f"has length {length:.4g}, expected 1" if np.isfinite(length) else "is not finite (NaN or infinity)"
            raise InputError(f"{name}: row {start + int(bad[0])} {what}; normalise the embeddings first")
    return vectors


def check_ids(ids: NDArray[Any], name: str, count: int) -> Ids:
    """`ids` itself, once it is int64 `[count]`, not negative and without repetition.

    Raises:
        InputError: When it is not; the message starts with `name`.
    """
    if ids.dtype != np.int64 or ids.shape != (count,):
        raise InputError(f"{name}: expected int64 [{count}], got {ids.dtype} {list(ids.shape)}")
    if ids.size and int(ids.min()) < 0:
        raise InputError(f"{name}: ids start at 0, got {int(ids.min())}")
    ordered = ids if _is_ascending(ids) else np.sort(ids)
    repeated = np.flatnonzero(ordered[1:] == ordered[:-1])
    if repeated.size:
        raise InputError(f"{name}: id {int(ordered[repeated[0]])} occurs more than once")
    return ids


def check_allowed(allowed: NDArray[Any] | None) -> Ids | None:
    """`allowed` itself, once it is None or int64 `[m]`, strictly ascending.

    Raises:
        InputError: When it is not.
    """
    if allowed is None:
        return None
    if allowed.dtype != np.int64 or allowed.ndim != 1:
        raise InputError(f"allowed: expected int64 [m] or None, got {allowed.dtype} {list(allowed.shape)}")
    if not _is_ascending(allowed):
        raise InputError("allowed: ids must be strictly ascending; sort them and remove repetitions")
    return allowed


def check_k(k: int) -> int:
    """`k` itself, once it is a whole number of at least 1.

    Raises:
        InputError: When it is not.
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise InputError(f"k: expected a whole number of at least 1, got {k!r}")
    return int(k)


def _is_ascending(ids: Ids) -> bool:
    return bool(np.all(ids[1:] > ids[:-1]))
