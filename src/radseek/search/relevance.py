"""From what speaks for a hit to the chance that it answers the query, and to its band.

A chance is learned on validation data (`radseek calibrate`) and is used for bands only: it is the share of such hits
that answer such a query, never a probability of disease.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError
from radseek.evaluation.calibration import checked_outcomes
from radseek.records.search_options import Band
from radseek.search.evidence import Evidence, Told

LEAST_CHANCE = {Band.STRONG: 0.8, Band.FAIR: 0.5, Band.WEAK: 0.2}
"""Band -> chance from which on a hit is in it: four of five, every second, every fifth such hit answers."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImageChance:
    """chance = logistic(slope * cosine + intercept + logit(rate)): what is rare needs more."""

    slope: float
    intercept: float
    typical_rate: float
    """Rate of a finding where the archive cannot tell it: the mean of those that occurred in the learning half."""

    def chances(self, cosines: ArrayLike, rates: ArrayLike) -> Floats:
        """Chances `[n]` in 0..1 from cosines `[n]` and rates `[n]`, strictly between 0 and 1."""
        return _logistic(self.slope * np.asarray(cosines, dtype=np.float64) + self.intercept + _logit(rates))


@dataclass(frozen=True, slots=True)
class TextChance:
    """chance = logistic(cosine_slope * cosine + share_slope * share + intercept)."""

    cosine_slope: float
    share_slope: float
    intercept: float

    def chances(self, cosines: ArrayLike, shares: ArrayLike) -> Floats:
        """Chances `[n]` in 0..1 from cosines `[n]` and shares of words `[n]`."""
        x, words = np.asarray(cosines, dtype=np.float64), np.asarray(shares, dtype=np.float64)
        return _logistic(self.cosine_slope * x + self.share_slope * words + self.intercept)


@dataclass(frozen=True, slots=True)
class Relevance:
    """What was learned of one encoder; None where there was too little to learn from."""

    image: ImageChance | None
    text: TextChance | None

    def chance(self, evidence: Evidence) -> float:
        """The greater of the chances that picture and sentence give, in 0..1; 0 where neither says anything."""
        return float(self.chances([evidence])[0])

    def chances(self, evidence: Sequence[Evidence]) -> Floats:
        """`chance` of each, `[n]`."""
        told = np.zeros(len(evidence))
        if self.image is not None:
            rates = np.array([self.image.typical_rate if one.rate is None else one.rate for one in evidence])
            told = _greater(told, self.image.chances(_cosines([one.image_cosine for one in evidence]), rates))
        if self.text is not None:
            shares = np.array([one.word_share for one in evidence])
            told = _greater(told, self.text.chances(_cosines([one.sentence_cosine for one in evidence]), shares))
        return told


def band_of_chance(chance: float) -> Band:
    """The band of a chance in 0..1."""
    return next((band for band, least in LEAST_CHANCE.items() if chance >= least), Band.MISS)


def band_of(evidence: Sequence[Evidence], relevance: Relevance | None, *, either: bool) -> Band | None:
    """The band of one hit; see `bands_of_hits`."""
    return bands_of_hits([evidence], relevance, either=either)[0]


def bands_of_hits(
    evidence: Sequence[Sequence[Evidence]], relevance: Relevance | None, *, either: bool
) -> list[Band | None]:
    """The bands of hits by what speaks for them, statement by statement; None where nothing was learned.

    What the study's report states as asked is strong; in part, or as a suspicion only, fair. Where the lexicon knows
    what is asked and the report does not state it, nothing else makes the hit better than weak.

    Args:
        evidence: Of each hit that for each statement of the query.
        relevance: What was learned of the encoder.
        either: Whether one statement is enough (`OR`); else a hit with some of them is fair.
    """
    bands = [_told_band(hit, either) for hit in evidence]
    unstated = [place for place, band in enumerate(bands) if band is None]
    if relevance is None or not unstated:
        return bands
    chances = iter(relevance.chances([one for place in unstated for one in evidence[place]]).tolist())
    for place in unstated:
        weighed = [_unstated_band(one, next(chances)) for one in evidence[place]]
        bands[place] = min(weighed, key=tuple(Band).index, default=Band.MISS)
    return bands


def _told_band(evidence: Sequence[Evidence], either: bool) -> Band | None:
    """The band of a hit whose report states something of what is asked; None where it states nothing."""
    told = [one.told for one in evidence]
    if told and (max(told) if either else min(told)) is Told.AS_ASKED:
        return Band.STRONG
    return Band.FAIR if any(told) else None


def _unstated_band(evidence: Evidence, chance: float) -> Band:
    band = band_of_chance(chance)
    was_read = evidence.is_known and evidence.has_report
    return Band.WEAK if was_read and band.reaches(Band.WEAK) else band


def learn_image_chance(cosines: ArrayLike, rates: ArrayLike, right: ArrayLike, typical_rate: float) -> ImageChance:
    """The curve of greatest likelihood, never falling with the cosine; the rate's part is Bayes' and not learned.

    Raises:
        InputError: When lengths differ, a value is not finite or a rate not between 0 and 1, or one class is missing.
    """
    offsets = _logit(rates)
    (slope,), intercept = _fit([cosines], right, offsets)
    return ImageChance(slope, intercept, typical_rate)


def learn_text_chance(cosines: ArrayLike, shares: ArrayLike, right: ArrayLike) -> TextChance:
    """The curve of greatest likelihood, falling neither with the cosine nor with the share of words.

    Raises:
        InputError: When lengths differ, a value is not finite, or one class is missing.
    """
    (cosine_slope, share_slope), intercept = _fit([cosines, shares], right, np.zeros(len(np.asarray(right))))
    return TextChance(cosine_slope, share_slope, intercept)


def _fit(columns: Sequence[ArrayLike], right: ArrayLike, offsets: Floats) -> tuple[list[float], float]:
    """Slopes from 0 up and intercept that minimise the cross entropy to Platt's softened targets: a convex problem."""
    from scipy.optimize import minimize

    pairs = [checked_outcomes(column, right) for column in (*columns, offsets)]
    x, y = np.stack([values for values, _ in pairs[:-1]], axis=1), pairs[0][1]  # [n, d], [n]
    n_right = int(y.sum())
    if not 0 < n_right < len(y):
        raise InputError("calibration needs both right and wrong hits")
    target = np.where(y, (n_right + 1) / (n_right + 2), 1 / (len(y) - n_right + 2))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        z = x @ parameters[:-1] + parameters[-1] + offsets
        error = _logistic(z) - target
        return float((np.logaddexp(0.0, z) - target * z).mean()), np.append(error @ x, error.sum()) / len(y)

    bounds = [(0.0, None)] * x.shape[1] + [(None, None)]
    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds, options=_PRECISE)
    return [float(value) for value in found.x[:-1]], float(found.x[-1])


_PRECISE = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1000}


def _cosines(values: Sequence[float | None]) -> Floats:
    """`values` `[n]`, NaN where there is none or it is not finite."""
    cosines = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    cosines[~np.isfinite(cosines)] = np.nan
    return cosines


def _greater(told: Floats, chances: Floats) -> Floats:
    """The greater of two `[n]`, the first where the second is NaN."""
    greater: Floats = np.fmax(told, chances)
    return greater


def _logit(rates: ArrayLike) -> Floats:
    rate = np.asarray(rates, dtype=np.float64)
    if not ((rate > 0) & (rate < 1)).all():
        raise InputError("rates must lie between 0 and 1")
    value: Floats = np.log(rate / (1 - rate))
    return value


def _logistic(z: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # NaN stays NaN: the caller leaves it out
        value: Floats = np.exp(-np.logaddexp(0.0, -z))  # 1 / (1 + exp(-z)) without overflow
    return value
