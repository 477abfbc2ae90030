"""Report files -> reports: CSV, JSON lines and Parquet tables, plain text and Open-i XML, single or a folder of them.

Each row or file comes out as one report or one refusal, in order; nothing is left out silently.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radseek.archive.catalogue_writes import clean_text
from radseek.archive.open_i import read_open_i
from radseek.archive.report_rows import ReportOptions, choose_columns, read_report_row
from radseek.archive.table_rows import BadRow, TableLayout, read_limited, read_table
from radseek.archive.table_studies import row_key, table_study_uid
from radseek.errors import DecodeError, InputError, StorageError, UnsupportedInputError
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped
from radseek.records.reports import IncomingReport, ParsedReport
from radseek.text import decode_text, normalise, parse_report, parse_sections

LARGEST_TEXT_BYTES = 2**26
"""One plain-text report; long ones have 50 kB."""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report with the place where it was found."""

    path: str
    """Of its file, relative to the folder given, or to the folder of the file given."""
    place: str
    """Such as `row 17`; empty for a file that is one report."""
    key: str
    """SHA-256 of the row or the file."""
    incoming: IncomingReport
    parsed: ParsedReport
    unused: tuple[str, ...] = ()
    """Fields whose cell says something that cannot be used, such as an ambiguous date."""


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A row or file that is no report that can be kept."""

    path: str
    place: str
    key: str
    refusal: Refusal


def read_reports(path: Path, options: ReportOptions | None = None) -> Iterator[FoundReport | RefusedReport]:
    """All reports of a file or a folder. A table's columns are checked before the first report comes out.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet table (.gz allowed), a .txt or .xml file, or a folder of .txt and .xml
            files, searched with its folders in the order of their names. Links are not followed.
        options: What the file does not say by itself.

    Raises:
        InputError: When there is nothing at `path`, or a table is empty.
        ConfigError: When a table's columns do not fit the options.
        UnsupportedInputError: When a single file is of a kind that is not read.
        StorageError: When the disk does not let us read.
    """
    options = options or ReportOptions()
    if path.is_dir():
        return _read_folder(path, options)
    if not path.exists():
        raise InputError("there is no file or folder at the path given")
    if path.suffix.lower() in _FILE_READERS:
        return iter([_read_file(path.resolve(), path.name, options)])
    return _read_rows(path, options)


def _read_folder(folder: Path, options: ReportOptions) -> Iterator[FoundReport | RefusedReport]:
    for parent, folders, names in os.walk(folder, followlinks=False):
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        folders[:] = sorted(set(folders) - set(linked))
        for name in sorted([*names, *linked]):
            path = Path(parent, name)
            yield _read_file(path, os.path.relpath(path, folder), options)


def _read_file(path: Path, relative: str, options: ReportOptions) -> FoundReport | RefusedReport:
    reader = _FILE_READERS.get(Path(relative).suffix.lower())
    if path.is_symlink() or not path.is_file():
        return RefusedReport(relative, "", "", skipped(Reason.SPECIAL_FILE))
    if reader is None:
        return RefusedReport(relative, "", "", skipped(Reason.NOT_A_REPORT))
    try:
        raw = read_limited(path, LARGEST_TEXT_BYTES)
    except InputError:
        return RefusedReport(relative, "", "", quarantined(Reason.TOO_LARGE))
    except StorageError:
        return RefusedReport(relative, "", "", quarantined(Reason.NOT_READABLE))
    key = hashlib.sha256(raw).hexdigest()
    found = reader(raw, relative, options)
    if isinstance(found, Refusal):
        return RefusedReport(relative, "", key, found)
    return FoundReport(relative, "", key, *found)


def _read_text(raw: bytes, relative: str, options: ReportOptions) -> tuple[IncomingReport, ParsedReport] | Refusal:
    try:
        text = clean_text(decode_text(raw))
    except InputError as error:
        return quarantined(Reason.BAD_ENCODING, str(error))
    if not normalise(text):
        return skipped(Reason.EMPTY_REPORT)
    name = clean_text(relative).removesuffix(Path(relative).suffix)
    stem = Path(name).name
    incoming = IncomingReport(
        text=text,
        source="text",
        report_id=stem if options.name_is == "report_id" else name,
        study_uid=_study_uid(stem, options) if options.name_is == "study_uid" else "",
        accession=stem if options.name_is == "accession" else "",
        site=options.site,
        modality=options.modality.upper(),
    )
    return incoming, parse_report(text)


def _study_uid(value: str, options: ReportOptions) -> str:
    return table_study_uid(options.study_ids_of, value) if options.study_ids_of else value


def _read_open_i(raw: bytes, _relative: str, options: ReportOptions) -> tuple[IncomingReport, ParsedReport] | Refusal:
    report = read_open_i(raw)
    if isinstance(report, Refusal):
        return report
    parsed = parse_sections(report.sections)
    if not normalise(parsed.text):
        return skipped(Reason.EMPTY_REPORT)
    incoming = IncomingReport(
        text=parsed.text,
        source="openi_xml",
        report_id=report.uid,
        study_uid=table_study_uid(options.study_ids_of, report.uid) if options.study_ids_of else "",
        accession=report.uid,
        site=options.site,
        modality=options.modality.upper(),
        labels=report.mesh_major,
    )
    return incoming, parsed


_FILE_READERS = {".txt": _read_text, ".xml": _read_open_i}


def _read_rows(path: Path, options: ReportOptions) -> Iterator[FoundReport | RefusedReport]:
    try:
        table = read_table(path, TableLayout(options.delimiter))
    except DecodeError as error:
        return iter([RefusedReport(path.name, "", "", quarantined(Reason(error.reason), str(error)))])
    except UnsupportedInputError:
        raise UnsupportedInputError(
            "reports are read from .csv, .tsv, .jsonl and .parquet tables, .txt and .xml files, and their folders"
        ) from None
    columns = choose_columns(table.columns, options) if table.columns else {}
    source = "jsonl" if ".jsonl" in path.name.lower() or ".ndjson" in path.name.lower() else "csv"

    def reports() -> Iterator[FoundReport | RefusedReport]:
        for row in table.rows:
            if isinstance(row, BadRow):
                yield RefusedReport(path.name, row.place, "", row.refusal)
                continue
            key = row_key(row.values)
            report = read_report_row(row.values, columns, source, options)
            if report is None:
                yield RefusedReport(path.name, row.place, key, skipped(Reason.EMPTY_REPORT, row.place))
            else:
                yield FoundReport(path.name, row.place, key, report.incoming, report.parsed, report.unused)

    return reports()
