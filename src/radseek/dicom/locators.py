"""What there is to read under a path: files, folders, zip archives and DICOMDIR media."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from radseek.dicom.dicomdir import resolve_reference
from radseek.dicom.limits import ReadLimits
from radseek.dicom.reads import Locator, RefusedLocator
from radseek.dicom.sandbox import SandboxReader
from radseek.dicom.zip_members import is_zip, iter_members
from radseek.errors import InputError
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped


def iter_locators(root: Path, limits: ReadLimits | None = None) -> Iterator[Locator | RefusedLocator]:
    """Everything under `root`, each thing once, as something to read or as a refusal with its reason.

    Folders are walked depth first in name order; links inside are not followed (`root` itself may be one). Zip archives
    are looked into. Of a DICOMDIR found on the way, only references that are missing or unsafe are told, since the walk
    meets the others; when `root` is a DICOMDIR, its references are what is read. The DICOMDIR itself is skipped.

    Raises:
        InputError: When `root` does not exist or may not be seen.
    """
    limits = limits or ReadLimits()
    root = Path(root)
    if not os.path.exists(root):  # Path.exists raises where there is no right to look
        raise InputError("the file or folder to read does not exist, or there is no right to see it")
    root = root.resolve()
    if not root.is_dir():
        yield from _file(root, limits, is_root=True)
        return
    stack = [root]
    while stack:
        path = stack.pop()
        mode = _mode(path)
        if isinstance(mode, Refusal):
            yield RefusedLocator(Locator(path), mode)
        elif stat.S_ISDIR(mode):
            entries = _entries(path)
            if isinstance(entries, Refusal):
                yield RefusedLocator(Locator(path), entries)
            else:
                stack.extend(path / name for name in reversed(entries))
        elif stat.S_ISREG(mode):
            yield from _file(path, limits, is_root=False)
        else:
            yield RefusedLocator(Locator(path), skipped(Reason.SPECIAL_FILE, "a link, pipe, socket or device"))


def _mode(path: Path) -> int | Refusal:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return quarantined(Reason.MISSING_FILE, "gone since the folder was listed")
    except OSError as error:
        return quarantined(Reason.NOT_READABLE, type(error).__name__)


def _entries(folder: Path) -> list[str] | Refusal:
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        return quarantined(Reason.NOT_READABLE, f"a folder that cannot be listed ({type(error).__name__})")


def _file(path: Path, limits: ReadLimits, is_root: bool) -> Iterator[Locator | RefusedLocator]:
    if path.name.upper() == "DICOMDIR":
        yield from _directory(path, limits, is_root)
    elif is_zip(path):
        yield from iter_members(path, limits)
    elif not is_root and not stat.S_ISREG(path.lstat().st_mode):
        yield RefusedLocator(Locator(path), skipped(Reason.SPECIAL_FILE, "not a regular file"))
    else:
        yield Locator(path)


def _directory(path: Path, limits: ReadLimits, is_root: bool) -> Iterator[Locator | RefusedLocator]:
    """The DICOMDIR itself, refused, then its references (only those to complain about unless it is the root)."""
    with SandboxReader(limits, n_workers=1) as reader:
        references = reader.read_references(Locator(path))
    if isinstance(references, Refusal):
        yield RefusedLocator(Locator(path), references)
        return
    yield RefusedLocator(Locator(path), skipped(Reason.DICOMDIR, f"{len(references)} references"))
    for reference in references:
        target = resolve_reference(path.parent, reference)
        if target is None:
            refusal = quarantined(Reason.UNSAFE_PATH, "a DICOMDIR reference that leaves its folder")
            yield RefusedLocator(Locator(path, reference), refusal)
        elif not target.is_file():
            refusal = quarantined(Reason.MISSING_FILE, "a DICOMDIR reference to a file that is not there")
            yield RefusedLocator(Locator(path, reference), refusal)
        elif is_root:
            yield Locator(target)
