"""The jobs of an archive: what runs now and how far it is, and what earlier ones came to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.service import JobRecord
    from radseek_viewer.connection import ViewerArchive

STATES = {
    "running": ":material/progress_activity: running",
    "done": ":material/check_circle: done",
    "failed": ":material/error: failed",
    "interrupted": ":material/stop_circle: interrupted",
}
"""State of a job -> mark and word."""

_EVERY_S = 2.0


def show_jobs(archive: ViewerArchive) -> None:
    """The newest jobs; looked up again every few seconds, so that a running one moves."""
    st.fragment(_jobs, run_every=_EVERY_S)(archive)


def _jobs(archive: ViewerArchive) -> None:
    jobs = archive.jobs()
    if not jobs:
        text = "Bringing scans in and indexing them are jobs: radseek ingest, radseek index."
        show_notice("no_jobs", Notice("No job has run yet", text))
        return
    for job in jobs:
        with st.container(border=True):
            st.markdown(f"**{job.kind.capitalize()}** &nbsp; {STATES[job.state]}")
            if job.state == "running" and job.total:
                st.progress(min(1.0, job.done / job.total), text=describe_progress(job, datetime.now(UTC)))
            st.caption(describe_job(job))


def describe_job(job: JobRecord) -> str:
    """When it ran, for how long, and how much it did."""
    parts = [f"started {job.started_at[:16].replace('T', ' ')} UTC"]
    if job.finished_at:
        parts.append(f"took {describe_seconds(_seconds(job.started_at, datetime.fromisoformat(job.finished_at)))}")
    if job.done:
        parts.append(f"{job.done:,} of {job.total:,}" if job.total else f"{job.done:,} done")
    return " · ".join(parts)


def describe_progress(job: JobRecord, now: datetime) -> str:
    """Such as `1,200 of 5,000 · about 3 min left`."""
    told = f"{job.done:,} of {job.total:,}"
    if not job.done or not job.total:
        return told
    left_s = _seconds(job.started_at, now) / job.done * (job.total - job.done)
    return f"{told} · about {describe_seconds(left_s)} left"


def describe_seconds(seconds: float) -> str:
    """Such as `45 s`, `3 min` or `2 h 10 min`."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return counted(minutes, "min").replace("mins", "min") if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _seconds(started_at: str, end: datetime) -> float:
    return (end - datetime.fromisoformat(started_at)).total_seconds()
