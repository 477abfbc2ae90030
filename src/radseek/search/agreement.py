"""Which sentences may answer a query, and which of them state what it asks.

Similar words are not the same statement: "No pneumothorax" is nearer to "no effusion" than "Costophrenic angles are
sharp" is. Where the lexicon knows the query's findings, studies that state them as asked come before all others, and
studies that state the opposite never count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radseek.index import ASSERTION_CODES, SIDE_CODES, Generation, StatementTable
from radseek.index.id_lookup import among, known_places
from radseek.records.findings import Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.records.search import Query
from radseek.search.closeness import closeness_of
from radseek.text import Lexicon

COMPATIBLE: dict[Assertion, frozenset[Assertion]] = {
    Assertion.PRESENT: frozenset({Assertion.PRESENT, Assertion.UNCERTAIN}),
    Assertion.ABSENT: frozenset({Assertion.ABSENT}),
    Assertion.UNCERTAIN: frozenset({Assertion.UNCERTAIN, Assertion.PRESENT}),
    Assertion.HISTORICAL: frozenset({Assertion.HISTORICAL, Assertion.PRESENT}),
}
"""Query assertion -> assertions that may answer it: a denial never answers a finding, nor the reverse."""

STATING = (Assertion.PRESENT, Assertion.UNCERTAIN)
"""Assertions by which a report says, or does not rule out, that something is there."""

ANSWERING_SIDES: dict[Side | None, tuple[Side | None, ...]] = {
    None: (None, *Side),
    Side.LEFT: (None, Side.LEFT, Side.BILATERAL),
    Side.RIGHT: (None, Side.RIGHT, Side.BILATERAL),
    Side.BILATERAL: (None, Side.BILATERAL),
}
"""Side in the query -> sides of a finding in a sentence that are about the same; None is no side told."""

DENYING_SIDES = {**ANSWERING_SIDES, None: (None, Side.BILATERAL)}
"""The same of a denial: "no right effusion" does not say that there is none."""

_OTHER_SIDE = {Side.LEFT: (Side.RIGHT,), Side.RIGHT: (Side.LEFT,)}
"""Side in the query -> sides in a study that has the finding elsewhere."""

_MORE = 2**20
"""What a sentence's stating one thing more outweighs: any closeness, of however many findings a query can hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How the sentences of an index answer a query, in the order of its sentence owners."""

    may_answer: NDArray[np.bool_]
    """`[n]`: False for what contradicts the query, and for sentences of a study that has a better one."""
    n_agreed: NDArray[np.int64]
    """`[n]`: how much of what the query asks the sentence's study states as asked; 0 where it may not answer. What is
    affirmed counts more than all denials together."""
    by_study: NDArray[np.int64]
    """`[n_studies + 1]`: the same by study id, 0 in the last place, which is that of no study."""
    contradicting: NDArray[np.int64]
    """Ascending ids of the studies whose reports contradict the query."""
    closeness: NDArray[np.int32]
    """`[n_studies + 1]`: how close what a study states is to what is asked, by study id: of each finding that it
    states its closest mention, summed (`radseek.search.closeness`); 0 where it states nothing."""

    def agreed_of(self, study_ids: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """How much of what the query asks each of some studies states; 0 also for one without reports."""
        return self.by_study[self._places(study_ids)]

    def closeness_of(self, study_ids: NDArray[np.int64] | int) -> NDArray[np.int32]:
        """How close what each of some studies states is to what is asked; 0 also for one without reports."""
        return self.closeness[self._places(study_ids)]

    def _places(self, study_ids: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Where studies are in what is kept by study id; one without reports has the last place."""
        return np.where(np.asarray(study_ids) < self.by_study.size, study_ids, -1)


@dataclass(slots=True, eq=False)
class _Judged:
    """What the findings asked add up to. Studies are counted by id, with a last place for that of no study, -1."""

    own: NDArray[np.int64]
    """`[n]`: how much of the query a sentence states, times `_MORE`, and how close that is to what is asked."""
    contradicts: NDArray[np.bool_]
    """`[n]`: which sentences say the opposite of something."""
    total: NDArray[np.int64]
    """`[n_studies + 1]`: how much of the query the sentences of a study state together."""
    wrong: NDArray[np.bool_]
    """`[n_studies + 1]`: which studies contradict."""
    closeness: NDArray[np.int32]
    """`[n_studies + 1]`: how close what the sentences of a study state together is to what is asked."""

    @classmethod
    def nothing(cls, n: int, n_studies: int) -> _Judged:
        """Of a query that asks nothing."""
        return cls(
            own=np.zeros(n, np.int64),
            contradicts=np.zeros(n, bool),
            total=np.zeros(n_studies, np.int64),
            wrong=np.zeros(n_studies, bool),
            closeness=np.zeros(n_studies, np.int32),
        )


def judge_sentences(query: Query, generation: Generation) -> Agreement:
    """How each sentence answers `query`.

    A sentence states what is asked when it has the finding or a kind of it (of a denial: the finding or what it is a
    kind of), with an assertion that may answer the query's and on no other side. It contradicts when it says the
    opposite of one of the findings and does not also state it as asked. A study contradicts that has the finding
    anywhere when its absence is asked, and one that denies it, or has it on the other side only, and states it nowhere
    as asked. Of a study that states something asked only those sentences may answer that state the most of it, and of
    these the closest.
    """
    owners, table = generation.sentence_owners, generation.statements
    n, n_studies = owners.ids.size, int(owners.study_ids.max(initial=-1)) + 2
    judged = _Judged.nothing(n, n_studies)
    findings = _asked_of(query)
    weight_of_affirmed = 1 + sum(assertion is Assertion.ABSENT for _, assertion, _ in findings)
    for (_, assertion, _), mentions in findings.items():
        rows, opposing_rows = _rows(mentions[0], table)
        agreeing, opposing = (known_places(owners.ids, table.sentence_ids.take(of)) for of in (rows, opposing_rows))
        weight = 1 if assertion is Assertion.ABSENT else weight_of_affirmed
        agreed = np.zeros(n, dtype=bool)
        agreed[agreeing] = True
        stating, against = np.zeros(n_studies, dtype=bool), np.zeros(n_studies, dtype=bool)
        studies = owners.study_ids.take(agreeing)
        stating[studies] = True
        against[owners.study_ids.take(opposing)] = True
        judged.own[agreeing] = judged.own.take(agreeing) + weight * _MORE  # one that stands here twice counts once
        judged.total += weight * stating
        judged.contradicts[opposing[~agreed.take(opposing)]] = True
        judged.wrong |= against if assertion is Assertion.ABSENT else against & ~stating
        for asked in mentions:
            close = closeness_of(asked, table, rows)
            _add_best(judged.own, agreeing, close)
            _add_best(judged.closeness, studies, close)
    return _agreement(judged, _may_answer(query, generation), owners.study_ids)


def _asked_of(query: Query) -> dict[tuple[str, Assertion, Side | None], list[StatedFinding]]:
    """What counts once as a finding asked -> its mentions in the query that tell different things of it."""
    findings: dict[tuple[str, Assertion, Side | None], list[StatedFinding]] = {}
    for mention in dict.fromkeys(replace(m, start=0, end=0) for m in query.stated):
        findings.setdefault((mention.finding, mention.assertion, mention.side), []).append(mention)
    return findings


def _add_best(total: NDArray[np.int32] | NDArray[np.int64], places: NDArray[np.int64], close: NDArray[np.int8]) -> None:
    """Adds to each of `places` `[m]` of `total` the highest of its values in `close` `[m]`."""
    if not close.size:
        return
    best = np.full(total.shape, np.iinfo(np.int8).min, dtype=np.int8)
    np.maximum.at(best, places, close)
    total[places] = total.take(places) + best.take(places)  # one that stands here twice counts once


def _may_answer(query: Query, generation: Generation) -> NDArray[np.bool_]:
    """Which sentences have an assertion as a whole that may answer."""
    return _one_of(generation.sentence_owners.assertions, _assertion_codes(COMPATIBLE[query.assertion]))


def _agreement(judged: _Judged, may_answer: NDArray[np.bool_], study_ids: NDArray[np.int64]) -> Agreement:
    """What follows for the sentences of studies that contradict, or state something; all others stay as they are."""
    places = np.flatnonzero(judged.own != 0)
    places = places[~(judged.contradicts.take(places) | judged.wrong.take(study_ids.take(places)))]
    studies, own = study_ids.take(places), judged.own.take(places)
    best = np.zeros(judged.total.shape, dtype=np.int64)
    np.maximum.at(best, studies, own)
    is_best = own == best.take(studies)
    places, studies = places[is_best], studies[is_best]
    decided = judged.wrong | (best > 0)
    may_answer &= ~judged.contradicts
    if decided.any():
        may_answer &= ~decided.take(study_ids)
    may_answer[places] = True
    n_agreed = np.zeros(study_ids.shape, dtype=np.int64)
    n_agreed[places] = judged.total.take(studies)
    by_study = np.where(best > 0, judged.total, 0)
    closeness = np.where(best > 0, judged.closeness, 0)
    by_study[-1] = closeness[-1] = 0
    return Agreement(may_answer, n_agreed, by_study, np.flatnonzero(judged.wrong[:-1]), closeness)


def studies_stating(asked: StatedFinding, generation: Generation) -> NDArray[np.int64]:
    """Ascending ids of the studies that have `asked` or a kind of it, or may have it, by their reports.

    The assertion of `asked` does not matter, its side does.
    """
    studies = np.unique(_stating(asked, generation))
    return studies[studies >= 0]


def count_stated(findings: Sequence[StatedFinding], generation: Generation) -> NDArray[np.int64]:
    """How many of `findings` each study has, or may have, as `studies_stating` tells: int64 `[n_studies]`, by id."""
    counts = np.zeros(int(generation.sentence_owners.study_ids.max(initial=-1)) + 2, dtype=np.int64)
    for asked in findings:
        studies = _stating(asked, generation)
        counts[studies] = counts[studies] + 1  # a study may stand here twice and counts once
    return counts[:-1]  # the last place is that of no study


def _stating(asked: StatedFinding, generation: Generation) -> NDArray[np.int64]:
    """The study of each mention that has `asked` or may have it; -1 is none."""
    table, owners = generation.statements, generation.sentence_owners
    rows = _matching(table, _kinds(asked.finding, table), STATING, ANSWERING_SIDES[asked.side])
    return owners.study_ids[known_places(owners.ids, table.sentence_ids[rows])]


def affirming_rows(asked: StatedFinding, generation: Generation, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the statements in the sentences at `places` `[m]`, ascending, that affirm `asked` or a kind of it.

    What is asked without doubt is affirmed without doubt only. `asked` is no denial.
    """
    table, wanted = generation.statements, generation.sentence_owners.ids[places]
    sure = asked.assertion is Assertion.PRESENT
    rows = _kinds(asked.finding, table)
    rows = rows[among(table.sentence_ids[rows], wanted)]
    assertions = {Assertion.PRESENT} if sure else COMPATIBLE[asked.assertion]
    return _matching(table, rows, assertions, ANSWERING_SIDES[asked.side])


def agrees(asked: StatedFinding, told: StatedFinding, lexicon: Lexicon) -> bool:
    """Whether one mention states what is asked, by the rules of `judge_sentences`."""
    denies = asked.assertion is Assertion.ABSENT
    names = lexicon.with_parents(asked.finding) if denies else lexicon.kinds_of(asked.finding)
    sides = DENYING_SIDES if denies else ANSWERING_SIDES
    return told.finding in names and told.assertion in COMPATIBLE[asked.assertion] and told.side in sides[asked.side]


def _rows(asked: StatedFinding, table: StatementTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `table` that state what is asked, and rows that state the opposite."""
    general = table.rows_of(table.lexicon.with_parents(asked.finding))
    kinds = _kinds(asked.finding, table)
    told, denied = ANSWERING_SIDES[asked.side], DENYING_SIDES[asked.side]
    compatible = COMPATIBLE[asked.assertion]
    if asked.assertion is Assertion.ABSENT:
        return _matching(table, general, compatible, denied), _matching(table, kinds, STATING, told)
    denials = _matching(table, general, (Assertion.ABSENT,), denied)
    elsewhere = _matching(table, kinds, STATING, _OTHER_SIDE.get(asked.side, ())) if asked.side else denials[:0]
    return _matching(table, kinds, compatible, told), np.concatenate([denials, elsewhere])


def _kinds(finding: str, table: StatementTable) -> NDArray[np.int64]:
    """Rows of `finding` and of all that is a kind of it."""
    return table.rows_of(table.lexicon.kinds_of(finding))


def _matching(
    table: StatementTable, rows: NDArray[np.int64], assertions: Iterable[Assertion], sides: Iterable[Side | None]
) -> NDArray[np.int64]:
    """Those of `rows` with one of these assertions, on one of these sides."""
    codes = np.array([SIDE_CODES[side] for side in sides], dtype=np.uint8)
    fits = _one_of(table.assertions.take(rows), _assertion_codes(assertions)) & _one_of(table.sides.take(rows), codes)
    return rows[fits]


def _one_of(values: NDArray[np.uint8], codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of `values` are among `codes`."""
    among = np.zeros(256, dtype=bool)
    among[codes] = True
    return among.take(values)


def _assertion_codes(assertions: Iterable[Assertion]) -> NDArray[np.uint8]:
    return np.array([ASSERTION_CODES[assertion] for assertion in assertions], dtype=np.uint8)
