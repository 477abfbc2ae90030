"""What an archive holds, for people."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from radseek.archive.status_queries import archive_counts, ingest_summary, sum_tallies
from radseek.errors import ArtifactError
from radseek.index import load_manifest
from radseek.records.outcomes import Tally

if TYPE_CHECKING:
    from radseek.archive.folder import ArchiveFolder


@dataclass(frozen=True, slots=True)
class ArchiveSummary:
    """Counts and versions of an archive."""

    n_studies: int
    n_images: int
    n_pending_images: int
    """Chosen pictures that could not be decoded or encoded yet."""
    n_reports: int
    n_unlinked_reports: int
    n_waiting_reports: int
    """Reports that a person should link."""
    n_sentences: int
    tally: Tally
    """What became of everything ever seen."""
    by_source: dict[str, Tally]
    generation: str
    """Name of the current index generation, empty when there is none yet."""
    indexed_at: str
    """When it was written, ISO 8601 in UTC."""
    encoder: str
    """Encoder name as configured."""
    version: str
    """Version of radseek."""


def summarise(archive: ArchiveFolder) -> ArchiveSummary:
    """Counts and versions of an archive as it is now."""
    from radseek import __version__

    with archive.catalogue.reading() as connection:
        counts = archive_counts(connection)
        by_source = ingest_summary(connection)
    try:
        manifest = load_manifest(archive.index_folder)
        generation, written = manifest.generation, manifest.written
    except ArtifactError:
        generation, written = "", ""
    return ArchiveSummary(
        **{field.name: getattr(counts, field.name) for field in fields(counts)},
        tally=sum_tallies(by_source.values()),
        by_source=by_source,
        generation=generation,
        indexed_at=written,
        encoder=archive.config.encoder,
        version=__version__,
    )
