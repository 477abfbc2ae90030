"""The demo's archive: sources written, ingested and indexed once; a second call finds it ready."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from radseek.archive.folder import CONFIG_NAME
from radseek.archive.status_queries import sum_tallies
from radseek.archive.storage import plain_storage_errors, write_whole
from radseek.errors import ArtifactError, ConfigError
from radseek.records.outcomes import Tally
from radseek.records.progress import ProgressListener, no_progress
from radseek.service.archive import Archive
from radseek.service.demo import VERSION, DemoSources, prepare_demo
from radseek.service.ingesting import IngestOptions

MARKER = "demo.json"
PHANTOMS, SAMPLES = "phantoms", "pydicom samples"
"""Names of the demo's sources, for filters."""
_FINISHED: dict[str, object] = {"version": VERSION, "finished": True}


@dataclass(frozen=True, slots=True)
class DemoArchive:
    """The ready demo."""

    archive: Path
    built: bool
    """False when it was ready before."""
    tally: Tally
    """What became of all sources in this call; empty when it was ready before."""


def prepare_demo_archive(folder: Path, progress: ProgressListener = no_progress) -> DemoArchive:
    """The demo in `folder`, built if need be; interrupted, the next call goes on.

    Raises:
        ConfigError: When `folder` holds something that is not a demo of radseek.
        StorageError: When the disk refuses.
    """
    path = folder / "archive"
    state = _read_marker(folder)
    if state == _FINISHED and _is_searchable(path):
        return DemoArchive(path, built=False, tally=Tally())
    if state.get("version") != VERSION and path.exists():
        shutil.rmtree(path)  # ours: the demo's marker lies beside it
    _write_marker(folder, {"version": VERSION})
    sources = prepare_demo(folder / "sources", progress)
    if not (path / CONFIG_NAME).exists():
        Archive.create(path).close()
    tally = _fill(path, sources, progress)
    _write_marker(folder, _FINISHED)
    return DemoArchive(path, built=True, tally=tally)


def _fill(path: Path, sources: DemoSources, progress: ProgressListener) -> Tally:
    with Archive.open(path) as archive:
        reports = [
            archive.ingest(sources.dicom_folder, IngestOptions("dicom", name=PHANTOMS), progress),
            archive.ingest(sources.real_dicom_folder, IngestOptions("dicom", name=SAMPLES), progress),
            archive.ingest(sources.reports_path, IngestOptions("reports", name=PHANTOMS), progress),
        ]
        archive.index(progress=progress)
        return sum_tallies(report.tally for report in reports)


def _is_searchable(path: Path) -> bool:
    """Whether the archive has an index that is whole and made by the encoder of today."""
    try:
        with Archive.open(path) as archive:
            archive.require_index()
    except ArtifactError:
        return False
    return True


def _read_marker(folder: Path) -> dict[str, object]:
    marker = folder / MARKER
    if not marker.is_file():
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError("the demo folder holds something else; choose another with --folder")
        return {}
    try:
        state = json.loads(marker.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


def _write_marker(folder: Path, state: dict[str, object]) -> None:
    with plain_storage_errors("writing the demo's marker"):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / MARKER, json.dumps(state).encode())
