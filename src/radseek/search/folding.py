"""Filling a page: found studies that are the same share a place, or all studies of a patient do.

Which studies are the same, and whose they are, is asked of the caller: the search floor knows no catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from radseek.search.find import CHANNEL_DEPTH, StudyMatch

_DEEPER = 4
"""Where a page is not full, this many times as many studies are asked for."""

Patients = Mapping[int, int]
"""Study id -> patient id; a study that is gone is not in it."""


class Leads(Protocol):
    """The studies of one page that have a place, in rank order, as those that others may be folded under."""

    def lead_of(self, study_id: int, /) -> int | None:
        """The first study with a place that this one is near-identical to; None where there is none."""

    def seat(self, study_id: int, /) -> None:
        """Give a study a place, behind all that have one."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares a place.

    Args:
        leads_among: Study ids, best first -> what tells near-identical ones among them; None folds nothing.
        patients_of: Study ids -> whose they are; None gives several studies of a patient a place each.
    """

    leads_among: Callable[[Sequence[int]], Leads] | None = None
    patients_of: Callable[[Sequence[int]], Patients] | None = None


@dataclass(slots=True)
class Place:
    """One place of a page."""

    match: StudyMatch
    folded: list[int] = field(default_factory=list)
    """Ids of the studies that are the same as this one, in rank order."""


@dataclass(frozen=True)
class Page:
    """Places in rank order."""

    places: tuple[Place, ...]
    found: frozenset[int]
    """Ids of all studies that were found on the way, whether or not they have a place."""

    @property
    def matches(self) -> list[StudyMatch]:
        """The study of each place."""
        return [place.match for place in self.places]

    @cached_property
    def folded(self) -> dict[int, list[int]]:
        """Id of the study of a place -> ids of those folded under it, where there are any."""
        return {place.match.study_id: place.folded for place in self.places if place.folded}


def fill_page(find_best: Callable[[int], list[StudyMatch]], k: int, sharing: Sharing) -> Page:
    """The first `k` places, fewer only when no more studies are found.

    Args:
        find_best: A number -> at most so many best studies, best first; asked for more while places are free.
        k: Places wanted, at least 1.
        sharing: Who shares a place.
    """
    shares = sharing.leads_among is not None or sharing.patients_of is not None
    wanted = max(k, CHANNEL_DEPTH) if shares else k
    while True:
        matches = find_best(wanted)
        ids = [match.study_id for match in matches]
        places = lay_out(
            matches,
            k,
            sharing.leads_among(ids) if sharing.leads_among is not None else None,
            sharing.patients_of(ids) if sharing.patients_of is not None else None,
        )
        if len(places) == k or len(matches) < wanted:
            return Page(tuple(places), frozenset(ids))
        wanted *= _DEEPER


def lay_out(matches: Sequence[StudyMatch], k: int, leads: Leads | None, patients: Patients | None) -> list[Place]:
    """The first `k` places for `matches`, best first.

    A study of a patient who has a place gets none; what `leads` tells to be the same is folded under the first place.
    """
    places: dict[int, Place] = {}
    seated: set[int] = set()
    for match in matches:
        study = match.study_id
        if len(places) == k:
            break
        if patients is not None and (study not in patients or patients[study] in seated):
            continue
        lead = leads.lead_of(study) if leads is not None else None
        if lead is not None:
            places[lead].folded.append(study)
            continue
        places[study] = Place(match)
        if leads is not None:
            leads.seat(study)
        if patients is not None:
            seated.add(patients[study])
    return list(places.values())
