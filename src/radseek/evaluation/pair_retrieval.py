"""Does a text find its own study, and a study its own text? Both ways, at several gallery sizes.

A gallery of N holds the right answer and N - 1 others drawn at random without replacement. Figures are the exact
expectation over all such draws (hypergeometric), not a simulation. Items of equal score stand in random order: the
figure is the expectation over that order, so a scorer that gives one score to everything reaches chance, never more.

A pair that was not scored (NaN) counts as not found: no success, reciprocal rank 0, rank N.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    Estimate,
    Floats,
    Resampling,
    estimate_mean,
    estimate_median,
)
from radseek.evaluation.gallery_draws import Indices, RankShape, TiedBlock, expected_ranks
from radseek.evaluation.similarities import check_lengths, checked_matrix
from radseek.text import normalise


class Direction(StrEnum):
    """Which side asks."""

    TEXT_TO_STUDY = "text_to_study"
    STUDY_TO_TEXT = "study_to_text"


@dataclass(frozen=True, slots=True)
class PairConfig:
    """What to measure."""

    gallery_sizes: tuple[int, ...] = (100, 500, 1000)
    """Those smaller than the whole gallery are measured; the whole gallery always is."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    resampling: Resampling = DEFAULT_RESAMPLING


@dataclass(frozen=True, slots=True)
class PairTable:
    """Texts, and the studies they belong to. Several texts may belong to one study, and a study may have none."""

    texts: Sequence[str]
    """Report texts `[n_texts]`; equal after `radseek.text.normalise` is identical, blank ones are equal to none."""
    own: Sequence[int]
    """Column of each text's own study `[n_texts]`."""
    patients: Sequence[str]
    """Patient of each study `[n_studies]`."""


@dataclass(frozen=True, slots=True)
class PairFigure:
    """One measure of one direction at one gallery size."""

    direction: Direction
    gallery_size: int
    merged: bool
    """Whether studies (or texts) of identical text count as right too."""
    measure: str
    """`success@k` (recall@k where one item is right), `mrr` or `median_rank` (the only one of which less is better)."""
    estimate: Estimate
    random: float
    """Expected when the gallery is ranked at random."""
    ceiling: float
    """Expected for a perfect scorer that cannot tell identical texts apart."""
    per_query: Floats = field(repr=False, compare=False)
    """Value of each query `[n_queries]`, for `compare_runs`; for `median_rank` the expected rank."""

    @property
    def share_of_ceiling(self) -> float:
        """The value over its ceiling; NaN for `median_rank`."""
        return math.nan if self.measure == "median_rank" else self.estimate.value / self.ceiling


@dataclass(frozen=True, slots=True)
class PairRetrieval:
    """All figures, and what they rest on."""

    figures: tuple[PairFigure, ...]
    n_texts: int
    n_studies: int
    """Of which some may have no text: they stand in the gallery only."""
    n_patients: int
    n_not_scored: int
    """Own pairs that were not scored: they count as not found."""
    n_shared_texts: int
    """Texts identical to the text of another study."""
    query_patients: Mapping[Direction, tuple[str, ...]] = field(repr=False, compare=False)
    """Patient of each query, in the order of `PairFigure.per_query`."""


def measure_pair_retrieval(
    similarities: ArrayLike, table: PairTable, config: PairConfig | None = None
) -> PairRetrieval:
    """`success@k`, `mrr` and `median_rank` both ways, strict and with identical texts merged, at each gallery size.

    A text's query is right with its own study; merged, with every study that has an identical text. A study's query is
    right with any of its own texts; merged, with every text identical to one of them. A study with several texts counts
    once: the mean over which of them is sure to be in the gallery. A gallery of studies is of all columns, one of texts
    of all rows. The median rank at a smaller gallery is the median over queries of the expected rank.

    Args:
        similarities: `[n_texts, n_studies]`, higher is better; NaN is not scored.
        table: Texts, own columns and patients.
        config: What to measure.

    Raises:
        InputError: When shapes differ, a text is blank, a column is out of range, or a size or cut-off is below 1.
    """
    config = config or PairConfig()
    matrix = checked_matrix(similarities, "similarities", len(table.texts), len(table.patients))
    own = _checked_own(table, config)
    names = np.unique([normalise(text) for text in table.texts], return_inverse=True)[1].astype(np.int64)
    figures: list[PairFigure] = []
    patients: dict[Direction, tuple[str, ...]] = {}
    for asked in (_asked_by_texts(matrix, own, names), _asked_by_studies(matrix, own, names)):
        queries = np.unique(asked.owner)
        patients[asked.direction] = tuple(table.patients[own[i] if asked.by_text else i] for i in queries)
        for merged in (False, True):
            figures += _figures(asked, merged, patients[asked.direction], config)
    return PairRetrieval(
        figures=tuple(figures),
        n_texts=len(own),
        n_studies=matrix.shape[1],
        n_patients=len(set(table.patients)),
        n_not_scored=int(np.isnan(matrix[np.arange(len(own)), own]).sum()),
        n_shared_texts=_n_shared(own, names),
        query_patients=patients,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Every question of one direction: a text, or a study with one of its texts sure to be in the gallery."""

    direction: Direction
    n_gallery: int
    owner: Indices
    """Query of each question; a query's figure is the mean over its questions."""
    shapes: Mapping[bool, list[RankShape]]
    """Merged or not -> the ranking of each question."""
    best: Mapping[bool, list[RankShape]]
    """The same for the perfect scorer."""
    chance: Mapping[bool, list[RankShape]]
    """The same when all scores are equal."""

    @property
    def by_text(self) -> bool:
        return self.direction is Direction.TEXT_TO_STUDY


def _checked_own(table: PairTable, config: PairConfig) -> Indices:
    if min((*config.gallery_sizes, *config.cutoffs), default=1) < 1:
        raise InputError("gallery sizes and cut-offs must be at least 1")
    check_lengths(texts=table.texts, own=table.own)
    blank = sum(1 for text in table.texts if not normalise(text))
    if blank:
        raise InputError(f"{blank} texts have no words; leave their rows out, their studies may stay")
    own = np.asarray(table.own, dtype=np.int64)
    if len(own) and not (own.min() >= 0 and own.max() < len(table.patients)):
        raise InputError(f"`own` must name columns 0 to {len(table.patients) - 1}")
    return own


def _n_shared(own: Indices, names: Indices) -> int:
    owners: dict[int, set[int]] = {}
    for name, study in zip(names.tolist(), own.tolist(), strict=True):
        owners.setdefault(name, set()).add(study)
    return sum(1 for name in names.tolist() if len(owners[name]) > 1)


def _asked_by_texts(matrix: Floats, own: Indices, names: Indices) -> _Asked:
    shapes: dict[bool, list[RankShape]] = {False: [], True: []}
    best: dict[bool, list[RankShape]] = {False: [], True: []}
    chance: dict[bool, list[RankShape]] = {False: [], True: []}
    studies_of = {name: np.unique(own[names == name]) for name in np.unique(names).tolist()}
    n = matrix.shape[1]
    for row, study, name in zip(matrix, own.tolist(), names.tolist(), strict=True):
        twins = studies_of[name]
        for merged, relevant in ((False, np.array([study])), (True, twins)):
            shapes[merged].append(rank_shape(row, relevant, study))
            chance[merged].append(RankShape((TiedBlock(0, n - len(relevant), len(relevant)),)))
            best[merged].append(RankShape((TiedBlock(0, len(twins) - len(relevant), len(relevant)),)))
    return _Asked(Direction.TEXT_TO_STUDY, n, np.arange(len(own)), shapes, best, chance)


def _asked_by_studies(matrix: Floats, own: Indices, names: Indices) -> _Asked:
    shapes: dict[bool, list[RankShape]] = {False: [], True: []}
    best: dict[bool, list[RankShape]] = {False: [], True: []}
    chance: dict[bool, list[RankShape]] = {False: [], True: []}
    owner: list[int] = []
    n = len(own)
    rows_of = {name: np.flatnonzero(names == name) for name in np.unique(names).tolist()}
    for study in np.unique(own).tolist():
        mine = np.flatnonzero(own == study)
        twins = np.concatenate([rows_of[name] for name in np.unique(names[mine]).tolist()])
        for sure in mine.tolist():
            owner.append(study)
            for merged, relevant in ((False, mine), (True, twins)):
                shapes[merged].append(rank_shape(matrix[:, study], relevant, sure))
                chance[merged].append(RankShape((TiedBlock(0, n - len(relevant), len(relevant)),)))
            best[False].append(_best_of_texts(mine, sure, names, rows_of))
            best[True].append(RankShape((TiedBlock(0, 0, len(twins)),)))
    return _Asked(Direction.STUDY_TO_TEXT, n, np.array(owner, dtype=np.int64), shapes, best, chance)


def _best_of_texts(mine: Indices, sure: int, names: Indices, rows_of: Mapping[int, Indices]) -> RankShape:
    """The study's texts, those that fewest others share first."""
    counts = {name: int((names[mine] == name).sum()) for name in np.unique(names[mine]).tolist()}
    blocks, others = [], 0
    for name in sorted(counts, key=lambda name: (-counts[name] / len(rows_of[name]), name == names[sure])):
        tied = len(rows_of[name]) - counts[name]
        blocks.append(TiedBlock(others, tied, counts[name]))
        others += tied
        if name == names[sure]:
            break
    return RankShape(tuple(blocks))


def rank_shape(scores: Floats, relevant: Indices, sure: int) -> RankShape:
    """The shape of one ranking.

    Args:
        scores: Of each gallery item, NaN is not scored: `[n_gallery]`.
        relevant: Places of the relevant items, `sure` among them.
        sure: Place of the item that is in every gallery.
    """
    found = scores[relevant]
    found = found[~np.isnan(found)]
    sure_scored = not math.isnan(scores[sure])
    if sure_scored:
        found = found[found >= scores[sure]]
    levels, counts = np.unique(found, return_counts=True)
    levels, counts = levels[::-1], counts[::-1]  # best first
    if len(levels) == 1:
        higher, equal = np.array([(scores > levels[0]).sum()]), np.array([(scores == levels[0]).sum()])
    else:
        ranked = np.sort(scores[~np.isnan(scores)])
        up_to = np.searchsorted(ranked, levels, side="right")
        higher, equal = len(ranked) - up_to, up_to - np.searchsorted(ranked, levels, side="left")
    better = np.cumsum(counts) - counts  # relevant items of higher levels
    blocks = [
        TiedBlock(*block)
        for block in zip(*(column.tolist() for column in (higher - better, equal - counts, counts)), strict=True)
    ]
    return RankShape(tuple(blocks), sure_scored)


def own_found(similarities: ArrayLike, own: Sequence[int], k: int) -> Floats:
    """Chance that each text's own study is among the first `k` of the whole gallery: float64 `[n_texts]` in 0..1.

    0 or 1 without ties; equal scores stand in random order. A study that was not scored (NaN) is not found.

    Raises:
        InputError: When there is not one own column a text.
    """
    matrix = checked_matrix(similarities, "similarities", len(own))
    mine = matrix[np.arange(len(own)), np.asarray(own, dtype=np.int64)][:, None]
    above, tied = (matrix > mine).sum(axis=1), (matrix == mine).sum(axis=1)
    return np.where(tied > 0, np.clip((k - above) / np.maximum(tied, 1), 0.0, 1.0), 0.0)


def _figures(asked: _Asked, merged: bool, patients: Sequence[str], config: PairConfig) -> list[PairFigure]:
    n = asked.n_gallery
    figures = []
    for size in [*sorted({size for size in config.gallery_sizes if size < n}), *([n] if n else [])]:
        reached, chance, best = (
            _per_query(asked, shapes[merged], size, config.cutoffs)
            for shapes in (asked.shapes, asked.chance, asked.best)
        )
        for measure, values in reached.items():
            estimate = estimate_median if measure == "median_rank" else estimate_mean
            middle = np.median if measure == "median_rank" else np.mean
            figures.append(
                PairFigure(
                    direction=asked.direction,
                    gallery_size=size,
                    merged=merged,
                    measure=measure,
                    estimate=estimate(values, patients, config.resampling),
                    random=float(middle(chance[measure])) if len(values) else math.nan,
                    ceiling=float(middle(best[measure])) if len(values) else math.nan,
                    per_query=values,
                )
            )
    return figures


def _per_query(asked: _Asked, shapes: Sequence[RankShape], size: int, cutoffs: Sequence[int]) -> dict[str, Floats]:
    """Measure -> value of each query: the mean over its questions."""
    expected = expected_ranks(shapes, asked.n_gallery, size, cutoffs)
    query = np.unique(asked.owner, return_inverse=True)[1]
    counts = np.bincount(query)
    measures = {f"success@{k}": values for k, values in expected.success.items()}
    measures |= {"mrr": expected.reciprocal_rank, "median_rank": expected.rank}
    return {name: np.bincount(query, weights=values) / counts for name, values in measures.items()}
