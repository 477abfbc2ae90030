"""Before and after: the start encoder and the trained one on the same val part, side by side with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.encoders.spec import PreparedEncoder
from radseek.evaluation.comparing import compare_runs
from radseek.evaluation.estimates import NOTHING, Estimate
from radseek.evaluation.pair_retrieval import Direction, PairRetrieval, PairTable, measure_pair_retrieval
from radseek.records.progress import ProgressListener, no_progress
from radseek.text import normalise as plain_text
from radseek.training.config import TrainingConfig
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels
from radseek.training.validation import encode_pixels

_SHOWN = (
    (Direction.TEXT_TO_STUDY, "success@1"),
    (Direction.TEXT_TO_STUDY, "success@5"),
    (Direction.TEXT_TO_STUDY, "success@10"),
    (Direction.TEXT_TO_STUDY, "mrr"),
    (Direction.TEXT_TO_STUDY, "median_rank"),
    (Direction.STUDY_TO_TEXT, "mrr"),
)
_DECIDING = (Direction.TEXT_TO_STUDY, "mrr")


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One measure of both encoders on the same queries."""

    direction: str
    measure: str
    """Of `median_rank` alone less is better."""
    random: float
    before: Estimate
    after: Estimate
    change: Estimate
    """After minus before, paired by query; nothing for `median_rank`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a training changed on the val part. Studies with identical texts count as right for each other."""

    n_texts: int
    n_studies: int
    n_patients: int
    figures: tuple[ComparedFigure, ...]
    verdict: str
    """A plain sentence."""
    is_better: bool
    """True only when the interval of the deciding change lies above 0."""


def compare_encoders(
    config: TrainingConfig,
    before: PreparedEncoder,
    after: PreparedEncoder,
    progress: ProgressListener = no_progress,
) -> Comparison:
    """Each text of the val part asks for its study, and each study for its text, with both encoders.

    The best epoch was chosen on this part, so that `after` flatters a little; a part kept apart does not.

    Raises:
        ConfigError: As `read_pairs`.
        InputError: As `read_pairs`, or when the val part has no text.
    """
    pairs = [pair for pair in read_pairs(config) if pair.split == "val"]
    studies = list(dict.fromkeys(pair.study for pair in pairs))
    texts, own = _texts(pairs, studies)
    patient = {pair.study: pair.patient for pair in pairs}
    table = PairTable(texts, own, [patient[study] for study in studies])
    measured = [
        measure_pair_retrieval(_similarities(config, encoder, pairs, studies, texts, progress), table)
        for encoder in (before, after)
    ]
    figures = tuple(_compared(measured[0], measured[1], direction, name) for direction, name in _SHOWN)
    deciding = figures[_SHOWN.index(_DECIDING)]
    verdict, is_better = _verdict(deciding.change)
    return Comparison(len(texts), len(studies), len(set(table.patients)), figures, verdict, is_better)


def _texts(pairs: Sequence[Pair], studies: Sequence[str]) -> tuple[list[str], list[int]]:
    """Each picture's first caption, and each study's report where it has one; with the place of its study."""
    place = {study: number for number, study in enumerate(studies)}
    asked = [(pair.image_texts[0], place[pair.study]) for pair in pairs if pair.image_texts]
    reports = {place[pair.study]: "\n".join(pair.study_texts) for pair in reversed(pairs) if pair.study_texts}
    asked += [(text, study) for study, text in sorted(reports.items())]
    asked = [entry for entry in dict.fromkeys(asked) if plain_text(entry[0])]
    return [text for text, _ in asked], [study for _, study in asked]


def _similarities(
    config: TrainingConfig,
    encoder: PreparedEncoder,
    pairs: Sequence[Pair],
    studies: Sequence[str],
    texts: Sequence[str],
    progress: ProgressListener,
) -> NDArray[np.float64]:
    """Cosines `[n_texts, n_studies]`; a study scores by its best picture."""
    pixels = load_pixels(pairs, encoder.spec.preprocessing, config.output / "cache", progress)
    cosines = encoder.encode_texts(list(texts)) @ encode_pixels(encoder, pixels).T  # [n_texts, n_pictures]
    place = {study: number for number, study in enumerate(studies)}
    best = np.full((len(texts), len(studies)), -np.inf)
    for column, pair in enumerate(pairs):
        best[:, place[pair.study]] = np.maximum(best[:, place[pair.study]], cosines[:, column])
    return best


def _compared(before: PairRetrieval, after: PairRetrieval, direction: Direction, measure: str) -> ComparedFigure:
    first, second = (
        next(
            figure
            for figure in measured.figures
            if figure.merged and figure.direction is direction and figure.measure == measure
            if figure.gallery_size == max(f.gallery_size for f in measured.figures if f.direction is direction)
        )
        for measured in (before, after)
    )
    change = NOTHING
    if measure != "median_rank":
        patients = {str(place): name for place, name in enumerate(after.query_patients[direction])}
        runs = [{str(place): float(v) for place, v in enumerate(f.per_query)} for f in (second, first)]
        change = compare_runs(runs[0], runs[1], patients).difference
    return ComparedFigure(direction.value, measure, first.random, first.estimate, second.estimate, change)


def _verdict(change: Estimate) -> tuple[str, bool]:
    told = f"the mean reciprocal rank changed by {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
    if math.isnan(change.low):
        return f"Not decided: {told}; one patient says nothing about the spread.", False
    if change.low > 0:
        return f"Better on the val part: {told}, and the interval lies above 0.", True
    if change.high < 0:
        return f"WORSE on the val part: {told}. Keep the start encoder.", False
    return f"NOT clearly better on the val part: {told}, and the interval holds 0. More pairs may help.", False
