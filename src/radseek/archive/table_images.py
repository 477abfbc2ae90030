"""The picture files that a research table names: found inside their folder and hashed; nothing is decoded here."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PurePosixPath

from radseek.archive.table_studies import TableRow, TableStudy, table_uid
from radseek.dicom.raster import is_raster
from radseek.dicom.reads import HeaderRead, Locator
from radseek.records.instances import InstanceHeader, InstanceKind
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped

_CHUNK_BYTES = 2**20


def find_image(root: Path, given: str) -> Path | Refusal:
    """The file that a table names, or why it must not or cannot be opened.

    Args:
        root: Resolved folder that no row may leave, not even by a link.
        given: As the table has it; a backslash counts as a slash, as tables written on Windows have it.
    """
    relative = PurePosixPath(given.replace("\\", "/"))
    if relative.is_absolute() or ".." in relative.parts or ":" in relative.parts[0]:
        return quarantined(Reason.UNSAFE_PATH)
    try:
        path = (root / relative).resolve()
        if not path.is_relative_to(root):
            return quarantined(Reason.UNSAFE_PATH)
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return quarantined(Reason.MISSING_FILE)
    except (OSError, RuntimeError, ValueError):  # no rights, name too long; links in a circle; not encodable
        return quarantined(Reason.NOT_READABLE)
    if stat.S_ISDIR(kind):
        return quarantined(Reason.MISSING_FILE, "a folder, not a file")
    return path if stat.S_ISREG(kind) else skipped(Reason.SPECIAL_FILE)


def read_image(study: TableStudy, row: TableRow, root: Path, limit_bytes: int) -> HeaderRead:
    """What a row says of its picture, as a header, with the file's hash; or why there is none.

    Args:
        study: That the row belongs to.
        row: With an image path.
        root: Resolved folder of the images.
        limit_bytes: Largest file that is opened.
    """
    path = find_image(root, row.image)
    if isinstance(path, Refusal):
        return HeaderRead(_place_of(root, row.image), "", 0, None, path)
    read = _hash_picture(path, limit_bytes)
    if isinstance(read, Refusal):
        return HeaderRead(Locator(path), "", 0, None, read)
    sha256, n_bytes = read
    return HeaderRead(Locator(path), sha256, n_bytes, _header(study, row, sha256), None)


def _place_of(root: Path, given: str) -> Locator:
    """Where a path that is not opened would be; it only serves as a name."""
    return Locator(root / os.path.normpath("/" + given).lstrip("/"), "" if ".." not in given else "outside")


def _hash_picture(path: Path, limit_bytes: int) -> tuple[str, int] | Refusal:
    try:
        with path.open("rb") as stream:
            n_bytes = os.fstat(stream.fileno()).st_size
            if n_bytes == 0:
                return skipped(Reason.EMPTY_FILE)
            if n_bytes > limit_bytes:
                return quarantined(Reason.TOO_LARGE, f"{n_bytes} bytes")
            start = stream.read(_CHUNK_BYTES)
            if not is_raster(start):
                return quarantined(Reason.DECODE_FAILED, "neither PNG nor JPEG")
            digest = hashlib.sha256(start)
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        return quarantined(Reason.NOT_READABLE)
    return digest.hexdigest(), n_bytes


def _header(study: TableStudy, row: TableRow, sha256: str) -> InstanceHeader:
    """One series a picture: each picture of a table was chosen by somebody, so none may be thinned out as a slice."""
    place = study.rows.index(row) + 1
    return InstanceHeader(
        study_uid=study.study_uid,
        series_uid=table_uid("series", study.source, study.study_id, sha256),
        instance_uid=table_uid("image", study.source, study.study_id, sha256),
        sop_class_uid="",
        transfer_syntax_uid="",
        kind=InstanceKind.IMAGE,
        patient_id=study.first("patient_id"),
        issuer=study.issuer,
        patient_sex=study.first("sex"),
        patient_age_years=study.age_years,
        accession=study.first("accession"),
        study_date=study.study_date,
        study_description=study.first("description"),
        series_number=place,
        instance_number=place,
        modality=row.modality,
        body_part=row.body_part,
        laterality=row.laterality,
        view_position=row.view,
        burned_in_annotation=row.mask,
        preamble="",
    )
