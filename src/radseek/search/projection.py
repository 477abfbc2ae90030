"""Vectors in many dimensions laid out in two by t-SNE, so that what is alike lies together.

`duplicates once -> principal components -> t-SNE of the landmarks -> the others beside their nearest landmarks`

Near means alike; far means nothing: t-SNE keeps neighbourhoods, not distances between them (van der Maaten and Hinton,
2008). All of it runs in one thread, so that a map depends on vectors and seed alone, and people who search meanwhile
keep the other processors.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from radseek.errors import InputError
from radseek.index.distinct_vectors import find_repeats
from radseek.records.progress import Progress, ProgressListener, no_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 8
"""Of fewer different vectors t-SNE has no neighbourhoods to keep: their first two principal components are drawn."""
_EARLY, _LATE = 250, 500
"""Steps with and without exaggeration, as openTSNE does by itself."""
_TOLD_EVERY = 10
_NEAREST = 5
_SHARPNESS = 50.0
"""How fast a landmark's weight falls with its cosine: one that is 0.02 less alike counts a third."""
_ROWS = 1_024


@dataclass(frozen=True, slots=True)
class ProjectionSettings:
    """How vectors are laid out."""

    seed: int = 0
    n_landmarks: int = 50_000
    """Vectors that t-SNE lays out itself, drawn by the seed where there are more: a few minutes' work for one
    processor. Fewer cost neighbourhoods: with 5,000 of 20,000 only half as many were kept."""
    dims: int = 50
    """Principal components that t-SNE looks at."""
    perplexity: float = 30.0
    """About how many neighbours count for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Where each vector lies."""

    points: NDArray[np.float32]
    """`[n, 2]`, 0..1: turned so that they spread most from left to right, which is filled or the height is; the other
    side keeps its proportion in the middle. Equal vectors lie on the same point."""
    n_landmarks: int
    """Different vectors that t-SNE laid out itself."""


def project(
    vectors: NDArray[np.float32],
    settings: ProjectionSettings = ProjectionSettings(),
    progress: ProgressListener = no_progress,
) -> Projection:
    """The vectors in two dimensions.

    Args:
        vectors: float32 `[n, dim]`, of unit length, in any number.
        settings: How; the same vectors and settings give the same points, bit for bit.
        progress: Told how far it is, with the time left; it may raise to stop the work.

    Raises:
        InputError: When a vector is not finite.
    """
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise InputError(f"vectors: expected finite rows [n, dim], got {list(vectors.shape)}, or one is not finite")
    if not len(vectors):
        return Projection(np.zeros((0, 2), dtype=np.float32), 0)
    first, place_of = find_repeats(np.ascontiguousarray(vectors))
    distinct = vectors[first]
    landmarks = _draw(len(distinct), settings)
    laid = _lay_out(distinct[landmarks], settings, progress)
    placed = laid if len(landmarks) == len(distinct) else _place(distinct, landmarks, laid, progress)
    return Projection(_in_unit_square(placed)[place_of], len(landmarks))


def _draw(n: int, settings: ProjectionSettings) -> NDArray[np.int64]:
    """Places of the landmarks among `n` vectors, ascending."""
    if n <= settings.n_landmarks:
        return np.arange(n)
    return np.sort(np.random.default_rng(settings.seed).choice(n, settings.n_landmarks, replace=False))


def _lay_out(
    vectors: NDArray[np.float32], settings: ProjectionSettings, progress: ProgressListener
) -> NDArray[np.float64]:
    """Different vectors `[m, dim]` in two dimensions `[m, 2]`, on no scale."""
    components = _principal_components(vectors, settings.dims)
    if len(vectors) < _FEWEST:
        return components[:, :2]
    from openTSNE import TSNE

    tell = _Teller(progress)
    tell(0)
    embedding = TSNE(
        perplexity=min(settings.perplexity, (len(vectors) - 1) / 3),
        initialization=_small(components[:, :2]),
        early_exaggeration_iter=_EARLY,
        n_iter=_LATE,
        n_jobs=1,
        random_state=settings.seed,
        callbacks=tell.after_steps(),
        callbacks_every_iters=_TOLD_EVERY,
    ).fit(components)
    return np.asarray(embedding, dtype=np.float64)


def _principal_components(vectors: NDArray[np.floating], dims: int) -> NDArray[np.float64]:
    """The first components `[m, dims]`, at least two: where there are fewer the rest is 0. Signs are settled."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    with threadpool_limits(1):  # sums in another order would make another map
        _, axes = np.linalg.eigh(centred.T @ centred)  # [dim, dim], ascending
        axes = axes[:, ::-1][:, :dims]
        axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
        found = centred @ axes
    return np.pad(found, ((0, 0), (0, max(0, 2 - found.shape[1]))))


def _small(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points `[m, 2]` with a spread just below 1e-4, from which t-SNE starts well (Kobak and Berens, 2019)."""
    return points / max(float(points[:, 0].std()), 1e-12) * 0.99e-4


def _place(
    vectors: NDArray[np.float32], landmarks: NDArray[np.int64], laid: NDArray[np.float64], progress: ProgressListener
) -> NDArray[np.float64]:
    """All points `[n, 2]`: landmarks where they lie, others at the weighted middle of their nearest landmarks."""
    points = np.empty((len(vectors), 2))
    points[landmarks] = laid
    others = np.setdiff1d(np.arange(len(vectors)), landmarks, assume_unique=True)
    known = np.ascontiguousarray(vectors[landmarks].T)  # [dim, m]
    k = min(_NEAREST, len(landmarks))
    for start in range(0, others.size, _ROWS):
        progress(Progress("place", start, others.size))
        own = others[start : start + _ROWS]
        with threadpool_limits(1):
            likeness = vectors[own] @ known  # [rows, m]
        nearest = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        cosines = np.take_along_axis(likeness, nearest, axis=1).astype(np.float64)
        weights = np.exp(_SHARPNESS * (cosines - cosines.max(axis=1, keepdims=True)))
        points[own] = (weights[:, :, None] * laid[nearest]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    return points


def _in_unit_square(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """The points turned, moved and scaled alike in both directions, so that they fill the square, middle on middle."""
    points = _principal_components(points, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if side <= 0:
        return np.full(points.shape, 0.5, dtype=np.float32)
    scaled: NDArray[np.float32] = np.clip((points - (low + high) / 2) / side + 0.5, 0, 1).astype(np.float32)
    return scaled


class _Teller:
    """Tells how many of all steps are done, with the time left.

    Args:
        progress: Who is told.
    """

    def __init__(self, progress: ProgressListener) -> None:
        self._progress = progress
        self._began_s = 0.0
        self._before = 0

    def __call__(self, done: int) -> None:
        """Tells that `done` steps are done."""
        if done == _TOLD_EVERY:
            self._began_s = time.monotonic()  # what came before is the search for neighbours
        paced = done - _TOLD_EVERY
        left_s = (time.monotonic() - self._began_s) / paced * (_EARLY + _LATE - done) if paced > 0 else None
        self._progress(Progress("lay out", done, _EARLY + _LATE, seconds_left=left_s))

    def after_steps(self) -> Callable[[int, float, Any], bool]:
        """What openTSNE calls after every few steps of its two rounds, each counted from 1."""
        told = 0

        def listen(step: int, error: float, embedding: object) -> bool:
            nonlocal told
            told += 1
            self(told * _TOLD_EVERY)
            return False

        return listen
