"""Near-identical studies: the same pictures stored twice, or one examination stored as several studies."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.thumbnails import read_square
from radseek.archive.timeline_queries import DatedStudy, content_keys, dated_studies, report_texts
from radseek.evaluation.picture_alignment import detail_vectors
from radseek.search.like_pictures import LikePictures
from radseek.text import normalise

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.index import Generation

SAME_DETAIL = 0.7
"""Smallest correlation of detail of two thumbnails that are one picture. Measured on 4,002 real radiographs and slices:
of 8.0 million pairs of different patients the nearest reaches 0.56, of 1,762 pairs of radiographs of one patient's
different studies 0.58; copies compressed, halved in size or brightened all reach 0.77."""
SIDE_PX = 64
FEWEST_WORDS = 8
"""Words of a report that two studies of a patient share on one day by more than habit: 'Normal chest.' is soon said."""
_KEPT = 2048
_STUDIES_AT_ONCE = 32


class PictureDetails:
    """The detail of thumbnails, the last few kept (32 MB). Safe to use from several threads.

    Args:
        folder: The archive.
    """

    def __init__(self, folder: ArchiveFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def is_one(self, first: str, second: str) -> bool:
        """Whether two pictures, by content key, are the same one. A flat or unreadable one is like no other."""
        return first == second or bool(self._of(first) @ self._of(second) >= SAME_DETAIL)

    def _of(self, content_key: str) -> NDArray[np.float32]:
        with self._lock:
            if content_key in self._kept:
                self._kept.move_to_end(content_key)
                return self._kept[content_key]
        vector = self._read(content_key)
        if not vector.any():
            return vector  # nothing to keep: the thumbnail may yet be made again
        with self._lock:
            self._kept[content_key] = vector
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return vector

    def _read(self, content_key: str) -> NDArray[np.float32]:
        try:
            square = read_square(self._folder.thumbnail_path(content_key), SIDE_PX)
        except OSError:  # `radseek verify` names it; what cannot be compared is not the same
            return np.zeros(SIDE_PX * SIDE_PX, dtype=np.float32)
        unit = square[None].astype(np.float32) / np.float32(255)
        vector: NDArray[np.float32] = detail_vectors(unit)[0]
        return vector


class SameStudies:
    """Tells for the studies of one search which are near-identical; called with two study ids.

    Two studies are when one shows the pictures of the other (at most four are compared, the other having no more than
    twice as many), unless they are of two patients or two days with different reports. Or when patient, date, modality
    and the whole text of their reports are the same: one examination, its views stored as studies. Equal reports alone
    say nothing: many normal chests are described in the same words.

    Args:
        connection: The catalogue's.
        generation: The index that was searched.
        details: Reads and keeps thumbnails.
        study_ids: The studies, best first.
    """

    def __init__(
        self, connection: Connection, generation: Generation, details: PictureDetails, study_ids: Sequence[int]
    ) -> None:
        self._connection = connection
        self._details = details
        self._like = LikePictures(generation, study_ids)
        self._block = {study: place // _STUDIES_AT_ONCE for place, study in enumerate(study_ids)}
        self._studies = list(study_ids)
        self._read_blocks: set[int] = set()
        self._content_keys: dict[int, str] = {}
        self._dated = dated_studies(connection, study_ids)
        self._examination = _examinations(connection, self._dated.values())

    def __call__(self, first: int, second: int) -> bool:
        """Whether the two are near-identical."""
        examination = self._examination.get(first)
        if examination is not None and examination == self._examination.get(second):
            return True
        pairs = self._like.counterparts(first, second)
        if not pairs or not {first, second} <= self._dated.keys():
            return False
        keys = self._keys_of(first) | self._keys_of(second)
        is_one = all(a in keys and b in keys and self._details.is_one(keys[a], keys[b]) for a, b in pairs)
        return is_one and not self._told_apart(first, second)

    def _told_apart(self, first: int, second: int) -> bool:
        """Whether the two are of different patients or days and have different reports."""
        one, other = self._dated[first], self._dated[second]
        if (one.patient_id, one.study_date) == (other.patient_id, other.study_date):
            return False
        texts = report_texts(self._connection, (first, second))
        told = [" ".join(map(normalise, texts[study])) for study in (first, second) if study in texts]
        return len(set(told)) == 2

    def _keys_of(self, study: int) -> dict[int, str]:
        """Content keys by image id, of this study and others that were read with it."""
        block = self._block[study]
        if block not in self._read_blocks:
            start = block * _STUDIES_AT_ONCE
            together = self._studies[start : start + _STUDIES_AT_ONCE]
            self._content_keys |= content_keys(self._connection, together)
            self._read_blocks.add(block)
        return self._content_keys


def _examinations(connection: Connection, found: Iterable[DatedStudy]) -> dict[int, tuple[object, ...]]:
    """Study id -> what names its examination, for studies that share patient, date and modality with another."""
    by_day: dict[tuple[int, date, str], list[int]] = {}
    for study in found:
        if study.study_date is not None:
            by_day.setdefault((study.patient_id, study.study_date, study.modality), []).append(study.id)
    shared = {one: day for day, together in by_day.items() if len(together) > 1 for one in together}
    named: dict[int, tuple[object, ...]] = {}
    for one, texts in report_texts(connection, shared).items():
        text = " ".join(map(normalise, texts))
        if len(text.split()) >= FEWEST_WORDS:
            named[one] = (*shared[one], text)
    return named
