"""Which sentences may answer a query, and which of them state what it asks.

Similar words are not the same statement: "No pneumothorax" is nearer to "no effusion" than "Costophrenic angles are
sharp" is. Where the lexicon knows the query's findings, studies that state them as asked come before all others, and
studies that state the opposite never count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.index import ASSERTION_CODES, SIDE_CODES, Generation, StatementTable
from radseek.records.findings import Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.records.search import Query
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

_ANSWERING_SIDES: dict[Side | None, tuple[Side | None, ...]] = {
    None: (None, *Side),
    Side.LEFT: (None, Side.LEFT, Side.BILATERAL),
    Side.RIGHT: (None, Side.RIGHT, Side.BILATERAL),
    Side.BILATERAL: (None, Side.BILATERAL),
}
"""Side in the query -> sides of a finding in a sentence that are about the same; None is no side told."""

_DENYING_SIDES = {**_ANSWERING_SIDES, None: (None, Side.BILATERAL)}
"""The same of a denial: "no right effusion" does not say that there is none."""

_OTHER_SIDE = {Side.LEFT: (Side.RIGHT,), Side.RIGHT: (Side.LEFT,)}
"""Side in the query -> sides in a study that has the finding elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How the sentences of an index answer a query, in the order of its sentence owners."""

    may_answer: NDArray[np.bool_]
    """`[n]`: False for what contradicts the query, and for sentences of a study that has a better one."""
    n_agreed: NDArray[np.int64]
    """`[n]`: how much of what the query asks the sentence's study states as asked; 0 where it may not answer. What is
    affirmed counts more than all denials together."""
    contradicting: NDArray[np.int64]
    """Ascending ids of the studies whose reports contradict the query."""


@dataclass(slots=True, eq=False)
class _Judged:
    """What each of the findings asked adds up to; all `[n]`."""

    own: NDArray[np.int64]
    """How much of the query a sentence states."""
    total: NDArray[np.int64]
    """How much of it the sentences of its study state together."""
    contradicts: NDArray[np.bool_]


def judge_sentences(query: Query, generation: Generation) -> Agreement:
    """How each sentence answers `query`.

    A sentence states what is asked when it has the finding or a kind of it (of a denial: the finding or what it is a
    kind of), with an assertion that may answer the query's and on no other side. It contradicts when it says the
    opposite of one of the findings and does not also state it as asked. A study contradicts that has the finding
    anywhere when its absence is asked, and one that denies it, or has it on the other side only, and states it nowhere
    as asked. Of a study that states something asked only those sentences may answer that state the most of it.
    """
    owners, table = generation.sentence_owners, generation.statements
    n = owners.ids.shape[0]
    judged = _Judged(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool))
    findings = list({(m.finding, m.assertion, m.side): m for m in query.stated}.values())
    weight_of_affirmed = 1 + sum(asked.assertion is Assertion.ABSENT for asked in findings)
    wrong = _studies_with(owners.study_ids, np.zeros(n, dtype=bool))
    for asked in findings:
        agreeing, opposing = _rows(asked, table)
        agreed, opposed = _owners(owners.ids, table, agreeing), _owners(owners.ids, table, opposing)
        weight = 1 if asked.assertion is Assertion.ABSENT else weight_of_affirmed
        stating = _studies_with(owners.study_ids, agreed)
        judged.own += weight * agreed
        judged.total += weight * stating[owners.study_ids]
        judged.contradicts |= opposed & ~agreed
        against = _studies_with(owners.study_ids, opposed)
        wrong |= against if asked.assertion is Assertion.ABSENT else against & ~stating
    judged.contradicts |= wrong[owners.study_ids]
    contradicting = np.flatnonzero(wrong[:-1])
    return _agreement(judged, _may_answer(query, generation), owners.study_ids, contradicting)


def _studies_with(study_ids: NDArray[np.int64], sentences: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which studies own any of the marked `sentences`: bool by study id; the last place is that of no study, -1."""
    studies = np.zeros(int(study_ids.max(initial=-1)) + 2, dtype=bool)
    studies[study_ids[sentences]] = True
    return studies


def _may_answer(query: Query, generation: Generation) -> NDArray[np.bool_]:
    """Which sentences have an assertion as a whole that may answer."""
    return np.isin(generation.sentence_owners.assertions, _assertion_codes(COMPATIBLE[query.assertion]))


def _agreement(
    judged: _Judged, may_answer: NDArray[np.bool_], study_ids: NDArray[np.int64], contradicting: NDArray[np.int64]
) -> Agreement:
    may_answer = (may_answer | (judged.own > 0)) & ~judged.contradicts
    stating = may_answer & (judged.own > 0)
    best = np.zeros(int(study_ids.max(initial=-1)) + 2, dtype=np.int64)  # by study id; the last place is that of -1
    np.maximum.at(best, study_ids[stating], judged.own[stating])
    may_answer &= judged.own == best[study_ids]
    n_agreed = np.where(may_answer & (judged.own > 0), judged.total, 0)
    return Agreement(may_answer, n_agreed, contradicting)


def studies_stating(asked: StatedFinding, generation: Generation) -> NDArray[np.int64]:
    """Ascending ids of the studies that have `asked` or a kind of it, or may have it, by their reports.

    The assertion of `asked` does not matter, its side does.
    """
    table, owners = generation.statements, generation.sentence_owners
    rows = _matching(table, _kinds(asked.finding, table), STATING, _ANSWERING_SIDES[asked.side])
    studies = np.unique(owners.study_ids[_owners(owners.ids, table, rows)])
    return studies[studies >= 0]


def affirming_sentences(asked: StatedFinding, generation: Generation, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the sentences at `places` `[m]`, ascending, have `asked` or a kind of it without doubt: bool `[m]`."""
    table, wanted = generation.statements, generation.sentence_owners.ids[places]
    rows = _kinds(asked.finding, table)
    rows = rows[_lie_among(wanted, table.sentence_ids[rows])]
    rows = _matching(table, rows, (Assertion.PRESENT,), _ANSWERING_SIDES[asked.side])
    return np.isin(wanted, table.sentence_ids[rows])


def _lie_among(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `ids` `[n]` are among the ascending `wanted`, in time linear in `n`."""
    marks = np.zeros(int(max(wanted.max(initial=-1), ids.max(initial=-1))) + 1, dtype=bool)
    marks[wanted] = True
    return marks[ids]


def agrees(asked: StatedFinding, told: StatedFinding, lexicon: Lexicon) -> bool:
    """Whether one mention states what is asked, by the rules of `judge_sentences`."""
    denies = asked.assertion is Assertion.ABSENT
    names = lexicon.with_parents(asked.finding) if denies else lexicon.kinds_of(asked.finding)
    sides = _DENYING_SIDES if denies else _ANSWERING_SIDES
    return told.finding in names and told.assertion in COMPATIBLE[asked.assertion] and told.side in sides[asked.side]


def _rows(asked: StatedFinding, table: StatementTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `table` that state what is asked, and rows that state the opposite."""
    general = table.rows_of(table.lexicon.with_parents(asked.finding))
    kinds = _kinds(asked.finding, table)
    told, denied = _ANSWERING_SIDES[asked.side], _DENYING_SIDES[asked.side]
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
    fits = np.isin(table.assertions[rows], _assertion_codes(assertions)) & np.isin(table.sides[rows], codes)
    return rows[fits]


def _owners(ids: NDArray[np.int64], table: StatementTable, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the ascending sentence `ids` own any of `rows`."""
    owned = np.zeros(ids.shape, dtype=bool)
    owned[np.searchsorted(ids, table.sentence_ids[rows])] = True
    return owned


def _assertion_codes(assertions: Iterable[Assertion]) -> NDArray[np.uint8]:
    return np.array([ASSERTION_CODES[assertion] for assertion in assertions], dtype=np.uint8)
