"""Files written whole or not at all, and disk errors as plain sentences."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radseek.errors import StorageError

_SENTENCES = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again, it goes on where it stopped",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EFBIG: "the file size limit of this process or disk is reached; raise it and run the same command again",
    errno.EACCES: "no right to read or write there; check the owner and the rights of the archive folder",
    errno.EPERM: "the operation is not permitted there; check the owner and the rights of the archive folder",
    errno.EROFS: "the disk is mounted read-only",
    errno.EIO: "the disk reports an input/output error; check the disk before anything else",
}


def storage_error(error: OSError, what: str) -> StorageError:
    """The plain sentence for a disk error; `what` names the thing, never by a received file name."""
    reason = _SENTENCES.get(error.errno or 0, error.strerror or type(error).__name__)
    return StorageError(f"{what}: {reason}")


@contextmanager
def plain_storage_errors(what: str) -> Iterator[None]:
    """Turns any `OSError` inside into a `StorageError` that names `what`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, what) from error


def make_folder(path: Path) -> None:
    """Creates the folder and its parents for the owner only (rights 0700); an existing one stays as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Writes `content` for the owner only (rights 0600): temporary file, fsync, rename, fsync of the folder.

    After a kill or a power cut there is the old file, the new one, or (only without `durable`) an incomplete one.
    A temporary file that a kill left is named `.new-*` and is overwritten or reported by verify.
    """
    temporary = path.with_name(f".new-{path.name}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    temporary.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes renames and new files in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
