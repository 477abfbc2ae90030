"""Which sentences may answer a query, and which of them state what it asks.

Similar words are not the same statement: "No pneumothorax" is nearer to "no effusion" than "Costophrenic angles are
sharp" is. Where the lexicon knows the query's findings, sentences that state them as asked come before all others, and
sentences that state the opposite never count.
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

COMPATIBLE: dict[Assertion, frozenset[Assertion]] = {
    Assertion.PRESENT: frozenset({Assertion.PRESENT, Assertion.UNCERTAIN}),
    Assertion.ABSENT: frozenset({Assertion.ABSENT}),
    Assertion.UNCERTAIN: frozenset({Assertion.UNCERTAIN, Assertion.PRESENT}),
    Assertion.HISTORICAL: frozenset({Assertion.HISTORICAL, Assertion.PRESENT}),
}
"""Query assertion -> assertions that may answer it: a denial never answers a finding, nor the reverse."""

_ANSWERING_SIDES: dict[Side | None, tuple[Side | None, ...]] = {
    None: (None, *Side),
    Side.LEFT: (None, Side.LEFT, Side.BILATERAL),
    Side.RIGHT: (None, Side.RIGHT, Side.BILATERAL),
    Side.BILATERAL: (None, Side.BILATERAL),
}
"""Side in the query -> sides of a finding in a sentence that are about the same; None is no side told."""

_DENYING_SIDES = {**_ANSWERING_SIDES, None: (None, Side.BILATERAL)}
"""The same of a denial: "no right effusion" does not say that there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How the sentences of an index answer a query, in the order of its sentence owners."""

    may_answer: NDArray[np.bool_]
    """`[n]`: False for what contradicts the query."""
    n_agreed: NDArray[np.int64]
    """`[n]`: how many of the query's findings a sentence states as asked; 0 where it may not answer."""


def judge_sentences(query: Query, generation: Generation) -> Agreement:
    """How each sentence answers `query`.

    A sentence states what is asked when it has the finding or a kind of it (of a denial: the finding or what it is a
    kind of), with an assertion that may answer the query's and on no other side. It contradicts when it says the
    opposite of one of the findings and does not also state it as asked. What says nothing of the findings may answer if
    its assertion as a whole may, unless its study contradicts: one that has the finding anywhere is no answer to its
    denial, and one that denies it and states it nowhere is no answer to the finding.
    """
    owners, table = generation.sentence_owners, generation.statements
    may_answer = np.isin(owners.assertions, _assertion_codes(COMPATIBLE[query.assertion]))
    n_agreed = np.zeros(owners.ids.shape, dtype=np.int64)
    contradicts = np.zeros(owners.ids.shape, dtype=bool)
    for asked in {(m.finding, m.assertion, m.side): m for m in query.stated}.values():
        agreeing, opposing = _rows(asked, table)
        agreed, opposed = _owners(owners.ids, table, agreeing), _owners(owners.ids, table, opposing)
        n_agreed += agreed
        wrong = owners.study_ids[opposed]
        if asked.assertion is not Assertion.ABSENT:
            wrong = np.setdiff1d(wrong, owners.study_ids[agreed])
        contradicts |= (opposed & ~agreed) | np.isin(owners.study_ids, wrong)
    may_answer = (may_answer | (n_agreed > 0)) & ~contradicts
    n_agreed[~may_answer] = 0
    return Agreement(may_answer, n_agreed)


def _rows(asked: StatedFinding, table: StatementTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `table` that state what is asked, and rows that state the opposite."""
    general = table.rows_of(table.lexicon.with_parents(asked.finding))
    kinds = table.rows_of(table.lexicon.kinds_of(asked.finding))
    told, denied = _ANSWERING_SIDES[asked.side], _DENYING_SIDES[asked.side]
    compatible = COMPATIBLE[asked.assertion]
    if asked.assertion is Assertion.ABSENT:
        opposite = (Assertion.PRESENT, Assertion.UNCERTAIN)
        return _matching(table, general, compatible, denied), _matching(table, kinds, opposite, told)
    return _matching(table, kinds, compatible, told), _matching(table, general, (Assertion.ABSENT,), denied)


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
