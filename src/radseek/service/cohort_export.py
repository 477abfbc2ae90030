"""Cohorts as files: CSV with its definition beside it, Parquet and JSON with it inside."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radseek.archive.cohort_queries import cohort_id
from radseek.archive.cohort_studies import StudyIdentifiers, cohort_studies, identifiers_of
from radseek.archive.storage import plain_storage_errors, write_whole
from radseek.errors import InputError
from radseek.records.cohort import CohortResult, CohortRun, CohortStudy
from radseek.service.cohort_documents import PARQUET_KEY, build_document

if TYPE_CHECKING:
    from radseek.service.archive import Archive

FORMATS = (".csv", ".parquet", ".json")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a cell begins that a spreadsheet may run as a formula (OWASP, CSV injection); full-width forms too."""

OLDEST_YEARS = 90.0
"""Stands for all ages from 90 on: so few people are older that an exact age names them (45 CFR 164.514(b)(2)(i)(C))."""

_KEYS = {"rank": "int32", "study_key": "string", "by_hand": "bool"}
_FACTS = {
    "patient_key": "string",
    "modality": "string",
    "body_part": "string",
    "sex": "string",
    "age_years": "double",
    "study_year": "int32",
    "source": "string",
    "synthetic": "bool",
}
_IDENTIFIERS = {"accession": "string", "study_uid": "string"}


@dataclasses.dataclass(frozen=True, slots=True)
class ExportOptions:
    """What goes into the file besides study keys in rank order."""

    version: int | None = None
    """The newest by default."""
    facts: bool = False
    """Patient key, modality, body part, sex, age, year, source, and whether it is a phantom."""
    identifiers: bool = False
    """Accession number and StudyInstanceUID; needs `Permission.IDENTIFIERS`."""
    overwrite: bool = False
    """Replaces files that are there."""


@dataclasses.dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    files: tuple[Path, ...]
    """The file asked for, and the JSON beside a CSV."""
    n_studies: int
    columns: tuple[str, ...]
    run: CohortRun


def write_export(archive: Archive, result: CohortResult, path: Path, options: ExportOptions) -> ExportReport:
    """Writes a run's members to `path`, for the owner only; the audit event is kept before the file appears.

    Raises:
        InputError: When the ending is not one of `FORMATS`, or a file is there and may not be overwritten.
        StorageError: When the disk refuses.
    """
    files = _files(path, options)
    rows = _rows(archive, result, options)
    document = _document(archive, result, rows, options)
    contents = _CONTENTS[path.suffix.lower()](rows, document)
    with archive.folder.catalogue.writing() as writer:
        detail = {"cohort": cohort_id(writer.connection, result.cohort.name), "version": result.cohort.version}
        detail |= {"run": result.run.number, "studies": len(rows), "identifiers": options.identifiers}
        writer.audit(archive.principal.name, "export cohort", detail)
    with plain_storage_errors("writing the exported cohort"):
        for file, content in reversed(tuple(zip(files, contents, strict=True))):
            write_whole(file, content)  # the definition first: no table stands there without it
    return ExportReport(files, len(rows), tuple(_columns(options)), result.run)


def guarded_cell(value: object) -> str:
    """A cell as text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _files(path: Path, options: ExportOptions) -> tuple[Path, ...]:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InputError(f"the file must end in one of {', '.join(FORMATS)}: the ending says how it is written")
    files = (path, path.with_suffix(".json")) if ending == ".csv" else (path,)
    if not options.overwrite and any(file.exists() for file in files):
        beside = " (or the JSON beside it)" if len(files) == 2 else ""
        raise InputError(f"the file{beside} is there already; choose another name, or say that it may be overwritten")
    return files


def _columns(options: ExportOptions) -> dict[str, str]:
    return _KEYS | (_FACTS if options.facts else {}) | (_IDENTIFIERS if options.identifiers else {})


def _rows(archive: Archive, result: CohortResult, options: ExportOptions) -> list[dict[str, Any]]:
    """One row a member; what is not known of a study that is gone from the archive is None."""
    columns, by_hand = _columns(options), set(result.cohort.definition.include)
    studies: Mapping[str, CohortStudy] = {}
    identifiers: Mapping[str, StudyIdentifiers] = {}
    with archive.folder.catalogue.reading() as connection:
        if options.facts:
            studies = cohort_studies(connection, result.members)
        if options.identifiers:
            identifiers = identifiers_of(connection, result.members)
    rows = []
    for rank, key in enumerate(result.members, start=1):
        own: dict[str, Any] = {"rank": rank, "study_key": key, "by_hand": key in by_hand}
        known = (studies.get(key), identifiers.get(key))
        rows.append({name: own[name] if name in own else _attribute(known, name) for name in columns})
    return rows


def _attribute(known: Sequence[object], name: str) -> object:
    value = next((getattr(entry, name) for entry in known if hasattr(entry, name)), None)
    return min(value, OLDEST_YEARS) if name == "age_years" and isinstance(value, float) else value


def _document(
    archive: Archive, result: CohortResult, rows: list[dict[str, Any]], options: ExportOptions
) -> dict[str, Any]:
    definition = result.cohort.definition
    with archive.folder.catalogue.reading() as connection:
        n_synthetic = sum(study.synthetic for study in cohort_studies(connection, result.members).values())
        document = build_document(result, n_synthetic) | {"columns": list(_columns(options))}
        if options.identifiers:
            chosen = identifiers_of(connection, (*definition.include, *definition.exclude))
            document["study_uids"] = {key: known.study_uid for key, known in chosen.items()}
    return document


def _csv(rows: list[dict[str, Any]], document: dict[str, Any]) -> tuple[bytes, bytes]:
    """RFC 4180; with a byte order mark only where there is more than ASCII, so that spreadsheets see the letters."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(document["columns"])
    writer.writerows([guarded_cell(value) for value in row.values()] for row in rows)
    text = out.getvalue()
    return text.encode("utf-8" if text.isascii() else "utf-8-sig"), _json_bytes(document)


def _json(rows: list[dict[str, Any]], document: dict[str, Any]) -> tuple[bytes]:
    return (_json_bytes(document | {"studies": rows}),)


def _parquet(rows: list[dict[str, Any]], document: dict[str, Any]) -> tuple[bytes]:
    import pyarrow
    import pyarrow.parquet

    types = _KEYS | _FACTS | _IDENTIFIERS
    fields = [pyarrow.field(name, pyarrow.type_for_alias(types[name])) for name in document["columns"]]
    schema = pyarrow.schema(fields, metadata={PARQUET_KEY: json.dumps(document).encode()})
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), sink)
    return (sink.getvalue().to_pybytes(),)


def _json_bytes(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


_CONTENTS = {".csv": _csv, ".parquet": _parquet, ".json": _json}
