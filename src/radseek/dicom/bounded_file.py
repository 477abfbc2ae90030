"""Binary streams that never read, or allocate, beyond their known end."""

from __future__ import annotations

import io
from typing import BinaryIO


class MemoryFile(io.BytesIO):
    """Content in memory. `io.BytesIO` clamps reads by itself, at the speed of C: most files come this way."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.n_bytes = len(content)
        self.fragments: dict[int, tuple[int, ...]] = {}
        """See `BoundedFile`."""


class BoundedFile:
    """Reads of a file on disk clamped to its size, so that an element which claims 4 GiB in a 1 KB file costs nothing.

    Args:
        stream: Seekable stream whose content starts at position 0.
        n_bytes: Its size.
    """

    def __init__(self, stream: BinaryIO, n_bytes: int) -> None:
        self._stream = stream
        self.n_bytes = n_bytes
        self.fragments: dict[int, tuple[int, ...]] = {}
        """Where pixel data begins -> where each of its fragments does, once somebody has stepped through them. Whoever
        opens the same file again may hand it on."""

    def read(self, n: int = -1) -> bytes:
        """At most `n` bytes, all that is left when negative."""
        left = max(0, self.n_bytes - self._stream.tell())
        return self._stream.read(left if n < 0 else min(n, left))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves as `io.IOBase.seek` does."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The position."""
        return self._stream.tell()


SizedFile = BoundedFile | MemoryFile
"""A readable, seekable stream that knows its size as `n_bytes`."""
