"""The files that a DICOMDIR refers to (PS3.10 section 8.6), as names to be checked before anyone opens them."""

from __future__ import annotations

from pathlib import Path

from radseek.dicom.bounded_file import SizedFile
from radseek.dicom.header import parse_instance
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

_MAX_PARTS = 16
_MAX_NAME_BYTES = 255
"""Longest file name of common file systems; the standard allows 8 characters."""


def read_references(stream: SizedFile, limits: ReadLimits) -> list[str]:
    """(0004,1500) Referenced File ID of every directory record, parts joined by `/`, as received, without repeats.

    Raises:
        DecodeError: When the DICOMDIR cannot be parsed, or has no directory records.
    """
    fields = parse_instance(stream, limits).fields
    records = fields.items(0x00041220)
    if not records:
        raise DecodeError(Reason.UNREADABLE_HEADER, "no (0004,1220) Directory Record Sequence")
    references: dict[str, None] = {}
    for record in records:
        parts = record.texts(0x00041500)
        if any(parts):
            references["/".join(parts)] = None
    return list(references)


def resolve_reference(folder: Path, reference: str) -> Path | None:
    """The path of a reference under `folder`, or None when it would leave it. Names match without regard to case.

    The path need not exist. Media written under ISO 9660 often show lower-case names for the upper-case references.
    """
    parts = reference.split("/")
    if len(parts) > _MAX_PARTS or any(not _is_plain_name(part) for part in parts):
        return None
    path = folder
    for part in parts:
        path = _matching_entry(path, part)
        if path.is_symlink():
            return None
    return path


def _is_plain_name(part: str) -> bool:
    if not part or part in {".", ".."} or any(char in part for char in "/\\:\0"):
        return False
    return len(part.encode("utf-8", "replace")) <= _MAX_NAME_BYTES


def _matching_entry(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    try:
        return min((entry for entry in folder.iterdir() if entry.name.lower() == name.lower()), default=exact)
    except OSError:
        return exact
