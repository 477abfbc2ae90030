"""What a source is, and which reader takes it."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive import ingest as dicom
from radseek.archive.column_map import load_column_map
from radseek.archive.report_rows import ReportOptions
from radseek.archive.reports import ingest_reports
from radseek.archive.tables import ingest_table
from radseek.errors import InputError
from radseek.records.config import read_config
from radseek.records.outcomes import Tally

if TYPE_CHECKING:
    from radseek.archive.folder import ArchiveFolder
    from radseek.archive.linking import LinkSummary
    from radseek.encoders.spec import Encoder
    from radseek.records.progress import ProgressListener

KINDS = ("auto", "dicom", "table", "reports")
TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
REPORT_ENDINGS = (".jsonl", ".jsonl.gz", ".xml", ".txt")


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a source is read."""

    kind: str = "auto"
    """auto, dicom, table or reports."""
    column_map: str | None = None
    """For tables: shipped name or YAML file of the column map. For reports: a YAML file of `ReportOptions`."""
    name: str | None = None
    """Name of the source for filters; the folder's or file's name by default."""
    name_is: str = "accession"
    """What the file name of a plain text report means: accession, study_uid or report_id."""
    site: str = ""
    """The hospital, when patient IDs or accession numbers of several hospitals meet in one archive."""
    retry: bool = False
    """Try pixels again that did not decode in an earlier run."""
    encode: bool = True
    """Whether images are encoded in the same pass, which saves decoding them twice."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did."""

    tally: Tally
    links: dict[str, int]
    """How reports are linked in the whole archive: method, or `waiting`, -> number."""

    def lines(self) -> list[str]:
        """The links as lines for people."""
        return [f"reports {method.replace('_', ' ')}: {count:,}" for method, count in sorted(self.links.items())]


def source_kind(source: Path, options: IngestOptions) -> str:
    """dicom, table or reports: as asked, else by the file's ending.

    Raises:
        InputError: When the source does not exist or the asked kind is unknown.
    """
    if options.kind not in KINDS:
        raise InputError(f"unknown kind of source {options.kind!r}; known: {', '.join(KINDS)}")
    if not os.path.exists(source):  # Path.exists raises where there is no right to look
        raise InputError("the source does not exist, or there is no right to see it; check the path")
    if options.kind != "auto":
        return options.kind
    name = source.name.lower()
    if source.is_file() and name.endswith(TABLE_ENDINGS):
        return "table"
    if source.is_file() and name.endswith(REPORT_ENDINGS):
        return "reports"
    return "dicom"


def read_source(
    archive: ArchiveFolder, source: Path, options: IngestOptions, encoder: Encoder | None, progress: ProgressListener
) -> Tally:
    """What became of everything in `source`.

    Raises:
        InputError: When it does not exist or cannot be read as what it is.
        ConfigError: When a column map or the report options are wrong.
    """
    kind = source_kind(source, options)
    if kind == "table":
        column_map = None if options.column_map is None else load_column_map(options.column_map)
        return ingest_table(archive, source, column_map, options.name, encoder, progress)
    if kind == "reports":
        return ingest_reports(archive, source, _report_options(source, options), progress)
    settings = dicom.IngestOptions(site=options.site, retry=options.retry)
    return dicom.ingest_folder(archive, source, options.name, encoder, progress, settings)


def plain_links(links: LinkSummary) -> dict[str, int]:
    """How reports are linked, as words and counts."""
    return {
        **{f"linked by {method}": count for method, count in links.by_method.items()},
        **{f"waiting: {reason}": count for reason, count in links.waiting.items()},
        "without a study": links.reports_without_study,
        "missing for studies": links.studies_without_report,
    }


def _report_options(source: Path, options: IngestOptions) -> ReportOptions:
    base = ReportOptions() if options.column_map is None else read_config(Path(options.column_map), ReportOptions)
    name = options.name or source.stem
    return dataclasses.replace(base, name=name, name_is=options.name_is, site=options.site or base.site)
