"""What an archive holds, for people."""

from __future__ import annotations

from dataclasses import dataclass

from radseek.records.outcomes import Tally


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
