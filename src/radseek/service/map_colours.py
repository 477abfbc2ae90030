"""Colourings of a map: each study in one of at most eight groups, or among others, or not known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.map_studies import NOT_KNOWN, CodedValues
from radseek.search.study_statements import Stated

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_GROUPS = 8
"""More colours than this nobody tells apart."""
OTHER = 254
"""Code of a study whose value is among the rarer ones."""
GREY = 255
"""Code of a study of which nothing is known."""


class ColourScale(StrEnum):
    """What the colours of the groups mean."""

    GROUPS = "groups"
    """Unlike each other."""
    ORDERED = "ordered"
    """From few to many, or early to late."""
    STATED = "stated"
    """What reports say of a finding."""


@dataclass(frozen=True, slots=True)
class ColourGroup:
    """One line of the legend."""

    code: int
    value: str
    """As the archive has it; empty for the studies of which it is not known, and for all others together."""
    n_studies: int


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """A group for each study of a map."""

    codes: NDArray[np.uint8]
    """`[n]`: codes of `groups`."""
    groups: tuple[ColourGroup, ...]
    scale: ColourScale


def colour_by_values(column: CodedValues) -> Colouring:
    """The most frequent values as groups, most frequent first; the rarer ones together."""
    counts = np.bincount(column.codes[column.codes != NOT_KNOWN], minlength=len(column.values))
    order = sorted(range(len(column.values)), key=lambda code: (-int(counts[code]), column.values[code]))
    new_codes = np.full(len(column.values) + 1, OTHER, dtype=np.uint8)  # the last place is that of `NOT_KNOWN`
    new_codes[NOT_KNOWN] = GREY
    shown = order[:MOST_GROUPS]
    for rank, code in enumerate(shown):
        new_codes[code] = rank
    return _coloured(new_codes[column.codes], [column.values[code] for code in shown], ColourScale.GROUPS)


def colour_by_years(column: CodedValues) -> Colouring:
    """Each year a group, or equally long spans of years where there are many."""
    years = np.array([int(value) for value in column.values], dtype=np.int64)
    if not years.size:
        return _coloured(np.full(column.codes.size, GREY, dtype=np.uint8), [], ColourScale.ORDERED)
    first, last = int(years.min()), int(years.max())
    length = -(-(last - first + 1) // MOST_GROUPS)
    spans = [(start, min(start + length - 1, last)) for start in range(first, last + 1, length)]
    codes = np.full(column.codes.size, GREY, dtype=np.uint8)
    known = column.codes != NOT_KNOWN
    codes[known] = ((years - first) // length)[column.codes[known]]
    names = [f"{start}" if start == end else f"{start} to {end}" for start, end in spans]
    return _coloured(codes, names, ColourScale.ORDERED)


def colour_by_statements(stated: NDArray[np.uint8]) -> Colouring:
    """What reports say of one finding: present, possible, historical, absent.

    Args:
        stated: `[n]`, values of `Stated`.
    """
    levels = (Stated.PRESENT, Stated.POSSIBLE, Stated.HISTORICAL, Stated.ABSENT)
    codes = np.full(len(Stated), GREY, dtype=np.uint8)
    for code, level in enumerate(levels):
        codes[level] = code
    return _coloured(codes[stated], [level.name.lower() for level in levels], ColourScale.STATED)


def _coloured(codes: NDArray[np.uint8], values: list[str], scale: ColourScale) -> Colouring:
    counts = np.bincount(codes, minlength=GREY + 1)
    named = [*enumerate(values), (OTHER, ""), (GREY, "")]
    groups = tuple(ColourGroup(code, value, int(counts[code])) for code, value in named if counts[code])
    return Colouring(codes, groups, scale)
