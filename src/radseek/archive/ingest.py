"""DICOM into an archive: headers, then pictures. Killed anywhere, it goes on and ends in the same state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from radseek.archive.header_pass import HeaderPass, SourcePlace, own_files_left_out
from radseek.archive.jobs import run_job
from radseek.archive.pixel_pass import PixelPass
from radseek.archive.planning import plan_pictures
from radseek.archive.run_tally import RunTally
from radseek.archive.schema import images
from radseek.archive.source_paths import source_root
from radseek.archive.thumbnails import sweep_thumbnails
from radseek.dicom import SandboxReader
from radseek.errors import InputError
from radseek.records.config import resolved_config
from radseek.records.progress import no_progress

if TYPE_CHECKING:
    from radseek.archive.folder import ArchiveFolder
    from radseek.encoders.spec import Encoder
    from radseek.records.outcomes import Tally
    from radseek.records.progress import ProgressListener


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What is seldom needed at an ingest."""

    site: str = ""
    """The hospital, when patient IDs or accession numbers of several hospitals meet in one archive."""
    retry: bool = False
    """Try pixels again that did not decode in an earlier run."""


@dataclass(frozen=True, slots=True)
class PictureSummary:
    """What a pass over the pending pictures brought."""

    encoded: int = 0
    """Pictures encoded now."""
    not_encoded: dict[str, int] = field(default_factory=dict)
    """Reason -> instances in use whose file could not be read again; their pictures stay, and stay pending."""


def ingest_folder(
    archive: ArchiveFolder,
    root: Path,
    name: str | None = None,
    encoder: Encoder | None = None,
    progress: ProgressListener = no_progress,
    options: IngestOptions = IngestOptions(),
) -> Tally:
    """Reads DICOM from a file, folder, zip archive or DICOMDIR.

    Everything seen ends in one of the four bins of the tally that comes back. What an earlier run has ingested counts
    as duplicate. Files of the archive itself, should it lie under `root`, are left out.

    Args:
        archive: Where to.
        root: Where from.
        name: Of the source, for filters; by default the folder's or file's name.
        encoder: Encodes in the same pass; None leaves that to `encode_pending`.
        progress: Hears how far it is.
        options: Site, retry.

    Raises:
        InputError: When there is nothing at `root`.
        BusyError: When another process writes to the archive.
        StorageError: When the disk refuses; the next run goes on.
    """
    if not root.exists():
        raise InputError(
            "there is no file or folder at the source path; check it for a typing error or a missing mount"
        )
    tally = RunTally()
    with run_job(archive, "ingest", progress) as job:
        folder = source_root(root)
        with archive.catalogue.writing() as writer:
            source_id = writer.source(name or root.absolute().name or "root", "dicom", folder, options.site)
        place = SourcePlace(source_id, folder, options.site, options.retry)
        locators = own_files_left_out(root.absolute(), archive.config.limits, archive.path)
        with SandboxReader(archive.config.limits, n_workers=archive.config.workers) as reader:
            HeaderPass(archive.catalogue, place, tally).run(locators, reader, job)
            summary = _work_off(PixelPass(archive, encoder, tally), archive, reader, job)
        job.summary = {"tally": resolved_config(tally.tally()), "encoded": summary.encoded}
    return tally.tally()


def encode_pending(
    archive: ArchiveFolder, encoder: Encoder | None, progress: ProgressListener = no_progress
) -> PictureSummary:
    """Makes the thumbnails and embeddings that are missing, for pictures of any source.

    Args:
        archive: Where.
        encoder: None for thumbnails only.
        progress: Hears how far it is.

    Raises:
        BusyError: When another process writes to the archive.
        StorageError: When the disk refuses; the next run goes on.
    """
    with run_job(archive, "encode", progress) as job:
        summary = work_off_pictures(archive, encoder, job)
        job.summary = resolved_config(summary)
    return summary


def work_off_pictures(
    archive: ArchiveFolder, encoder: Encoder | None, progress: ProgressListener, tally: RunTally | None = None
) -> PictureSummary:
    """Plans and decodes in turn until every planned picture was tried and no study wants another choice.

    The caller holds the archive for writing.

    Args:
        archive: Where.
        encoder: None for thumbnails only.
        progress: Hears how far it is.
        tally: Counts of the ingest run that the pictures belong to.
    """
    with SandboxReader(archive.config.limits, n_workers=archive.config.workers) as reader:
        return _work_off(PixelPass(archive, encoder, tally or RunTally()), archive, reader, progress)


def _work_off(
    pixels: PixelPass, archive: ArchiveFolder, reader: SandboxReader, progress: ProgressListener
) -> PictureSummary:
    plan_pictures(archive, progress)
    pixels.run(reader, progress)
    while plan_pictures(archive, progress):
        pixels.run(reader, progress)
    with archive.catalogue.reading() as connection:
        in_use = set(connection.execute(select(images.c.content_key)).scalars())
    sweep_thumbnails(archive.thumbnails_folder, in_use)
    return PictureSummary(pixels.encoded, pixels.not_encoded)
