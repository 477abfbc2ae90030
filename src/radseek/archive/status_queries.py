"""What an archive holds, what it refused and why, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from radseek.archive.schema import audit, images, jobs, outcomes, reports, sentences, sources, studies
from radseek.records.outcomes import Outcome, Tally

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from radseek.archive.keys import Keyring


@dataclass(frozen=True, slots=True)
class ArchiveCounts:
    """How much there is."""

    n_studies: int
    n_images: int
    """Pictures that can be shown."""
    n_pending_images: int
    """Pictures that were chosen and not decoded yet."""
    n_reports: int
    n_sentences: int
    n_waiting_reports: int
    """Reports that a person should link."""
    n_unlinked_reports: int


@dataclass(frozen=True, slots=True)
class RefusedThing:
    """Something that was seen and not ingested, under a key that stands for its file name."""

    thing_key: str
    source: str
    kind: str
    outcome: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job, past or present."""

    kind: str
    state: str
    """running, done, failed or interrupted."""
    started_at: str
    finished_at: str | None
    done: int
    total: int | None
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what, when."""

    at: str
    principal: str
    action: str
    detail: dict[str, Any]


def archive_counts(connection: Connection) -> ArchiveCounts:
    """How much there is."""

    def count(statement: Any) -> int:  # noqa: ANN401  (any select of a count)
        return int(connection.execute(statement).scalar_one())

    n = func.count()
    return ArchiveCounts(
        n_studies=count(select(n).select_from(studies)),
        n_images=count(select(n).select_from(images).where(images.c.ready.is_(True))),
        n_pending_images=count(select(n).select_from(images).where(images.c.ready.is_(False))),
        n_reports=count(select(n).select_from(reports)),
        n_sentences=count(select(n).select_from(sentences)),
        n_waiting_reports=count(select(n).select_from(reports).where(reports.c.link_state == "review")),
        n_unlinked_reports=count(select(n).select_from(reports).where(reports.c.link_state == "unlinked")),
    )


def ingest_summary(connection: Connection) -> dict[str, Tally]:
    """Source name -> what became of everything ever seen there, as the catalogue stands now."""
    statement = (
        select(sources.c.name, outcomes.c.outcome, outcomes.c.reason, func.count().label("n"))
        .join(sources, sources.c.id == outcomes.c.source_id)
        .group_by(sources.c.name, outcomes.c.outcome, outcomes.c.reason)
        .order_by(sources.c.name, outcomes.c.reason)
    )
    by_source: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(statement):
        by_source.setdefault(row.name, []).append(row)
    return {name: _tally(rows) for name, rows in by_source.items()}


def sum_tallies(tallies: Iterable[Tally]) -> Tally:
    """One tally of all."""
    ingested = duplicate = 0
    skipped: dict[str, int] = {}
    quarantined: dict[str, int] = {}
    for tally in tallies:
        ingested, duplicate = ingested + tally.ingested, duplicate + tally.duplicate
        for total, part in ((skipped, tally.skipped), (quarantined, tally.quarantined)):
            for reason, n in part.items():
                total[reason] = total.get(reason, 0) + n
    return Tally(ingested, duplicate, dict(sorted(skipped.items())), dict(sorted(quarantined.items())))


def quarantine_list(
    connection: Connection, keys: Keyring, outcome: Outcome = Outcome.QUARANTINED
) -> list[RefusedThing]:
    """What was quarantined (or skipped), by source and reason."""
    statement = (
        select(outcomes, sources.c.name)
        .join(sources, sources.c.id == outcomes.c.source_id)
        .where(outcomes.c.outcome == outcome.value)
        .order_by(sources.c.name, outcomes.c.reason, outcomes.c.id)
    )
    return [
        RefusedThing(
            thing_key=keys.thing(row.name, row.locator_sha256),
            source=row.name,
            kind=row.kind,
            outcome=row.outcome,
            reason=row.reason,
            detail=row.detail,
        )
        for row in connection.execute(statement)
    ]


def job_list(connection: Connection, count: int = 20) -> list[JobRecord]:
    """The newest jobs, newest first."""
    statement = select(jobs).order_by(jobs.c.id.desc()).limit(count)
    return [
        JobRecord(row.kind, row.state, row.started_at, row.finished_at, row.done, row.total, row.summary)
        for row in connection.execute(statement)
    ]


def audit_list(connection: Connection, count: int = 100) -> list[AuditEvent]:
    """The newest audit events, newest first."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(count)
    return [AuditEvent(row.at, row.principal, row.action, row.detail) for row in connection.execute(statement)]


def _tally(rows: Iterable[Row[Any]]) -> Tally:
    counts: dict[str, dict[str, int]] = {outcome.value: {} for outcome in Outcome}
    for row in rows:
        counts[row.outcome][row.reason] = int(row.n)
    return Tally(
        ingested=sum(counts["ingested"].values()),
        duplicate=sum(counts["duplicate"].values()),
        skipped=counts["skipped"],
        quarantined=counts["quarantined"],
    )
