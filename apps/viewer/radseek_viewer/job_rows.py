"""All that takes long on an archive, as rows of one list: what ingest and index do, evaluations, and maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from radseek_viewer.cohort_view import moment
from radseek_viewer.durations import describe_seconds, seconds_between
from radseek_viewer.evaluation_start import describe_stage
from radseek_viewer.links import evaluation_parameters
from radseek_viewer.map_building import describe_building
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.records.archive_map import MapFacts
    from radseek.service import EvaluationRun, JobRecord, MapBuilding
    from radseek_viewer.connection import ViewerArchive

MOST = 20
"""Rows of the list."""
EVALUATE_PAGE, MAP_PAGE = "app_pages/evaluate.py", "app_pages/map.py"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job of the list."""

    kind: str
    """`ingest`, `index`, `evaluation` or `map`."""
    name: str
    """What tells it from others of its kind; may be empty."""
    state: str
    """A key of `evaluation_words.STATES`."""
    began: str
    """ISO 8601, UTC; empty where nobody wrote it down."""
    told: str
    """When, how long and how much, in words."""
    share: float | None = None
    """Of what runs: how much is done, 0..1; None where the whole is not known."""
    progress: str = ""
    """Of what runs: how far it is, with the time left."""
    page: str = ""
    """Where more of it is to be seen; empty where nowhere."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Of that page."""
    may_stop: bool = False
    """Whether it can be stopped from here."""


def job_rows(archive: ViewerArchive, now: datetime | None = None) -> list[JobRow]:
    """What runs, and then the newest of what ran.

    Args:
        archive: The archive.
        now: Until when that which runs has run.
    """
    now = now or datetime.now(UTC)
    rows = [
        *(ingest_row(job, now) for job in archive.jobs()),
        *(evaluation_row(run, now) for run in archive.evaluations.runs() if not run.made_elsewhere),
        *_map_rows(archive.map.building(), archive.map.cut_off(), archive.map.built()),
    ]
    rows.sort(key=lambda row: (row.state == "running", row.began), reverse=True)
    return rows[:MOST]


def ingest_row(job: JobRecord, now: datetime) -> JobRow:
    """The row of a job of the catalogue: it runs where it was started, and is stopped there."""
    running = job.state == "running"
    share = min(1.0, job.done / job.total) if running and job.total else None
    return JobRow(
        job.kind, "", job.state, job.started_at, describe_job(job), share,
        describe_progress(job, now) if share is not None else "",
    )  # fmt: skip


def evaluation_row(run: EvaluationRun, now: datetime) -> JobRow:
    """The row of an evaluation of this archive."""
    running = run.state == "running"
    share = (min(1.0, run.done / run.total) if run.total else 0.0) if running else None
    return JobRow(
        "evaluation", run.name, run.state, run.started_at, _told(run.started_at, run.finished_at), share,
        describe_stage(run, now) if running else "", EVALUATE_PAGE,
        () if running else tuple(evaluation_parameters(run.name).items()), may_stop=running,
    )  # fmt: skip


def building_row(building: MapBuilding) -> JobRow:
    """The row of a map that is being built, or could not be."""
    told = " · ".join(part for part in (_told(building.began, ""), building.problem) if part)
    share, progress = describe_building(building) if building.is_running else (None, "")
    state = "running" if building.is_running else "failed" if building.problem else "interrupted"
    return JobRow(
        "map", f"by {building.kind}", state, building.began, told, share, progress,
        MAP_PAGE, (("by", building.kind.value),), may_stop=building.is_running and building.is_here,
    )  # fmt: skip


def map_row(facts: MapFacts) -> JobRow:
    """The row of a map that was built."""
    began = (datetime.fromisoformat(facts.written) - timedelta(seconds=facts.seconds)).isoformat()
    told = f"{_told(began, facts.written)} · {counted(facts.n_studies, 'study')}"
    return JobRow(
        "map", f"by {facts.kind}", "done", began, told, page=MAP_PAGE, parameters=(("by", facts.kind.value),)
    )  # fmt: skip


def _map_rows(building: MapBuilding | None, cut_off: MapBuilding | None, built: Iterable[MapFacts]) -> Iterator[JobRow]:
    """A build that ended well is told by its map."""
    if building is not None and (building.is_running or building.problem):
        yield building_row(building)
    if cut_off is not None:
        yield building_row(cut_off)
    yield from map(map_row, built)


def describe_job(job: JobRecord) -> str:
    """When it ran, for how long, and how much it did."""
    told = _told(job.started_at, job.finished_at or "")
    if not job.done:
        return told
    return f"{told} · {job.done:,} of {job.total:,}" if job.total else f"{told} · {job.done:,} done"


def describe_progress(job: JobRecord, now: datetime) -> str:
    """Such as `1,200 of 5,000 · about 3 min left`."""
    told = f"{job.done:,} of {job.total:,}"
    if not job.done or not job.total:
        return told
    left_s = seconds_between(job.started_at, now) / job.done * (job.total - job.done)
    return f"{told} · about {describe_seconds(left_s)} left"


def _told(began: str, ended: str) -> str:
    parts = [f"started {moment(began)}"] if began else []
    if began and ended:
        parts.append(f"took {describe_seconds(seconds_between(began, ended))}")
    return " · ".join(parts)
