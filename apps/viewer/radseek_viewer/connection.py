"""Which archive this viewer process shows: the one place where pages and routes get it from."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from radseek.errors import ConfigError, RadseekError
from radseek.records.search_options import SearchOptions

if TYPE_CHECKING:
    from radseek.records.search import Answer, StudyView, Where
    from radseek.service import (
        ArchiveMap,
        ArchiveSummary,
        Cohorts,
        FrameValues,
        JobRecord,
        LinkReview,
        RefusedThing,
        StackView,
    )

ARCHIVE_VARIABLE = "RADSEEK_ARCHIVE"
"""Environment variable that holds the archive's folder; `radseek serve` sets it."""


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

    def quarantined(self) -> list[RefusedThing]:
        """What was quarantined and why."""

    def jobs(self, count: int = 20) -> list[JobRecord]:
        """The newest jobs, newest first."""

    @property
    def cohorts(self) -> Cohorts:
        """Named, versioned sets of studies."""

    @property
    def map(self) -> ArchiveMap:
        """The archive in two dimensions."""

    @property
    def review(self) -> LinkReview:
        """Reports that wait for a person to link them."""

    def prepare(self) -> None:
        """Load what first searches would wait for."""

    def close(self) -> None:
        """End the decoder's process and close the catalogue."""

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


def warm_up() -> None:
    """Load what first searches would wait for. Troubles are left for the pages to say.

    What is loaded stays: Streamlit collects garbage after every run of a page, and would look through all of it.
    """
    with contextlib.suppress(RadseekError):
        connected_archive().prepare()
    gc.collect()
    gc.freeze()


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
