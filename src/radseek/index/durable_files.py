"""Files and folders that survive a kill and a power cut, and their checksums."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_READ_BYTES = 2**20


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """Replaces `path` by `content`: after a kill or power cut there is the old file or the new one, whole."""
    temporary = path.with_name(f".new-{path.name}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_path(path.parent)


def sync_tree(folder: Path) -> None:
    """Makes all files and folders under `folder`, and itself, survive a power cut."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_path(Path(parent) / name)
        sync_path(Path(parent))


def sync_path(path: Path) -> None:
    """Makes one file's content, or one folder's entries, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
