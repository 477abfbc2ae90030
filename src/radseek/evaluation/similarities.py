"""Checks of what every measure over a similarity matrix is given."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np
from numpy.typing import ArrayLike

from radseek.errors import InputError
from radseek.evaluation.estimates import Floats


def checked_matrix(values: ArrayLike, name: str, rows: int | None = None, columns: int | None = None) -> Floats:
    """`values` as float64 `[rows, columns]`; NaN stays (not scored).

    Raises:
        InputError: When it is not 2-D or has other sides than asked.
    """
    matrix = np.asarray(values, dtype=np.float64)
    wanted = ["any" if side is None else str(side) for side in (rows, columns)]
    if matrix.ndim != 2 or any(
        side is not None and side != got for side, got in zip((rows, columns), matrix.shape, strict=True)
    ):
        raise InputError(f"{name} must be 2-D with sides [{', '.join(wanted)}]; got {list(matrix.shape)}")
    return matrix


def check_lengths(**columns: Sized) -> int:
    """The length that all `columns` share.

    Raises:
        InputError: When they differ; the message has each name with its length.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"lengths differ: {', '.join(f'{name} {n}' for name, n in lengths.items())}")
    return next(iter(lengths.values()), 0)
