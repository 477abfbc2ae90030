"""One process writes to an archive at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.storage import plain_storage_errors
from radseek.errors import BusyError

_GRACE_SECONDS = 3.0
"""A writer that was killed leaves children that die a moment later; until then they hold its lock."""


class WriterLock:
    """An operating-system lock on a file; it ends with the process that holds it, however that ends.

    The same process may take it again inside itself, in the same thread.

    Args:
        path: The lock file; it stays, and holds who locked it last.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0

    @contextmanager
    def hold(self, purpose: str) -> Iterator[None]:
        """Holds the lock during the block.

        Args:
            purpose: What for, in a word or two, for the message that another process shows.

        Raises:
            BusyError: When another process or thread holds it.
            StorageError: When the lock file cannot be opened.
        """
        if not self._thread.acquire(blocking=False):
            raise BusyError("this process is writing to the archive in another thread; wait for it to end")
        try:
            if self._depth:
                self._depth += 1
                yield
                return
            descriptor = self._open()
            try:
                self._lock(descriptor)
                self._sign(descriptor, purpose)
                self._depth = 1
                yield
            finally:
                os.close(descriptor)
        finally:
            self._depth = max(0, self._depth - 1)
            self._thread.release()

    def _open(self) -> int:
        with plain_storage_errors("locking the archive"):
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _lock(self, descriptor: int) -> None:
        end = time.monotonic() + _GRACE_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in {errno.EAGAIN, errno.EACCES} or time.monotonic() > end:
                    raise BusyError(self._who(descriptor)) from error
            time.sleep(0.05)

    @staticmethod
    def _sign(descriptor: int, purpose: str) -> None:
        note = json.dumps({"pid": os.getpid(), "purpose": purpose, "since": utc_now()}).encode()
        with plain_storage_errors("locking the archive"):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, note, 0)

    @staticmethod
    def _who(descriptor: int) -> str:
        try:
            note = json.loads(os.pread(descriptor, 1024, 0))
            who = f"process {int(note['pid'])} (`{note['purpose']}`, since {note['since']})"
        except (ValueError, KeyError, TypeError):
            who = "another process"
        return f"{who} is writing to this archive; wait until it ends, or stop it: a run goes on where it stopped"
