"""Whose vector is it: tables from image and sentence ids to studies and reports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.index.contract import Ids
from radseek.index.id_lookup import places_of
from radseek.records.reports import Assertion

ASSERTION_CODES: dict[Assertion, int] = {assertion: code for code, assertion in enumerate(Assertion)}
"""Codes in owner tables, in the order of `Assertion`."""

NO_STUDY = -1
"""Study id of a sentence whose report is not linked to a study."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageOwners:
    """The study of each picture, in id order."""

    ids: Ids
    """Image ids, int64 `[n]`, strictly ascending: the ids of the image vectors."""
    study_ids: Ids
    """int64 `[n]`."""

    def studies_of(self, image_ids: Ids) -> Ids:
        """The study of each of `image_ids` `[m]`; -1 for an id that is not in the table."""
        return _look_up(self.ids, self.study_ids, image_ids)


@dataclass(frozen=True, slots=True, eq=False)
class SentenceOwners:
    """The study, report and assertion of each sentence, in id order."""

    ids: Ids
    """Sentence ids, int64 `[n]`, strictly ascending: the ids of the sentence vectors and of the lexical index."""
    study_ids: Ids
    """int64 `[n]`; -1 when the report is not linked to a study."""
    report_ids: Ids
    """int64 `[n]`."""
    assertions: NDArray[np.uint8]
    """uint8 `[n]`, values of `ASSERTION_CODES`."""

    def studies_of(self, sentence_ids: Ids) -> Ids:
        """The study of each of `sentence_ids` `[m]`; -1 when unlinked or not in the table."""
        return _look_up(self.ids, self.study_ids, sentence_ids)


def _look_up(ids: Ids, values: Ids, wanted: Ids) -> Ids:
    """`values` at the places of `wanted` in the ascending `ids`; -1 where it is not."""
    found = np.full(wanted.shape, -1, dtype=np.int64)
    places = places_of(ids, wanted)
    known = places >= 0
    found[known] = values[places[known]]
    return found
