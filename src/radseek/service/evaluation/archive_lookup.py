"""Does a report's text find its own study? Measured on an archive, each way of searching apart.

Image vectors alone show what pixels answer. The other ways can see the study's own report, and a report that finds
itself is record lookup, not skill: they stand beside for comparison.

A text is asked as a person would paste it: the search reads its statements, and hits count in the order that the search
shows. Left out are filters that its words would set and the second look into pictures.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.study_queries import hydrate_studies
from radseek.errors import InputError
from radseek.evaluation import Measured, measure_run, random_baseline
from radseek.records.progress import Progress, ProgressListener
from radseek.records.ranking import Qrels, Run
from radseek.records.reports import Section
from radseek.records.search import Channel, Query
from radseek.records.search_options import FusionWeights
from radseek.search import SearchScope, find
from radseek.search.find import How
from radseek.service.archive import Archive
from radseek.service.evaluation.archive_pictures import SECTIONS, section_texts
from radseek.service.evaluation.outcomes import CUTOFFS, TextOutcomes
from radseek.service.principal import Permission
from radseek.text import parse_query

if TYPE_CHECKING:
    from sqlalchemy import Connection

MEASURES = ("success@1", "success@5", "success@10", "mrr")
DEPTH = 100
"""Studies ranked for each query: a study below counts as not found (mrr 0)."""
MAX_QUERY_CHARS = 600
"""About the 128 word pieces that the text encoder reads; the rest of a long section is cut."""


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to evaluate. Empty sections take findings, else impression, else other text; 0 queries means all."""

    sections: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    max_queries: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One measure of one way of searching, with its 95 % interval and what a random ranking scores."""

    channel: str
    measure: str
    value: float
    low: float
    high: float
    random: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one evaluation and what they rest on."""

    title: str
    rows: tuple[EvaluationRow, ...]
    n_queries: int
    notes: tuple[str, ...]
    outcomes: tuple[TextOutcomes, ...] = ()
    """Of each way, which texts found their study."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A study of the gallery, with the text that should find it (empty when it is not asked for)."""

    study_id: int
    study_key: str
    patient_key: str
    synthetic: bool
    text: str


WAYS: dict[str, tuple[Channel, ...]] = {
    "image vectors only": (Channel.IMAGE,),
    "reports only (lookup)": (Channel.SENTENCE, Channel.LEXICAL),
    "fused (with lookup)": tuple(Channel),
}
"""Way of searching -> channels."""


def way_task(way: str) -> str:
    """What a way is called among the tasks of texts, and in the keys of figures: `search/image vectors only`."""
    return f"search/{way}"


def evaluate_archive(archive: Archive, options: EvaluationOptions, progress: ProgressListener) -> Evaluation:
    """Figures of report text -> own study over all studies with a picture and a report.

    Raises:
        InputError: When no study has both a picture and report text in the chosen sections and sources.
    """
    archive.principal.require(Permission.EVALUATE)
    gallery = _gallery(archive, options)
    trials = _draw([study for study in gallery if study.text], options)
    if not trials:
        raise InputError("no study has both a picture and report text in the chosen sections and sources")
    patients = {str(i): trial.patient_key for i, trial in enumerate(trials)}
    qrels = Qrels("own study", {str(i): {trial.study_key: 1.0} for i, trial in enumerate(trials)})
    baseline = random_baseline(qrels, len(gallery), MEASURES)
    asked = _read(archive, trials)
    rows: list[EvaluationRow] = []
    outcomes: list[TextOutcomes] = []
    for way in WAYS:
        run = _run(archive, way, asked, gallery, progress)
        measured = measure_run(run, qrels, MEASURES, patients=patients, seed=options.seed)
        rows += [_row(way, name, measured[name], baseline[name]) for name in MEASURES]
        outcomes.append(_outcomes(way, trials, measured))
    sources = ", ".join(options.sources) or "all sources"
    return Evaluation(
        title=f"report text -> own study, {len(trials)} queries, {len(gallery)} studies ({sources})",
        rows=tuple(rows),
        n_queries=len(trials),
        notes=_notes(gallery, len(set(patients.values())), sum(query is None for query in asked)),
        outcomes=tuple(outcomes),
    )


def _notes(gallery: Sequence[Trial], n_patients: int, n_refused: int) -> tuple[str, ...]:
    synthetic = sum(study.synthetic for study in gallery)
    return (
        "Texts are asked as a person would paste them: the search reads their statements, and hits count in its order.",
        "Only the study itself counts as right: equally good others count as wrong. Similarity, not diagnosis.",
        "Reports see their own text here: that is record lookup. Image vectors alone show what pixels answer.",
        f"Intervals: bootstrap over {n_patients} patients.",
        *([f"Texts that the search refuses, so that they find nothing: {n_refused}."] if n_refused else []),
        *(
            [f"{synthetic} of {len(gallery)} studies are synthetic: these figures are not clinical performance."]
            if synthetic
            else []
        ),
    )


def _row(way: str, name: str, measured: Measured, random_value: float) -> EvaluationRow:
    return EvaluationRow(way, name, measured.value, measured.low, measured.high, random_value)


def _gallery(archive: Archive, options: EvaluationOptions) -> list[Trial]:
    """Every study with a picture in the index, by id."""
    sections = tuple(Section(name) for name in options.sections) or SECTIONS
    ids = np.unique(archive.require_index().image_owners.study_ids)
    with archive.folder.catalogue.reading() as connection:
        return [
            Trial(row.id, row.study_key, row.patient_key, row.synthetic, _query_text(connection, row.id, sections))
            for row in hydrate_studies(connection, ids.tolist())
            if not options.sources or row.source in options.sources
        ]


def _query_text(connection: Connection, study_id: int, sections: Sequence[Section]) -> str:
    """The study's report text of the first of `sections` that has any, on one line, cut at `MAX_QUERY_CHARS`."""
    return next(iter(section_texts(connection, study_id, sections)), "")[:MAX_QUERY_CHARS]


def _draw(trials: list[Trial], options: EvaluationOptions) -> list[Trial]:
    if not 0 < options.max_queries < len(trials):
        return trials
    return sorted(random.Random(options.seed).sample(trials, options.max_queries), key=lambda trial: trial.study_id)


def _read(archive: Archive, trials: Sequence[Trial]) -> list[Query | None]:
    """The text of each trial as the search understands it; None where it refuses it."""
    lexicon = archive.require_index().statements.lexicon
    queries: list[Query | None] = []
    for trial in trials:
        try:
            queries.append(parse_query(trial.text, lexicon))
        except InputError:  # counted by `_notes`
            queries.append(None)
    return queries


def _asked_by(query: Query, channels: tuple[Channel, ...]) -> Query:
    """`query` in these channels; pictures alone are not told what reports exclude or hold word for word."""
    if channels == (Channel.IMAGE,):
        query = replace(query, excluded=(), phrases=())
    return replace(query, channels=channels)


def _weights(archive: Archive, channels: tuple[Channel, ...]) -> FusionWeights:
    """Those of the archive, unless they would silence all `channels`."""
    weights = archive.folder.config.search.weights
    return weights if any(map(weights.of, channels)) else FusionWeights()


def _run(
    archive: Archive, way: str, asked: Sequence[Query | None], gallery: Sequence[Trial], progress: ProgressListener
) -> Run:
    """What each query finds in one way: scores that keep the order in which the search shows its hits."""
    channels = WAYS[way]
    keys = {study.study_id: study.study_key for study in gallery}
    scope = SearchScope(np.array(sorted(keys), dtype=np.int64))
    how = How(_weights(archive, channels))
    generation, encoder = archive.require_index(), archive.retriever.encoder()
    scores: dict[str, dict[str, float]] = {}
    for i, query in enumerate(asked):
        found = find(_asked_by(query, channels), generation, encoder, scope, DEPTH, how) if query is not None else []
        scores[str(i)] = {keys[match.study_id]: float(DEPTH - place) for place, match in enumerate(found)}
        progress(Progress(f"queries, {way}", i + 1, len(asked)))
    return Run(way, scores)


def _outcomes(way: str, trials: Sequence[Trial], measured: Mapping[str, Measured]) -> TextOutcomes:
    found = {
        name: tuple(measured[name].per_query[str(i)] for i in range(len(trials)))
        for name in (f"success@{k}" for k in CUTOFFS)
    }
    keys = tuple(trial.study_key for trial in trials)
    return TextOutcomes(way_task(way), keys, tuple(trial.patient_key for trial in trials), found)
