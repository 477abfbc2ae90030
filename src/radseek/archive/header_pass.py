"""First half of a DICOM ingest: headers into the catalogue, an outcome for every file, zip member and path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from radseek.archive.catalogue_writes import CatalogueWriter, clean_text
from radseek.archive.facts import Thing, instance_facts, series_facts, study_facts
from radseek.archive.schema import instances, outcomes, series, studies
from radseek.archive.source_paths import thing_at
from radseek.dicom import Locator, RefusedLocator, iter_locators
from radseek.dicom.reads import HeaderRead
from radseek.records.instances import InstanceHeader, InstanceKind
from radseek.records.outcomes import Outcome, Reason, Refusal, quarantined, skipped
from radseek.records.progress import Progress
from radseek.records.reports import IncomingReport
from radseek.text import parse_report

if TYPE_CHECKING:
    from sqlalchemy import Row

    from radseek.archive.catalogue import Catalogue
    from radseek.archive.jobs import Job
    from radseek.archive.run_tally import RunTally
    from radseek.dicom import ReadLimits, SandboxReader

BATCH = 64
"""Headers in one transaction."""

RETRIED = {Reason.NOT_READABLE, Reason.MISSING_FILE, Reason.UNSUPPORTED_TRANSFER_SYNTAX}
"""Why pixels failed for reasons outside of the file: tried again at every run. Others only when asked for."""


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """The source that is read."""

    source_id: int
    root: Path
    site: str
    retry: bool
    """Whether pixels that did not decode in an earlier run are tried again."""


class HeaderPass:
    """Reads the headers of a source and records each.

    Args:
        catalogue: Where to.
        place: Which source.
        tally: Counts of the run.
    """

    def __init__(self, catalogue: Catalogue, place: SourcePlace, tally: RunTally) -> None:
        self._catalogue = catalogue
        self._place = place
        self._tally = tally
        self._refused: list[RefusedLocator] = []

    def run(self, locators: Iterator[Locator | RefusedLocator], reader: SandboxReader, job: Job) -> None:
        """Records everything that `locators` brings, a batch a transaction."""
        reads = reader.read_headers(self._readable(locators))
        while True:
            batch = list(islice(reads, BATCH))
            if not batch and not self._refused:
                return
            refused, self._refused = self._refused, []
            with self._catalogue.writing() as writer:
                for locator in refused:
                    self._record_refusal(
                        writer, thing_at(locator.locator, self._place.root, self._place.source_id), locator.refusal
                    )
                for read in batch:
                    self.record(writer, read)
            job(Progress("headers", self._tally.seen))

    def record(self, writer: CatalogueWriter, read: HeaderRead) -> None:
        """Records one header, or why there is none."""
        thing = thing_at(read.locator, self._place.root, self._place.source_id, read.sha256)
        if read.header is None:
            self._record_refusal(writer, thing, read.refusal or quarantined(Reason.UNREADABLE_HEADER))
            return
        known = _known_instance(writer, read.header.instance_uid)
        if known is None:
            refusal = self._add(writer, read.header, thing, read.n_bytes)
        elif known.content_sha256 == read.sha256:
            self._record_again(writer, thing, known)
            return
        else:
            refusal = quarantined(Reason.CONFLICTING_INSTANCE)
        if refusal is not None:
            self._record_refusal(writer, thing, refusal)

    def _readable(self, locators: Iterator[Locator | RefusedLocator]) -> Iterator[Locator]:
        for locator in locators:
            if isinstance(locator, RefusedLocator):
                self._refused.append(locator)
            else:
                yield locator

    def _record_refusal(self, writer: CatalogueWriter, thing: Thing, refusal: Refusal) -> None:
        writer.refused(thing, refusal)
        self._tally.refused(refusal)

    def _record_again(self, writer: CatalogueWriter, thing: Thing, known: Row[Any]) -> None:
        """The same bytes as a known instance: seen before at this very place, or a copy elsewhere."""
        here = (known.seen_in, known.locator_sha256) == (thing.source_id, thing.locator_sha256)
        if not here:
            writer.outcome(thing, Outcome.DUPLICATE)
            self._tally.duplicate()
            return
        writer.supersede(thing)
        if not known.refused:
            self._tally.passed(known.outcome_id, Outcome.DUPLICATE)
        elif self._place.retry or Reason(known.reason) in RETRIED:
            _try_again(writer, known)
            self._tally.passed(known.outcome_id, Outcome.INGESTED)
        else:
            self._tally.refused(quarantined(Reason(known.reason)))

    def _add(self, writer: CatalogueWriter, header: InstanceHeader, thing: Thing, n_bytes: int) -> Refusal | None:
        if header.kind is InstanceKind.OTHER:
            return skipped(Reason.NOT_AN_IMAGE)
        if header.kind is InstanceKind.REPORT and not header.report_text.strip():
            return skipped(Reason.EMPTY_REPORT)
        if _series_is_elsewhere(writer, header):
            return quarantined(Reason.CONFLICTING_PATIENT, "the series is known in another study")
        study_id = writer.study(study_facts(header, self._place.source_id, self._place.site))
        if isinstance(study_id, Refusal):
            return study_id
        series_id = writer.series(study_id, series_facts(header))
        if isinstance(series_id, Refusal):
            return series_id
        outcome_id = writer.outcome(thing, Outcome.INGESTED)
        writer.instance(series_id, outcome_id, instance_facts(header, thing, n_bytes))
        if header.kind is InstanceKind.REPORT:
            self._add_report(writer, header, study_id, outcome_id)
        self._tally.passed(outcome_id, Outcome.INGESTED)
        return None

    def _add_report(self, writer: CatalogueWriter, header: InstanceHeader, study_id: int, outcome_id: int) -> None:
        incoming = IncomingReport(
            text=clean_text(header.report_text),
            source="dicom_sr",
            report_id=header.instance_uid,
            study_uid=header.study_uid,
            accession=header.accession,
            site=self._place.site,
            patient_id=header.patient_id,
            study_date=header.study_date,
            modality=header.modality,
        )
        identity = ("instance", header.instance_uid)
        report_id = writer.report(identity, (self._place.source_id, outcome_id), incoming, parse_report(incoming.text))
        writer.link(report_id, study_id, "study_uid")


def own_files_left_out(root: Path, limits: ReadLimits, archive_path: Path) -> Iterator[Locator | RefusedLocator]:
    """What is under `root`, without the files of the archive itself, should it lie there."""
    for locator in iter_locators(root, limits):
        place = locator.locator.path if isinstance(locator, RefusedLocator) else locator.path
        if not place.absolute().is_relative_to(archive_path):
            yield locator


def _known_instance(writer: CatalogueWriter, instance_uid: str) -> Row[Any] | None:
    statement = (
        select(instances, outcomes.c.locator_sha256, outcomes.c.reason, outcomes.c.source_id.label("seen_in"))
        .join(outcomes, outcomes.c.id == instances.c.outcome_id)
        .where(instances.c.instance_uid == clean_text(instance_uid))
    )
    return writer.connection.execute(statement).first()


def _series_is_elsewhere(writer: CatalogueWriter, header: InstanceHeader) -> bool:
    statement = (
        select(studies.c.study_uid)
        .join(series, series.c.study_id == studies.c.id)
        .where(series.c.series_uid == clean_text(header.series_uid))
    )
    known = writer.connection.execute(statement).scalar()
    return known is not None and known != clean_text(header.study_uid)


def _try_again(writer: CatalogueWriter, known: Row[Any]) -> None:
    connection = writer.connection
    connection.execute(update(instances).where(instances.c.id == known.id).values(refused=False))
    connection.execute(
        update(outcomes)
        .where(outcomes.c.id == known.outcome_id)
        .values(outcome=Outcome.INGESTED.value, reason="", detail="")
    )
    study = select(series.c.study_id).where(series.c.id == known.series_id).scalar_subquery()
    connection.execute(update(studies).where(studies.c.id == study).values(needs_plan=True))
