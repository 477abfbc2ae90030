"""Arrays as .npy files: written plainly, read without pickle, checked for type and shape, memory-mapped when large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from radseek.errors import ArtifactError, StorageError


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Writes `array` as .npy.

    Raises:
        StorageError: When the disk refuses.
    """
    try:
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    except OSError as error:
        raise StorageError(f"cannot write {path.name} of the index: {error.strerror or error}") from error


def read_array(path: Path, dtype: DTypeLike, n_axes: int, *, mapped: bool = False) -> NDArray[Any]:
    """The array in `path`; `mapped` leaves it on disk until its rows are used.

    Raises:
        ArtifactError: When the file is missing, is no plain .npy (a pickle is never opened), or has another type.
    """
    try:
        array = np.load(path, mmap_mode="r" if mapped and path.stat().st_size > 4096 else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtifactError(f"{path.name} of the index cannot be read; run `radseek index`") from error
    if not isinstance(array, np.ndarray) or array.dtype != np.dtype(dtype) or array.ndim != n_axes:
        raise ArtifactError(f"{path.name} of the index has another type or shape than expected; run `radseek index`")
    return array
