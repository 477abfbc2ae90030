"""One evaluation from target to files: read, check for leaks, embed, measure, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from radseek.errors import InputError
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.service.archive import Archive
from radseek.service.evaluation.auroc_section import auroc_section
from radseek.service.evaluation.boxes import read_marked
from radseek.service.evaluation.controls_section import controls_section
from radseek.service.evaluation.embedding import Embedded, VectorCache, embed_pictures
from radseek.service.evaluation.grounding_section import grounding_section
from radseek.service.evaluation.header import build_header
from radseek.service.evaluation.headlines import choose_headlines
from radseek.service.evaluation.health_section import health_section
from radseek.service.evaluation.leaks import find_leaks, require_no_leaks
from radseek.service.evaluation.outcomes import TextOutcomes, text_outcomes
from radseek.service.evaluation.output import write_evaluation
from radseek.service.evaluation.pairs_section import pairs_section
from radseek.service.evaluation.polarity_section import polarity_section
from radseek.service.evaluation.relevance_section import relevance_section
from radseek.service.evaluation.report import EvaluationReport, Section
from radseek.service.evaluation.search_section import search_section
from radseek.service.evaluation.subgroups_section import subgroups_section
from radseek.service.evaluation.subject import Subject, SubjectOptions, TextVectors
from radseek.service.evaluation.system_section import system_section
from radseek.service.evaluation.target import EvaluateOptions, Material, archive_material, table_material
from radseek.service.evaluation.trust_section import trust_section

RESULTS = Path("runs") / "evaluation"

SECTIONS: dict[str, Callable[[Subject], Section]] = {
    "pair retrieval": pairs_section,
    "relevance": relevance_section,
    "findings": auroc_section,
    "polarity": polarity_section,
    "grounding": grounding_section,
    "trust": trust_section,
    "controls": controls_section,
    "subgroups": subgroups_section,
    "embedding health": health_section,
    "speed": system_section,
}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A finished evaluation."""

    report: EvaluationReport
    folder: Path
    """Where its files are."""


def evaluate(target: Path, options: EvaluateOptions, progress: ProgressListener = no_progress) -> Evaluated:
    """Measures an encoder on an archive folder, an evaluation YAML or a CSV of pairs, and writes JSON and page.

    Vectors are kept in the output folder, so that an interrupted run goes on and a second one is quick. Without an
    output folder an archive keeps its evaluation itself (`Archive.evaluations`).

    Raises:
        InputError: When the target cannot be used.
        LeakError: On any leak, with counts and keys, unless leaks are allowed.
        ConfigError: When a configuration or a table's columns are wrong.
        ArtifactError: When there is no such encoder, or nothing is indexed.
        PrivacyError: When the principal may not evaluate.
        BusyError: When this archive is being evaluated already.
        StorageError: When the disk refuses.
    """
    folder = options.out or RESULTS / target.resolve().stem
    if not target.is_dir():
        if not target.exists():
            raise InputError("there is nothing to evaluate there: give an archive folder, a .yaml or a .csv")
        return _evaluate(table_material(target, options), options, progress, folder)
    with Archive.open(target) as archive:
        if options.out is None:
            return archive.evaluations.run(options, progress=progress)
        return _evaluate(archive_material(archive, options), options, progress, folder)


def _evaluate(material: Material, options: EvaluateOptions, progress: ProgressListener, folder: Path) -> Evaluated:
    report, _ = measure(material, options, VectorCache(folder / "cache" / "vectors.npz"), progress)
    write_evaluation(folder, report)
    return Evaluated(report, folder)


def measure(
    material: Material, options: EvaluateOptions, cache: VectorCache, progress: ProgressListener
) -> tuple[EvaluationReport, tuple[TextOutcomes, ...]]:
    """The report on `material`, and what became of each text that asked.

    Raises:
        LeakError: On any leak, unless leaks are allowed.
        InputError: When a picture cannot be read.
        StorageError: When the cache cannot be written.
    """
    try:
        check = find_leaks(material.trained, material.against, material.tested, cache, progress)
        if not options.allow_leaks:
            require_no_leaks(check.lines)
        subject = _subject(material, options, cache, progress)
        sections = _measure(subject, progress)
        outcomes = text_outcomes(subject)
    finally:
        cache.flush()  # what was computed before an interruption is not computed again
    if material.archive is not None:
        sources = tuple(dict.fromkeys(picture.source for picture in material.tested))
        searched, found = search_section(material.archive, options, sources, progress)
        sections.insert(0, searched)
        outcomes = (*outcomes, *found)
    header = build_header(material, options, check)
    report = EvaluationReport(header, tuple(sections), check.lines)
    return dataclasses.replace(report, headlines=choose_headlines(report)), outcomes


def _subject(material: Material, options: EvaluateOptions, cache: VectorCache, progress: ProgressListener) -> Subject:
    embedded = (
        embed_pictures(material.encoder, material.tested, cache, progress)
        if material.vectors is None
        else Embedded(material.tested, material.vectors)
    )
    config = material.config
    return Subject(
        embedded=embedded,
        encoder=material.encoder,
        prompts=material.prompts,
        texts=TextVectors(material.encoder, progress),
        cache=cache,
        progress=progress,
        options=SubjectOptions(
            gallery_sizes=config.gallery_sizes,
            min_positives=config.min_positives,
            seed=config.seed,
            with_pictures=options.with_pictures,
        ),
        marked=read_marked(material.table, material.known) if material.table is not None else (),
    )


def _measure(subject: Subject, progress: ProgressListener) -> list[Section]:
    found: list[Section] = []
    for name, section in SECTIONS.items():
        progress(Progress("measure", len(found), len(SECTIONS), name))
        with threadpool_limits(1, user_api="blas"):  # on small matrices threads wait longer than they compute
            found.append(section(subject))
    progress(Progress("measure", len(found), len(SECTIONS)))
    return found
