"""Near-identical studies: the same pictures stored twice, or one examination stored as several studies."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.thumbnails import read_square
from radseek.archive.timeline_queries import content_keys
from radseek.evaluation.picture_alignment import detail_vectors
from radseek.search.like_pictures import LikePictures
from radseek.service.study_marks import StudyMark, StudyMarks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.index import Generation

SAME_DETAIL = 0.7
"""Smallest correlation of detail of two thumbnails that are one picture. Measured on 4,002 real radiographs and slices:
of 8.0 million pairs of different patients the nearest reaches 0.56, of 1,762 pairs of radiographs of one patient's
different studies 0.58; copies compressed, halved in size or brightened all reach 0.77."""
SIDE_PX = 64
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


@dataclass(frozen=True, slots=True)
class KeptForComparison:
    """What comparisons keep between searches."""

    details: PictureDetails
    marks: StudyMarks


class SameStudies:
    """Tells for the studies of one search which are near-identical; called with two study ids.

    Two studies are when one shows the pictures of the other (at most four are compared, the other having no more than
    twice as many), unless they are of two patients or two days with different reports. Or when patient, date, modality
    and the whole text of their reports are the same: one examination, its views stored as studies. Equal reports alone
    say nothing: many normal chests are described in the same words.

    Args:
        connection: The catalogue's.
        generation: The index that was searched.
        kept: Marks and thumbnails of the last searches.
        study_ids: The studies, best first.
    """

    def __init__(
        self, connection: Connection, generation: Generation, kept: KeptForComparison, study_ids: Sequence[int]
    ) -> None:
        self._connection = connection
        self._details = kept.details
        self._marks = kept.marks.of(connection, generation.name, study_ids)
        self._like = LikePictures(generation, study_ids)
        self._studies = list(study_ids)
        self._place = {study: place for place, study in enumerate(study_ids)}
        self._asked: set[int] = set()
        self._content_keys: dict[int, str] = {}

    def __call__(self, first: int, second: int) -> bool:
        """Whether the two are near-identical. What is cheap to know is asked first, thumbnails last."""
        one, other = self._marks[first], self._marks[second]
        if one is None or other is None or one.is_told_apart_from(other):
            return False
        if one.is_one_examination_with(other):
            return True
        pairs = self._like.counterparts(first, second)
        if pairs:
            self._read_keys(first)
            self._read_keys(second)
        return bool(pairs) and all(self._is_one(a, b) for a, b in pairs)

    def mark_of(self, study: int) -> StudyMark | None:
        """What tells a study from others; None when it is gone."""
        return self._marks[study]

    def _is_one(self, image: int, other: int) -> bool:
        """Whether two pictures are the same one; not where one is gone."""
        keys = self._content_keys
        return image in keys and other in keys and self._details.is_one(keys[image], keys[other])

    def _read_keys(self, study: int) -> None:
        """See to it that the content keys of a study's pictures are known, with those of the studies beside it."""
        if study not in self._asked:
            start = self._place[study] // _STUDIES_AT_ONCE * _STUDIES_AT_ONCE
            together = self._studies[start : start + _STUDIES_AT_ONCE]
            self._content_keys |= content_keys(self._connection, together)
            self._asked.update(together)
