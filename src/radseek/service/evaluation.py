"""Does a report's text find its own study? Measured on an archive, each way of searching apart.

Image vectors alone show what pixels answer. The report channels are tried with the study's own report hidden, since a
report that finds itself is record lookup. Fused figures are given with and without it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radseek.errors import InputError
from radseek.evaluation import Measured, measure_run, random_baseline
from radseek.records.progress import Progress, ProgressListener
from radseek.records.ranking import Qrels, Run
from radseek.records.reports import Section
from radseek.records.search import Channel, Query
from radseek.search import SearchScope, find
from radseek.service.archive import Archive
from radseek.service.principal import Permission

MEASURES = ("success@1", "success@5", "success@10", "mrr")
DEPTH = 100
"""Studies ranked for each query: a study below counts as not found (mrr 0)."""
MAX_QUERY_CHARS = 600
"""About the 128 word pieces that the text encoder reads; the rest of a long section is cut."""
SECTION_ORDER = (Section.FINDINGS, Section.IMPRESSION, Section.OTHER)


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
    n_gallery: int
    n_patients: int
    encoder: str
    generation: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One query with the study that it should find."""

    study_id: int
    study_key: str
    patient_key: str
    text: str


WAYS: dict[str, tuple[tuple[Channel, ...], bool]] = {
    "image vectors only": ((Channel.IMAGE,), True),
    "other reports only": ((Channel.SENTENCE, Channel.LEXICAL), True),
    "fused, own report hidden": (tuple(Channel), True),
    "fused": (tuple(Channel), False),
}
"""Way of searching -> (channels, whether the study's own report is hidden)."""


def evaluate_archive(archive: Archive, options: EvaluationOptions, progress: ProgressListener) -> Evaluation:
    """Figures of report text -> own study over all studies with a picture and a report.

    Raises:
        InputError: When no study has both a picture and report text in the chosen sections and sources.
    """
    archive.principal.require(Permission.EVALUATE)
    trials, gallery, images_seen = _trials(archive, options)
    if not trials:
        raise InputError("no study has both a picture and report text in the chosen sections and sources")
    rows: list[EvaluationRow] = []
    qrels = Qrels("own study", {str(i): {trial.study_key: 1.0} for i, trial in enumerate(trials)})
    groups = {str(i): trial.patient_key for i, trial in enumerate(trials)}
    baseline = random_baseline(qrels, len(gallery), MEASURES)
    for way, (channels, hidden) in WAYS.items():
        run = _run(archive, way, trials, gallery, (channels, hidden), progress)
        measured = measure_run(run, qrels, MEASURES, groups=groups, seed=options.seed)
        rows += [_row(way, name, measured[name], baseline[name]) for name in MEASURES]
    sources = ", ".join(options.sources) or "all sources"
    return Evaluation(
        title=f"report text -> own study, {len(trials)} queries, {len(gallery)} studies ({sources})",
        rows=tuple(rows),
        n_queries=len(trials),
        n_gallery=len(gallery),
        n_patients=len({trial.patient_key for trial in trials}),
        encoder=archive.encoder_name(),
        generation=archive.generation_name(),
        notes=(
            "Similarity, not diagnosis. A study's own text is the only right answer here: equally good others count as wrong.",
            f"Intervals: bootstrap over {len({t.patient_key for t in trials})} patients. {images_seen}",
        ),
    )


def _row(way: str, name: str, measured: Measured, random_value: float) -> EvaluationRow:
    return EvaluationRow(way, name, measured.value, measured.low, measured.high, random_value)


def _trials(archive: Archive, options: EvaluationOptions) -> tuple[list[Trial], dict[int, str], str]:
    """Queries, gallery (study id -> key), and a sentence on synthetic studies among them."""
    generation = archive.generation()
    gallery = archive.evaluable_studies(np.unique(generation.image_owners.study_ids), options.sources)
    sections = tuple(Section(name) for name in options.sections) or SECTION_ORDER
    trials = []
    for study in gallery:
        text = next((study.sections[s] for s in sections if study.sections.get(s)), "")
        if text:
            cut = " ".join(text.split())[:MAX_QUERY_CHARS]
            trials.append(Trial(study.study_id, study.study_key, study.patient_key, cut))
    if 0 < options.max_queries < len(trials):
        trials = sorted(random.Random(options.seed).sample(trials, options.max_queries), key=lambda t: t.study_id)
    synthetic = sum(study.synthetic for study in gallery)
    if synthetic:
        note = f"{synthetic} of {len(gallery)} studies are synthetic: these figures are not clinical performance."
    else:
        note = "No study is synthetic."
    return trials, {study.study_id: study.study_key for study in gallery}, note


def _run(
    archive: Archive,
    way: str,
    trials: Sequence[Trial],
    gallery: dict[int, str],
    how: tuple[tuple[Channel, ...], bool],
    progress: ProgressListener,
) -> Run:
    channels, hidden = how
    allowed = np.array(sorted(gallery), dtype=np.int64)
    generation, encoder = archive.generation(), archive.encoder()
    scores: dict[str, dict[str, float]] = {}
    for i, trial in enumerate(trials):
        scope = SearchScope(allowed, (trial.study_id,) if hidden else ())
        matches = find(Query(text=trial.text, channels=channels), generation, encoder, scope, DEPTH)
        scores[str(i)] = {gallery[match.study_id]: match.score for match in matches}
        progress(Progress(f"queries, {way}", i + 1, len(trials)))
    return Run(way, scores)
