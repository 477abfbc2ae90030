"""What tells most studies apart at little cost: patient, day, modality and report, kept between searches."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from radseek.archive.timeline_queries import dated_studies, report_texts
from radseek.text import normalise

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

FEWEST_WORDS = 8
"""Words of a report that two studies of a patient share on one day by more than habit: 'Normal chest.' is soon said."""
_KEPT = 65_536
_DIGEST_BYTES = 16


class StudyMark(NamedTuple):
    """What a study shares with one that is near-identical."""

    day: tuple[int, date | None]
    """Patient and date."""
    told: bytes | None
    """Stands for the whole text of its reports as it is compared; None where there is none."""
    modality: str = ""
    is_long: bool = False
    """Whether its reports say enough to be told by."""

    def is_told_apart_from(self, other: StudyMark) -> bool:
        """Whether the two are of different patients or days and have different reports."""
        return self.told != other.told and None not in (self.told, other.told) and self.day != other.day

    def is_one_examination_with(self, other: StudyMark) -> bool:
        """Whether patient, date, modality and the whole text of their reports are the same."""
        return self.is_long and self.day[1] is not None and self == other


class StudyMarks:
    """The marks of the studies that were compared last, as the index was made. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = ""
        self._kept: dict[int, StudyMark | None] = {}

    def of(self, connection: Connection, generation: str, study_ids: Iterable[int]) -> dict[int, StudyMark | None]:
        """Study id -> mark, None for a study that is gone.

        Args:
            connection: The catalogue's, for those that are not kept.
            generation: Name of the index generation: with a new one everything is read anew.
            study_ids: Which studies.
        """
        wanted = list(study_ids)
        with self._lock:
            if self._generation != generation or len(self._kept) > _KEPT:
                self._generation, self._kept = generation, {}
            known = {study: self._kept[study] for study in wanted if study in self._kept}
        unread = [study for study in wanted if study not in known]
        if unread:
            known |= _read(connection, unread)
            with self._lock:
                if self._generation == generation:
                    self._kept.update((study, known[study]) for study in unread)
        return known


def _read(connection: Connection, study_ids: list[int]) -> dict[int, StudyMark | None]:
    dated, texts = dated_studies(connection, study_ids), report_texts(connection, study_ids)
    marks: dict[int, StudyMark | None] = dict.fromkeys(study_ids)
    for study, known in dated.items():
        told = " ".join(map(normalise, texts[study])) if study in texts else None
        digest = None if told is None else blake2b(told.encode(), digest_size=_DIGEST_BYTES).digest()
        is_long = told is not None and len(told.split()) >= FEWEST_WORDS
        marks[study] = StudyMark((known.patient_id, known.study_date), digest, known.modality, is_long)
    return marks
