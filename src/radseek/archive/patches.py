"""Patch vectors of pictures: pooled to what an archive keeps, and read again by picture."""

from __future__ import annotations

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
        self._lock = threading.Lock()
        self._read: set[int] = set()
        self._places: dict[bytes, tuple[Shard, int]] = {}

    def patches_of(self, image_ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Patch vectors of pictures in the order of `image_ids`, and which of them there are.

        Returns:
            float32 `[n, rows, cols, dim]`, zeros where there is none, and bool `[n]`.
        """
        wanted = [int(image_id) for image_id in image_ids]
        with self._catalogue.reading() as connection:
            statement = select(images.c.id, images.c.content_key).where(images.c.id.in_(wanted))
            contents = {row.id: bytes.fromhex(row.content_key) for row in connection.execute(statement)}
        places = self._find([contents.get(image_id, b"") for image_id in wanted])
        patches = np.zeros((len(wanted), *self._shape), np.float32)
        found = np.zeros(len(wanted), np.bool_)
        by_shard: dict[Path, list[tuple[int, int]]] = {}
        for row, place in enumerate(places):
            if place is not None:
                by_shard.setdefault(place[0].file("vectors"), []).append((row, place[1]))
        for file, rows in by_shard.items():
            stored = np.load(file, mmap_mode="r", allow_pickle=False)  # [n, rows * cols * dim]
            for row, place_in_shard in rows:
                values = stored[place_in_shard].reshape(self._shape).astype(np.float32)
                found[row] = bool(np.isfinite(values).all())
                patches[row] = values if found[row] else 0
        return patches, found

    def _find(self, keys: Sequence[bytes]) -> list[tuple[Shard, int] | None]:
        with self._lock:
            if any(key not in self._places for key in keys):
                self._read_new_shards()
            return [self._places.get(key) for key in keys]

    def _read_new_shards(self) -> None:
        """Shards written since the last look. Sizes are compared here; `radseek verify` reads every byte."""
        n_values = int(np.prod(self._shape))
        for shard in list_shards(self._folder):
            if shard.number in self._read or shard.dim != n_values:
                continue
            self._read.add(shard.number)
            if not shard.is_whole("keys") or not _has_rows(shard, n_values):
                continue
            for place, key in enumerate(read_keys(shard)):
                self._places[key] = (shard, place)


def _has_rows(shard: Shard, n_values: int) -> bool:
    try:
        stored = np.load(shard.file("vectors"), mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return bool(stored.shape == (shard.n, n_values) and stored.dtype == np.float16)
