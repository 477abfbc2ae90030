"""Have embeddings collapsed, and how far apart do pictures and texts lie?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radseek.errors import InputError
from radseek.evaluation.estimates import Floats
from radseek.evaluation.similarities import checked_matrix


@dataclass(frozen=True, slots=True)
class SideHealth:
    """Embeddings of one side (pictures, or texts)."""

    n: int
    dim: int
    mean_cosine: float
    """Mean over pairs of different items: near 1 is collapsed. NaN with fewer than two."""
    effective_rank: float
    """Directions in use, 1 to `dim`: the exponential of the entropy of the singular values, not centred, so that a
    narrow cone shows as a rank near 1 (Roy and Vetterli, EUSIPCO 2007)."""
    n_identical: int
    """Items whose embedding equals an earlier one's."""


@dataclass(frozen=True, slots=True)
class EmbeddingHealth:
    """Both sides, and how they lie to each other."""

    pictures: SideHealth
    texts: SideHealth
    centroid_similarity: float
    """Cosine of both sides' mean embeddings."""
    modality_gap: float
    """Distance of the two means, 0 to 2 (Liang et al., NeurIPS 2022)."""


def measure_embeddings(pictures: ArrayLike, texts: ArrayLike) -> EmbeddingHealth:
    """Health of both sides. Rows are brought to unit length first.

    Args:
        pictures: `[n_pictures, dim]`.
        texts: `[n_texts, dim]`.

    Raises:
        InputError: When dimensions differ, a side is empty, or a row is not finite or zero.
    """
    image, text = unit_rows(pictures), unit_rows(texts)
    if image.shape[1] != text.shape[1]:
        raise InputError(f"pictures have {image.shape[1]} dimensions and texts {text.shape[1]}; they must be equal")
    means = image.mean(axis=0), text.mean(axis=0)
    lengths = [float(np.linalg.norm(mean)) for mean in means]
    return EmbeddingHealth(
        pictures=measure_side(image),
        texts=measure_side(text),
        centroid_similarity=float(means[0] @ means[1] / (lengths[0] * lengths[1])) if min(lengths) > 1e-9 else math.nan,
        modality_gap=float(np.linalg.norm(means[0] - means[1])),
    )


def measure_side(embeddings: ArrayLike) -> SideHealth:
    """Health of one side's embeddings `[n, dim]`, brought to unit length first.

    Raises:
        InputError: When there are none, or a row is not finite or zero.
    """
    units = unit_rows(embeddings)
    n, dim = units.shape
    total = units.sum(axis=0)
    # Over all ordered pairs the cosines add up to the squared length of the sum; each item with itself gives 1.
    cosine = float((total @ total - n) / (n * (n - 1))) if n > 1 else math.nan
    return SideHealth(n, dim, cosine, effective_rank(units), n - len(np.unique(units, axis=0)))


def effective_rank(rows: Floats) -> float:
    """The exponential of the entropy of the singular values, as shares of their sum."""
    gram = rows.T @ rows if rows.shape[0] > rows.shape[1] else rows @ rows.T
    values = np.sqrt(np.clip(np.linalg.eigvalsh(gram), 0.0, None))
    values = values[values > values.max() * 1e-6]
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def unit_rows(rows: ArrayLike) -> Floats:
    """Rows as float64 of unit length.

    Raises:
        InputError: When there are none, or one is not finite or zero.
    """
    matrix = checked_matrix(rows, "embeddings")
    lengths = np.linalg.norm(matrix, axis=1)
    if not len(matrix) or not np.isfinite(lengths).all() or (lengths == 0).any():
        raise InputError("embeddings must be finite and not zero, and at least one")
    units: Floats = matrix / lengths[:, None]
    return units
