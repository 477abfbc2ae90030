"""The map of an archive: one point a study, near each other what the encoder calls alike. What is said of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

COLOUR_FIELDS = ("modality", "body_part", "source", "year", "sex")
"""Fields of a study by which its point may be coloured."""

FEWEST_STUDIES = 20
"""Of fewer studies no map is made: their neighbourhoods say nothing."""


class MapKind(StrEnum):
    """What two studies are compared by. Vectors of pictures and of sentences are in different places: one map each."""

    PICTURES = "pictures"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class MapFacts:
    """What is known of a map without its points."""

    kind: MapKind
    generation: str
    """Index generation from which it was made."""
    n_studies: int
    n_landmarks: int
    """Studies that were laid out by themselves; the others lie where their nearest landmarks are."""
    n_neighbours: int
    """Neighbours for the next two."""
    kept_neighbours: float | None
    """Share of the studies nearest to one on the map that are among those most alike to it, over a sample, 0..1; None
    where there are too few studies to tell."""
    trustworthiness: float | None
    """As Venna and Kaski (2001) define it, over the same sample, 0..1: low where strangers lie near each other."""
    seconds: float
    """How long it took to make."""
    written: str
    """Time in UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class FindingCount:
    """A finding and how many of a map's studies state it."""

    finding: str
    """Name in the lexicon."""
    title: str
    """What people call it."""
    n_present: int
    """Studies whose report says, or suspects, that it or a kind of it is there."""
    n_absent: int
    """Studies whose reports only deny it."""


@dataclass(frozen=True, slots=True)
class FindingShare:
    """How often a finding is stated as present among selected studies, and among all others."""

    finding: str
    title: str
    n_inside: int
    share_inside: float
    """Of the selected studies with a report, 0..1."""
    share_outside: float
    """Of the other studies with a report, 0..1."""


@dataclass(frozen=True, slots=True)
class MapSelection:
    """What a selection of a map's studies is, in numbers."""

    n_studies: int
    n_reported: int
    """Those with a report."""
    modalities: tuple[tuple[str, int], ...]
    """Modality and number of studies, most frequent first; an empty one is not known."""
    body_parts: tuple[tuple[str, int], ...]
    """The same of body parts."""
    findings: tuple[FindingShare, ...]
    """The commonest findings inside, most frequent first."""
