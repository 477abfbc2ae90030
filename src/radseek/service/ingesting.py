"""What a source is, and which reader takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radseek.errors import InputError
from radseek.records.outcomes import Tally

KINDS = ("auto", "dicom", "table", "reports")
TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
REPORT_ENDINGS = (".jsonl", ".jsonl.gz", ".xml", ".txt")


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a source is read."""

    kind: str = "auto"
    """auto, dicom, table or reports."""
    column_map: str | None = None
    """Shipped name or YAML file of the column map, for tables and report tables."""
    name: str | None = None
    """Name of the source for filters; the folder's or file's name by default."""
    name_is: str = "report_id"
    """What the file name of a plain text report means: accession, study_uid or report_id."""
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
    if not source.exists():
        raise InputError("the source does not exist; check the path")
    if options.kind != "auto":
        return options.kind
    name = source.name.lower()
    if source.is_file() and name.endswith(TABLE_ENDINGS):
        return "table"
    if source.is_file() and name.endswith(REPORT_ENDINGS):
        return "reports"
    return "dicom"
