"""What speaks for each found study, whatever channel found it: statements of its reports, cosines, words in common.

Worked out for the few studies of an answer only, so that it costs little beside the search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation, VectorIndex, scores_of
from radseek.index.id_lookup import among
from radseek.index.owners import ImageOwners, SentenceOwners
from radseek.records.reports import Assertion
from radseek.records.search import Query
from radseek.search.agreement import affirming_rows
from radseek.search.channels import Ids, Probe
from radseek.search.closeness import is_told_otherwise

FEWEST_FOR_RATE = 20
"""Studies with report and picture below which an archive does not tell how common a finding is."""


class Told(IntEnum):
    """How much of a statement a study's reports state."""

    NOTHING = 0
    IN_PART = 1
    """Some of its findings, or only as a suspicion what was asked without doubt, or at best in another place, of
    another size, or two grades off."""
    AS_ASKED = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one study as an answer to one statement."""

    told: Told = Told.NOTHING
    is_known: bool = False
    """Whether the lexicon knows what is asked."""
    has_report: bool = False
    image_cosine: float | None = None
    """Of its best picture; None where pixels were not asked, or it has no picture."""
    sentence_cosine: float | None = None
    """Of its best sentence that does not contradict; None where reports were not asked, or there is none."""
    word_share: float = 0.0
    """Share, by rarity, of the statement's words that one of `sentence_ids` holds, 0..1."""
    sentence_ids: tuple[int, ...] = ()
    """The best sentence by cosine, and those that the channels found."""
    rate: float | None = None
    """Share of the archive's studies that state what is asked; None where it cannot be told."""


def gather_evidence(probe: Probe, generation: Generation, found: Mapping[int, Sequence[int]]) -> dict[int, Evidence]:
    """What speaks for each study of `found` as an answer to `probe`.

    Args:
        probe: The statement.
        generation: The index that was searched.
        found: Study id -> ids of the sentences that channels found in it.
    """
    if not found:
        return {}
    study_ids = np.array(sorted(found), dtype=np.int64)
    pictures = _image_cosines(probe, generation, study_ids)
    owners = generation.sentence_owners
    reported = np.flatnonzero(among(owners.study_ids, study_ids))
    sentences = _Sentences(probe, generation, reported)
    told = _told(probe, generation, study_ids, reported)
    with_report = set(owners.study_ids[reported].tolist())
    rate = _rate(probe, generation)
    best = sentences.best_of_studies()
    ids = {study: tuple(sorted({*found[study], *best.get(study, (0.0, ()))[1]})) for study in study_ids.tolist()}
    shares = sentences.shares(sorted({one for those in ids.values() for one in those}))
    return {
        study: Evidence(
            told=told.get(study, Told.NOTHING),
            is_known=bool(probe.query.stated),
            has_report=study in with_report,
            image_cosine=pictures.get(study),
            sentence_cosine=best[study][0] if study in best else None,
            word_share=max((shares.get(one, 0.0) for one in ids[study]), default=0.0),
            sentence_ids=ids[study],
            rate=rate,
        )
        for study in study_ids.tolist()
    }


class _Sentences:
    """The sentences of the found studies, as answers to a probe."""

    def __init__(self, probe: Probe, generation: Generation, reported: NDArray[np.int64]) -> None:
        self._probe, self._generation, self._places = probe, generation, reported

    def best_of_studies(self) -> dict[int, tuple[float, tuple[int, ...]]]:
        """Study id -> cosine and id of its best sentence that may answer."""
        agreement, owners = self._probe.agreement, self._generation.sentence_owners
        if agreement is None or self._probe.vector is None:
            return {}
        allowed = owners.ids[self._places[agreement.may_answer[self._places]]]
        cosines, ids = _all_cosines(self._generation.sentences, self._probe.vector, allowed)
        best: dict[int, tuple[float, tuple[int, ...]]] = {}
        for study, cosine, one in zip(owners.studies_of(ids).tolist(), cosines.tolist(), ids.tolist(), strict=True):
            best.setdefault(study, (cosine, (one,)))  # best first
        return best

    def shares(self, sentence_ids: Sequence[int]) -> dict[int, float]:
        if self._probe.agreement is None or not sentence_ids:
            return {}
        wanted = np.array(sentence_ids, dtype=np.int64)
        values = self._generation.lexical.word_shares(self._probe.query.text, wanted)
        return dict(zip(sentence_ids, values.tolist(), strict=True))


def _image_cosines(probe: Probe, generation: Generation, study_ids: Ids) -> dict[int, float]:
    if probe.image_vector is None:
        return {}
    owners = generation.image_owners
    allowed = owners.ids[among(owners.study_ids, study_ids)]
    cosines, ids = _all_cosines(generation.images, probe.image_vector, allowed)
    best: dict[int, float] = {}
    for study, cosine in zip(owners.studies_of(ids).tolist(), cosines.tolist(), strict=True):
        best.setdefault(study, cosine)  # best first
    return best


def _all_cosines(index: VectorIndex, vector: NDArray[np.float32], allowed: Ids) -> tuple[NDArray[np.float32], Ids]:
    """Scores and ids of all of `allowed`, best first, equal ones by smaller id."""
    scores = scores_of(index, vector, allowed)[0]
    order = np.lexsort((allowed, -scores))
    return scores[order], allowed[order]


def _told(probe: Probe, generation: Generation, study_ids: Ids, reported: NDArray[np.int64]) -> dict[int, Told]:
    """Study id -> how much its reports state, for those that state anything."""
    agreement, query = probe.agreement, probe.query
    if agreement is None or not query.stated:
        return {}
    owners, table = generation.sentence_owners, generation.statements
    agreed = np.zeros(study_ids.size, dtype=np.int64)
    places = np.searchsorted(study_ids, owners.study_ids[reported])
    np.maximum.at(agreed, places, agreement.n_agreed[reported])
    wanted = _all_agreed(query)
    fits = np.ones(study_ids.size, dtype=bool)
    for asked in query.stated:
        if asked.assertion is not Assertion.ABSENT:
            rows = affirming_rows(asked, generation, reported)
            of_rows = places[np.searchsorted(owners.ids[reported], table.sentence_ids[rows])]
            fits &= ~is_told_otherwise(asked, table, rows, of_rows, study_ids.size)
    told = {}
    for study, amount, does_fit in zip(study_ids.tolist(), agreed.tolist(), fits.tolist(), strict=True):
        if amount:
            told[study] = Told.AS_ASKED if amount >= wanted and does_fit else Told.IN_PART
    return told


def _all_agreed(query: Query) -> int:
    """The `Agreement.n_agreed` of a study that states all that is affirmed; of all, where nothing is."""
    findings = {(m.finding, m.assertion, m.side) for m in query.stated}
    n_denied = sum(assertion is Assertion.ABSENT for _, assertion, _ in findings)
    n_affirmed = len(findings) - n_denied
    return n_affirmed * (1 + n_denied) if n_affirmed else n_denied


def _rate(probe: Probe, generation: Generation) -> float | None:
    """How common it is that a study with pictures states what is asked, never quite 0 or 1."""
    agreement, owners = probe.agreement, generation.sentence_owners
    if agreement is None or not probe.query.stated or probe.image_vector is None:
        return None
    known, n_known = _known_studies(generation.image_owners, owners)
    if n_known < FEWEST_FOR_RATE:
        return None
    stating = np.zeros(known.size, dtype=bool)
    stating[owners.study_ids[np.flatnonzero(agreement.n_agreed >= _all_agreed(probe.query))]] = True
    return (int(np.count_nonzero(known & stating)) + 0.5) / (n_known + 1)


@lru_cache(maxsize=2)  # of the generation searched, and of a newer one or one without a report
def _known_studies(pictures: ImageOwners, sentences: SentenceOwners) -> tuple[NDArray[np.bool_], int]:
    """By study id which studies have both pictures and reports, the last place being that of no study; and how many."""
    size = int(max(pictures.study_ids.max(initial=-1), sentences.study_ids.max(initial=-1))) + 2
    marks = np.zeros((2, size), dtype=bool)
    marks[0, pictures.study_ids] = True
    marks[1, sentences.study_ids] = True
    marks[:, -1] = False
    known = marks[0] & marks[1]
    return known, int(np.count_nonzero(known))
