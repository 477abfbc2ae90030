"""Bands on hits, the floor under them, and an honest word when nothing is left above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.records.search import Hit, Query
from radseek.records.search_options import Band
from radseek.search.evidence import Told
from radseek.search.relevance import Relevance, bands_of_hits
from radseek.service.relevance_file import RELEVANCE_NAME, usable_relevance
from radseek.text.languages import is_foreign

if TYPE_CHECKING:
    from radseek.encoders.spec import EncoderSpec
    from radseek.search import StudyMatch

MOST_NEAREST = 10
"""Nearest misses shown at most."""
NO_GOOD_MATCH = "No good match."
NEAREST_FOLLOW = "The nearest misses are shown below; they are probably not what was asked."
ENGLISH_ONLY = "The search reads English only: try the English words."


class RelevanceReader:
    """What was learned of an archive's encoder; read again when its file changes.

    Args:
        folder: The archive's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: tuple[object, ...] | None = None
        self._known: tuple[Relevance | None, str] = (None, "")

    def read(self, spec: EncoderSpec) -> tuple[Relevance | None, str]:
        """The relevance, None where nothing was learned, and a note that says so."""
        try:
            facts = (self._folder / RELEVANCE_NAME).stat()
            key: tuple[object, ...] = (spec.id, spec.revision, spec.numerics, facts.st_mtime_ns, facts.st_ino)
        except FileNotFoundError:
            key = (spec.id, spec.revision, spec.numerics)
        if key != self._key:
            self._known, self._key = usable_relevance(self._folder, spec), key
        return self._known


@dataclass(frozen=True, slots=True)
class Floored:
    """Hits that reach the floor, and the nearest of those that do not."""

    hits: Sequence[Hit]
    nearest: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    n_folded: int = 0
    """Studies that stand under hits."""

    @property
    def note(self) -> str:
        """All notes, one after the other."""
        return " ".join(self.notes)


def bands_of(
    matches: Sequence[StudyMatch], query: Query, relevance: Relevance | None, *, with_pictures: bool = True
) -> dict[int, Band | None]:
    """Study id -> band.

    In another language than English only what reports state counts. So it does where pictures are compared with an
    example, of which no chances were learned: what reports do not state has no band then. Where words are quoted, a
    report of every hit holds them just so: that is fair at least.

    Args:
        matches: Explained ones.
        query: As searched.
        relevance: What was learned.
        with_pictures: Whether pictures were compared with words alone.
    """
    unstated = Band.MISS if is_foreign(query.text) else None
    learned = with_pictures and unstated is None
    weighed = bands_of_hits([match.evidence for match in matches], relevance, either=query.either)
    bands = {}
    for match, band in zip(matches, weighed, strict=True):
        stated = learned or any(one.told is not Told.NOTHING for one in match.evidence)
        band = band if stated else unstated
        bands[match.study_id] = Band.FAIR if query.phrases and band in {Band.WEAK, Band.MISS} else band
    return bands


def split_at_floor(
    matches: Sequence[StudyMatch], bands: Mapping[int, Band | None], floor: Band
) -> tuple[list[StudyMatch], list[StudyMatch]]:
    """Those that reach the floor, in their order, and the nearest below it; one without band reaches any floor."""
    kept: list[StudyMatch] = []
    below: list[StudyMatch] = []
    for match in matches:
        band = bands.get(match.study_id)
        (kept if band is None or band.reaches(floor) else below).append(match)
    order = tuple(Band)
    below.sort(key=lambda match: order.index(bands[match.study_id] or Band.MISS))  # stable: the better band, the rank
    return kept, below[:MOST_NEAREST]


def with_notes(floored: Floored, query: Query, explained: str, learned_note: str) -> Floored:
    """`floored` with the notes for people.

    Args:
        floored: Hits above the floor and below.
        query: As searched.
        explained: What is said of the answer itself, see `explain_answer`.
        learned_note: Why there are no bands; empty where there are.
    """
    notes = [explained]
    if is_foreign(query.text):
        notes.append(ENGLISH_ONLY)
    if not floored.hits and floored.nearest:
        notes.append(f"{NO_GOOD_MATCH} {NEAREST_FOLLOW}")
    elif floored.hits and learned_note:
        notes.append(learned_note)
    return replace(floored, notes=tuple(note for note in notes if note))
