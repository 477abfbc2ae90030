"""Patch vectors of an archive: pooled against the slow way, read as written, missing ones told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from archive_kit import HashEncoder

from radseek.archive.embeddings import PATCHES, EmbeddingStore, kept_grid
from radseek.archive.patches import PatchReader, pool_patches


def unit(rng, *shape):
    vectors = rng.standard_normal((*shape, 5)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.mark.parametrize(("rows", "cols"), [(7, 7), (6, 5), (9, 6), (12, 10)])
def test_pooled_cells_are_the_directions_of_their_means(rows, cols):
    patches = unit(np.random.default_rng(1), 2, rows, cols)
    pooled = pool_patches(patches, (6, 5))
    bands = [np.array_split(np.arange(rows), 6), np.array_split(np.arange(cols), 5)]
    for r, in_rows in enumerate(bands[0]):
        for c, in_cols in enumerate(bands[1]):
            mean = patches[:, in_rows][:, :, in_cols].mean(axis=(1, 2))
            slow = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
            np.testing.assert_allclose(pooled[:, r, c], slow, atol=1e-5)


def test_a_grid_that_is_kept_whole_is_not_touched():
    patches = unit(np.random.default_rng(1), 2, 6, 5)
    assert pool_patches(patches, (6, 5)) is patches
    assert kept_grid(replace(HashEncoder.spec, grid=(37, 4))) == (8, 4)


class Catalogue:
    """Just the contents of pictures, at the border of `PatchReader`."""

    def __init__(self, contents):
        self.contents = contents

    def reading(self):
        from contextlib import contextmanager
        from types import SimpleNamespace

        @contextmanager
        def connect():
            rows = [SimpleNamespace(id=number, content_key=key) for number, key in self.contents.items()]
            yield SimpleNamespace(execute=lambda statement: rows)

        return connect()


def test_what_was_stored_is_read_again_also_from_shards_written_later(tmp_path):
    spec = replace(HashEncoder.spec, grid=(3, 2), dim=5)
    store = EmbeddingStore(tmp_path, spec, PATCHES)
    patches = unit(np.random.default_rng(2), 4, 3, 2)
    keys = [f"{number:064x}" for number in range(4)]
    store.add(keys[:2], patches[:2].reshape(2, -1))
    store.flush()
    reader = PatchReader(Catalogue(dict(enumerate(keys))), tmp_path, spec)
    wanted = np.array([1, 3, 0, 9], dtype=np.int64)
    read, found = reader.patches_of(wanted)
    assert found.tolist() == [True, False, True, False]
    store.add(keys[2:], patches[2:].reshape(2, -1))
    store.flush()
    read, found = reader.patches_of(wanted)
    assert found.tolist() == [True, True, True, False]
    np.testing.assert_allclose(read[:3], patches[[1, 3, 0]], atol=1e-3)
    assert not read[3].any()


def test_a_damaged_shard_is_as_if_it_were_not_there(tmp_path):
    spec = replace(HashEncoder.spec, grid=(3, 2), dim=5)
    store = EmbeddingStore(tmp_path, spec, PATCHES)
    store.add(["0" * 64], unit(np.random.default_rng(2), 1, 3, 2).reshape(1, -1))
    store.flush()
    [file] = store.folder.glob("*.vectors.npy")
    file.write_bytes(file.read_bytes()[:-7])
    _, found = PatchReader(Catalogue({1: "0" * 64}), tmp_path, spec).patches_of(np.array([1]))
    assert found.tolist() == [False]
