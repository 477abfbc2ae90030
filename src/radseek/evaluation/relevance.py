"""How well a study answers a text, graded by what both state: finding, assertion and side.

A gain is in 0..1. The symmetric one is an F1 over statements: for 'does this report find reports that say the same'.
The other is the share of the query's statements that the study agrees with: for a sentence or a finding as query,
since a study is no worse an answer for stating more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    NOTHING,
    Estimate,
    Floats,
    Resampling,
    estimate_mean,
    estimate_statistic,
    means_of_parts,
)
from radseek.evaluation.similarities import check_lengths
from radseek.records.ranking import Qrels
from radseek.records.reports import Assertion


@dataclass(frozen=True, slots=True)
class Stated:
    """What a text says of one finding."""

    assertion: Assertion
    side: str = ""
    """left, right or bilateral; empty where none is stated."""


Statements = Mapping[str, Assertion | Stated]
"""Finding -> what is said of it, for one text or one study."""

SIDES = ("", "left", "right", "bilateral")
_ASSERTIONS = (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT)
"""Historical statements say nothing of this examination: they are left out."""
_N_CLASSES = len(_ASSERTIONS) * len(SIDES)


@dataclass(frozen=True, slots=True)
class RelevanceConfig:
    """How gains are graded."""

    symmetric: bool = True
    """F1 of both, or the share of the query's statements alone."""
    absent_weight: float = 0.2
    """What a denied finding counts beside a stated one: most reports deny the same few things. 0 leaves them out."""
    uncertain_credit: float = 0.5
    """Agreement of 'present' with 'uncertain'."""
    bilateral_credit: float = 0.5
    """Agreement of 'bilateral' with one side. Left with right is 0; a side with none stated is 1."""
    min_gain: float = 0.4
    """Gains below become 0, so that `map` and `precision@k`, which count any gain, see what mostly agrees. FactMM-RAG
    (arXiv 2407.15268) takes 0.4 for its RadGraph F1."""


def graded_gains(
    queries: Sequence[Statements], studies: Sequence[Statements], config: RelevanceConfig | None = None
) -> Floats:
    """Gain of each study for each query: float64 `[n_queries, n_studies]` in 0..1.

    A finding that one side states and the other denies is worth nothing and counts in both totals. A query or study
    without statements has gain 0 with everything.

    Raises:
        InputError: When a side is none of `SIDES`, or a weight or credit is not in 0..1.
    """
    config = config or RelevanceConfig()
    _check_config(config)
    findings = sorted({finding for statements in (*queries, *studies) for finding in statements})
    asked, weight_asked = _one_hot(queries, findings, config)  # [n_queries, n_findings * 12], [n_queries]
    said, weight_said = _one_hot(studies, findings, config)
    agreeing = (said.reshape(len(studies), len(findings), _N_CLASSES) @ _agreement(config)).reshape(said.shape)
    credit = asked @ agreeing.T  # [n_queries, n_studies]
    if config.symmetric:
        credit, total = 2 * credit, weight_asked[:, None] + weight_said[None, :]
    else:
        total = np.broadcast_to(weight_asked[:, None], credit.shape)
    gains: Floats = np.divide(credit, total, out=np.zeros(credit.shape), where=total > 0)
    gains = np.clip(gains, 0.0, 1.0)  # rounding only
    gains[gains < config.min_gain - 1e-9] = 0.0
    return gains


def graded_qrels(
    name: str,
    queries: Mapping[str, Statements],
    studies: Mapping[str, Statements],
    config: RelevanceConfig | None = None,
) -> Qrels:
    """`graded_gains` as qrels for `measure_run`; gains of 0 are not repeated, and each query has an entry.

    Raises:
        InputError: As `graded_gains`.
    """
    gains = graded_gains(list(queries.values()), list(studies.values()), config)
    ids = list(studies)
    rows = {
        query: {ids[column]: float(row[column]) for column in np.flatnonzero(row > 0)}
        for query, row in zip(queries, gains, strict=True)
    }
    return Qrels(name, rows)


def is_abnormal(statements: Statements) -> bool:
    """Whether any finding is stated as present or uncertain.

    For 'normals excluded' keep the queries, and for 'sick negatives only' the studies, of which this is true.
    """
    return any(_stated(entry).assertion in {Assertion.PRESENT, Assertion.UNCERTAIN} for entry in statements.values())


def present_findings(statements: Statements) -> frozenset[str]:
    """Findings stated as present."""
    return frozenset(f for f, entry in statements.items() if _stated(entry).assertion is Assertion.PRESENT)


def finding_labels(findings: Sequence[str], studies: Sequence[Statements]) -> NDArray[np.int8]:
    """1 (present), 0 (absent or not stated) or -1 (uncertain, historical): int8 `[n_findings, n_studies]`."""
    labels = np.zeros((len(findings), len(studies)), dtype=np.int8)
    for column, statements in enumerate(studies):
        for row, finding in enumerate(findings):
            if finding in statements:
                assertion = _stated(statements[finding]).assertion
                labels[row, column] = {Assertion.PRESENT: 1, Assertion.ABSENT: 0}.get(assertion, -1)
    return labels


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A measure over the queries that state one finding as present."""

    finding: str
    estimate: Estimate
    n_studies: int
    """Studies of the gallery that state it as present."""
    prevalence: float
    """Their share of the gallery: what a random ranking's precision is."""


@dataclass(frozen=True, slots=True)
class FindingTable:
    """A measure finding by finding, and their plain mean, in which a rare finding counts as much as a common one."""

    rows: tuple[FindingRow, ...]
    """By prevalence, commonest first."""
    macro: Estimate
    """`n` is the findings in it."""
    n_too_few: int
    """Findings with fewer queries than asked for: they are in no row."""


def measure_by_finding(
    values: Sequence[float],
    queries: Sequence[Statements],
    patients: Sequence[str],
    studies: Sequence[Statements],
    min_queries: int = 1,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> FindingTable:
    """`values` of queries, averaged over the queries of each finding, and over findings.

    A query counts for each finding that it states as present; NaN values (no measure defined) are left out. The
    interval of the macro mean draws patients once for all findings.

    Args:
        values: A measure's value for each query `[n_queries]`, such as `Measured.per_query`.
        queries: What each query states.
        patients: Patient of each query.
        studies: What each study of the gallery states.
        min_queries: Findings with fewer queries are left out and counted.
        resampling: How intervals are made.

    Raises:
        InputError: When lengths differ.
    """
    check_lengths(values=values, queries=queries, patients=patients)
    array = np.asarray(values, dtype=np.float64)
    stated = [present_findings(statements) for statements in queries]
    found = sorted(set().union(*stated)) if stated else []
    members = {f: np.array([f in s for s in stated]) & ~np.isnan(array) for f in found}
    kept = [f for f in found if members[f].sum() >= max(min_queries, 1)]
    n_stating = Counter(finding for statements in studies for finding in present_findings(statements))
    rows = [
        FindingRow(
            finding,
            estimate_mean(np.where(members[finding], array, np.nan), patients, resampling),
            n_stating[finding],
            n_stating[finding] / len(studies) if len(studies) else math.nan,
        )
        for finding in kept
    ]
    rows.sort(key=lambda row: (-row.n_studies, row.finding))
    macro = _macro(array, [members[f] for f in kept], patients, resampling)
    return FindingTable(tuple(rows), macro, len(found) - len(kept))


def _macro(
    values: Floats, members: Sequence[NDArray[np.bool_]], patients: Sequence[str], resampling: Resampling
) -> Estimate:
    if not members:
        return NOTHING
    used = np.logical_or.reduce(members)
    each = means_of_parts(values[used], [of_finding[used] for of_finding in members])
    groups = [patient for patient, use in zip(patients, used, strict=True) if use]
    estimate = estimate_statistic(lambda weights: np.nanmean(each(weights), axis=1), groups, resampling)
    return replace(estimate, n=len(members))


def _check_config(config: RelevanceConfig) -> None:
    for name in ("absent_weight", "uncertain_credit", "bilateral_credit", "min_gain"):
        if not 0 <= getattr(config, name) <= 1:
            raise InputError(f"`{name}` must be in 0..1; got {getattr(config, name)}")


def _stated(entry: Assertion | Stated) -> Stated:
    return entry if isinstance(entry, Stated) else Stated(entry)


def _one_hot(texts: Sequence[Statements], findings: Sequence[str], config: RelevanceConfig) -> tuple[Floats, Floats]:
    """Statements as `[n, n_findings * 12]` (12 classes of assertion and side), and the weight of each text `[n]`."""
    place = {finding: i for i, finding in enumerate(findings)}
    classes = {(a, s): i * len(SIDES) + j for i, a in enumerate(_ASSERTIONS) for j, s in enumerate(SIDES)}
    table = np.zeros((len(texts), len(findings), _N_CLASSES))
    weights = np.zeros(len(texts))
    for row, statements in enumerate(texts):
        for finding, entry in statements.items():
            stated = _stated(entry)
            if stated.side not in SIDES:
                raise InputError(f"unknown side {stated.side!r}; sides are left, right, bilateral or empty")
            if stated.assertion is not Assertion.HISTORICAL:
                table[row, place[finding], classes[stated.assertion, stated.side]] = 1.0
                weights[row] += config.absent_weight if stated.assertion is Assertion.ABSENT else 1.0
    return table.reshape(len(texts), len(findings) * _N_CLASSES), weights


def _agreement(config: RelevanceConfig) -> Floats:
    """Credit of each of the 12 classes with each: `[12, 12]`, symmetric."""
    same, half = 1.0, config.uncertain_credit
    assertions = np.array([[same, half, 0.0], [half, same, 0.0], [0.0, 0.0, config.absent_weight]])
    both = config.bilateral_credit
    sides = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.0, both], [1.0, 0.0, 1.0, both], [1.0, both, both, 1.0]])
    agreement: Floats = np.kron(assertions, sides)
    return agreement
