"""Where a source's things are: paths relative to the source's root, as bytes."""

from __future__ import annotations

import os
from pathlib import Path

from radseek.archive.facts import Thing
from radseek.dicom.reads import Locator


def source_root(path: Path) -> Path:
    """The folder that a source's paths are relative to: the path itself, or the folder of a single file."""
    path = path.absolute()
    return path if path.is_dir() else path.parent


def thing_at(locator: Locator, root: Path, source_id: int, content_sha256: str = "") -> Thing:
    """The thing that a locator stands for."""
    return Thing(
        source_id=source_id,
        path=os.fsencode(os.path.relpath(locator.path, root)),
        member=locator.member.encode("utf-8", "surrogatepass"),
        content_sha256=content_sha256,
    )


def locator_of(root: bytes, path: bytes, member: bytes) -> Locator:
    """The locator of stored bytes paths."""
    return Locator(Path(os.fsdecode(os.path.join(root, path))), member.decode("utf-8", "surrogatepass"))
