"""The members of a zip archive that are worth reading, and those that are refused by name or size."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from radseek.dicom.limits import ReadLimits
from radseek.dicom.reads import Locator, RefusedLocator
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped

_NESTED = frozenset({".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz"})
_BYTES_PER_ENTRY = 600
"""Central directory bytes allowed for each member on average: 46 and a long path."""


def is_zip(path: Path) -> bool:
    """Whether the file is to be read as a zip archive: it says so by name, or starts as one and has no suffix."""
    if path.suffix.lower() == ".zip":
        return True
    if path.suffix:
        return False
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return False
    return start[:4] == b"PK\x03\x04" and start[128:132] != b"DICM"


def iter_members(path: Path, limits: ReadLimits) -> Iterator[Locator | RefusedLocator]:
    """The members of the archive at `path` in name order, folders left out.

    An archive as a whole is refused with one `RefusedLocator` when it is damaged, or declares too much.
    """
    archive_locator = Locator(path)
    problem = _directory_problem(path, limits)
    if problem is not None:
        yield RefusedLocator(archive_locator, problem)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        refusal = quarantined(Reason.BAD_ARCHIVE_FILE, f"the archive does not open ({type(error).__name__})")
        yield RefusedLocator(archive_locator, refusal)
        return
    inflated = sum(info.file_size for info in members)
    if inflated > limits.inflated_bytes and inflated > limits.zip_ratio * path.stat().st_size:
        yield RefusedLocator(archive_locator, quarantined(Reason.BAD_ARCHIVE_FILE, f"inflates to {inflated} bytes"))
        return
    seen: set[str] = set()
    for info in sorted(members, key=lambda info: info.filename):
        locator = Locator(path, info.filename)
        refusal_of_one = _member_problem(info, seen, limits)
        seen.add(info.filename)
        yield locator if refusal_of_one is None else RefusedLocator(locator, refusal_of_one)


def _directory_problem(path: Path, limits: ReadLimits) -> Refusal | None:
    """What is wrong with the archive's central directory, judged before `zipfile` loads all of it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            tail_start = max(0, size - 65557 - 20)
            file.seek(tail_start)
            tail = file.read()
            end = tail.rfind(b"PK\x05\x06")
            if end < 0 or end + 22 > len(tail):
                return quarantined(Reason.BAD_ARCHIVE_FILE, "no end of central directory")
            n_entries, n_bytes = struct.unpack_from("<HL", tail, end + 10)
            if end >= 20 and tail[end - 20 : end - 16] == b"PK\x06\x07":  # zip64
                file.seek(struct.unpack_from("<Q", tail, end - 12)[0])
                record = file.read(56)
                n_entries, n_bytes = struct.unpack_from("<QQ", record, 32)
    except (OSError, struct.error, OverflowError) as error:
        reason = Reason.NOT_READABLE if isinstance(error, OSError) else Reason.BAD_ARCHIVE_FILE
        return quarantined(reason, type(error).__name__)
    if n_entries > limits.zip_members or n_bytes > limits.zip_members * _BYTES_PER_ENTRY:
        return quarantined(Reason.BAD_ARCHIVE_FILE, f"{n_entries} members, limit {limits.zip_members}")
    return None


def _member_problem(info: zipfile.ZipInfo, seen: set[str], limits: ReadLimits) -> Refusal | None:
    if not _is_safe_name(info.orig_filename) or not _is_safe_name(info.filename):
        return quarantined(Reason.UNSAFE_PATH, "a zip entry that leaves its archive")
    if info.filename in seen:
        return quarantined(Reason.BAD_ARCHIVE_FILE, "two entries of one name")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return skipped(Reason.SPECIAL_FILE, "a zip entry that is a link or device")
    if info.flag_bits & 0x1:
        return quarantined(Reason.BAD_ARCHIVE_FILE, "an encrypted entry")
    if PurePosixPath(info.filename).suffix.lower() in _NESTED:
        return quarantined(Reason.BAD_ARCHIVE_FILE, "an archive inside an archive")
    if info.file_size > limits.inflated_bytes:
        return quarantined(Reason.TOO_LARGE, f"{info.file_size} bytes inflated, limit {limits.inflated_bytes}")
    return None


def _is_safe_name(name: str) -> bool:
    if not name or "\0" in name or "\\" in name or name.startswith("/") or len(name) > 4096:
        return False
    parts = name.split("/")
    if ".." in parts or set(parts) <= {"", "."}:
        return False
    return not (len(name) > 1 and name[1] == ":")
