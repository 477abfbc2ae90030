"""Patch vectors of pictures: pooled to what an archive keeps, and read again by picture."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from radseek.archive.embeddings import PATCHES, EmbeddingStore, Shard, kept_grid, list_shards, read_keys
from radseek.archive.schema import images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Stored = NDArray[np.float16]
    """The vectors of a shard `[n, rows * cols * dim]`, mapped from its file."""

    from radseek.archive.catalogue import Catalogue
    from radseek.encoders.spec import EncoderSpec


def pool_patches(patches: NDArray[np.float32], grid: tuple[int, int]) -> NDArray[np.float32]:
    """Patch vectors averaged over the cells of a coarser grid and brought to unit length again.

    Args:
        patches: Unit vectors `[n, rows, cols, dim]`.
        grid: Rows and columns wanted, none more than there are.

    Returns:
        float32 `[n, *grid, dim]`; a cell whose patches cancel out is zero.
    """
    if patches.shape[1:3] == grid:
        return patches
    for axis, wanted in ((1, grid[0]), (2, grid[1])):
        parts = np.array_split(patches, wanted, axis=axis)
        patches = np.stack([part.mean(axis=axis) for part in parts], axis=axis)
    lengths = np.linalg.norm(patches, axis=-1, keepdims=True)  # [n, rows, cols, 1]
    pooled: NDArray[np.float32] = (patches / np.maximum(lengths, 1e-6)).astype(np.float32)
    return pooled


class PatchReader:
    """Reads the patch vectors of a few pictures fast. Safe to use from several threads.

    Args:
        catalogue: Says which content a picture has.
        folder: The archive's embeddings folder.
        spec: The encoder.
    """

    def __init__(self, catalogue: Catalogue, folder: Path, spec: EncoderSpec) -> None:
        self._catalogue = catalogue
        self._folder = EmbeddingStore(folder, spec, PATCHES).folder
        self._shape = (*kept_grid(spec), spec.dim)
        self._n_values = math.prod(self._shape)
        self._lock = threading.Lock()
        self._read: set[int] = set()
        self._places: dict[bytes, tuple[Stored, int]] = {}

    def patches_of(self, image_ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Patch vectors of pictures in the order of `image_ids`, and which of them there are.

        Returns:
            float32 `[n, rows, cols, dim]`, zeros where there is none, and bool `[n]`.
        """
        wanted = image_ids.tolist()
        with self._catalogue.reading() as connection:
            statement = select(images.c.id, images.c.content_key).where(images.c.id.in_(wanted))
            contents = {row.id: bytes.fromhex(row.content_key) for row in connection.execute(statement)}
        places = self._find([contents.get(image_id, b"") for image_id in wanted])
        stored = np.zeros((len(wanted), self._n_values), np.float16)
        found = np.zeros(len(wanted), np.bool_)
        for row, place in enumerate(places):
            if place is not None:
                stored[row], found[row] = place[0][place[1]], True
        patches = stored.astype(np.float32)  # [n, rows * cols * dim]
        found &= np.isfinite(patches).all(axis=1)
        patches[~found] = 0
        return patches.reshape(len(wanted), *self._shape), found

    def _find(self, keys: Sequence[bytes]) -> list[tuple[Stored, int] | None]:
        """Where the patch vectors of each key are: a shard's mapped file and the row in it."""
        with self._lock:
            if any(key not in self._places for key in keys):
                self._read_new_shards()
            return [self._places.get(key) for key in keys]

    def _read_new_shards(self) -> None:
        """Shards written since the last look. Sizes are compared here; `radseek verify` reads every byte."""
        for shard in list_shards(self._folder):
            if shard.number in self._read or shard.dim != self._n_values:
                continue
            self._read.add(shard.number)
            stored = _mapped(shard) if shard.is_whole("keys") else None
            if stored is not None:
                self._places |= {key: (stored, row) for row, key in enumerate(read_keys(shard))}


def _mapped(shard: Shard) -> Stored | None:
    """The vectors of a shard, mapped once: opening files took half of the time of a reading."""
    try:
        stored = np.load(shard.file("vectors"), mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if stored.shape != (shard.n, shard.dim) or stored.dtype != np.float16:
        return None
    return np.asarray(stored)  # rows of a plain array carry no memmap along
