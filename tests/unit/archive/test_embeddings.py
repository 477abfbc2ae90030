"""Embedding shards: nothing twice, nothing torn, nothing mixed up."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from archive_kit import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.archive import embeddings
from radseek.archive.embeddings import IMAGES, EmbeddingStore, damaged_shards, encoder_folder_name, stored_keys
from radseek.archive.keys import text_key
from radseek.errors import ArtifactError, MismatchError, StorageError

SPEC = HashEncoder.spec


def keys_of(*names):
    return [text_key(name) for name in names]


def vectors_of(*names):
    return HashEncoder._vectors([name.encode() for name in names])


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path, SPEC, IMAGES)


def whole(shard):
    return shard.is_whole("keys") and shard.is_whole("vectors")


def test_what_was_added_comes_back_in_the_order_asked(store, tmp_path):
    store.add(keys_of("a", "b"), vectors_of("a", "b"))
    store.flush()
    store.add(keys_of("c"), vectors_of("c"))
    got, found = EmbeddingStore(tmp_path, SPEC, IMAGES).read(keys_of("a", "x"))
    assert found.tolist() == [True, False]
    got, found = store.read(keys_of("c", "x", "a", "c"))
    assert found.tolist() == [True, False, True, True]
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, np.concatenate([vectors_of("c"), np.zeros((1, SPEC.dim)), vectors_of("a", "c")]))


def test_nothing_is_stored_twice(store, tmp_path):
    store.add(keys_of("a", "b", "a"), vectors_of("a", "b", "a"))
    store.flush()
    again = EmbeddingStore(tmp_path, SPEC, IMAGES)
    assert keys_of("a")[0] in again
    assert keys_of("c")[0] not in again
    again.add(keys_of("b", "c"), vectors_of("b", "c"))
    again.flush()
    shards = embeddings.list_shards(store.folder)
    assert [shard.n for shard in shards] == [2, 1]
    assert stored_keys(store.folder) == set(keys_of("a", "b", "c"))


def test_nothing_makes_no_file(store, tmp_path):
    store.add([], np.zeros((0, SPEC.dim), np.float32))
    store.flush()
    got, found = store.read([])
    assert (got.shape, found.shape) == ((0, SPEC.dim), (0,))
    assert list(tmp_path.iterdir()) == []


def test_full_shards_are_written_at_once(store, monkeypatch):
    monkeypatch.setattr(embeddings, "_FULL_ROWS", 2)
    store.add(keys_of("a"), vectors_of("a"))
    assert embeddings.list_shards(store.folder) == []
    store.add(keys_of("b"), vectors_of("b"))
    assert [shard.n for shard in embeddings.list_shards(store.folder)] == [2]


def test_old_rows_do_not_wait_for_ever(store, monkeypatch):
    monkeypatch.setattr(embeddings, "_FULL_SECONDS", -1.0)
    store.add(keys_of("a"), vectors_of("a"))
    assert [shard.n for shard in embeddings.list_shards(store.folder)] == [1]


@pytest.mark.parametrize("part", ["keys.npy", "vectors.npy", "json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "flipped"])
def test_damaged_shard_is_left_out_and_replaced(store, tmp_path, part, damage):
    store.add(keys_of("a"), vectors_of("a"))
    store.flush()
    store.add(keys_of("b"), vectors_of("b"))
    store.flush()
    path = store.folder / f"000001.{part}"
    raw = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        place = raw.index(b"0") if part == "json" and damage == "flipped" else len(raw) - 2
        path.write_bytes(raw[:place] + (bytes([raw[place] ^ 1]) + raw[place + 1 :] if damage == "flipped" else b""))
    assert damaged_shards(store.folder, whole) == ["000001"]
    again = EmbeddingStore(tmp_path, SPEC, IMAGES)
    assert again.read(keys_of("a", "b"))[1].tolist() == [False, True]
    again.add(keys_of("a"), vectors_of("a"))
    again.flush()
    assert damaged_shards(store.folder, whole) == []
    assert again.discarded == 1
    np.testing.assert_array_equal(EmbeddingStore(tmp_path, SPEC, IMAGES).read(keys_of("a"))[0], vectors_of("a"))


@settings(max_examples=25)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(tmp_path_factory, place, bit):
    folder = tmp_path_factory.mktemp("shards")
    store = EmbeddingStore(folder, SPEC, IMAGES)
    store.add(keys_of("a", "b"), vectors_of("a", "b"))
    store.flush()
    files = sorted(store.folder.glob("*.npy"))
    path = files[place % 2]
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] ^= 1 << bit
    path.write_bytes(bytes(raw))
    assert not EmbeddingStore(folder, SPEC, IMAGES).read(keys_of("a", "b"))[1].any()


def test_encoders_do_not_share_embeddings(store, tmp_path):
    store.add(keys_of("a"), vectors_of("a"))
    store.flush()
    for change in ({"id": "other"}, {"revision": "2"}, {"runtime": "cuda-f32"}):
        other = EmbeddingStore(tmp_path, dataclasses.replace(SPEC, **change), IMAGES)
        assert keys_of("a")[0] not in other


def test_encoder_name_cannot_leave_the_folder():
    spec = dataclasses.replace(SPEC, id="../../etc/<x>", revision="..", runtime="/")
    assert encoder_folder_name(spec) == "_.._etc__x_-..-_"
    assert "/" not in encoder_folder_name(spec)


def test_wrong_vectors_are_refused(store):
    with pytest.raises(MismatchError, match=r"dim.*\[1, 3\].*\[1, 16\]"):
        store.add(keys_of("a"), np.ones((1, 3), np.float32))
    bad = vectors_of("a")
    bad[0, 3] = np.nan
    with pytest.raises(ArtifactError, match="not finite"):
        store.add(keys_of("a"), bad)
    assert keys_of("a")[0] not in store


def test_refusing_disk_is_said_plainly(store, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store.add(keys_of("a"), vectors_of("a"))
    with pytest.raises(StorageError, match="disk is full"):
        store.flush()
    monkeypatch.undo()
    store.flush()
    assert EmbeddingStore(tmp_path, SPEC, IMAGES).read(keys_of("a"))[1].all()


def test_json_tells_what_is_there(store):
    store.add(keys_of("a"), vectors_of("a"))
    store.flush()
    content = json.loads((store.folder / "000001.json").read_text())
    assert (content["n"], content["dim"]) == (1, SPEC.dim)
    assert np.load(store.folder / "000001.vectors.npy").tobytes() == vectors_of("a").tobytes()
