"""What the reports of given studies state, study by study: each finding present, possible, historical or denied."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from radseek.index import ASSERTION_CODES
from radseek.index.id_lookup import places_of
from radseek.records.reports import Assertion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.index import Generation


class Stated(IntEnum):
    """What the reports of a study say of a finding: what says most of all their sentences."""

    NOT_TOLD = 0
    ABSENT = 1
    HISTORICAL = 2
    POSSIBLE = 3
    PRESENT = 4


_LEVELS: Mapping[Assertion, Stated] = {
    Assertion.ABSENT: Stated.ABSENT,
    Assertion.HISTORICAL: Stated.HISTORICAL,
    Assertion.UNCERTAIN: Stated.POSSIBLE,
    Assertion.PRESENT: Stated.PRESENT,
}


class StudyStatements:
    """The statements of an index generation, by study.

    Args:
        generation: The index.
        study_ids: The studies that are asked about, int64 `[n]`, ascending.
    """

    def __init__(self, generation: Generation, study_ids: NDArray[np.int64]) -> None:
        self._table = generation.statements
        owners = generation.sentence_owners
        self._n = study_ids.size
        self._places = places_of(study_ids, owners.studies_of(self._table.sentence_ids))  # [rows], -1: of no such study
        levels = np.zeros(len(ASSERTION_CODES), dtype=np.uint8)
        for assertion, level in _LEVELS.items():
            levels[ASSERTION_CODES[assertion]] = level
        self._levels = levels[self._table.assertions]  # [rows]
        told = places_of(study_ids, owners.study_ids)
        self.has_report = np.zeros(self._n, dtype=bool)
        """`[n]`: which studies have a sentence in the index."""
        self.has_report[told[told >= 0]] = True

    def findings(self) -> list[str]:
        """Names of the lexicon's findings, in its order."""
        return list(self._table.lexicon.codes)

    def title(self, finding: str) -> str:
        """What people call a finding."""
        return self._table.lexicon.findings[finding].title

    def of(self, finding: str) -> NDArray[np.uint8]:
        """What each study states of a finding, values of `Stated`, uint8 `[n]`.

        A kind of it that is there says that it is there; something more general that is denied denies it.
        """
        stated = np.zeros(self._n, dtype=np.uint8)
        lexicon = self._table.lexicon
        affirming = self._rows(lexicon.kinds_of(finding))
        affirming = affirming[self._levels[affirming] > Stated.ABSENT]
        denying = self._rows(lexicon.with_parents(finding))
        denying = denying[self._levels[denying] == Stated.ABSENT]
        for rows in (affirming, denying):
            np.maximum.at(stated, self._places[rows], self._levels[rows])
        return stated

    def _rows(self, findings: frozenset[str]) -> NDArray[np.int64]:
        rows = self._table.rows_of(findings)
        return rows[self._places[rows] >= 0]
