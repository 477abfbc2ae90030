"""Zero-shot: does a prompt alone tell pictures with a finding from pictures without it?"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from radseek.evaluation.estimates import Estimate
from radseek.evaluation.finding_auroc import FindingAuroc, FindingAurocs, measure_finding_auroc
from radseek.evaluation.relevance import finding_labels
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.statements import enough_of_both, label_matrix, study_statements
from radseek.service.evaluation.subject import (
    Subject,
    build_gallery,
    estimate_figure,
    finding_vectors,
    prompt_vector,
)
from radseek.text import FINDINGS

MIN_REPORTED = 5
"""Findings that fewer studies report (or do not report) have no AUROC from reports."""
_MOST_REPORTED = 20


def auroc_section(subject: Subject) -> Section:
    """AUROC and average precision of each finding, by labels where they are complete, else by reports."""
    panels: list[Panel] = []
    reasons = []
    for source, embedded in subject.by_source().items():
        if any(picture.decided for picture in embedded.pictures):
            panels += _label_panels(subject, source, embedded)
        elif any(picture.study_texts or picture.image_texts for picture in embedded.pictures):
            panels += _report_panels(subject, source, embedded)
        else:
            reasons.append(f"{source} has neither complete labels nor texts")
    few = f"no finding has {subject.options.min_positives} pictures with and without it"
    return Section(
        "auroc",
        "Findings from prompts alone",
        "Zero-shot AUROC: is a picture with the finding nearer to its prompts than a picture without it?",
        tuple(panels),
        why_not="" if panels else "; ".join(reasons) or few,
        notes=(
            "0.5 is chance. A score is the mean cosine over every frame and wording of the prompts. Few positives "
            "make wide intervals: read those, not the dots.",
            *(f"Not measured: {reason}." for reason in reasons if panels),
        ),
    )


def _label_panels(subject: Subject, source: str, embedded: Embedded) -> list[Panel]:
    vectors = finding_vectors(subject)
    labels = label_matrix(embedded, list(vectors))
    kept = enough_of_both(labels, subject.options.min_positives)
    names = [name for name, keep in zip(vectors, kept, strict=True) if keep]
    if not names:
        return []
    scores = np.stack([vectors[name] for name in names]) @ embedded.vectors.T  # [n_findings, n_pictures]
    patients = [picture.patient for picture in embedded.pictures]
    measured = measure_finding_auroc(scores, labels[kept], names, patients, subject.options.resampling)
    what = f"{len(embedded.pictures):,} pictures by their labels"
    normal = subject.prompts.normal
    forest = _forest(f"auroc/{source}/labels", f"{source}: {what}", measured)
    if normal in names and len(names) > 1:
        without = [name != normal for name in names]
        names = [name for name in names if name != normal]
        fewer = measure_finding_auroc(
            scores[without], labels[kept][without], names, patients, subject.options.resampling
        )
        extra = _macro(f"auroc/{source}/labels/macro_without_normal", "mean without normal", fewer.macro_auroc)
        forest = dataclasses.replace(forest, figures=(forest.figures[0], extra, *forest.figures[1:]))
    return [dataclasses.replace(forest, in_card=True), _precision_panel(source, measured)]


def _report_panels(subject: Subject, source: str, embedded: Embedded) -> list[Panel]:
    gallery = build_gallery(source, embedded)
    names = list(FINDINGS)
    labels = finding_labels(names, study_statements(gallery))
    enough = enough_of_both(labels, max(MIN_REPORTED, subject.options.min_positives))
    common = sorted(np.flatnonzero(enough), key=lambda row: -(labels[row] == 1).sum())[:_MOST_REPORTED]
    if not common:
        return []
    chosen = [FINDINGS[names[row]] for row in common]
    prompts = subject.prompts
    wordings = [prompts.findings.get(finding.name, (finding.title,)) for finding in chosen]
    vectors = np.stack([prompt_vector(subject, prompts.frames, of_finding) for of_finding in wordings])
    measured = measure_finding_auroc(
        gallery.image_scores(vectors),
        labels[common],
        [finding.name for finding in chosen],
        gallery.patients,
        subject.options.resampling,
    )
    note = "A study has a finding when its own texts state it, read by rules; what is not told counts as absent."
    title = f"{source}: {len(gallery.studies):,} studies by what their reports state"
    return [_forest(f"auroc/{source}/reported", title, measured, note)]


def _forest(key: str, title: str, measured: FindingAurocs, note: str = "") -> Panel:
    figures = [_macro(f"{key}/macro", f"mean of {measured.macro_auroc.n} findings", measured.macro_auroc)]
    figures += [
        estimate_figure(
            f"{key}/{row.finding}",
            f"{row.finding.replace('_', ' ')} ({row.n_positive} of {row.n_positive + row.n_negative})",
            row.auroc,
            random=0.5,
            prevalence=row.prevalence,
        )
        for row in sorted(measured.rows, key=_by_value)
    ]
    return Panel(key, f"{title} · AUROC", "forest", tuple(figures), scale=(0.0, 1.0), reference=0.5, note=note)


def _macro(key: str, label: str, estimate: Estimate) -> Figure:
    return estimate_figure(key, label, estimate, random=0.5)


def _by_value(row: FindingAuroc) -> float:
    return -row.auroc.value if not math.isnan(row.auroc.value) else 1.0


def _precision_panel(source: str, measured: FindingAurocs) -> Panel:
    key = f"auroc/{source}/precision"
    figures = [
        estimate_figure(
            f"{key}/{row.finding}",
            row.finding.replace("_", " "),
            row.average_precision,
            random=row.prevalence,
        )
        for row in sorted(measured.rows, key=lambda row: -row.prevalence)
    ]
    macro = estimate_figure(f"{key}/macro", "mean", measured.macro_average_precision)
    return Panel(
        key,
        f"{source}: a finding asks for pictures · average precision",
        figures=(macro, *figures),
        folded=True,
        note="The prevalence is chance here.",
    )
