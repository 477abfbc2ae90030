"""Long work is written down: what ran, how far it came, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.schema import jobs
from radseek.errors import RadseekError
from radseek.records.progress import Progress

if TYPE_CHECKING:
    from radseek.archive.catalogue import Catalogue
    from radseek.archive.folder import ArchiveFolder
    from radseek.records.progress import ProgressListener

_NOTE_SECONDS = 5.0


class Job:
    """A running job. Call it with progress: the listener hears everything, the catalogue every few seconds.

    Args:
        catalogue: Where it is written down.
        job_id: Its row.
        listener: Who wants to hear.
    """

    def __init__(self, catalogue: Catalogue, job_id: int, listener: ProgressListener) -> None:
        self._catalogue = catalogue
        self._id = job_id
        self._listener = listener
        self._noted_at = time.monotonic()
        self._last = Progress("", 0)
        self.summary: dict[str, Any] = {}
        """What came of it: counts and keys only; written down at the end."""

    def __call__(self, progress: Progress, /) -> None:
        """Passes progress on. Must not be called inside a write transaction."""
        self._listener(progress)
        self._last = progress
        if time.monotonic() - self._noted_at > _NOTE_SECONDS:
            self._noted_at = time.monotonic()
            self._note(done=progress.done, total=progress.total)

    def _note(self, **values: Any) -> None:  # noqa: ANN401  (column values)
        with self._catalogue.writing() as writer:
            writer.connection.execute(update(jobs).where(jobs.c.id == self._id).values(**values))

    def finish(self, state: str) -> None:
        """Writes down how it ended: done, failed or interrupted."""
        last = {"done": self._last.done, "total": self._last.total}
        self._note(state=state, finished_at=utc_now(), summary=self.summary, **last)


@contextmanager
def run_job(archive: ArchiveFolder, kind: str, listener: ProgressListener) -> Iterator[Job]:
    """Holds the archive for writing and writes down the job that the block does.

    A job that a kill left `running` is noted as interrupted by the next one.

    Raises:
        BusyError: When another process writes.
    """
    with archive.writer_lock(kind):
        with archive.catalogue.writing() as writer:
            writer.connection.execute(update(jobs).where(jobs.c.state == "running").values(state="interrupted"))
            values = {"kind": kind, "state": "running", "started_at": utc_now(), "done": 0, "summary": {}}
            key = writer.connection.execute(insert(jobs).values(**values)).inserted_primary_key
        job = Job(archive.catalogue, int(key[0]) if key else 0, listener)
        try:
            yield job
        except KeyboardInterrupt:
            job.finish("interrupted")
            raise
        except (RadseekError, OSError):
            _finish_failed(job)
            raise
        job.finish("done")


def _finish_failed(job: Job) -> None:
    try:
        job.finish("failed")
    except RadseekError:
        pass  # the disk that made the job fail refuses this note too; the next job notes it as interrupted
