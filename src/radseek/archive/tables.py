"""A research table of PNG or JPEG pictures and report sections into an archive.

Counted are rows: each ends in one bin. A row's picture counts where there is one, else its text. The texts of a study's
rows become one report, linked to the study by the table itself; a report whose text differs from the one that the
catalogue has under the same study is counted as quarantined in addition.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from radseek.archive.catalogue_writes import CatalogueWriter, ReportState
from radseek.archive.column_map import ColumnMap, check_columns, choose_column_map, load_column_map
from radseek.archive.facts import PatientFacts, StudyFacts, Thing
from radseek.archive.header_pass import HeaderPass, SourcePlace
from radseek.archive.ingest import work_off_pictures
from radseek.archive.jobs import Job, run_job
from radseek.archive.keys import text_key
from radseek.archive.link_decision import LinkMethod
from radseek.archive.open_i import read_open_i_table
from radseek.archive.run_tally import RunTally
from radseek.archive.schema import outcomes
from radseek.archive.table_images import read_image
from radseek.archive.table_rows import Table, read_table
from radseek.archive.table_studies import RefusedRow, StudyTable, TableRow, TableStudy, read_studies, study_report
from radseek.errors import InputError
from radseek.records.config import resolved_config
from radseek.records.outcomes import Outcome, Reason, Refusal, Tally, quarantined
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.records.reports import IncomingReport, ParsedReport

if TYPE_CHECKING:
    from radseek.archive.folder import ArchiveFolder
    from radseek.dicom.reads import HeaderRead
    from radseek.encoders.spec import Encoder

BATCH = 32
"""Studies, or rows of none, in one transaction."""
_T = TypeVar("_T")


def ingest_table(
    archive: ArchiveFolder,
    path: Path,
    column_map: ColumnMap | None = None,
    name: str | None = None,
    encoder: Encoder | None = None,
    progress: ProgressListener = no_progress,
) -> Tally:
    """Reads a research table: every row ends in one of the four bins of the tally that comes back.

    Args:
        archive: Where to.
        path: A .csv, .tsv, .jsonl or .parquet file (.gz allowed), or Open-i XML: one file or a folder.
        column_map: What the columns mean; None takes the one ready map that fits, and says which in the progress.
        name: Of the source, for filters; by default what the map says.
        encoder: Encodes in the same pass; None leaves that to `encode_pending`.
        progress: Hears how far it is.

    Raises:
        InputError: When there is no table at `path`, or it cannot be read.
        ConfigError: When a column is missing, or no or several ready maps fit; nothing was ingested then.
        BusyError: When another process writes to the archive.
        StorageError: When the disk refuses; the next run goes on.
    """
    table, column_map, joined = _open_table(path, column_map)
    grouped = read_studies(table, column_map, name or "", joined)
    progress(Progress("rows", 0, grouped.n_rows, f"column map {column_map.name}"))
    tally = RunTally()
    with run_job(archive, "ingest table", progress) as job:
        place = _TablePlace(path.absolute(), _image_root(path, column_map), name or column_map.name)
        table_pass = TablePass(archive, place, tally)
        table_pass.run(grouped, job)
        summary = work_off_pictures(archive, encoder, job, tally)
        job.summary = {"tally": resolved_config(tally.tally()), "encoded": summary.encoded}
        job.summary |= {"column_map": column_map.name, "unused_values": dict(table_pass.unused)}
    if table_pass.unused:
        progress(Progress("rows", grouped.n_rows, grouped.n_rows, unused_note(table_pass.unused)))
    return tally.tally()


def unused_note(unused: Counter[str]) -> str:
    """A sentence on values that could not be used, without any of them."""
    counts = ", ".join(f"{name} in {count}" for name, count in sorted(unused.items()))
    return f"values left empty because they could not be used: {counts}"


def _open_table(path: Path, column_map: ColumnMap | None) -> tuple[Table, ColumnMap, Table | None]:
    if path.is_dir() or path.suffix.lower() == ".xml":
        table = read_open_i_table(path)
        column_map = column_map or load_column_map("open_i_xml")
    else:
        table = read_table(path, column_map.layout if column_map else None)
    if column_map is None:
        column_map = choose_column_map(table.columns, path.parent)
    check_columns(column_map.needed_columns, table.columns)
    if column_map.join is None:
        return table, column_map, None
    second = path.parent / column_map.join.file
    if not second.is_file():
        raise InputError(
            f"the column map {column_map.name} also needs the file {column_map.join.file} beside the table"
        )
    return table, column_map, read_table(second)


def _image_root(path: Path, column_map: ColumnMap) -> Path:
    folder = path.absolute() if path.is_dir() else path.absolute().parent
    return (folder / column_map.image_root).resolve() if column_map.image.column else folder


@dataclass(frozen=True, slots=True)
class _TablePlace:
    table: Path
    image_root: Path
    name: str
    """Source of rows that belong to no study."""


@dataclass(frozen=True, slots=True)
class _ReadStudy:
    """A study with everything that needs the disk, ready to be written."""

    study: TableStudy
    pictures: tuple[HeaderRead, ...]
    report: ParsedReport | None
    text_rows: tuple[TableRow, ...] = field(default=())


def _batches(entries: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (entries[start : start + BATCH] for start in range(0, len(entries), BATCH))


class TablePass:
    """Writes a table's studies to the catalogue.

    Args:
        archive: Held for writing by the caller.
        place: Where the table and its images are.
        tally: Counts of the run.
    """

    def __init__(self, archive: ArchiveFolder, place: _TablePlace, tally: RunTally) -> None:
        self._archive = archive
        self._place = place
        self._tally = tally
        self._sources: dict[str, SourcePlace] = {}
        self.unused: Counter[str] = Counter()
        """Field of the map -> cells that could not be used."""

    def run(self, table: StudyTable, job: Job) -> None:
        """Records all refused rows and studies, a batch a transaction."""
        for refused in _batches(table.refused):
            with self._archive.catalogue.writing() as writer:
                for row in refused:
                    self._refuse(writer, row)
            job(Progress("rows", self._tally.seen, table.n_rows))
        for studies in _batches(table.studies):
            batch = [self._read(study) for study in studies]
            with self._archive.catalogue.writing() as writer:
                for entry in batch:
                    self._record(writer, entry)
            job(Progress("rows", min(self._tally.seen, table.n_rows), table.n_rows))

    def _read(self, group: TableStudy) -> _ReadStudy:
        self.unused.update(name for row in group.rows for name in row.unused)
        limit = self._archive.config.limits.file_bytes
        pictures = [read_image(group, row, self._place.image_root, limit) for row in group.rows if row.image]
        text_rows = tuple(row for row in group.rows if not row.image)
        return _ReadStudy(group, tuple(pictures), study_report(group), text_rows)

    def _source(self, writer: CatalogueWriter, name: str) -> SourcePlace:
        if name not in self._sources:
            source_id = writer.source(name, "table", self._place.image_root)
            self._sources[name] = SourcePlace(source_id, self._place.image_root, "", retry=False)
        return self._sources[name]

    def _refuse(self, writer: CatalogueWriter, row: RefusedRow) -> None:
        writer.refused(self._thing(self._source(writer, self._place.name), row.place), row.refusal)
        self._tally.refused(row.refusal)

    def _thing(self, source: SourcePlace, member: str, content_sha256: str = "", kind: str = "row") -> Thing:
        path = os.fsencode(os.path.relpath(self._place.table, source.root))
        return Thing(source.source_id, path, member.encode("utf-8", "surrogatepass"), content_sha256, kind)

    def _record(self, writer: CatalogueWriter, entry: _ReadStudy) -> None:
        source = self._source(writer, entry.study.source)
        pictures = HeaderPass(self._archive.catalogue, source, self._tally)
        for read in entry.pictures:
            pictures.record(writer, read)
        if entry.report is None and not any(read.header for read in entry.pictures):
            return
        study_id = writer.study(_study_facts(entry.study, source))
        if isinstance(study_id, Refusal):
            self._record_text_rows(writer, entry, source, study_id)
            return
        writer.labels(study_id, entry.study.labels)
        if entry.report is not None:
            state = self._record_report(writer, entry, source, study_id)
            self._record_text_rows(writer, entry, source, state)

    def _record_report(
        self, writer: CatalogueWriter, entry: _ReadStudy, source: SourcePlace, study_id: int
    ) -> ReportState:
        incoming, parsed = _incoming(entry)
        identity = ("table", entry.study.source, entry.study.study_id)
        state = writer.report_state(identity, parsed.text)
        thing = self._thing(source, f"report of {entry.study.study_uid}", text_key(parsed.text), "report")
        if state is ReportState.NEW:
            outcome_id = writer.outcome(thing, Outcome.INGESTED)
            report_id = writer.report(identity, (source.source_id, outcome_id), incoming, parsed)
            writer.link(report_id, study_id, LinkMethod.TABLE)
        elif state is ReportState.CONFLICT and not entry.text_rows:
            refusal = quarantined(Reason.CONFLICTING_REPORT)
            writer.refused(thing, refusal)
            self._tally.refused(refusal)
        return state

    def _record_text_rows(
        self, writer: CatalogueWriter, entry: _ReadStudy, source: SourcePlace, state: ReportState | Refusal
    ) -> None:
        if state is ReportState.CONFLICT:
            state = quarantined(Reason.CONFLICTING_REPORT)
        for row in entry.text_rows:
            thing = self._thing(source, row.place, row.key)
            if is_ingested(writer, thing):
                self._tally.duplicate()
            elif isinstance(state, Refusal):
                writer.refused(thing, state)
                self._tally.refused(state)
            else:
                outcome = Outcome.INGESTED if state is ReportState.NEW else Outcome.DUPLICATE
                self._tally.passed(writer.outcome(thing, outcome), outcome)


def is_ingested(writer: CatalogueWriter, thing: Thing) -> bool:
    """Whether an earlier run has ingested this very thing: same place, same content."""
    statement = select(outcomes.c.id).where(
        outcomes.c.source_id == thing.source_id,
        outcomes.c.locator_sha256 == thing.locator_sha256,
        outcomes.c.content_sha256 == thing.content_sha256,
        outcomes.c.outcome == Outcome.INGESTED.value,
    )
    return writer.connection.execute(statement).first() is not None


def _study_facts(study: TableStudy, source: SourcePlace) -> StudyFacts:
    return StudyFacts(
        study_uid=study.study_uid,
        patient=PatientFacts(study.first("patient_id"), study.issuer, source.site, study.first("sex")),
        source_id=source.source_id,
        accession=study.first("accession"),
        site=source.site,
        study_date=study.study_date,
        modality=study.first("modality"),
        body_part=study.first("body_part"),
        description=study.first("description"),
        age_years=study.age_years,
    )


def _incoming(entry: _ReadStudy) -> tuple[IncomingReport, ParsedReport]:
    study = entry.study
    parsed = entry.report or ParsedReport("", ())
    incoming = IncomingReport(
        text=parsed.text,
        source="table",
        report_id=study.study_id,
        study_uid=study.study_uid,
        accession=study.first("accession"),
        patient_id=study.first("patient_id"),
        study_date=study.study_date,
        modality=study.first("modality"),
        labels=study.labels,
    )
    return incoming, parsed
