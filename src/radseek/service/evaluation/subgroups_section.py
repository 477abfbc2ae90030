"""Whom does it serve less well? Figures by modality, view, sex, age and source."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from radseek.evaluation.finding_auroc import measure_finding_auroc
from radseek.evaluation.pair_retrieval import own_found
from radseek.evaluation.subgroups import Gap, SubgroupRow, Subgroups, age_band, measure_subgroups
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.statements import enough_of_both, label_matrix
from radseek.service.evaluation.subject import Subject, TextTask, estimate_figure, finding_vectors, text_tasks

K = 10
MIN_PATIENTS = 10
"""Groups with fewer patients are named, without a figure."""
FIELDS: dict[str, Callable[[Picture], str]] = {
    "modality": lambda picture: picture.modality,
    "view": lambda picture: picture.view,
    "sex": lambda picture: picture.sex,
    "age": lambda picture: age_band(picture.age_years),
    "source": lambda picture: picture.origin or picture.source,
}
"""Field -> group of a picture; empty is not known."""


def subgroups_section(subject: Subject) -> Section:
    """success@10 of texts, and mean AUROC of labels, in each group."""
    panels = [panel for task in text_tasks(subject) for panel in _text_panels(subject, task)]
    for source, embedded in subject.by_source().items():
        if any(picture.decided for picture in embedded.pictures):
            panels += _label_panels(subject, source, embedded)
    return Section(
        "subgroups",
        "Subgroups",
        "Whom does it serve less well?",
        tuple(panels),
        why_not="" if panels else f"no field splits the tested part into groups of at least {MIN_PATIENTS} patients",
        notes=(
            f"Groups with fewer than {MIN_PATIENTS} patients are not shown. Fields with one group only are left out. "
            "Differences are not corrected for how many groups are compared.",
        ),
    )


def _text_panels(subject: Subject, task: TextTask) -> list[Panel]:
    scores = task.gallery.image_scores(subject.texts(task.texts))
    pictures = [task.gallery.embedded.pictures[row] for row in task.asking]
    attributes = _attributes(pictures)
    hits = own_found(scores, task.own, K).tolist()
    found = measure_subgroups(hits, attributes, task.patients, MIN_PATIENTS, subject.options.resampling)
    figures = [_figure(task, row) for row in found.rows if not row.too_small]
    if len(figures) < 2:
        return []
    key = f"subgroups/{task.key}"
    chance = min(1.0, K / len(task.gallery.studies))
    note = " ".join([*map(_gap_words, found.gaps[:3]), _small_words(found)])
    title = f"{task.title} · success@{K}, whole gallery"
    return [Panel(key, title, "forest", tuple(figures), reference=chance, note=note)]


def _attributes(pictures: Sequence[Picture]) -> dict[str, list[str]]:
    """Fields in which the pictures differ."""
    columns = {name: [value(picture) for picture in pictures] for name, value in FIELDS.items()}
    return {name: column for name, column in columns.items() if len(set(column)) > 1}


def _figure(task: TextTask, row: SubgroupRow) -> Figure:
    label = f"{row.field}: {row.group[:28]} ({row.estimate.n_groups})"
    return estimate_figure(f"subgroups/{task.key}/{row.field}/{row.group}", label, row.estimate)


def _gap_words(gap: Gap) -> str:
    sure = "surely" if gap.gap.low > 0 else "perhaps"
    return f"{gap.field}: {gap.best} is {sure} served better than {gap.worst}, by {gap.gap.value:.2f}."


def _small_words(found: Subgroups) -> str:
    small = [f"{row.field} {row.group[:28]} ({row.estimate.n_groups})" for row in found.rows if row.too_small]
    return f"Too few patients: {', '.join(small)}." if small else ""


def _label_panels(subject: Subject, source: str, embedded: Embedded) -> list[Panel]:
    figures = [
        figure
        for field, column in _attributes(embedded.pictures).items()
        for group in sorted(set(column) - {""})
        if (figure := _group_auroc(subject, embedded, (source, field, group), column)) is not None
    ]
    if len(figures) < 2:
        return []
    note = (
        "Mean over the findings that have enough positives and negatives in the group, in brackets with its patients."
    )
    title = f"{source}: mean AUROC of findings from prompts"
    return [Panel(f"subgroups/{source}/auroc", title, "forest", tuple(figures), reference=0.5, note=note)]


def _group_auroc(
    subject: Subject, embedded: Embedded, named: tuple[str, str, str], column: Sequence[str]
) -> Figure | None:
    source, field, group = named
    members = embedded.of([row for row, value in enumerate(column) if value == group])
    patients = [picture.patient for picture in members.pictures]
    vectors = finding_vectors(subject)
    labels = label_matrix(members, list(vectors))
    kept = enough_of_both(labels, subject.options.min_positives)
    if len(set(patients)) < MIN_PATIENTS or not kept.any():
        return None
    names = [name for name, keep in zip(vectors, kept, strict=True) if keep]
    scores = np.stack([vectors[name] for name in names]) @ members.vectors.T
    macro = measure_finding_auroc(scores, labels[kept], names, patients, subject.options.resampling).macro_auroc
    label = f"{field}: {group[:28]} ({len(names)} findings, {len(set(patients))})"
    if math.isnan(macro.value):
        return None
    return estimate_figure(f"subgroups/{source}/auroc/{field}/{group}", label, macro)
