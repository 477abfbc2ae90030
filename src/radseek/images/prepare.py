"""Pictures to the tensors that an image tower takes, with MONAI transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError
from radseek.images.display_array import to_unit_range
from radseek.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch


def fit_square(pixels: ArrayLike, preprocessing: Preprocessing) -> NDArray[np.float32]:
    """A picture resized by area (aspect kept) and padded in the middle of a square: float32 `[size, size]` in 0..1.

    Any aspect and any size from 1 x 1 up: a side never becomes shorter than one pixel.

    Raises:
        InputError: As `to_unit_range`.
    """
    from monai.transforms import Compose, Resize, SpatialPad

    with np.errstate(all="raise", under="ignore"):
        grey = to_unit_range(pixels)
    size = preprocessing.size_px
    scale = size / max(grey.shape)
    rows, cols = (min(size, max(1, round(side * scale))) for side in grey.shape)
    chain = Compose([
        Resize(spatial_size=(rows, cols), mode=preprocessing.resize),
        SpatialPad(spatial_size=(size, size), method="symmetric", mode="constant", value=preprocessing.pad_value),
    ])
    square = np.asarray(chain(grey[None]), dtype=np.float32)[0]  # [1, rows, cols] -> [size, size]
    if not np.isfinite(square).all():
        raise InputError("a picture became not finite while it was resized")
    # Area averages of values in 0..1 leave that range by rounding only.
    clipped: NDArray[np.float32] = np.clip(square, 0, 1)
    return clipped


def normalise(grey: torch.Tensor, preprocessing: Preprocessing) -> torch.Tensor:
    """Grey pictures `[n, size, size]` in 0..1 as `[n, 3, size, size]`: three equal channels, then mean and std."""
    mean = grey.new_tensor(preprocessing.mean)[None, :, None, None]
    std = grey.new_tensor(preprocessing.std)[None, :, None, None]
    return (grey[:, None] - mean) / std  # [n, 1, size, size] -> [n, 3, size, size] by broadcasting


def prepare(arrays: Sequence[ArrayLike], preprocessing: Preprocessing) -> torch.Tensor:
    """Pictures as one float32 tensor `[n, 3, size, size]`; `[0, 3, size, size]` for none.

    Args:
        arrays: 2-D pictures in display order (1 is white), uint8, uint16 or float in 0..1; sizes may differ.
        preprocessing: Which size and normalisation.

    Raises:
        InputError: When a picture is not 2-D, empty, not finite or out of range.
    """
    import torch

    size = preprocessing.size_px
    squares = np.empty((len(arrays), size, size), dtype=np.float32)
    for place, array in enumerate(arrays):
        squares[place] = fit_square(array, preprocessing)
    return normalise(torch.from_numpy(squares), preprocessing)
