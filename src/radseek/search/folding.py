"""Filling a page: found studies that are the same share a place, or all studies of a patient do.

Which studies are the same, and whose they are, is asked of the caller: the search floor knows no catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from radseek.search.find import CHANNEL_DEPTH, StudyMatch

_DEEPER = 4
"""Where a page is not full, this many times as many studies are asked for."""

SameStudies = Callable[[int, int], bool]
"""Whether two studies, by id, are near-identical."""
Patients = Mapping[int, int]
"""Study id -> patient id; a study that is gone is not in it."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares a place.

    Args:
        compare: Study ids -> how any two of them are told to be the same; None folds nothing.
        patients_of: Study ids -> whose they are; None gives several studies of a patient a place each.
    """

    compare: Callable[[Sequence[int]], SameStudies] | None = None
    patients_of: Callable[[Sequence[int]], Patients] | None = None


@dataclass(slots=True)
class Place:
    """One place of a page."""

    match: StudyMatch
    folded: list[int] = field(default_factory=list)
    """Ids of the studies that are the same as this one, in rank order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Places in rank order."""

    places: tuple[Place, ...]
    found: frozenset[int]
    """Ids of all studies that were found on the way, whether or not they have a place."""

    @property
    def matches(self) -> list[StudyMatch]:
        """The study of each place."""
        return [place.match for place in self.places]


def fill_page(find_best: Callable[[int], list[StudyMatch]], k: int, sharing: Sharing) -> Page:
    """The first `k` places, fewer only when no more studies are found.

    Args:
        find_best: A number -> at most so many best studies, best first; asked for more while places are free.
        k: Places wanted, at least 1.
        sharing: Who shares a place.
    """
    shares = sharing.compare is not None or sharing.patients_of is not None
    wanted = max(k, CHANNEL_DEPTH) if shares else k
    while True:
        matches = find_best(wanted)
        ids = [match.study_id for match in matches]
        places = lay_out(
            matches,
            k,
            sharing.compare(ids) if sharing.compare is not None else None,
            sharing.patients_of(ids) if sharing.patients_of is not None else None,
        )
        if len(places) == k or len(matches) < wanted:
            return Page(tuple(places), frozenset(ids))
        wanted *= _DEEPER


def lay_out(
    matches: Sequence[StudyMatch], k: int, is_same: SameStudies | None, patients: Patients | None
) -> list[Place]:
    """The first `k` places for `matches`, best first.

    A study of a patient who has a place gets none; by `is_same` it is folded under the first place that is the same.
    """
    places: list[Place] = []
    seated: set[int] = set()
    for match in matches:
        if len(places) == k:
            break
        if patients is not None and (match.study_id not in patients or patients[match.study_id] in seated):
            continue
        lead = next((p for p in places if is_same is not None and is_same(p.match.study_id, match.study_id)), None)
        if lead is not None:
            lead.folded.append(match.study_id)
            continue
        places.append(Place(match))
        if patients is not None:
            seated.add(patients[match.study_id])
    return places
