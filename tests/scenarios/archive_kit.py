"""Small DICOM sources, a seeded encoder, and a process that kills itself, for tests of the archive floor.

Run as a program it prints a JSON list of attempts: `archive_kit.py ingest|index FOLDER ATTEMPTS SEED` tries kills,
`archive_kit.py limits FOLDER BYTES...` tries disks that fill up.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import warnings
import zipfile
from datetime import date
from pathlib import Path

import numpy as np

from radseek.encoders.spec import EncoderSpec
from radseek.images.preprocessing import Preprocessing
from radseek.records.instances import Window
from radseek.records.reports import Section

DIM = 16


class HashEncoder:
    """Vectors that depend on nothing but the content, so that batches cannot change them."""

    spec = EncoderSpec(
        id="hash",
        revision="1",
        dim=DIM,
        grid=(1, 1),
        preprocessing=Preprocessing(name="hash", size_px=8, mean=(0.0,) * 3, std=(1.0,) * 3),
        max_tokens=8,
        licence="none",
        training_sets=(),
    )

    def __init__(self):
        self.n_images = 0
        self.n_texts = 0

    def encode_texts(self, texts):
        self.n_texts += len(texts)
        return self._vectors([text.encode() for text in texts])

    def encode_images(self, images):
        self.n_images += len(images)
        return self._vectors([np.ascontiguousarray(image, np.float32).tobytes() for image in images])

    def encode_patches(self, images):
        return self.encode_images(images).reshape(-1, 1, 1, DIM)

    def encode_pictures(self, images):
        vectors = self.encode_images(images)
        return vectors, vectors.reshape(-1, 1, 1, DIM)

    @staticmethod
    def _vectors(contents):
        seeds = [int.from_bytes(hashlib.sha256(content).digest()[:8], "big") for content in contents]
        vectors = np.array([np.random.default_rng(seed).normal(size=DIM) for seed in seeds]).reshape(-1, DIM)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def study(name, **changes):
    """Attributes of the study called `name`; its patient is `PAT-<name>`."""
    from radseek.dicom.write import StudyAttributes, uid_from

    values = {
        "study_uid": uid_from("study", name),
        "patient_id": f"PAT-{name}",
        "study_date": date(2024, 2, 29),
        "accession": f"ACC-{name}",
        "body_part": "CHEST",
        "sex": "F",
        "age_years": 61,
    }
    return StudyAttributes(**{**values, **changes})


def write_instance(path, name, number=1, *, of=None, modality="DX", compression="", seed=0, position_mm=None):
    """One 24 x 32 picture of the study called `name`; returns its path."""
    from radseek.dicom.write import ImageAttributes, uid_from, write_image

    of = of or study(name)
    pixels = np.random.default_rng([seed, number]).integers(0, 1000, (24, 32))
    attributes = ImageAttributes(
        study=of,
        series_uid=uid_from("series", name, modality),
        instance_uid=uid_from("instance", name, modality, str(number)),
        modality=modality,
        spacing_mm=(1.0, 1.0),
        window=Window(500.0, 1000.0),
        instance_number=number,
        view_position="PA" if modality == "DX" else "",
        position_mm=position_mm,
        slice_thickness_mm=2.0 if modality == "CT" else None,
        compression=compression,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, pixels, attributes)
    return path


def write_sr(path, name, text="No pleural effusion. Small nodule in the left upper lobe."):
    """A structured report of the study called `name`; returns its path."""
    from radseek.dicom.write import ReportAttributes, uid_from, write_report

    path.parent.mkdir(parents=True, exist_ok=True)
    attributes = ReportAttributes(study(name), uid_from("series", name, "SR"), uid_from("instance", name, "SR"))
    write_report(path, {Section.FINDINGS: text}, attributes)
    return path


def break_pixels(path):
    """Spoils the RLE segment table (PS3.5 G.5) of a file's only frame, leaving its header good."""
    raw = path.read_bytes()
    item = b"\xfe\xff\x00\xe0"
    offsets = raw.index(item, raw.rindex(b"\xe0\x7f\x10\x00"))
    frame = raw.index(item, offsets + 8) + 8
    path.write_bytes(raw[: frame + 4] + b"\xff" * 60 + raw[frame + 64 :])
    return path


def write_source(root, n_studies=4, n_slices=14):
    """A folder with a bit of everything; returns how many things a person would count in it."""
    for number in range(n_studies):
        name = f"s{number}"
        write_instance(root / name / "pa.dcm", name, 1, seed=number)
        write_instance(root / name / "lat.dcm", name, 2, seed=number)
        write_sr(root / name / "report.dcm", name, f"Heart size is normal. Opacity number {number} in the right lung.")
    for number in range(n_slices):
        path = root / "ct" / f"{n_slices - number:03d}.dcm"
        compression = "rle" if number == 7 else ""
        write_instance(path, "ct", number, modality="CT", position_mm=(0, 0, 2.0 * number), compression=compression)
        if compression:
            break_pixels(path)
    with zipfile.ZipFile(root / "more.zip", "w") as archive:
        for number in range(3):
            path = write_instance(root / f"zipped{number}.tmp", f"z{number}", seed=number)
            archive.write(path, f"inner/{number}.dcm")
            path.unlink()
    (root / "copy.dcm").write_bytes((root / "s0" / "pa.dcm").read_bytes())
    write_instance(root / "zz_other_pixels.dcm", "s0", 1, seed=99)
    write_instance(root / "zz_other_patient.dcm", "s1", 7, of=study("s1", patient_id="PAT-somebody-else"))
    (root / "note.txt").write_text("not an image")
    (root / "empty.dcm").write_bytes(b"")
    (root / "cut.dcm").write_bytes((root / "s1" / "pa.dcm").read_bytes()[:300])
    return n_studies * 3 + n_slices + 3 + 6


class _KillSwitch:
    """Counts what a run does to disk and catalogue, and ends the process (SIGKILL) at a given count."""

    def __init__(self, kill_at):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        self.count = 0
        self._kill_at = kill_at
        self._armed = True
        sys.addaudithook(self._audit)
        event.listen(Engine, "before_cursor_execute", self._step)
        event.listen(Engine, "commit", self._step)

    def disarm(self):
        self._armed = False

    def _audit(self, name, arguments):
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or name in {"os.rename", "os.mkdir", "os.remove"}:
            self._step()

    def _step(self, *_):
        if self._armed:
            self.count += 1
            if self.count == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def _in_child(work, kill_at=0):
    """Runs `work` in a fork; returns its step count, or None when it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            switch = _KillSwitch(kill_at)
            work()
            switch.disarm()
            os.write(write_end, str(switch.count).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        raise SystemExit("the run failed by itself; see above")
    return int(text)


def _facts(archive_path):
    """What can be said of an archive at this moment, found in a fork so that nothing stays open."""
    from radseek.archive import ArchiveFolder, archive_digest, verify_archive

    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        with ArchiveFolder.open(archive_path) as archive:
            findings = [(finding.kind, finding.key, finding.message) for finding in verify_archive(archive)]
            facts = {"digest": archive_digest(archive), "findings": findings}
        os.write(write_end, json.dumps(facts).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def _ingest(archive_path, root):
    from radseek.archive import ArchiveFolder, ingest_folder

    with ArchiveFolder.open(archive_path) as archive:
        ingest_folder(archive, root, "kit", HashEncoder())


def _index(archive_path, _root):
    from radseek.archive import ArchiveFolder, build_index

    with ArchiveFolder.open(archive_path) as archive:
        build_index(archive, HashEncoder())


def _prepare(folder, stage):
    """A source, and how to make a fresh archive that `stage` can start from."""
    from radseek.archive import ArchiveConfig, ArchiveFolder

    root = folder / "source"
    root.mkdir()
    write_source(root)

    config = ArchiveConfig(workers=1, key_slices=5, index="exact", thumbnail_px=32)
    _in_child(lambda: ArchiveFolder.create(folder / "prepared", config).close())
    if stage == "index":
        _in_child(lambda: _ingest(folder / "prepared", root))

    def fresh(name):
        return Path(shutil.copytree(folder / "prepared", folder / name))

    return root, fresh


def try_kills(stage, folder, attempts, seed):
    """Kills `stage` (ingest or index) at random steps; what every attempt left, beside the unkilled run."""
    root, fresh = _prepare(folder, stage)
    work = {"ingest": _ingest, "index": _index}[stage]
    whole = fresh("whole")
    steps = _in_child(lambda: work(whole, root))
    results = [{"killed_at": 0, "steps": steps, "after": _facts(whole)}]
    chance = random.Random(seed)
    for number in range(attempts):
        path = fresh(f"killed{number}")
        # One in each stretch of the run, so that few attempts still reach all of it.
        kill_at = 1 + int((number + chance.random()) / attempts * steps)
        survived = _in_child(lambda path=path: work(path, root), min(kill_at, steps)) is not None
        at_kill = _facts(path)
        _in_child(lambda path=path: work(path, root))
        results.append({"killed_at": kill_at, "survived": survived, "at_kill": at_kill, "after": _facts(path)})
    return results


def _limited(work, limit_bytes):
    """What `work` raises when no file may grow beyond a limit: (type, message), or None."""
    from radseek.errors import RadseekError

    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
            work()
            code = 0
        except RadseekError as error:
            os.write(write_end, json.dumps([type(error).__name__, str(error)]).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit("the run failed by itself; see above")
    return json.loads(text) if text else None


def try_limits(folder, limits):
    """Ingests and indexes with a ceiling on file sizes, then without; beside a run that never had one."""
    root, fresh = _prepare(folder, "ingest")

    def work(path):
        _ingest(path, root)
        _index(path, root)

    whole = fresh("whole")
    _in_child(lambda: work(whole))
    results = [{"limit": None, "error": None, "after": _facts(whole)}]
    for limit in limits:
        path = fresh(f"limit{limit}")
        error = _limited(lambda path=path: work(path), limit)
        at_limit = _facts(path)
        _in_child(lambda path=path: work(path))
        results.append({"limit": limit, "error": error, "at_limit": at_limit, "after": _facts(path)})
    return results


def _make_steps_small():
    """Many small transactions and shards, so that a kill finds many different states."""
    from radseek.archive import embeddings, header_pass, pixel_pass, planning

    header_pass.BATCH = 5
    planning._BATCH = 2
    pixel_pass._BATCH_IMAGES = 3
    embeddings._FULL_ROWS = 4


if __name__ == "__main__":
    warnings.simplefilter("error")
    _make_steps_small()
    if sys.argv[1] == "limits":
        print(json.dumps(try_limits(Path(sys.argv[2]), [int(word) for word in sys.argv[3:]])))
    else:
        print(json.dumps(try_kills(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
