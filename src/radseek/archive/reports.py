"""Report files into an archive. They are linked to studies afterwards, by `radseek.archive.linking`."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive.catalogue_writes import ReportState, report_identity
from radseek.archive.facts import Thing
from radseek.archive.jobs import run_job
from radseek.archive.report_files import FoundReport, RefusedReport, read_reports
from radseek.archive.report_rows import ReportOptions
from radseek.archive.run_tally import RunTally
from radseek.archive.source_paths import source_root
from radseek.archive.tables import is_ingested, unused_note
from radseek.records.config import resolved_config
from radseek.records.outcomes import Outcome, Reason, Refusal, Tally, quarantined
from radseek.records.progress import Progress, ProgressListener, no_progress

if TYPE_CHECKING:
    from radseek.archive.catalogue_writes import CatalogueWriter
    from radseek.archive.folder import ArchiveFolder

BATCH = 200
"""Reports in one transaction."""


def ingest_reports(
    archive: ArchiveFolder,
    path: Path,
    options: ReportOptions | None = None,
    progress: ProgressListener = no_progress,
) -> Tally:
    """Reads reports from a file or a folder (see `read_reports`): every row or file ends in one of the four bins.

    The same identifier with the same text again is a duplicate, with another text it is quarantined.

    Args:
        archive: Where to.
        path: A table, a text or XML file, or a folder of the latter.
        options: What the file does not say by itself.
        progress: Hears how far it is.

    Raises:
        InputError: When there is nothing to read at `path`.
        ConfigError: When a table has no column with text, or a named column is missing; nothing was ingested then.
        BusyError: When another process writes to the archive.
        StorageError: When the disk refuses; the next run goes on.
    """
    options = options or ReportOptions()
    found = iter(read_reports(path, options))
    tally = RunTally()
    with run_job(archive, "ingest reports", progress) as job:
        report_pass = _ReportPass(path, options, tally)
        while batch := list(islice(found, BATCH)):
            with archive.catalogue.writing() as writer:
                for report in batch:
                    report_pass.record(writer, report)
            job(Progress("reports", tally.seen))
        job.summary = {"tally": resolved_config(tally.tally()), "unused_values": dict(report_pass.unused)}
    note = unused_note(report_pass.unused) if report_pass.unused else ""
    progress(Progress("reports", tally.seen, tally.seen, note))
    return tally.tally()


class _ReportPass:
    def __init__(self, path: Path, options: ReportOptions, tally: RunTally) -> None:
        self._root = source_root(path)
        self._options = options
        self._tally = tally
        self._source_id: int | None = None
        self.unused: Counter[str] = Counter()

    def record(self, writer: CatalogueWriter, report: FoundReport | RefusedReport) -> None:
        thing = self._thing(writer, report)
        if isinstance(report, RefusedReport):
            self._refuse(writer, thing, report.refusal)
            return
        self.unused.update(report.unused)
        identity = report_identity(report.incoming, self._options.name)
        state = writer.report_state(identity, report.parsed.text)
        if state is ReportState.CONFLICT:
            self._refuse(writer, thing, quarantined(Reason.CONFLICTING_REPORT, report.place))
        elif state is ReportState.NEW:
            outcome_id = writer.outcome(thing, Outcome.INGESTED)
            writer.report(identity, (thing.source_id, outcome_id), report.incoming, report.parsed)
            self._tally.passed(outcome_id, Outcome.INGESTED)
        else:
            if not is_ingested(writer, thing):
                writer.outcome(thing, Outcome.DUPLICATE)
            self._tally.duplicate()

    def _thing(self, writer: CatalogueWriter, report: FoundReport | RefusedReport) -> Thing:
        if self._source_id is None:
            self._source_id = writer.source(self._options.name, "reports", self._root, self._options.site)
        place = report.place.encode()
        return Thing(self._source_id, os.fsencode(report.path), place, report.key, "report")

    def _refuse(self, writer: CatalogueWriter, thing: Thing, refusal: Refusal) -> None:
        writer.refused(thing, refusal)
        self._tally.refused(refusal)
