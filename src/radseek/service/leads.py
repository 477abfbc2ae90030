"""Which studies of a page others are folded under, found without comparing each study with all before it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from radseek.service.study_marks import StudyMark

MOST_BY_PICTURES = 240
"""Of studies without a report only the first so many are compared by their pictures with all others: each of them is a
look at thumbnails. Further down studies are still folded that are of one patient and day, or reported alike."""


class Comparison(Protocol):
    """Tells near-identical studies, as `SameStudies` does."""

    def __call__(self, first: int, second: int, /) -> bool:
        """Whether the two are."""

    def mark_of(self, study: int, /) -> StudyMark | None:
        """What tells a study from others; None when it is gone."""


class MarkedLeads:
    """The studies with a place, by what a near-identical one would share with them.

    Two studies can only be the same when patient and day are, or their reports, or when one of them has no report
    (`StudyMark.is_told_apart_from`): only those are compared. Of 1,000 studies that is a handful of the 500,000 pairs.

    Args:
        is_same: Compares two studies.
        apart: Id of a study that is never folded, nor another under it.
    """

    def __init__(self, is_same: Comparison, apart: int | None = None) -> None:
        self._is_same = is_same
        self._apart = apart
        self._seated: list[int] = []
        self._by_day: defaultdict[object, list[int]] = defaultdict(list)
        self._by_told: defaultdict[bytes, list[int]] = defaultdict(list)
        self._untold: list[int] = []

    def lead_of(self, study_id: int) -> int | None:
        """The first study with a place that this one is near-identical to; None where there is none."""
        mark = self._is_same.mark_of(study_id)
        if mark is None or study_id == self._apart:
            return None
        places = set(self._by_day.get(mark.day, ()))
        if mark.told is not None:
            places.update(self._by_told.get(mark.told, ()), self._untold)
        elif len(self._seated) < MOST_BY_PICTURES:
            places.update(range(len(self._seated)))
        leads = (self._seated[place] for place in sorted(places))
        return next((lead for lead in leads if lead != self._apart and self._is_same(lead, study_id)), None)

    def seat(self, study_id: int) -> None:
        """Give a study a place, behind all that have one."""
        place = len(self._seated)
        self._seated.append(study_id)
        mark = self._is_same.mark_of(study_id)
        if mark is None:
            return
        self._by_day[mark.day].append(place)
        if mark.told is not None:
            self._by_told[mark.told].append(place)
        elif place < MOST_BY_PICTURES:
            self._untold.append(place)
