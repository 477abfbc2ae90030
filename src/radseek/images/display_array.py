"""A picture as others hand it over, checked and brought to 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError

# Floats a hair outside 0..1 come from rounding in a window; anything further is another unit (HU, percent, 0..255).
_TOLERANCE = 1e-4


def to_unit_range(pixels: ArrayLike) -> NDArray[np.float32]:
    """A picture in display order (1 is white) as float32 `[rows, cols]` in 0..1.

    Args:
        pixels: 2-D uint8 (0..255), uint16 (0..65535), bool, or float in 0..1. Raw detector or Hounsfield values are
            not dealt with: `radseek.dicom.to_display` comes first.

    Raises:
        InputError: When the array is not 2-D, has no pixels, is of another type, or has values that are not finite
            or outside 0..1.
    """
    array = np.asarray(pixels)
    if array.ndim != 2:
        raise InputError(f"a picture must be a 2-D array [rows, cols]; got {array.ndim} dimensions {array.shape}")
    if array.size == 0:
        raise InputError(f"a picture needs at least one pixel; got {array.shape[0]} rows and {array.shape[1]} columns")
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if array.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}:
        return array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"a picture must be uint8, uint16 or float in 0..1; got {array.dtype}")
    return _checked_float(array)


def _checked_float(array: NDArray[np.floating]) -> NDArray[np.float32]:
    if not np.isfinite(array).all():
        raise InputError("a picture has values that are not finite (NaN or infinite)")
    low, high = float(array.min()), float(array.max())
    if low < -_TOLERANCE or high > 1 + _TOLERANCE:
        raise InputError(f"a float picture must lie in 0..1; got {low:g} to {high:g}")
    clipped: NDArray[np.float32] = np.clip(array, 0, 1).astype(np.float32)
    return clipped
