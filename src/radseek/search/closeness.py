"""How close what a report tells of a finding is to what is asked of it: side, place, grade, size, change, certainty.

Of each thing that the query tells, alike comes before not told, and that before told otherwise; what the query does not
tell never matters. Where a finding is counts most, for another place is another lesion: a side 3 (both sides, of which
one is asked, 2), the level or part 3, and told otherwise -6, which no likeness beside it makes up for: a report may
speak of several places, so it is no contradiction, but comes after those that tell none. Grade, size and change count
1 and -1, since the same lesion is graded and measured differently by two readers, and so does certainty.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from radseek.index import ASSERTION_CODES, SIDE_CODES, StatementTable
from radseek.index.place_codes import answering_lobe_bits, answering_vertebra_bits, rib_bits
from radseek.index.statements import CHANGE_CODES, SEVERITY_CODES
from radseek.records.findings import Change, Severity, Side, StatedFinding
from radseek.records.reports import Assertion

SAME_SIDE, BOTH_SIDES = 3, 2
SAME_PLACE, OTHER_PLACE = 3, -6
ALIKE, OTHERWISE = 1, -1
SAME_SIZE = 1.5
"""Up to this ratio two sizes are alike: a lesion measured twice, in two planes, or a year later."""
_ROUNDING = 1 + 1e-6

Closeness = NDArray[np.int8]
"""All scores of a mention add up to -22..16."""


def closeness_of(asked: StatedFinding, table: StatementTable, rows: NDArray[np.int64]) -> Closeness:
    """How close each mention in `rows` `[m]` of `table`, all of which state what is asked, is to it: int8 `[m]`."""
    close = _certainty(asked.assertion).take(table.assertions.take(rows))
    if asked.side is not None:
        close += _sides(asked.side).take(table.sides.take(rows))
    if asked.change is not None:
        close += _changes(asked.change).take(table.changes.take(rows))
    for scores in _decisive(asked, table, rows):
        close += scores
    return close


def tells_otherwise(asked: StatedFinding, table: StatementTable, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these mentions tell a place, a grade (by two or more) or a size other than what is asked: bool `[m]`."""
    otherwise = np.zeros(rows.shape, dtype=bool)
    for scores in _decisive(asked, table, rows):
        otherwise |= scores < 0
    return otherwise


def is_told_otherwise(
    asked: StatedFinding, table: StatementTable, rows: NDArray[np.int64], groups: NDArray[np.int64], n_groups: int
) -> NDArray[np.bool_]:
    """Of which groups of mentions even the closest tells something otherwise, or which have none: bool `[n_groups]`.

    Args:
        asked: What is asked.
        table: The mentions.
        rows: Rows of it that state what is asked, `[m]`.
        groups: The group of each, `[m]`, in `0..n_groups - 1`.
        n_groups: Number of groups.
    """
    ranked = 2 * closeness_of(asked, table, rows) + ~tells_otherwise(asked, table, rows)  # of equals one that fits
    best = np.full(n_groups, np.iinfo(np.int8).min, dtype=np.int8)
    np.maximum.at(best, groups, ranked)
    told_otherwise: NDArray[np.bool_] = best % 2 == 0
    return told_otherwise


def _decisive(asked: StatedFinding, table: StatementTable, rows: NDArray[np.int64]) -> Iterator[Closeness]:
    """Scores of what the query tells that makes a study answer in part only where it is told otherwise."""
    if vertebrae := answering_vertebra_bits(asked.level):
        yield _places(table.vertebrae.take(rows), np.uint64(vertebrae))
    if ribs := rib_bits(asked.level):
        yield _places(table.ribs.take(rows), np.uint16(ribs))
    if lobes := answering_lobe_bits(asked.part):
        yield _places(table.lobes.take(rows), np.uint32(lobes))
    if asked.severity is not None:
        yield _grades(asked.severity).take(table.severities.take(rows))
    if asked.size_mm is not None:
        yield _sizes(table.sizes_mm.take(rows), asked.size_mm)


def _certainty(asked: Assertion) -> Closeness:
    """Score by `ASSERTION_CODES`: a suspicion is told otherwise only where the finding itself is asked."""
    scores = np.zeros(len(ASSERTION_CODES), dtype=np.int8)
    scores[ASSERTION_CODES[asked]] = ALIKE
    if asked is Assertion.PRESENT:
        scores[ASSERTION_CODES[Assertion.UNCERTAIN]] = OTHERWISE
    return scores


def _sides(asked: Side) -> Closeness:
    """Score by `SIDE_CODES`; one side where the other is asked states something else and is not compared."""
    scores = np.zeros(len(SIDE_CODES), dtype=np.int8)
    scores[SIDE_CODES[Side.BILATERAL]] = BOTH_SIDES
    scores[SIDE_CODES[asked]] = SAME_SIDE
    return scores


def _changes(asked: Change) -> Closeness:
    scores = np.full(len(CHANGE_CODES), OTHERWISE, dtype=np.int8)
    scores[CHANGE_CODES[None]] = 0
    scores[CHANGE_CODES[asked]] = ALIKE
    return scores


def _grades(asked: Severity) -> Closeness:
    """Score by `SEVERITY_CODES`: the next grade is neither alike nor told otherwise."""
    apart = np.abs(np.arange(len(SEVERITY_CODES)) - SEVERITY_CODES[asked])
    scores = np.select([apart == 0, apart == 1], [ALIKE, 0], OTHERWISE).astype(np.int8)
    scores[SEVERITY_CODES[None]] = 0
    return scores


def _places(told: NDArray[np.unsignedinteger], answering: np.unsignedinteger) -> Closeness:
    is_told, alike = (told != 0).view(np.int8), ((told & answering) != 0).view(np.int8)
    scores: Closeness = is_told * np.int8(OTHER_PLACE) + alike * np.int8(SAME_PLACE - OTHER_PLACE)
    return scores


def _sizes(told_mm: NDArray[np.float32], asked_mm: float) -> Closeness:
    ratio = SAME_SIZE * _ROUNDING
    alike = (told_mm <= ratio * asked_mm) & (asked_mm <= ratio * told_mm)
    scores = np.where(alike, ALIKE, OTHERWISE).astype(np.int8)
    scores[np.isnan(told_mm)] = 0
    return scores
