"""A run against its qrels: each measure with its mean, interval and value per query."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from radseek.errors import InputError
from radseek.evaluation.bootstrap import bootstrap_interval
from radseek.evaluation.measures import DEFAULT_MEASURES, Gains, parse_measure
from radseek.records.ranking import Qrels, Run


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure over the queries of a run."""

    value: float
    """Mean over `n_queries` queries; NaN when there are none."""
    n_queries: int
    """Queries that have something relevant."""
    low: float
    high: float
    """95 % interval from resampling patients; NaN with fewer than two."""
    per_query: Mapping[str, float]
    n_left_out: int = 0
    """Queries of the qrels with nothing relevant: no measure is defined for them."""
    n_unanswered: int = 0
    """Of `n_queries`, those for which the run has no results; they count as 0."""


def measure_run(
    run: Run,
    qrels: Qrels,
    measures: Sequence[str] = DEFAULT_MEASURES,
    patients: Mapping[str, str] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Measured]:
    """Each of `measures` (`success@k recall@k precision@k mrr map ndcg@k`) for `run`, in the order asked.

    Equal scores are ordered by gallery id, smaller first, as characters compare. A query of the qrels without results
    counts 0; one without anything relevant is left out and counted.

    Args:
        run: What was returned; every query of it must be one of the qrels.
        qrels: What is relevant.
        measures: Names of measures.
        patients: Query id -> patient, for the intervals; without it each query stands for itself.
        n_resamples: Bootstrap resamples.
        seed: Of the bootstrap.

    Raises:
        InputError: On an unknown measure, a NaN score, a negative or non-finite gain, a query of the run that the qrels
            lack, or a query without patient.
    """
    wanted = [parse_measure(name) for name in measures]
    ideals = ideal_gains(qrels)
    _check_queries(run, qrels)
    rankings = {query: _ranked_gains(run.scores.get(query, {}), qrels.gains[query]) for query in ideals}
    groups = _groups(list(ideals), patients)
    measured = {}
    for measure in wanted:
        values = {query: measure.of(rankings[query], ideal) for query, ideal in ideals.items()}
        low, high = bootstrap_interval(list(values.values()), groups, n_resamples, seed)
        measured[measure.name] = Measured(
            value=math.fsum(values.values()) / len(values) if values else math.nan,
            n_queries=len(values),
            low=low,
            high=high,
            per_query=values,
            n_left_out=len(qrels.gains) - len(ideals),
            n_unanswered=sum(1 for query in ideals if not run.scores.get(query)),
        )
    return measured


def ideal_gains(qrels: Qrels) -> dict[str, Gains]:
    """Of each query with something relevant, the gains above 0, highest first: float64 `[n_relevant]`.

    Raises:
        InputError: When a gain is negative, NaN or infinite.
    """
    ideals = {}
    for query, gains in qrels.gains.items():
        array = np.array(list(gains.values()), dtype=np.float64)
        if not (np.isfinite(array) & (array >= 0)).all():
            raise InputError(f"qrels {qrels.name}: gains must be finite and not negative; 0 is not relevant")
        if (array > 0).any():
            ideals[query] = np.sort(array[array > 0])[::-1]
    return ideals


def _check_queries(run: Run, qrels: Qrels) -> None:
    strangers = sum(1 for query in run.scores if query not in qrels.gains)
    if strangers:
        raise InputError(
            f"run {run.name}: {strangers} queries are not in qrels {qrels.name}; "
            "give each an entry there (empty when nothing is relevant), or leave it out of the run"
        )
    if any(math.isnan(score) for scores in run.scores.values() for score in scores.values()):
        raise InputError(f"run {run.name}: a score is NaN; a ranking needs numbers")


def _ranked_gains(scores: Mapping[str, float], gains: Mapping[str, float]) -> Gains:
    ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
    return np.array([gains.get(gallery_id, 0.0) for gallery_id, _ in ranked], dtype=np.float64)


def _groups(queries: list[str], patients: Mapping[str, str] | None) -> list[str]:
    if patients is None:
        return queries
    lacking = sum(1 for query in queries if query not in patients)
    if lacking:
        raise InputError(f"{lacking} queries have no patient; give one for each, or no patients at all")
    return [patients[query] for query in queries]
