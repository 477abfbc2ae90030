"""From a score to the chance of being right, how far to trust that, and when to say 'no good match'.

Fit on one half of the patients and measure on the other (`halves`): measured where it was fitted, a calibration
flatters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import Floats


@dataclass(frozen=True, slots=True)
class Platt:
    """Probability = logistic(slope * score + intercept). A slope of 0 or below says that the score does not help."""

    slope: float
    intercept: float

    def probabilities(self, scores: ArrayLike) -> Floats:
        """Chance of being right for each score: float64 in 0..1, of the shape of `scores`."""
        return _logistic(self.slope * np.asarray(scores, dtype=np.float64) + self.intercept)


def halves(patients: Sequence[str], seed: int = 0) -> NDArray[np.bool_]:
    """Which items are for fitting: whole patients, about half of them, drawn at random: bool `[n]`."""
    names = sorted(set(patients))
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = {names[i] for i in order[: (len(names) + 1) // 2]}
    return np.array([patient in chosen for patient in patients], dtype=bool)


def fit_platt(scores: ArrayLike, right: ArrayLike) -> Platt:
    """The logistic curve of greatest likelihood, with Platt's softened targets.

    Those, (n+ + 1)/(n+ + 2) and 1/(n- + 2), keep the slope finite where scores separate both classes (Platt 1999; Lin,
    Lin and Weng, Machine Learning 68, 2007).

    Raises:
        InputError: When lengths differ, a score is not finite, or one class is missing.
    """
    x, y = checked_outcomes(scores, right)
    n_right = int(y.sum())
    if not 0 < n_right < len(y):
        raise InputError("calibration needs both right and wrong items")
    target = np.where(y, (n_right + 1) / (n_right + 2), 1 / (len(y) - n_right + 2))
    centre, spread = float(x.mean()), float(x.std()) or 1.0
    slope, intercept = _fit_logistic((x - centre) / spread, target)
    return Platt(slope / spread, intercept - slope * centre / spread)


def fit_temperature(logits: ArrayLike, right: ArrayLike) -> float:
    """The temperature T above 0 for which logistic(logit / T) has the greatest likelihood, sought in 0.01 to 100.

    Raises:
        InputError: As `fit_platt`.
    """
    from scipy.optimize import minimize_scalar

    x, y = checked_outcomes(logits, right)
    if not 0 < y.sum() < len(y):
        raise InputError("calibration needs both right and wrong items")

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0.0, np.where(y, -x, x) / math.exp(log_temperature)).mean())

    found = minimize_scalar(loss, bounds=(math.log(0.01), math.log(100.0)), method="bounded", options={"xatol": 1e-6})
    return float(math.exp(found.x))


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """One bin of the reliability curve."""

    mean_probability: float
    share_right: float
    n: int
    low: float
    high: float
    """Wilson's 95 % interval of the share (Wilson, JASA 22, 1927)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities fit what happened."""

    ece: float
    """Expected calibration error: how far a bin's mean probability is from its share right, mean over items."""
    brier: float
    brier_of_base_rate: float
    """That of always saying the share right: a useful score is below."""
    points: tuple[ReliabilityPoint, ...]
    n: int


def measure_calibration(probabilities: ArrayLike, right: ArrayLike, n_bins: int = 10) -> Calibration:
    """ECE over bins of equal mass, Brier score and the reliability curve. Equal probabilities share one bin.

    Raises:
        InputError: When lengths differ, nothing is given, a probability is outside 0..1, or `n_bins` is below 1.
    """
    p, y = checked_outcomes(probabilities, right)
    if n_bins < 1 or not len(p) or p.min() < 0 or p.max() > 1:
        raise InputError("calibration needs probabilities in 0..1, at least one, and at least one bin")
    points = tuple(_point(p[members], y[members]) for members in equal_mass_bins(p, n_bins))
    rate = float(y.mean())
    return Calibration(
        ece=math.fsum(point.n * abs(point.mean_probability - point.share_right) for point in points) / len(p),
        brier=float(((p - y) ** 2).mean()),
        brier_of_base_rate=rate * (1 - rate),
        points=points,
        n=len(p),
    )


def equal_mass_bins(values: Floats, n_bins: int) -> list[NDArray[np.int64]]:
    """Places of the values in bins of about equal size, lowest first; equal values share a bin, no bin is empty."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    wanted = np.round(np.arange(1, n_bins) * len(values) / n_bins).astype(int)
    cuts = np.unique(np.searchsorted(ranked, ranked[np.clip(wanted, 0, len(values) - 1)], side="left"))
    return [part for part in np.split(order, cuts) if len(part)]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Error rate among the most confident, for every share of queries answered."""

    coverage: Floats
    """1/n to 1: `[n]`."""
    risk: Floats
    """Expected error rate among those answered `[n]`; ties stand in random order."""
    aurc: float
    """Mean of `risk`; less is better."""
    oracle_aurc: float
    """That of a confidence that puts every right answer first."""
    excess: float
    """`aurc - oracle_aurc`: what the confidence itself loses (Geifman, Uziel and El-Yaniv, ICLR 2019)."""
    random_aurc: float
    """That of a confidence without any use: the error rate."""


def measure_risk_coverage(confidence: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """The risk-coverage curve and the area under it.

    Raises:
        InputError: When lengths differ, nothing is given, or a confidence is not finite.
    """
    c, y = checked_outcomes(confidence, right)
    if not len(c):
        raise InputError("risk and coverage need at least one query")
    order = np.argsort(-c, kind="stable")
    _, level, counts = np.unique(-c[order], return_inverse=True, return_counts=True)
    wrong = ~y[order]
    expected = np.bincount(level, weights=wrong)[level] / counts[level]  # ties share their errors
    n_answered = np.arange(1, len(c) + 1)
    risk = np.cumsum(expected) / n_answered
    best = np.cumsum(np.sort(wrong)) / n_answered
    aurc, oracle = float(risk.mean()), float(best.mean())
    return RiskCoverage(n_answered / len(c), risk, aurc, oracle, aurc - oracle, float(wrong.mean()))


@dataclass(frozen=True, slots=True)
class Abstention:
    """Answer when the confidence is at least `threshold`."""

    threshold: float
    n_answered: int
    coverage: float
    """Share of queries answered."""
    precision: float
    """Share of answers that are right; NaN when none is answered."""
    low: float
    """Lower bound of the precision, 95 % sure on this side (Clopper and Pearson, Biometrika 26, 1934)."""


def fit_abstention(confidence: ArrayLike, right: ArrayLike, precision: float) -> Abstention | None:
    """The threshold that answers most while the precision's lower bound is at least `precision`; None if there is none.

    The bound, not the precision itself, so that a threshold is not chosen for a lucky few.

    Raises:
        InputError: When lengths differ, a confidence is not finite, or `precision` is not in 0..1.
    """
    c, y = checked_outcomes(confidence, right)
    if not 0 < precision <= 1:
        raise InputError(f"the wanted precision must be above 0 and at most 1; got {precision}")
    for threshold in np.unique(c):  # lowest first: the first that holds answers most
        found = measure_abstention(c, y, float(threshold))
        if found.low >= precision:
            return found
    return None


def measure_abstention(confidence: ArrayLike, right: ArrayLike, threshold: float) -> Abstention:
    """What a threshold, fitted elsewhere, does here.

    Raises:
        InputError: When lengths differ or a confidence is not finite.
    """
    from scipy.stats import beta

    c, y = checked_outcomes(confidence, right)
    answered = c >= threshold
    n, n_right = int(answered.sum()), int(y[answered].sum())
    low = float(beta.ppf(0.05, n_right, n - n_right + 1)) if n_right else 0.0
    coverage = n / len(c) if len(c) else math.nan
    return Abstention(threshold, n, coverage, n_right / n if n else math.nan, low)


def checked_outcomes(values: ArrayLike, right: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Values as float64 `[n]` and outcomes as bool `[n]`.

    Raises:
        InputError: When lengths differ, a value is not finite, or an outcome is neither 0 nor 1.
    """
    x, y = np.asarray(values, dtype=np.float64), np.asarray(right)
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(f"scores and outcomes must be of one length; got {list(x.shape)} and {list(y.shape)}")
    if not np.isfinite(x).all():
        raise InputError("scores must be finite; leave out what was not scored, and count it")
    if not np.isin(y, (0, 1)).all():
        raise InputError("outcomes must be 0 or 1")
    return x, y.astype(bool)


def _point(p: Floats, y: NDArray[np.bool_]) -> ReliabilityPoint:
    n, share, z = len(p), float(y.mean()), 1.959963984540054
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return ReliabilityPoint(float(p.mean()), share, n, max(0.0, middle - half), min(1.0, middle + half))


def _fit_logistic(x: Floats, target: Floats) -> tuple[float, float]:
    """Slope and intercept that minimise the cross entropy to soft targets: a convex problem of two numbers."""
    from scipy.optimize import minimize

    def loss(parameters: Floats) -> tuple[float, Floats]:
        z = parameters[0] * x + parameters[1]
        error = _logistic(z) - target
        value = float((np.logaddexp(0.0, z) - target * z).mean())
        return value, np.array([(error * x).mean(), error.mean()])

    rate = float(target.mean())
    start = np.array([0.0, math.log(rate / (1 - rate))])
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    return float(found.x[0]), float(found.x[1])


def _logistic(z: Floats) -> Floats:
    value: Floats = np.exp(-np.logaddexp(0.0, -z))  # 1 / (1 + exp(-z)) without overflow
    return value
