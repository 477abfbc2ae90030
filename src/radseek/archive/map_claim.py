"""Who builds a map of an archive: one process at a time; a build that ended with its process is remembered.

maps/.lock     locked while a map is built, and holds its kind; empty again when that ended in whatever way but a kill
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radseek.archive.storage import make_folder, plain_storage_errors
from radseek.errors import BusyError
from radseek.records.archive_map import MapKind

if TYPE_CHECKING:
    from pathlib import Path

_NAME = ".lock"
_GRACE_S = 1.0
"""Seconds in which somebody who only looks lets go of the lock."""
_PAUSE_S = 0.02


@contextmanager
def claim_map(folder: Path, kind: MapKind) -> Iterator[None]:
    """Holds the right to build a map during the block.

    Args:
        folder: The archive's folder of maps.
        kind: Of the map.

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
            yield
        finally:
            with plain_storage_errors("unlocking the maps"):
                os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # for children too that were forked meanwhile
    finally:
        os.close(descriptor)


def cut_off_map(folder: Path) -> MapKind | None:
    """The kind of map whose build ended with its process, until one is built again; None where none was."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        kind = os.pread(descriptor, 64, 0).decode(errors="replace")
    except OSError:
        return None  # it is being built
    finally:
        os.close(descriptor)
    return MapKind(kind) if kind in set(MapKind) else None


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
