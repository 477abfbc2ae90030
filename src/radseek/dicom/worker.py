"""The reading child: `python -P -m radseek.dicom.worker`, started by `SandboxReader` only.

Requests come in on standard input, answers go out on what was standard output (see `transport`). The child gives up its
rights before it sees a received byte: address space, file size, core dumps and open files are limited.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import sys
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from radseek.dicom.bounded_file import BoundedFile, MemoryFile, SizedFile
from radseek.dicom.limits import MIB, ReadLimits
from radseek.dicom.transport import (
    ProtocolError,
    frame_to_message,
    header_to_json,
    receive_message,
    refusal_to_json,
    send_message,
)
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped

_SKIPPED = frozenset({
    Reason.NOT_DICOM,
    Reason.NOT_AN_IMAGE,
    Reason.NO_PIXELS,
    Reason.DICOMDIR,
    Reason.SPECIAL_FILE,
    Reason.EMPTY_FILE,
    Reason.EMPTY_REPORT,
    Reason.UNSUPPORTED_SOP_CLASS,
})
_WHOLE_FILE_BYTES = 8 * MIB
"""Files up to this size are read once into memory; larger ones stay on disk and are hashed in a pass of their own."""


class Worker:
    """Answers requests for headers, frames and DICOMDIR references.

    Args:
        answers: Where messages go.
        limits: Ceilings for every file.
    """

    def __init__(self, answers: BinaryIO, limits: ReadLimits) -> None:
        self._answers = answers
        self._limits = limits
        self._archive: tuple[tuple[str, int, int], zipfile.ZipFile] | None = None
        self._fragments: tuple[tuple[str, str, int, int], dict[int, tuple[int, ...]]] | None = None

    def answer(self, request: Mapping[str, Any]) -> None:
        """Sends the answer to one request: messages, the last of which is a header, a refusal or `done`."""
        try:
            stream = self._open(request["path"], request["member"])
            self._answer_from(stream, request)
        except DecodeError as error:
            self._refuse(Reason(error.reason), str(error))
        except MemoryError:
            self._refuse(Reason.OUT_OF_MEMORY, f"limit {self._limits.memory_bytes} bytes")
        except RecursionError:
            self._refuse(Reason.TOO_DEEP, "nested too deep")
        except OSError as error:  # the disk or network share fails in the middle
            self._refuse(Reason.NOT_READABLE, type(error).__name__)

    def _answer_from(self, stream: SizedFile, request: Mapping[str, Any]) -> None:
        from radseek.dicom.dicomdir import read_references
        from radseek.dicom.header import read_header
        from radseek.dicom.pixels import decode_frames
        from radseek.dicom.raster import decode_raster, is_raster

        kind = request["kind"]
        if kind == "header":
            digest = _sha256(stream)
            send_message(self._answers, {"kind": "hash", "sha256": digest, "n_bytes": stream.n_bytes})
        if stream.n_bytes == 0:
            raise DecodeError(Reason.EMPTY_FILE, "")
        start = stream.read(140)
        stream.seek(0)
        if request["member"] and start[:4] == b"PK\x03\x04" and start[128:132] != b"DICM":
            raise DecodeError(Reason.BAD_ARCHIVE_FILE, "a zip archive inside a zip archive")
        if kind == "header":
            header = read_header(stream, self._limits)
            send_message(self._answers, {"kind": "header", "header": header_to_json(header)})
            return
        if kind == "references":
            send_message(self._answers, {"kind": "references", "paths": read_references(stream, self._limits)})
            return
        raster = is_raster(start) and start[128:132] != b"DICM"
        indices = request["frame_indices"]
        if raster and any(indices):
            raise DecodeError(Reason.BAD_PIXEL_HEADER, "a picture file has one frame")
        frames = (
            (decode_raster(stream, self._limits) for _ in indices)
            if raster
            else decode_frames(stream, indices, self._limits)
        )
        for frame in frames:
            send_message(self._answers, *frame_to_message(frame))
        send_message(self._answers, {"kind": "done"})

    def _refuse(self, reason: Reason, detail: str) -> None:
        refusal: Refusal = skipped(reason, detail) if reason in _SKIPPED else quarantined(reason, detail)
        send_message(self._answers, {"kind": "refusal", **refusal_to_json(refusal)})

    def _open(self, path: str, member: str) -> SizedFile:
        """The bytes asked for, checked to be a regular file of acceptable size.

        Raises:
            DecodeError: MISSING_FILE, NOT_READABLE, SPECIAL_FILE, TOO_LARGE or BAD_ARCHIVE_FILE.
        """
        try:
            # O_NONBLOCK: opening a pipe must not wait for a writer
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError as error:
            raise DecodeError(Reason.MISSING_FILE, "") from error
        except (OSError, ValueError) as error:
            raise DecodeError(Reason.NOT_READABLE, type(error).__name__) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise DecodeError(Reason.SPECIAL_FILE, "not a regular file")
        file = os.fdopen(descriptor, "rb")
        if status.st_size > self._limits.file_bytes:
            file.close()
            raise DecodeError(Reason.TOO_LARGE, f"{status.st_size} bytes, limit {self._limits.file_bytes}")
        stream = self._opened(file, (path, status.st_mtime_ns, status.st_size), member)
        stream.fragments = self._fragments_of((path, member, status.st_mtime_ns, status.st_size))
        return stream

    def _opened(self, file: BinaryIO, identity: tuple[str, int, int], member: str) -> SizedFile:
        n_bytes = identity[-1]
        if member:
            return self._open_member(file, identity, member)
        if n_bytes > _WHOLE_FILE_BYTES:
            return BoundedFile(file, n_bytes)
        with file:
            return MemoryFile(file.read())

    def _fragments_of(self, identity: tuple[str, str, int, int]) -> dict[int, tuple[int, ...]]:
        """What is remembered of the file that was read last, if it is this one."""
        if self._fragments is None or self._fragments[0] != identity:
            self._fragments = (identity, {})
        return self._fragments[1]

    def _open_member(self, file: BinaryIO, identity: tuple[str, int, int], member: str) -> SizedFile:
        try:
            if self._archive is not None and self._archive[0] == identity:
                file.close()
            else:
                self._archive = (identity, zipfile.ZipFile(file))
            archive = self._archive[1]
            info = archive.getinfo(member)
            if info.file_size > self._limits.inflated_bytes:
                raise DecodeError(
                    Reason.TOO_LARGE, f"{info.file_size} bytes inflated, limit {self._limits.inflated_bytes}"
                )
            with archive.open(info) as inflated:
                content = inflated.read(self._limits.inflated_bytes + 1)
        except KeyError as error:
            raise DecodeError(Reason.MISSING_FILE, "the zip archive has no such member") from error
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise DecodeError(
                Reason.BAD_ARCHIVE_FILE, f"the member does not inflate ({type(error).__name__})"
            ) from error
        except zipfile.zlib.error as error:  # type: ignore[attr-defined]  # zipfile imports zlib
            raise DecodeError(Reason.BAD_ARCHIVE_FILE, "the member's compressed data is damaged") from error
        if len(content) > self._limits.inflated_bytes:
            raise DecodeError(Reason.TOO_LARGE, f"more than {self._limits.inflated_bytes} bytes inflated")
        return MemoryFile(content)


def _sha256(stream: SizedFile) -> str:
    """Lower-case hex digest of the whole stream, which is back at its start afterwards."""
    digest = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(4 * MIB):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def limit_process(limits: ReadLimits) -> None:
    """Lowers this process's rights for good, where the operating system knows how."""
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit and the checks in code remain
        return
    for name, ceiling in (
        ("RLIMIT_AS", limits.memory_bytes),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", 64),
    ):
        _lower(resource, getattr(resource, name), ceiling)


def limit_next_file(seconds: float) -> None:
    """Lets the process use `seconds` more of CPU time, as a backstop should the parent be gone."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 10
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _lower(resource: Any, which: int, ceiling: int) -> None:  # noqa: ANN401  (the module, absent on Windows)
    hard = resource.getrlimit(which)[1]
    if hard == resource.RLIM_INFINITY or ceiling < hard:
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but may refuse it
            resource.setrlimit(which, (ceiling, ceiling))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until the other side closes the stream. The first message holds the limits."""
    try:
        first, _ = receive_message(requests, 0)
        limits = ReadLimits(**first["limits"])
        import numpy  # noqa: F401  # before the limits: what every file needs is loaded in full
        import pydicom

        pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
        from radseek.dicom import grey, header, pixels  # noqa: F401

        limit_process(limits)
        send_message(answers, {"kind": "ready"})
        worker = Worker(answers, limits)
        while True:
            request, _ = receive_message(requests, 0)
            limit_next_file(float(request["seconds"]))
            worker.answer(request)
    except ProtocolError:
        return  # the parent is gone or has closed the stream: nothing is left to do


def main() -> None:
    """Runs the child on this process's standard streams."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what native code prints must not end up between messages
    logging.disable(logging.CRITICAL)  # pydicom logs values of elements
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(1000)
    serve(os.fdopen(0, "rb", buffering=0, closefd=False), answers)


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).is_absolute()]
    main()
