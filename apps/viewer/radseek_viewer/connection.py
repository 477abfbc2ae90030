"""Which archive this viewer process shows: the one place where pages and routes get it from."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from radseek.errors import ConfigError, RadseekError
from radseek.records.search_options import SearchOptions

if TYPE_CHECKING:
    from radseek.records.findings import StatedFinding
    from radseek.records.search import Answer, StudyView, Where
    from radseek.records.timeline import PatientTimeline
    from radseek.service import (
        ArchiveMap,
        ArchiveSummary,
        Cohorts,
        EncoderCard,
        Evaluations,
        FrameValues,
        JobRecord,
        LinkReview,
        RefusedThing,
        StackView,
    )

ARCHIVE_VARIABLE = "RADSEEK_ARCHIVE"
"""Environment variable that holds the archive's folder; `radseek serve` sets it."""


QUIET_SHARE = 0.1
"""A moment is quiet when the process used no more than this share of a processor for so long."""
FIRST_QUIET_S, FIRST_LONGEST_S = 2.0, 4.0
"""How long it must be quiet before searches are made ready: as long as a browser may take to start. Where it never is,
they are made ready after the longer time."""
QUIET_S, LONGEST_S = 5.0, 60.0
"""The same for pictures as queries, which are asked more seldom."""


class ViewerArchive(Protocol):
    """What the viewer needs of `radseek.service.Archive`."""

    def search(
        self,
        text: str,
        k: int = 10,
        where: Where | Mapping[str, Any] | None = None,
        *,
        options: SearchOptions = SearchOptions(),
    ) -> Answer:
        """Ranked studies for a query."""

    def study(self, study_key: str) -> StudyView:
        """One study with its pictures and reports."""

    def timeline(self, study_key: str, asked: Iterable[StatedFinding] = ()) -> PatientTimeline:
        """All studies of the study's patient in time, and what each report says of the findings asked."""

    def thumbnail(self, image_key: str) -> bytes:
        """The small picture, WebP or JPEG."""

    def stack(self, image_key: str) -> StackView:
        """The series that a picture belongs to, in order."""

    def stack_frame_values(self, image_key: str, index: int) -> FrameValues:
        """The values of one slice of the series that a picture belongs to; `index` from 0."""

    def facets(self, where: Where | Mapping[str, Any] | None = None) -> Mapping[str, Mapping[str, int]]:
        """Field -> value -> number of studies that the filters allow."""

    def summary(self) -> ArchiveSummary:
        """Counts and versions."""

    def encoder_card(self) -> EncoderCard:
        """What searches the archive, in words."""

    def quarantined(self) -> list[RefusedThing]:
        """What was quarantined and why."""

    def jobs(self, count: int = 20) -> list[JobRecord]:
        """The newest jobs, newest first."""

    @property
    def cohorts(self) -> Cohorts:
        """Named, versioned sets of studies."""

    @property
    def evaluations(self) -> Evaluations:
        """How good its encoder was found to be here."""

    @property
    def map(self) -> ArchiveMap:
        """The archive in two dimensions."""

    @property
    def review(self) -> LinkReview:
        """Reports that wait for a person to link them."""

    def prepare_libraries(self) -> None:
        """Import what holds up everything else while it is imported."""

    def prepare_frames(self) -> None:
        """Start what a first frame would wait for."""

    def prepare(self) -> None:
        """Load what first searches would wait for."""

    def prepare_pictures(self) -> None:
        """Load what a first search with a picture would wait for besides."""

    def close(self) -> None:
        """End the decoder's process and close the catalogue."""

    def current_generation(self) -> str:
        """Name of the index generation that searches read now; empty when there is none."""

    def examples(self) -> tuple[str, ...]:
        """Queries worth trying on this archive."""


class _Connection:
    """Holds the open archive; opening it twice would load the index twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._archive: ViewerArchive | None = None

    def set(self, archive: ViewerArchive | None) -> None:
        with self._lock:
            self._archive = archive

    def close(self) -> None:
        with self._lock:
            archive, self._archive = self._archive, None
        if archive is not None:
            archive.close()

    def get(self) -> ViewerArchive:
        with self._lock:
            if self._archive is None:
                self._archive = _open(os.environ.get(ARCHIVE_VARIABLE, ""))
            return self._archive


def _open(path: str) -> ViewerArchive:
    if not path:
        raise ConfigError(f"no archive to show: use `radseek serve ARCHIVE`, or set {ARCHIVE_VARIABLE}")
    from radseek.service import Archive

    return Archive.open(Path(path))


_CONNECTION = _Connection()


def connect(archive: ViewerArchive | None) -> None:
    """Show `archive` from now on; None forgets it, so that the next use opens the one of the environment."""
    _CONNECTION.set(archive)


def load_libraries() -> None:
    """Import what searches run on before anybody is served. Troubles are left for the pages to say."""
    with contextlib.suppress(RadseekError, ImportError):
        connected_archive().prepare_libraries()


def warm_up(ending: threading.Event) -> None:
    """Load what first pages and searches would wait for. Troubles are left for the pages to say.

    Who opens the viewer as soon as it answers gets page and scan first: what searches need is loaded once that stands.
    Pictures as queries, seconds of work more, wait for a longer pause.
    What is loaded stays: the garbage collector need not look through it again.

    Args:
        ending: Set when the server ends; nothing is begun then.
    """
    with _loading():
        connected_archive().prepare_frames()
    if _await_quiet(ending, FIRST_QUIET_S, FIRST_LONGEST_S):
        with _loading():
            connected_archive().prepare()
    if _await_quiet(ending, QUIET_S, LONGEST_S):
        with _loading():
            connected_archive().prepare_pictures()


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    with contextlib.suppress(RadseekError):
        yield
    gc.collect()
    gc.freeze()


def _await_quiet(ending: threading.Event, quiet_s: float, longest_s: float) -> bool:
    """True once this process has done little for `quiet_s`, or after `longest_s`; False when the server ends."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        before = time.process_time()
        if ending.wait(quiet_s):
            return False
        if time.process_time() - before < QUIET_SHARE * quiet_s:
            break
    return not ending.is_set()


def disconnect() -> None:
    """Close the archive, if one was opened."""
    _CONNECTION.close()


def connected_archive() -> ViewerArchive:
    """The archive that this process shows, opened at first use.

    Raises:
        ConfigError: When no archive is named.
        ArtifactError: When it does not open.
    """
    return _CONNECTION.get()
