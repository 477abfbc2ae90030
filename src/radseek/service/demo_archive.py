"""The demo's archive: sources written, ingested and indexed once; a second call finds it ready."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from radseek.archive.folder import CONFIG_NAME
from radseek.archive.status_queries import sum_tallies
from radseek.archive.storage import plain_storage_errors, write_whole
from radseek.errors import ConfigError
from radseek.records.outcomes import Tally
from radseek.records.progress import ProgressListener, no_progress
from radseek.service.archive import Archive
from radseek.service.demo import VERSION, DemoSources, prepare_demo
from radseek.service.ingesting import IngestOptions

MARKER = "demo.json"
PHANTOMS, SAMPLES = "phantoms", "pydicom samples"
"""Names of the demo's sources, for filters."""


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
    archive_path = folder / "archive"
    state = _read_marker(folder)
    if state.get("ready") == _state(archive_path):
        return DemoArchive(archive_path, built=False, tally=Tally())
    if state.get("version") != VERSION and archive_path.exists():
        shutil.rmtree(archive_path)  # ours: `_read_marker` found the demo's marker beside it
    with plain_storage_errors("making the demo folder"):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / MARKER, json.dumps({"version": VERSION}).encode())
    sources = prepare_demo(folder / "sources", progress)
    if not (archive_path / CONFIG_NAME).exists():
        Archive.create(archive_path).close()
    tally = _fill(archive_path, sources, progress)
    with plain_storage_errors("finishing the demo"):
        write_whole(folder / MARKER, json.dumps({"version": VERSION, "ready": _state(archive_path)}).encode())
    return DemoArchive(archive_path, built=True, tally=tally)


def _fill(archive_path: Path, sources: DemoSources, progress: ProgressListener) -> Tally:
    with Archive.open(archive_path) as archive:
        reports = [
            archive.ingest(sources.dicom_folder, IngestOptions("dicom", name=PHANTOMS), progress),
            archive.ingest(sources.real_dicom_folder, IngestOptions("dicom", name=SAMPLES), progress),
            archive.ingest(sources.reports_path, IngestOptions("reports", name=PHANTOMS), progress),
        ]
        archive.index(progress=progress)
        return sum_tallies(report.tally for report in reports)


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


def _state(archive_path: Path) -> dict[str, str] | None:
    """What the archive was made with, so that another encoder or version builds it again; None when there is none."""
    if not (archive_path / CONFIG_NAME).is_file():
        return None
    with Archive.open(archive_path) as archive:
        summary = archive.summary()
        spec = archive.retriever.encoder().spec
        return {
            "generation": summary.generation,
            "radseek": summary.version,
            "encoder": f"{spec.id} {spec.revision} {spec.numerics}",
        }
