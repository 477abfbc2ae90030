"""Building maps beside what people do: one at a time, with its progress, to be stopped at any moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from radseek.archive.catalogue_writes import utc_now
from radseek.errors import RadseekError
from radseek.records.archive_map import MapKind
from radseek.records.progress import Progress, ProgressListener

if TYPE_CHECKING:
    from radseek.archive.map_claim import NotedBuild

_LONGEST_END_S = 20.0
"""Seconds that a build gets to take note of being stopped."""


@dataclass(frozen=True, slots=True)
class MapBuilding:
    """A map that is being built, or could not be."""

    kind: MapKind
    progress: Progress | None
    """How far it is; None before the first word of it."""
    seconds: float
    """Since it began."""
    is_running: bool
    problem: str = ""
    """Why it could not be built; empty while it runs and when it was stopped."""
    is_here: bool = True
    """Whether this process builds it, so that it can be stopped here; else a command beside it does."""
    began: str = ""
    """ISO 8601, UTC; empty where it is not known."""


def built_elsewhere(noted: NotedBuild, is_running: bool = True) -> MapBuilding:
    """A build of another process, by what that wrote down of it."""
    began = datetime.fromisoformat(noted.began) if noted.began else None
    seconds = max(0.0, (datetime.now(UTC) - began).total_seconds()) if began else 0.0
    return MapBuilding(noted.kind, noted.progress, seconds, is_running, is_here=False, began=noted.began)


class _StoppedError(Exception):
    """A person stopped the build."""


class MapBuilder:
    """Builds one map at a time in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._kind = MapKind.PICTURES
        self._progress: Progress | None = None
        self._began_s, self._began = 0.0, ""
        self._problem = ""

    def start(self, kind: MapKind, build: Callable[[ProgressListener], object]) -> bool:
        """Begins; False when another build is still running."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._stopping.clear()
            self._kind, self._progress, self._problem = kind, None, ""
            self._began_s, self._began = time.monotonic(), utc_now()
            self._thread = threading.Thread(target=self._run, args=[build], name="radseek-map", daemon=True)
            self._thread.start()
            return True

    def now(self) -> MapBuilding | None:
        """The build that runs, or the last one; None before any."""
        with self._lock:
            if self._thread is None:
                return None
            seconds = time.monotonic() - self._began_s
            is_running = self._thread.is_alive()
            return MapBuilding(self._kind, self._progress, seconds, is_running, self._problem, began=self._began)

    def stop(self) -> None:
        """Ends the build that runs, and waits for its end."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._stopping.set()
            thread.join(_LONGEST_END_S)

    def _run(self, build: Callable[[ProgressListener], object]) -> None:
        problem = "building the map ended unexpectedly; the log of the server says more"
        try:
            build(self._listen)
            problem = ""
        except _StoppedError:
            problem = ""
        except RadseekError as error:
            problem = str(error)
        finally:
            self._problem = problem

    def _listen(self, progress: Progress, /) -> None:
        if self._stopping.is_set():
            raise _StoppedError
        self._progress = progress
