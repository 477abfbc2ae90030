"""Vectors of what is tested, computed once and kept in the output folder, so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek import __version__
from radseek.encoders.spec import Encoder, EncoderSpec
from radseek.errors import DecodeError, InputError, StorageError
from radseek.images import apply_mask, fit_square, normalise, read_raster
from radseek.records.progress import Progress, ProgressListener
from radseek.service.evaluation.pictures import Picture

BATCH = 16
SHAPES = "shapes"
"""Where the cache has rows and columns of pictures."""
_FLUSH_EVERY = 512
"""Arrays between two writes of the cache: what a kill can cost."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Tested pictures with their vectors."""

    pictures: tuple[Picture, ...]
    vectors: NDArray[np.float32]
    """Unit rows `[n, dim]`."""

    def of(self, rows: Sequence[int]) -> Embedded:
        """Some of them, in the order of `rows`."""
        return Embedded(tuple(self.pictures[row] for row in rows), self.vectors[list(rows)])


class VectorCache:
    """Equal-shaped arrays by kind and key, in one file of the output folder; what does not load is computed again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kinds: dict[str, dict[str, NDArray[Any]]] = _load(file)
        self._waiting = 0

    def get(self, kind: str, key: str) -> NDArray[Any] | None:
        """The array of a key, or None."""
        return self._kinds.get(kind, {}).get(key)

    def put(self, kind: str, key: str, array: NDArray[Any]) -> None:
        """Keeps `array`, of the shape of all others of its kind; it is on disk after `flush`."""
        self._kinds.setdefault(kind, {})[key] = array
        self._waiting += 1
        if self._waiting >= _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Writes everything, whole or not at all.

        Raises:
            StorageError: When the disk refuses.
        """
        if not self._waiting:
            return
        arrays: dict[str, NDArray[Any]] = {}
        for kind, known in self._kinds.items():
            arrays[f"{kind}.keys"] = np.array(list(known))
            arrays[f"{kind}.rows"] = np.stack(list(known.values()))
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
            part.replace(self._file)
        except OSError as error:
            raise StorageError(f"cannot write the cache of vectors: {error.strerror}") from error
        self._waiting = 0


def embed_pictures(
    encoder: Encoder, pictures: Sequence[Picture], cache: VectorCache, progress: ProgressListener
) -> Embedded:
    """`pictures` with their vectors, masked as their table says; their patch vectors are in the cache afterwards.

    Raises:
        InputError: When a picture cannot be read; the message names its key.
        DecodeError: When it is damaged.
        StorageError: When the cache cannot be written.
    """
    kind, keys = vectors_kind(encoder.spec), [file_key(picture) for picture in pictures]
    missing = [row for row, key in enumerate(keys) if cache.get(kind, key) is None]
    for start in range(0, len(missing), BATCH):
        rows = missing[start : start + BATCH]
        encode_into(cache, encoder, [pictures[row] for row in rows])
        progress(Progress("encode pictures", start + len(rows), len(missing)))
    cache.flush()
    found = [cache.get(kind, key) for key in keys]
    stacked = np.stack([vector for vector in found if vector is not None]) if found else np.empty((0, encoder.spec.dim))
    return Embedded(tuple(pictures), stacked.astype(np.float32))


def encode_into(cache: VectorCache, encoder: Encoder, pictures: Sequence[Picture]) -> None:
    """Puts vectors, patch vectors (float16) and shapes of `pictures` into the cache, from one pass where it can be.

    Raises:
        InputError: As `embed_pictures`.
        DecodeError: As `embed_pictures`.
        StorageError: When the cache cannot be written.
    """
    pixels = [masked_pixels(picture) for picture in pictures]
    vectors, patches = _encode(encoder, pixels)
    kinds = vectors_kind(encoder.spec), patches_kind(encoder.spec)
    for picture, grey, vector, grid in zip(pictures, pixels, vectors, patches, strict=True):
        key = file_key(picture)
        cache.put(SHAPES, key, np.array(grey.shape, np.int32))
        cache.put(kinds[1], key, grid.astype(np.float16))
        cache.put(kinds[0], key, vector)


def _encode(encoder: Encoder, pixels: Sequence[NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    prepared = getattr(encoder, "encode_prepared", None)
    if prepared is None:
        return encoder.encode_images(pixels), encoder.encode_patches(pixels)
    import torch

    # Rounded to bytes first, as training keeps its pictures: so training's own validation gives the same figures.
    spec = encoder.spec.preprocessing
    fitted = np.stack([np.rint(fit_square(grey, spec) * 255) for grey in pixels]).astype(np.float32)
    vectors, patches = prepared(normalise(torch.from_numpy(fitted) / 255, spec))
    return vectors, patches


def vectors_kind(spec: EncoderSpec) -> str:
    """Where the cache has an encoder's picture vectors `[dim]`."""
    return f"vectors-{__version__}-{spec_key(spec)}"


def patches_kind(spec: EncoderSpec) -> str:
    """Where the cache has an encoder's patch vectors `[rows, cols, dim]`."""
    return f"patches-{__version__}-{spec_key(spec)}"


def masked_pixels(picture: Picture) -> NDArray[Any]:
    """The grey values of a picture `[rows, cols]` after its table's mask.

    Raises:
        InputError: When it cannot be read; the message names its key, not its file.
        DecodeError: When it is damaged.
    """
    if picture.image is None:
        raise InputError(f"{picture.key} has no file here")
    try:
        return apply_mask(read_raster(picture.image), picture.mask)
    except DecodeError as error:
        raise DecodeError(error.reason, f"{picture.key}: {error}") from error
    except InputError as error:
        raise InputError(f"{picture.key}: {error}") from error


def file_key(picture: Picture) -> str:
    """A digest of a picture's file name, size and time and of its mask: equal keys mean equal pixels."""
    state = picture.image.stat() if picture.image is not None and picture.image.exists() else None
    facts = [str(picture.image), state.st_size if state else 0, state.st_mtime_ns if state else 0, picture.mask]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]


def spec_key(spec: EncoderSpec) -> str:
    """A digest of what decides an encoder's vectors."""
    facts = f"{spec.id}\0{spec.revision}\0{spec.numerics}\0{spec.preprocessing.digest}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _load(file: Path) -> dict[str, dict[str, NDArray[Any]]]:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            kinds = [name.removesuffix(".keys") for name in stored.files if name.endswith(".keys")]
            return {
                kind: dict(zip(stored[f"{kind}.keys"].tolist(), stored[f"{kind}.rows"], strict=True)) for kind in kinds
            }
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return {}  # absent, or cut off by a full disk
