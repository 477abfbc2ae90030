"""The order of a series' instances along the body, and which of them stand for the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radseek.errors import InputError
from radseek.records.instances import InstanceHeader

PARALLEL_COSINE = 0.999
"""Normals closer than this (2.6 degrees) count as one stack; localizers differ by far more."""


def order_series(headers: Sequence[InstanceHeader]) -> list[int]:
    """The reading order of a series' instances, as indices into `headers`.

    By position along the stack's normal (PS3.3 C.7.6.2.1.1) when every instance has a position and one common
    orientation, ties by instance number; else by instance number, then slice location. What stays equal, and what has
    no number at all, keeps the given order, without number last.
    """
    depths = stack_depths_mm(headers)
    keys = []
    for index, header in enumerate(headers):
        number = header.instance_number
        location = header.slice_location_mm
        keys.append((
            float(depths[index]) if depths is not None else 0.0,
            number is None,
            number if number is not None else 0,
            location is None,
            location if location is not None else 0.0,
            index,
        ))
    return sorted(range(len(headers)), key=keys.__getitem__)


def stack_depths_mm(headers: Sequence[InstanceHeader]) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Each instance's position along the common normal, float64 `[n]` in mm, or None when they form no stack."""
    geometry = stack_geometry(headers)
    return None if geometry is None else geometry[0]


def stack_geometry(
    headers: Sequence[InstanceHeader],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]] | None:
    """`stack_depths_mm` and the unit normal `[3]` that they lie along, or None when the instances form no stack."""
    if not headers or any(h.position_mm is None or h.orientation is None for h in headers):
        return None
    orientations = np.array([h.orientation for h in headers], dtype=np.float64)  # [n, 6]
    normals = np.cross(orientations[:, :3], orientations[:, 3:])  # [n, 3]
    lengths = np.linalg.norm(normals, axis=1)
    if not np.isfinite(lengths).all() or (lengths < 0.5).any():
        return None
    normals /= lengths[:, None]
    if (normals @ normals[0] < PARALLEL_COSINE).any():
        return None
    depths: np.ndarray[tuple[int], np.dtype[np.float64]] = np.array([h.position_mm for h in headers]) @ normals[0]
    return (depths, normals[0]) if np.isfinite(depths).all() else None


def choose_key_frames(n: int, count: int) -> list[int]:
    """`count` indices out of `range(n)`, evenly spread: the middles of `count` equal parts; all when `n <= count`.

    Raises:
        InputError: When `n` is negative or `count` is below 1.
    """
    if n < 0 or count < 1:
        raise InputError(f"cannot choose {count} of {n} frames; n must be at least 0 and count at least 1")
    if n <= count:
        return list(range(n))
    return [(2 * part + 1) * n // (2 * count) for part in range(count)]
