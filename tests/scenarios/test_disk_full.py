"""A disk that fills up in mid-run: a plain sentence, nothing partial, and the next run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from archive_kit import HashEncoder, write_instance

from radseek.archive import ArchiveConfig, ArchiveFolder, archive_digest, build_index, ingest_folder, verify_archive
from radseek.errors import StorageError

KIT = Path(__file__).with_name("archive_kit.py")


def test_files_that_may_not_grow(tmp_path):
    limits = [20_000, 150_000, 350_000]
    words = [sys.executable, str(KIT), "limits", str(tmp_path), *map(str, limits)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    whole, *limited = json.loads(done.stdout)
    assert whole["after"]["findings"] == []
    refused = [entry["error"] for entry in limited if entry["error"]]
    assert len(refused) >= 2, "the limits were too generous to prove anything"
    for name, message in refused:
        assert name == "StorageError"
        assert "disk" in message or "limit" in message
    for entry in limited:
        kinds = {finding[0] for finding in entry["at_limit"]["findings"]}
        assert kinds <= {"leftover", "embeddings"}, entry["limit"]
        assert entry["after"] == whole["after"], entry["limit"]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1.5 MB, or a skip where this process may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root and the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_is_said_plainly_and_the_run_goes_on_when_there_is_room(small_disk, tmp_path):
    root = tmp_path / "source"
    for number in range(120):
        write_instance(root / f"{number:03d}.dcm", f"s{number}", seed=number)
    encoder = HashEncoder()
    config = ArchiveConfig(workers=1, index="exact", thumbnail_px=32)
    with ArchiveFolder.create(small_disk / "archive", config) as archive:
        with pytest.raises(StorageError, match="disk"):
            ingest_folder(archive, root, "kit", encoder)
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        assert {finding.kind for finding in verify_archive(archive)} <= {"leftover", "embeddings"}
        tally = ingest_folder(archive, root, "kit", encoder)
        assert tally.seen == tally.ingested + tally.duplicate == 120
        build_index(archive, encoder)
        assert verify_archive(archive, deep=True) == []
        with ArchiveFolder.create(tmp_path / "roomy", config) as roomy:
            ingest_folder(roomy, root, "kit", encoder)
            build_index(roomy, encoder)
            assert archive_digest(archive) == archive_digest(roomy)
