"""What every section of an evaluation is handed, and the queries and galleries that it makes of it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radseek.encoders.spec import Encoder
from radseek.evaluation.estimates import Estimate, Resampling
from radseek.evaluation.letterbox import Box
from radseek.evaluation.measuring import Measured
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.records.ranking import Run
from radseek.service.evaluation.embedding import Embedded, VectorCache
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.report import Figure, finite
from radseek.training.config import PromptsConfig

Floats = NDArray[np.float32]
MAX_TEXTS = 3000
"""More texts than this are drawn from at random: every one is scored against every study."""
_TEXTS = 256
"""Texts encoded between two progress messages."""


class TextVectors:
    """Unit vectors of texts, each text encoded once."""

    def __init__(self, encoder: Encoder, progress: ProgressListener = no_progress) -> None:
        self._encoder = encoder
        self._progress = progress
        self._known: dict[str, Floats] = {}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """float32 `[n, dim]`, rows in the order of `texts`."""
        missing = sorted(set(texts) - set(self._known), key=lambda text: (len(text), text))
        for start in range(0, len(missing), _TEXTS):
            batch = missing[start : start + _TEXTS]
            self._known |= dict(zip(batch, self._encoder.encode_texts(batch), strict=True))
            if len(missing) > _TEXTS:
                self._progress(Progress("encode texts", start + len(batch), len(missing)))
        rows = [self._known[text] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self._encoder.spec.dim), np.float32)


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A picture on which people marked where a finding is."""

    picture: Picture
    finding: str
    """Prompted finding."""
    boxes: tuple[Box, ...]
    """In pixels of its file."""


@dataclass(frozen=True, slots=True)
class SubjectOptions:
    """What a person may choose."""

    gallery_sizes: tuple[int, ...] = (100, 500, 1000)
    min_positives: int = 3
    seed: int = 0
    n_resamples: int = 1000
    with_pictures: bool = False

    @property
    def resampling(self) -> Resampling:
        """How intervals are made."""
        return Resampling(self.n_resamples, self.seed)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """An encoder and the pictures that it is tested on."""

    embedded: Embedded
    encoder: Encoder
    prompts: PromptsConfig
    texts: TextVectors
    cache: VectorCache
    progress: ProgressListener
    options: SubjectOptions = field(default_factory=SubjectOptions)
    marked: tuple[MarkedPicture, ...] = ()
    """Pictures with boxes, of any split."""

    def by_source(self) -> dict[str, Embedded]:
        """Tested pictures of each source, in the order of first occurrence."""
        rows: dict[str, list[int]] = {}
        for row, picture in enumerate(self.embedded.pictures):
            rows.setdefault(picture.source, []).append(row)
        return {source: self.embedded.of(found) for source, found in rows.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """The studies of one source, each with its pictures."""

    source: str
    embedded: Embedded
    studies: tuple[str, ...]
    patients: tuple[str, ...]
    """Of each study."""
    rows: tuple[tuple[int, ...], ...]
    """Of each study, its pictures in `embedded`."""

    def study_scores(self, picture_scores: Floats) -> Floats:
        """A study scores by its best picture: `[n, n_pictures]` to `[n, n_studies]`."""
        return np.stack([picture_scores[:, list(rows)].max(axis=1) for rows in self.rows], axis=1)

    def image_scores(self, query_vectors: Floats) -> Floats:
        """Scores of studies by picture vectors only, `[n_queries, n_studies]`."""
        return self.study_scores(query_vectors @ self.embedded.vectors.T)


@dataclass(frozen=True, slots=True, eq=False)
class TextTask:
    """Texts that should find their own study."""

    key: str
    title: str
    field: str
    """`caption` (of one picture) or `report` (of the study)."""
    gallery: Gallery
    texts: tuple[str, ...]
    own: tuple[int, ...]
    """Of each text, the place of its study in the gallery."""
    asking: tuple[int, ...]
    """Of each text, the picture it was written for, in `gallery.embedded`."""

    @property
    def patients(self) -> tuple[str, ...]:
        """Of each text."""
        return tuple(self.gallery.patients[study] for study in self.own)


def build_gallery(source: str, embedded: Embedded) -> Gallery:
    """Studies in the order of first occurrence."""
    rows: dict[str, list[int]] = {}
    for row, picture in enumerate(embedded.pictures):
        rows.setdefault(picture.study, []).append(row)
    patients = tuple(embedded.pictures[found[0]].patient for found in rows.values())
    return Gallery(source, embedded, tuple(rows), patients, tuple(map(tuple, rows.values())))


def text_tasks(subject: Subject) -> list[TextTask]:
    """For each source with texts: every picture's caption asks, and every study's first report text asks."""
    tasks = []
    for source, embedded in subject.by_source().items():
        gallery = build_gallery(source, embedded)
        captions = [(row, p.image_texts[0]) for row, p in enumerate(embedded.pictures) if p.image_texts]
        told = [[row for row in rows if embedded.pictures[row].study_texts] for rows in gallery.rows]
        reports = [(rows[0], embedded.pictures[rows[0]].study_texts[0]) for rows in told if rows]
        for field_name, title, texts in (
            ("caption", f"{source}: the caption of one picture asks for its study", captions),
            ("report", f"{source}: the report text asks for its study", reports),
        ):
            if texts:
                asked = _draw(texts, subject.options.seed)
                drawn = "" if len(asked) == len(texts) else f" ({len(asked):,} of {len(texts):,} texts, drawn)"
                tasks.append(_task(gallery, field_name, f"{title}{drawn}", asked))
    return tasks


def _draw(texts: list[tuple[int, str]], seed: int) -> list[tuple[int, str]]:
    return texts if len(texts) <= MAX_TEXTS else sorted(random.Random(seed).sample(texts, MAX_TEXTS))


def _task(gallery: Gallery, field_name: str, title: str, asked: Sequence[tuple[int, str]]) -> TextTask:
    place = {study: column for column, study in enumerate(gallery.studies)}
    return TextTask(
        key=f"{gallery.source}/{field_name}",
        title=title,
        field=field_name,
        gallery=gallery,
        texts=tuple(" ".join(text.split()) for _, text in asked),
        own=tuple(place[gallery.embedded.pictures[row].study] for row, _ in asked),
        asking=tuple(row for row, _ in asked),
    )


def finding_texts(prompts: PromptsConfig) -> list[str]:
    """One sentence for each prompted finding: the first wording that has a frame with words around it."""
    frame = next((frame for frame in prompts.frames if frame.strip(". ") != "{}"), prompts.frames[0])
    return [frame.format(wordings[0]) for wordings in prompts.findings.values()]


def finding_vectors(subject: Subject) -> dict[str, Floats]:
    """Of each prompted finding the mean vector over every frame and wording, as training's validation has it."""
    prompts = subject.prompts
    return {finding: prompt_vector(subject, prompts.frames, wordings) for finding, wordings in prompts.findings.items()}


def prompt_vector(subject: Subject, frames: Sequence[str], wordings: Sequence[str]) -> Floats:
    """The mean vector of `wordings` in `frames`: float32 `[dim]`, not brought to unit length."""
    vector: Floats = subject.texts([frame.format(wording) for frame in frames for wording in wordings]).mean(axis=0)
    return vector


def run_of(name: str, queries: Sequence[str], scores: NDArray[np.floating]) -> Run:
    """Scores `[n_queries, n_studies]` as a run; studies are named by their column, NaN is not returned."""
    return Run(
        name,
        {
            query: {str(column): float(score) for column, score in enumerate(row) if not math.isnan(score)}
            for query, row in zip(queries, scores.tolist(), strict=True)
        },
    )


def measured_figure(key: str, label: str, found: Measured, chance: float | None = None) -> Figure:
    """A measure of a run as a figure."""
    numbers = finite(found.value), finite(found.low), finite(found.high)
    return Figure(key, label, *numbers, found.n_queries, finite(chance))


def estimate_figure(key: str, label: str, estimate: Estimate, **more: float | str | None) -> Figure:
    """An estimate as a figure; `more` are fields of `Figure`, numbers that are NaN become None."""
    plain = {name: finite(value) if isinstance(value, float) else value for name, value in more.items()}
    return Figure(key, label, finite(estimate.value), finite(estimate.low), finite(estimate.high), estimate.n, **plain)  # type: ignore[arg-type]
