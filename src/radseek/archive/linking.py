"""Links the catalogue's reports to its studies. The decision itself is `radseek.archive.link_decision`.

All reports that neither their source nor a person has linked are decided anew each time, so that the outcome depends on
what is in the catalogue and not on the order in which it came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, exists, func, select

from radseek.archive.link_decision import (
    WAITING_EXPLANATIONS,
    Link,
    LinkMethod,
    ReportIdentifiers,
    StudyIdentifiers,
    Waiting,
    decide_link,
)
from radseek.archive.schema import patients, reports, series, sources, studies
from radseek.archive.table_studies import TABLE_UID_ROOT
from radseek.errors import InputError
from radseek.records.progress import Progress, ProgressListener, no_progress

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

    from radseek.archive.catalogue_writes import CatalogueWriter
    from radseek.archive.folder import ArchiveFolder

LINKED, REVIEW, UNLINKED = "linked", "review", "unlinked"
"""Values of `reports.link_state`. A report without state `linked` has no study; `unlinked` was not looked at yet, or a
person has decided that it has none."""

BATCH = 500
"""Reports decided in one transaction; SQLite takes 32,766 values in a statement."""

_UID_IN_TEXT = re.compile(r"(?<![\d.])[0-2](?:\.\d+){5,}")
_REASONS = {sentence: reason.value for reason, sentence in WAITING_EXPLANATIONS.items()}
_OF_SOURCE = and_(reports.c.source_kind == "dicom_sr", reports.c.study_id.is_not(None))
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """How reports and studies stand after linking."""

    by_method: dict[str, int]
    """Method -> linked reports."""
    waiting: dict[str, int]
    """Reason -> reports in the review list."""
    reports_without_study: int
    studies_without_report: int


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """One line of the review list."""

    report_key: str
    reason: str
    """A `WaitingReason` value."""
    explanation: str
    """The same as a sentence."""
    candidates: tuple[str, ...]
    """Keys of the studies to choose from; may be empty."""


def link_reports(archive: ArchiveFolder, progress: ProgressListener = no_progress) -> LinkSummary:
    """Decides every report that no person and no source has linked, and says how things stand. Idempotent.

    Raises:
        BusyError: When another process writes.
    """
    with archive.writer_lock("link reports"):
        with archive.catalogue.reading() as connection:
            ids = list(connection.execute(select(reports.c.id).where(_is_open()).order_by(reports.c.id)).scalars())
        for done, batch in _counted_batches(ids):
            with archive.catalogue.writing() as writer:
                _link_batch(writer, batch)
            progress(Progress("link reports", done, len(ids)))
    with archive.catalogue.reading() as connection:
        return summarise_links(connection)


def summarise_links(connection: Connection) -> LinkSummary:
    """How reports and studies stand now."""
    grouped = select(reports.c.link_state, reports.c.link_method, reports.c.link_note, func.count()).group_by(
        reports.c.link_state, reports.c.link_method, reports.c.link_note
    )
    by_method: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for state, method, note, count in connection.execute(grouped):
        if state == LINKED:
            by_method[method] += count
        elif state == REVIEW:
            waiting[_REASONS.get(note, note)] += count
    without_study = select(func.count()).select_from(reports).where(reports.c.study_id.is_(None))
    without_report = (
        select(func.count()).select_from(studies).where(~exists().where(reports.c.study_id == studies.c.id))
    )
    return LinkSummary(
        by_method=dict(sorted(by_method.items())),
        waiting=dict(sorted(waiting.items())),
        reports_without_study=int(connection.execute(without_study).scalar_one()),
        studies_without_report=int(connection.execute(without_report).scalar_one()),
    )


def list_waiting(archive: ArchiveFolder, limit: int = 50, offset: int = 0) -> list[WaitingReport]:
    """A page of the review list, in the order in which the reports came; candidates as of now."""
    page = reports.c.link_state == REVIEW
    with archive.catalogue.reading() as connection:
        statement = select(reports).where(page).order_by(reports.c.id).limit(limit).offset(offset)
        rows = connection.execute(statement).all()
        identifiers = [_identifiers(row) for row in rows]
        pool = _Candidates(connection, identifiers)
        decisions = [decide_link(report, pool.of(report)) for report in identifiers]
    return [
        WaitingReport(row.report_key, decision.reason, WAITING_EXPLANATIONS[decision.reason], decision.candidates)
        if isinstance(decision, Waiting)
        else WaitingReport(
            row.report_key, "decided", "can be linked now: link the reports again", (decision.study_key,)
        )
        for row, decision in zip(rows, decisions, strict=True)
    ]


def resolve_link(
    archive: ArchiveFolder, report_key: str, study_key: str | None, *, while_waiting: bool = False
) -> None:
    """Links a report as a person decides, for good: to a study, or to none.

    Args:
        archive: The archive.
        report_key: Which report.
        study_key: Which study; None for none.
        while_waiting: Decide only while the report waits: what somebody decided meanwhile is not overwritten.

    Raises:
        InputError: When there is no such report or study, or the report does not wait any more.
        BusyError: When another process writes.
    """
    with archive.writer_lock("link a report"), archive.catalogue.writing() as writer:
        report_id = _id_of(writer.connection, reports.c.report_key == report_key, "report")
        if while_waiting and not _waits(writer.connection, report_id):
            raise InputError("this report was decided meanwhile, by somebody else or in another window")
        study_id = None if study_key is None else _id_of(writer.connection, studies.c.study_key == study_key, "study")
        state = UNLINKED if study_id is None else LINKED
        writer.link(report_id, study_id, LinkMethod.PERSON, state)


def reopen_link(archive: ArchiveFolder, report_key: str) -> None:
    """Takes back what a person decided about a report: it is decided anew, as if nobody had.

    Raises:
        InputError: When there is no such report, or no person has decided about it.
        BusyError: When another process writes.
    """
    with archive.writer_lock("link a report"), archive.catalogue.writing() as writer:
        report_id = _id_of(writer.connection, reports.c.report_key == report_key, "report")
        method = writer.connection.execute(select(reports.c.link_method).where(reports.c.id == report_id)).scalar_one()
        if method != LinkMethod.PERSON:
            raise InputError("nobody has decided about this report yet: there is nothing to take back")
        writer.link(report_id, None, "", REVIEW)
        _link_batch(writer, [report_id])


def _id_of(connection: Connection, condition: ColumnElement[bool], what: str) -> int:
    table = reports if what == "report" else studies
    found = connection.execute(select(table.c.id).where(condition)).scalar()
    if found is None:
        raise InputError(f"the archive has no {what} with this key")
    return int(found)


def _waits(connection: Connection, report_id: int) -> bool:
    state = select(reports.c.link_state).where(reports.c.id == report_id)
    return bool(connection.execute(state).scalar_one() == REVIEW)


def _is_open() -> ColumnElement[bool]:
    """Reports whose link is decided here: neither by a person nor by their source."""
    return and_(reports.c.link_method.not_in([LinkMethod.PERSON, LinkMethod.TABLE]), ~_OF_SOURCE)


def _link_batch(writer: CatalogueWriter, ids: Sequence[int]) -> None:
    rows = writer.connection.execute(select(reports).where(reports.c.id.in_(ids)).order_by(reports.c.id)).all()
    identifiers = [_identifiers(row) for row in rows]
    pool = _Candidates(writer.connection, identifiers)
    for row, report in zip(rows, identifiers, strict=True):
        decision = decide_link(report, pool.of(report))
        if isinstance(decision, Link):
            wanted: tuple[int | None, str, str, str] = (pool.id_of(decision.study_key), decision.method, LINKED, "")
        else:
            wanted = (None, "", REVIEW, WAITING_EXPLANATIONS[decision.reason])
        if wanted != (row.study_id, row.link_method, row.link_state, row.link_note):
            writer.link(row.id, *wanted)


def _identifiers(row: Row[Any]) -> ReportIdentifiers:
    return ReportIdentifiers(
        study_uid=row.study_uid,
        accession=row.accession,
        site=row.site,
        patient_id=row.patient_id,
        study_date=row.study_date,
        modality=row.modality,
        mentioned_uids=frozenset(_UID_IN_TEXT.findall(row.text)),
    )


class _Candidates:
    """The studies that share an identifier with any report of a batch.

    Args:
        connection: To read from.
        batch: What the reports say.
    """

    def __init__(self, connection: Connection, batch: Sequence[ReportIdentifiers]) -> None:
        uids = {uid for report in batch for uid in (report.study_uid, *report.mentioned_uids)} - {""}
        accessions = {report.accession for report in batch} - {""}
        patient_ids = {report.patient_id for report in batch} - {""}
        conditions = (
            (studies.c.study_uid, uids),
            (studies.c.accession, accessions),
            (patients.c.patient_id, patient_ids),
        )
        self._ids: dict[str, int] = {}
        self._by: dict[tuple[str, str], dict[str, StudyIdentifiers]] = {}
        rows = {row.id: row for column, values in conditions for row in _select_studies(connection, column, values)}
        modalities = _select_modalities(connection, rows)
        for row in rows.values():
            self._add(row, modalities.get(row.id, set()) | {row.modality})

    def _add(self, row: Row[Any], modalities: set[str]) -> None:
        study = StudyIdentifiers(
            study_key=row.study_key,
            study_uid=row.study_uid,
            accession=row.accession,
            site=row.site,
            patient_id=row.patient_name,
            study_date=row.study_date,
            modalities=frozenset(modalities - {""}),
            uid_is_derived=row.kind == "table" and row.study_uid.startswith(TABLE_UID_ROOT),
        )
        self._ids[study.study_key] = row.id
        named = (("uid", row.study_uid), ("accession", row.accession), ("patient", row.patient_name))
        for name in named:
            self._by.setdefault(name, {})[study.study_key] = study

    def id_of(self, study_key: str) -> int:
        """The study's id in the catalogue."""
        return self._ids[study_key]

    def of(self, report: ReportIdentifiers) -> list[StudyIdentifiers]:
        """The studies that this report may mean."""
        names = [("uid", uid) for uid in (report.study_uid, *sorted(report.mentioned_uids))]
        names += [("accession", report.accession), ("patient", report.patient_id)]
        found: dict[str, StudyIdentifiers] = {}
        for name in names:
            if name[1]:
                found |= self._by.get(name, {})
        return list(found.values())


def _select_studies(connection: Connection, column: ColumnElement[str], values: set[str]) -> Iterator[Row[Any]]:
    for batch in _batches(sorted(values)):
        yield from connection.execute(
            select(studies, patients.c.patient_id.label("patient_name"), sources.c.kind)
            .join(patients, patients.c.id == studies.c.patient_id)
            .join(sources, sources.c.id == studies.c.source_id)
            .where(column.in_(batch))
        )


def _select_modalities(connection: Connection, study_ids: Iterable[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for batch in _batches(study_ids):
        statement = select(series.c.study_id, series.c.modality).where(series.c.study_id.in_(batch)).distinct()
        for study_id, modality in connection.execute(statement):
            found.setdefault(study_id, set()).add(modality)
    return found


def _counted_batches(values: Sequence[_T]) -> Iterator[tuple[int, list[_T]]]:
    done = 0
    for batch in _batches(values):
        done += len(batch)
        yield done, batch


def _batches(values: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, BATCH)):
        yield batch
