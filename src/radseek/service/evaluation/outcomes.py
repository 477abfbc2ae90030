"""What became of each text that asked for its study: kept beside a report, so that two evaluations can be paired.

A report holds figures only. Whether one evaluation is better than another on the same texts can be told from these; a
study is named by its key in the archive.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radseek.errors import ArtifactError, ConfigError
from radseek.evaluation.comparing import compare_runs
from radseek.evaluation.estimates import DEFAULT_RESAMPLING, Resampling
from radseek.evaluation.pair_retrieval import own_found
from radseek.records.config import build_config, resolved_config
from radseek.service.evaluation.report import finite
from radseek.service.evaluation.subject import Subject, text_tasks

CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class TextOutcomes:
    """One text task: of each text, whether its study was found."""

    task: str
    """As in the keys of figures: `trauma/report` by picture vectors, `search/image vectors only` by the search."""
    studies: tuple[str, ...]
    """Key of the study that each text belongs to."""
    patients: tuple[str, ...]
    found: dict[str, tuple[float, ...]]
    """`success@k` -> of each text 0 or 1; between them where scores were equal."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How two evaluations, or two ways of searching in one, differ on the texts that both asked."""

    task: str
    measure: str
    before: float
    after: float
    """Means over the same texts."""
    difference: float
    """After minus before."""
    low: float
    high: float
    """95 % interval of the difference, by patient."""
    n: int
    n_better: int
    n_worse: int
    """Texts whose study was found after but not before, and the other way round."""
    n_alone: int
    """Texts that only one of the two asked: they are left out."""
    against: str = ""
    """The other task, where two ways of one evaluation are compared; empty where the same of two evaluations are."""

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class _File:
    tasks: tuple[TextOutcomes, ...]
    schema: int = 1


def text_outcomes(subject: Subject) -> tuple[TextOutcomes, ...]:
    """Of each text task, which texts found their study in the whole gallery, by picture vectors only."""
    kept = []
    for task in text_tasks(subject):
        scores = task.gallery.image_scores(subject.texts(task.texts))
        found = {f"success@{k}": tuple(own_found(scores, task.own, k).tolist()) for k in CUTOFFS}
        studies = tuple(task.gallery.studies[own] for own in task.own)
        kept.append(TextOutcomes(task.key, studies, task.patients, found))
    return tuple(kept)


def outcomes_json(outcomes: Sequence[TextOutcomes]) -> str:
    """One JSON document."""
    return json.dumps(resolved_config(_File(tuple(outcomes))), allow_nan=False) + "\n"


def read_outcomes(path: Path) -> tuple[TextOutcomes, ...]:
    """What `outcomes_json` made; nothing where there is no file, as in evaluations made elsewhere.

    Raises:
        ArtifactError: When the file is damaged, or of a newer radseek.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise ArtifactError("what became of each text of the evaluation cannot be read; evaluate again") from error
    try:
        return build_config(content, _File, where="outcomes").tasks
    except ConfigError as error:
        raise ArtifactError(f"what became of each text of the evaluation is not usable: {error}") from error


def paired_differences(
    before: Sequence[TextOutcomes], after: Sequence[TextOutcomes], resampling: Resampling = DEFAULT_RESAMPLING
) -> tuple[PairedDifference, ...]:
    """Every measure of every task that both have, over the studies whose text asked in both."""
    earlier = {one.task: one for one in before}
    differences = []
    for one in after:
        other = earlier.get(one.task)
        both = set(one.studies) & set(other.studies) if other is not None else set()
        if other is None or not both:
            continue
        n_alone = len(set(one.studies) ^ set(other.studies))
        for measure in one.found.keys() & other.found.keys():
            differences.append(_difference(measure, other, one, (both, n_alone), resampling))
    return tuple(sorted(differences, key=lambda found: (found.task, _cutoff(found.measure))))


def paired_ways(
    outcomes: Sequence[TextOutcomes], tasks: Sequence[str], resampling: Resampling = DEFAULT_RESAMPLING
) -> tuple[PairedDifference, ...]:
    """Every measure of each two of `tasks`, the later minus the earlier, over the studies whose text asked in both."""
    known = {one.task: one for one in outcomes}
    differences = []
    for before, after in itertools.combinations([known[task] for task in tasks if task in known], 2):
        renamed = replace(before, task=after.task)
        pairs = paired_differences([renamed], [after], resampling)
        differences += [replace(one, against=before.task) for one in pairs]
    return tuple(differences)


def _difference(
    measure: str, before: TextOutcomes, after: TextOutcomes, asked: tuple[set[str], int], resampling: Resampling
) -> PairedDifference:
    both, n_alone = asked
    patients = dict(zip(after.studies, after.patients, strict=True))
    found = compare_runs(_by_study(after, measure, both), _by_study(before, measure, both), patients, resampling)
    low, high = (finite(edge) for edge in (found.difference.low, found.difference.high))
    return PairedDifference(
        task=after.task,
        measure=measure,
        before=found.second,
        after=found.first,
        difference=found.difference.value,
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        n=len(both),
        n_better=found.n_better,
        n_worse=found.n_worse,
        n_alone=n_alone,
    )


def _by_study(outcomes: TextOutcomes, measure: str, wanted: set[str]) -> dict[str, float]:
    """Study -> mean over its texts."""
    values: dict[str, list[float]] = {}
    for study, value in zip(outcomes.studies, outcomes.found[measure], strict=True):
        if study in wanted:
            values.setdefault(study, []).append(value)
    return {study: sum(found) / len(found) for study, found in values.items()}


def _cutoff(measure: str) -> int:
    return int(measure.partition("@")[2])
