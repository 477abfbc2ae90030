"""Generations under kills, damage, full disks, mismatches: what is current loads whole, or refuses by name."""

from __future__ import annotations

import concurrent.futures
import errno
import hashlib
import json
import multiprocessing
import os
import pickle
import random
import resource
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radseek.errors import ArtifactError, ConfigError, InputError, MismatchError, StorageError
from radseek.index import (
    GenerationParts,
    ImageParts,
    Needed,
    SentenceParts,
    load_generation,
    load_manifest,
    sweep_generations,
    write_generation,
)
from radseek.index.current import list_generations

DIM = 16
NEEDED = Needed(encoder_id="mini", revision="r1", dim=DIM, preprocessing="p1", runtime="cpu-fp32")
IDENTITY = {**{f: getattr(NEEDED, f) for f in NEEDED.__slots__}, "catalogue_digest": "c1"}
WAY_OUT = r"Run `radseek index`"


def unit(rng, n):
    rows = rng.standard_normal((n, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_parts(n: int = 40, seed: int = 0) -> GenerationParts:
    rng = np.random.default_rng(seed)
    words = ["effusion", "nodule", "fracture", "pneumothorax", "no", "left"]
    images = ImageParts(np.arange(n) * 2, np.arange(n) // 3, unit(rng, n))
    sentences = SentenceParts(
        ids=np.arange(n) + 5,
        study_ids=np.arange(n) // 3 - 1,
        report_ids=np.arange(n) // 3,
        assertions=(np.arange(n) % 4).astype(np.uint8),
        vectors=unit(rng, n),
        texts=[" ".join(rng.choice(words, 4)) for _ in range(n)],
    )
    return GenerationParts(images, sentences)


def write_in_a_loop(folder: str, first: int, started) -> None:
    """Publishes generations of growing size until it is killed."""
    n = first
    while True:
        write_generation(Path(folder), make_parts(n), {**IDENTITY, "catalogue_digest": str(n)})
        started.set()
        n += 1


def write_with_little_disk(folder: str, n_bytes: int) -> None:
    """Publishes under a file size limit; exits with 7 when the refusal is the promised one."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    try:
        write_generation(Path(folder), make_parts(400), IDENTITY)
    except StorageError as error:
        os._exit(7 if str(error).startswith("cannot write") else 8)
    os._exit(9)


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "radseek.index", "tantivy"])  # so that children start quickly
    return context


def check_whole(folder: Path) -> int:
    """Loads and verifies the current generation against what it must hold; returns its size."""
    generation = load_generation(folder, NEEDED)
    n = generation.images.count
    parts = make_parts(n)
    assert generation.manifest.identity.catalogue_digest == str(n)
    assert np.array_equal(generation.image_owners.study_ids, parts.images.study_ids)
    assert generation.images.search(parts.images.vectors[:3], 1)[1][:, 0].tolist() == [0, 2, 4]
    assert generation.sentences.search(parts.sentences.vectors[:3], 1)[1][:, 0].tolist() == [5, 6, 7]
    assert generation.lexical.search(parts.sentences.texts[0], 1)[1][0] >= 0
    return n


def kill_while_writing(processes, folder: Path, times: int) -> None:
    rng = random.Random(0)
    write_generation(folder, make_parts(2), {**IDENTITY, "catalogue_digest": "2"})
    began = time.monotonic()
    write_generation(folder, make_parts(3), {**IDENTITY, "catalogue_digest": "3"})
    seconds_each = time.monotonic() - began
    n, n_published = 3, 0
    for _ in range(times):
        started = processes.Event()
        child = processes.Process(target=write_in_a_loop, args=(str(folder), n + 1, started))
        child.start()
        assert started.wait(60)
        time.sleep(rng.uniform(0, 4 * seconds_each))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        now = check_whole(folder)
        assert now > n
        n_published += now - n
        n = now
        sweep_generations(folder)
        names = {path.name for path in folder.iterdir()}
        assert names == {"CURRENT", *list_generations(folder)}
        assert len(names) == 3
        assert check_whole(folder) == n
    assert n_published > times  # not all kills fell into the second generation of a child


def test_kill_9_at_random_moments_leaves_a_whole_generation(processes, tmp_path):
    kill_while_writing(processes, tmp_path / "index", 20)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_9_200_times(processes, tmp_path):
    kill_while_writing(processes, tmp_path / "index", 200)


def test_whatever_is_on_disk_at_a_durable_step_loads_whole(tmp_path, monkeypatch):
    """A copy of the folder before each fsync and rename is what a kill at that moment leaves."""
    folder = tmp_path / "index"
    write_generation(folder, make_parts(3), {**IDENTITY, "catalogue_digest": "3"})
    copies: list[Path] = []

    def copying(function):
        def call(*args, **kwargs):
            copies.append(shutil.copytree(folder, tmp_path / f"killed-{len(copies)}"))
            return function(*args, **kwargs)

        return call

    for name in ("fsync", "rename", "replace"):
        monkeypatch.setattr(os, name, copying(getattr(os, name)))
    write_generation(folder, make_parts(4), {**IDENTITY, "catalogue_digest": "4"})
    monkeypatch.undo()
    sizes = [check_whole(copy) for copy in copies]
    assert len(sizes) > 30  # each file and folder, the manifest, CURRENT, and three renames
    assert sizes == sorted(sizes)  # the old one up to the swap, the new one after it
    assert set(sizes) == {3, 4}
    for copy in copies[:: len(copies) // 3]:
        sweep_generations(copy)
        assert {path.name for path in copy.iterdir()} == {"CURRENT", *list_generations(copy)}


@pytest.mark.parametrize("n_bytes", [100, 300, 2_000, 5_000, 20_000])
def test_a_full_disk_is_told_plainly_and_the_old_generation_stays(processes, tmp_path, n_bytes):
    write_generation(tmp_path, make_parts(3), {**IDENTITY, "catalogue_digest": "3"})
    child = processes.Process(target=write_with_little_disk, args=(str(tmp_path), n_bytes))
    child.start()
    child.join(60)
    assert child.exitcode == 7
    assert check_whole(tmp_path) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", *list_generations(tmp_path)}


def test_no_space_at_any_fsync_leaves_the_old_generation_and_no_rubbish(tmp_path, monkeypatch):
    write_generation(tmp_path, make_parts(3), {**IDENTITY, "catalogue_digest": "3"})
    real, left = os.fsync, [0]

    def refusing(descriptor):
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", refusing)
    n_refused = 0
    for step in range(1, 200, 4):
        left[0] = step
        try:
            write_generation(tmp_path, make_parts(4), {**IDENTITY, "catalogue_digest": "4"})
        except StorageError as error:
            n_refused += 1
            assert str(error) == "cannot write the index: No space left on device; the previous one stays"  # noqa: PT017
            assert not list(tmp_path.glob(".tmp-*"))
        else:
            break
        check_whole(tmp_path)
    assert n_refused > 5
    assert check_whole(tmp_path) == 4


@pytest.fixture
def index(tmp_path):
    folder = tmp_path / "index"
    write_generation(folder, make_parts(), IDENTITY)
    return folder


def current_folder(index: Path) -> Path:
    return index / list_generations(index)[-1]


def sign(index: Path) -> None:
    """Makes CURRENT vouch for the manifest as it is now: what a forger with write access could do."""
    folder = current_folder(index)
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (index / "CURRENT").write_text(f"{folder.name} {digest}\n")


def edit_manifest(index: Path, **changes) -> None:
    path = current_folder(index) / "manifest.json"
    fields = json.loads(path.read_text())
    fields.update(changes)
    path.write_text(json.dumps({key: value for key, value in fields.items() if value is not None}))
    sign(index)


def test_every_flipped_byte_is_refused(index):
    files = sorted(path for path in index.rglob("*") if path.is_file())
    assert {"CURRENT", "manifest.json", "vectors.npy", "meta.json"} <= {path.name for path in files}
    rng = random.Random(0)
    for turn in range(100):
        path = files[turn % len(files)]
        content = path.read_bytes()
        place = rng.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :])
        with pytest.raises(ArtifactError, match=r"(?i)run `radseek index`"):
            load_generation(index, NEEDED)
        path.write_bytes(content)
    load_generation(index, NEEDED)


def test_a_damaged_file_is_named(index):
    path = current_folder(index) / "sentences" / "vectors.npy"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=rf"sentences/vectors.npy of index g000001-\w+ is damaged. {WAY_OUT}"):
        load_generation(index, NEEDED)
    path.write_bytes(content[:-1])
    with pytest.raises(ArtifactError, match=r"sentences/vectors.npy of index g000001-\w+ is damaged"):
        load_generation(index, NEEDED)
    path.unlink()
    with pytest.raises(ArtifactError, match=r"sentences/vectors.npy of index g000001-\w+ is missing"):
        load_generation(index, NEEDED)


def test_a_file_that_the_disk_does_not_give_is_told_plainly(index, monkeypatch):
    def failing(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("radseek.index.manifest.sha256_of", failing)
    with pytest.raises(
        ArtifactError, match=rf"a file of index g000001-\w+ cannot be read: Input/output error. {WAY_OUT}"
    ):
        load_generation(index, NEEDED)


def test_a_file_too_many_and_a_link_are_refused(index):
    extra = current_folder(index) / "lexical" / "extra.bin"
    extra.write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"lexical/extra.bin of index g000001-\w+ is not in the manifest"):
        load_generation(index, NEEDED)
    extra.unlink()
    vectors = current_folder(index) / "images" / "vectors.npy"
    vectors.rename(index.parent / "elsewhere.npy")
    vectors.symlink_to(index.parent / "elsewhere.npy")
    with pytest.raises(ArtifactError, match=r"vectors.npy in the index folder is no plain file; remove it"):
        load_generation(index, NEEDED)


class Marker:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize(
    "name",
    ["images/vectors.npy", "images/ids.npy", "owners/sentence_assertions.npy", "lexical/meta.json", "manifest.json"],
)
def test_a_pickle_is_refused_even_when_the_manifest_vouches_for_it(index, tmp_path, name):
    planted = pickle.dumps(Marker(tmp_path / "ran"))
    path = current_folder(index) / name
    path.write_bytes(planted)
    if name == "manifest.json":
        sign(index)
    else:
        files = json.loads((current_folder(index) / "manifest.json").read_text())["files"]
        files[name] = {"sha256": hashlib.sha256(planted).hexdigest(), "n_bytes": len(planted)}
        edit_manifest(index, files=files)
    with pytest.raises(ArtifactError, match=r"(?i)run `radseek index`"):
        load_generation(index, NEEDED)
    assert not (tmp_path / "ran").exists()
    pickle.loads(planted)  # the marker works
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("field", NEEDED.__slots__)
def test_each_field_that_differs_from_what_is_needed_is_named(index, field):
    other = replace(NEEDED, **{field: 17 if field == "dim" else "other"})
    with pytest.raises(MismatchError, match=rf"`{field}` does not match: got .*, needed .*\. {WAY_OUT}") as caught:
        load_generation(index, other)
    assert caught.value.field == field
    assert load_generation(index).manifest.identity.dim == DIM  # without a need nothing is compared


def test_an_older_or_newer_format_another_analyzer_and_another_lexicon_are_named(index):
    for other in (1, 3):
        edit_manifest(index, format=other, something_new=1)
        with pytest.raises(MismatchError, match=rf"`format` does not match: got {other}, needed 2. {WAY_OUT}"):
            load_generation(index, NEEDED)
    edit_manifest(index, format=2, something_new=None, analyzer="german_1")
    with pytest.raises(MismatchError, match=r"`analyzer` does not match: got 'german_1', needed 'radseek_en_2'"):
        load_generation(index, NEEDED)
    edit_manifest(index, analyzer="radseek_en_2", lexicon="radseek_findings_0")
    with pytest.raises(
        MismatchError, match=rf"`lexicon` does not match: got 'radseek_findings_0', needed .* {WAY_OUT}"
    ):
        load_generation(index, NEEDED)


def test_a_lock_of_another_reader_is_no_unknown_file(index):
    (current_folder(index) / "lexical" / ".tantivy-meta.lock").touch()
    assert load_generation(index, NEEDED).lexical.count == 40
    (current_folder(index) / "lexical" / "other.lock").touch()
    with pytest.raises(ArtifactError, match=r"lexical/other.lock of index .* is not in the manifest"):
        load_generation(index, NEEDED)


def test_statements_of_sentences_that_the_index_does_not_hold_are_refused(index):
    folder = current_folder(index) / "statements"
    kinds = {"sentence_ids": np.int64, "findings": np.uint16, "assertions": np.uint8, "sides": np.uint8}
    names = {name: np.append(np.load(folder / f"{name}.npy"), 1) for name in kinds}
    files = json.loads((current_folder(index) / "manifest.json").read_text())["files"]
    for name, column in names.items():
        column[-1] = 10**9 if name == "sentence_ids" else 0
        np.save(folder / f"{name}.npy", column.astype(kinds[name]))
        content = (folder / f"{name}.npy").read_bytes()
        files[f"statements/{name}.npy"] = {"sha256": hashlib.sha256(content).hexdigest(), "n_bytes": len(content)}
    edit_manifest(index, files=files)
    with pytest.raises(ArtifactError, match="do not belong together"):
        load_generation(index, NEEDED)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surprise": 1}, r"manifest.json: unknown key surprise; known keys: .*content_digest"),
        ({"content_digest": None}, r"manifest.json: missing key content_digest"),
        ({"files": [1]}, r"manifest.json: files: expected a mapping"),
        ({"n_studies": "many"}, r"manifest.json: n_studies: expected int, got 'many'"),
        ({"generation": "g000001-000000000000"}, r"`generation` does not match"),
        ({"images": {"kind": "hnsw", "count": 40, "facts": {}}}, r"index kind 'hnsw' is unknown here"),
        ({"images": {"kind": "exact", "count": 39, "facts": {}}}, r"the images index holds 40 vectors of 16 values"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(index, changes, message):
    edit_manifest(index, **changes)
    with pytest.raises(ArtifactError, match=message):
        load_generation(index, NEEDED)


def test_a_manifest_cannot_lead_out_of_its_folder(index, tmp_path):
    (tmp_path / "secret").write_bytes(b"")
    files = json.loads((current_folder(index) / "manifest.json").read_text())["files"]
    files["../../secret"] = {"sha256": hashlib.sha256(b"").hexdigest(), "n_bytes": 0}
    edit_manifest(index, files=files)
    with pytest.raises(ArtifactError, match=r"../../secret of index g000001-\w+ is missing"):
        load_generation(index, NEEDED)


def test_tables_of_two_generations_do_not_mix(index):
    other = index.parent / "other"
    write_generation(other, make_parts(41), IDENTITY)
    shutil.copy(current_folder(other) / "owners" / "image_ids.npy", current_folder(index) / "owners" / "image_ids.npy")
    path = current_folder(index) / "owners" / "image_ids.npy"
    files = json.loads((current_folder(index) / "manifest.json").read_text())["files"]
    files["owners/image_ids.npy"] = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "n_bytes": path.stat().st_size,
    }
    edit_manifest(index, files=files)
    with pytest.raises(ArtifactError, match=r"the tables of index g000001-\w+ do not belong together"):
        load_generation(index, NEEDED)


@pytest.mark.parametrize(
    "content", [b"", b"g000001", b"../../etc 00\n", b"\xff\xfe", b"g000001-abcdefabcdef " + b"0" * 64]
)
def test_a_damaged_current_is_refused_and_nothing_is_swept(index, content):
    (index / "CURRENT").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"CURRENT of the index is damaged; run `radseek index`"):
        load_generation(index, NEEDED)
    with pytest.raises(ArtifactError, match=r"CURRENT of the index is damaged"):
        sweep_generations(index, keep=1)
    assert len(list_generations(index)) == 1
    write_generation(index, make_parts(41), IDENTITY)  # the way out works
    assert load_generation(index, NEEDED).images.count == 41


def test_no_index_yet(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ArtifactError, match=r"there is no index yet; run `radseek index`"):
            load_generation(folder, NEEDED)
        with pytest.raises(ArtifactError, match=r"there is no index yet"):
            load_manifest(folder)


def test_the_manifest_tells_what_the_generation_is(index):
    generation = load_generation(index, NEEDED)
    manifest = generation.manifest
    assert manifest == load_manifest(index)
    assert manifest.generation == generation.name == f"g000001-{manifest.content_digest[:12]}"
    assert (manifest.images.count, manifest.sentences.count, manifest.n_studies) == (
        40,
        40,
        14,
    )  # 40 pictures, 3 a study
    assert {"numpy", "tantivy", "radseek"} <= set(manifest.versions)
    present = {path.relative_to(index / generation.name).as_posix() for path in (index / generation.name).rglob("*")}
    assert set(manifest.files) | {"manifest.json", "images", "sentences", "owners", "statements", "lexical"} == present


def test_building_the_same_twice_in_another_order_gives_the_same_content_digest(tmp_path):
    parts = make_parts(60)
    order = np.random.default_rng(9).permutation(60)
    images, sentences = parts.images, parts.sentences
    other = GenerationParts(
        ImageParts(images.ids[order], images.study_ids[order], images.vectors[order]),
        SentenceParts(
            sentences.ids[order],
            sentences.study_ids[order],
            sentences.report_ids[order],
            sentences.assertions[order],
            sentences.vectors[order],
            [sentences.texts[place] for place in order],
        ),
    )
    write_generation(tmp_path / "a", parts, IDENTITY)
    write_generation(tmp_path / "b", other, IDENTITY, kind="exact")
    a, b = load_generation(tmp_path / "a"), load_generation(tmp_path / "b")
    assert a.manifest.content_digest == b.manifest.content_digest
    query = unit(np.random.default_rng(1), 5)
    for left, right in zip(a.images.search(query, 10), b.images.search(query, 10), strict=True):
        assert np.array_equal(left, right)
    for left, right in zip(a.lexical.search("left nodule", 30), b.lexical.search("left nodule", 30), strict=True):
        assert np.array_equal(left, right)


def test_an_empty_archive_has_a_generation_too(tmp_path):
    empty = make_parts(0)
    name = write_generation(tmp_path, empty, IDENTITY)
    generation = load_generation(tmp_path, NEEDED)
    assert generation.name == name
    assert generation.images.search(unit(np.random.default_rng(0), 1), 2)[1].tolist() == [[-1, -1]]
    assert generation.lexical.search("effusion", 2)[1].tolist() == [-1, -1]


def test_a_reader_goes_on_with_a_swept_generation(index):
    old = load_generation(index, NEEDED)
    query = make_parts().images.vectors[:3]
    before = old.images.search(query, 40), old.sentences.search(query, 40), old.lexical.search("left nodule", 40)
    for n in (41, 42, 43):
        write_generation(index, make_parts(n), IDENTITY)
    assert sweep_generations(index, keep=1)[0] == old.name
    assert list_generations(index) == [load_generation(index, NEEDED).name]
    after = old.images.search(query, 40), old.sentences.search(query, 40), old.lexical.search("left nodule", 40)
    for was, now in zip(before, after, strict=True):
        assert np.array_equal(was[0], now[0])
        assert np.array_equal(was[1], now[1])


def test_loading_succeeds_while_generations_are_published_and_swept(tmp_path):
    write_generation(tmp_path, make_parts(3), {**IDENTITY, "catalogue_digest": "3"})
    enough = threading.Event()
    loads, published = [], []

    def publish() -> None:
        n = 4
        while not enough.is_set():
            write_generation(tmp_path, make_parts(n), {**IDENTITY, "catalogue_digest": str(n)})
            sweep_generations(tmp_path, keep=1)
            published.append(n)
            n += 1

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        writer = pool.submit(publish)
        try:
            while not writer.done() and (len(loads) < 40 or len(published) < 12):
                loads.append(check_whole(tmp_path))
        finally:
            enough.set()
        writer.result()
    assert loads == sorted(loads)
    assert check_whole(tmp_path) == published[-1] >= 15


def test_sweeping_keeps_the_current_and_the_newest(index):
    names = list_generations(index) + [write_generation(index, make_parts(n), IDENTITY) for n in (41, 42, 43)]
    (index / ".tmp-left").mkdir()
    (index / ".tmp-left" / "vectors.npy").write_bytes(b"half")
    assert sweep_generations(index, keep=3) == names[:1]
    assert list_generations(index) == names[1:]
    assert not list(index.glob(".tmp-*"))
    assert sweep_generations(index, keep=3) == []
    with pytest.raises(InputError, match=r"keep: expected at least 1, got 0"):
        sweep_generations(index, keep=0)
    assert sweep_generations(index, keep=1) == names[1:3]
    assert load_generation(index, NEEDED).name == names[3]


def test_a_wrong_identity_kind_or_part_is_refused_before_anything_is_written(tmp_path):
    folder = tmp_path / "index"
    with pytest.raises(ConfigError, match=r"index identity: unknown key encoder; known keys: .*encoder_id"):
        write_generation(folder, make_parts(), {**IDENTITY, "encoder": "x"})
    with pytest.raises(ConfigError, match=r"index identity: missing key dim"):
        write_generation(folder, make_parts(), {k: v for k, v in IDENTITY.items() if k != "dim"})
    with pytest.raises(InputError, match=r"images.vectors: expected vectors of 15 values, got 16"):
        write_generation(folder, make_parts(), {**IDENTITY, "dim": 15})
    assert not folder.exists()
    with pytest.raises(ConfigError, match=r"index kind 'hnsw' is unknown; known: auto, exact, faiss"):
        write_generation(folder, make_parts(), IDENTITY, kind="hnsw")
    assert list(folder.iterdir()) == []


def test_progress_is_told_in_order(tmp_path):
    told = []
    write_generation(tmp_path, make_parts(), IDENTITY, progress=told.append)
    told = [p for p in told if p.stage == "index"]
    assert [p.done for p in told] == list(range(7))
    assert {p.total for p in told} == {6}
    assert [p.note for p in told][:6] == ["check", "image vectors", "sentence vectors", "words", "findings", "publish"]


def test_only_the_owner_may_read_what_is_written(index):
    assert index.stat().st_mode & 0o077 == 0
    assert current_folder(index).stat().st_mode & 0o077 == 0
