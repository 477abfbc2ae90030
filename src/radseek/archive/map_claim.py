"""Who builds a map of an archive: one process at a time, and how far it is; a build that was cut off.

maps/.lock         locked while a map is built, and holds its kind; empty again when that ended in any way but a kill
maps/.progress     how far it is, for those who look on from other processes; nothing rests on it
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.storage import make_folder, plain_storage_errors, write_whole
from radseek.errors import BusyError, ConfigError
from radseek.records.archive_map import MapKind
from radseek.records.config import build_config, resolved_config
from radseek.records.progress import Progress, ProgressListener, no_progress

if TYPE_CHECKING:
    from pathlib import Path

_NAME, _NOTE_NAME = ".lock", ".progress"
_GRACE_S = 1.0
"""Seconds in which somebody who only looks lets go of the lock."""
_PAUSE_S = 0.02
_NOTE_S = 0.5
"""Seconds between two notes of how far it is."""


@dataclass(frozen=True, slots=True)
class NotedBuild:
    """A build as its process has written it down last."""

    kind: MapKind
    began: str = ""
    """ISO 8601, UTC; empty where no note can be read."""
    progress: Progress | None = None
    """None before the first word of it."""


@dataclass(frozen=True, slots=True)
class _Note:
    """What the file of progress holds."""

    kind: str
    began: str
    progress: Progress | None


@contextmanager
def claim_map(folder: Path, kind: MapKind, listener: ProgressListener = no_progress) -> Iterator[ProgressListener]:
    """Holds the right to build a map during the block; the block tells its progress to what this yields.

    Args:
        folder: The archive's folder of maps.
        kind: Of the map.
        listener: Who else wants to hear; may raise to stop the build.

    Raises:
        BusyError: When another process or thread builds one.
        StorageError: When the disk refuses.
    """
    with plain_storage_errors("locking the maps"):
        make_folder(folder)
        descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor)
        try:
            with plain_storage_errors("locking the maps"):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, kind.value.encode(), 0)
            yield _Noting(folder / _NOTE_NAME, kind, listener)
        finally:
            with plain_storage_errors("unlocking the maps"):
                (folder / _NOTE_NAME).unlink(missing_ok=True)
                os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # for children too that were forked meanwhile
    finally:
        os.close(descriptor)


def running_build(folder: Path) -> NotedBuild | None:
    """The build that goes on now, in whatever process; None without one."""
    is_held, kind = _look(folder)
    return _noted(folder, kind) if is_held and kind is not None else None


def cut_off_build(folder: Path) -> NotedBuild | None:
    """The build that ended with its process, until a map is built again; None where none was."""
    is_held, kind = _look(folder)
    return _noted(folder, kind) if not is_held and kind is not None else None


class _Noting:
    """Passes progress on and writes it down when the last note is old."""

    def __init__(self, note: Path, kind: MapKind, listener: ProgressListener) -> None:
        self._note, self._kind, self._listener = note, kind, listener
        self._began = utc_now()
        self._noted_at = float("-inf")
        self._write(None)

    def __call__(self, progress: Progress, /) -> None:
        self._listener(progress)
        if time.monotonic() - self._noted_at > _NOTE_S:
            self._write(progress)

    def _write(self, progress: Progress | None) -> None:
        content = json.dumps(resolved_config(_Note(self._kind.value, self._began, progress)))
        with plain_storage_errors("writing down how far the map is"):
            write_whole(self._note, content.encode(), durable=False)
        self._noted_at = time.monotonic() if progress is not None else self._noted_at


def _look(folder: Path) -> tuple[bool, MapKind | None]:
    """Whether somebody holds the lock, and the kind of map that is written in it."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False, None
    try:
        is_held = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            is_held = True
        kind = os.pread(descriptor, 64, 0).decode(errors="replace")
    finally:
        os.close(descriptor)
    return is_held, MapKind(kind) if kind in set(MapKind) else None


def _noted(folder: Path, kind: MapKind) -> NotedBuild:
    with suppress(OSError, ValueError, ConfigError):  # a note may be missing or half written; the lock says what counts
        note = build_config(json.loads((folder / _NOTE_NAME).read_bytes()), _Note, where="note of a map's build")
        if note.kind == kind:
            return NotedBuild(kind, note.began, note.progress)
    return NotedBuild(kind)


def _lock(descriptor: int) -> None:
    end = time.monotonic() + _GRACE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if time.monotonic() > end:
                raise BusyError("a map of this archive is being built already; wait until it ends") from error
        time.sleep(_PAUSE_S)
