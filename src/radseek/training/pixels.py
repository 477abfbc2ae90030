"""Training pictures, masked and fitted once, kept as bytes in memory and in a cache file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radseek.errors import DecodeError, InputError, StorageError
from radseek.images import Preprocessing, apply_mask, fit_square
from radseek.records.progress import Progress, ProgressListener
from radseek.training.pairs import Pair
from radseek.training.picture_files import PictureFiles


def load_pixels(
    pairs: Sequence[Pair], preprocessing: Preprocessing, cache: Path, progress: ProgressListener
) -> NDArray[np.uint8]:
    """Grey pictures uint8 `[n, size, size]`, from the cache folder when the same files were fitted before.

    A cache file is named by the pictures' paths, sizes and times, their masks and the preprocessing.

    Raises:
        InputError: When a picture cannot be read.
        DecodeError: When a picture is damaged.
        StorageError: When the cache cannot be written.
    """
    file = cache / f"pixels-{_key(pairs, preprocessing)}.npy"
    if file.is_file():
        known: NDArray[np.uint8] = np.load(file, allow_pickle=False)
        return known
    pixels = fit_pixels(pairs, preprocessing, progress)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part.npy")
        np.save(part, pixels)
        part.replace(file)
    except OSError as error:
        raise StorageError(f"cannot write the pixel cache: {error.strerror}") from error
    return pixels


def fit_pixels(pairs: Sequence[Pair], preprocessing: Preprocessing, progress: ProgressListener) -> NDArray[np.uint8]:
    """Grey pictures uint8 `[n, size, size]`: PNG, JPEG or DICOM (the middle frame, in the file's own window).

    Raises:
        InputError: When a picture cannot be read; the message has its row in its table.
        DecodeError: When a picture is damaged; likewise.
    """
    pixels = np.empty((len(pairs), preprocessing.size_px, preprocessing.size_px), dtype=np.uint8)
    with PictureFiles() as files:
        for place, pair in enumerate(pairs):
            try:
                grey = files.read(pair.image)
            except DecodeError as error:
                raise DecodeError(error.reason, _told(pair, error)) from error
            except InputError as error:
                raise InputError(_told(pair, error)) from error
            pixels[place] = np.rint(fit_square(apply_mask(grey, pair.mask), preprocessing) * 255)
            progress(Progress("prepare", place + 1, len(pairs)))
    return pixels


def _told(pair: Pair, error: InputError) -> str:
    return f"table {pair.table}, row {pair.row}: {error}. Mend the picture, or leave its row out"


def _key(pairs: Sequence[Pair], preprocessing: Preprocessing) -> str:
    digest = hashlib.sha256(preprocessing.digest.encode())
    for pair in pairs:
        state = pair.image.stat() if pair.image.exists() else None
        size, time = (state.st_size, state.st_mtime_ns) if state else (0, 0)
        digest.update(f"{pair.image}\0{size}\0{time}\0{pair.mask}\n".encode())
    return digest.hexdigest()[:16]
