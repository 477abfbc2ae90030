"""Vector indexes by kind."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from radseek.errors import ArtifactError, ConfigError
from radseek.index.contract import Ids, Scores, VectorIndex, Vectors
from radseek.index.exact_index import ExactIndex
from radseek.index.exact_scan import row_scores
from radseek.index.faiss_index import FaissIndex

KINDS = ("auto", "exact", "faiss")
"""`auto` is faiss where FAISS is installed, else exact: the same results, slower on large archives."""


def faiss_installed() -> bool:
    """Whether FAISS (either distribution) can be imported; it is not imported for the answer."""
    return find_spec("faiss") is not None


def build_vector_index(kind: str, ids: Ids, vectors: Vectors, trial_queries: Vectors | None = None) -> VectorIndex:
    """An index of `kind` over `vectors`, given in any order.

    Args:
        kind: One of `KINDS`.
        ids: int64 `[n]`, not negative, each once.
        vectors: Unit vectors, float32 `[n, dim]`; `n` may be 0.
        trial_queries: Vectors like those that will be asked; see `FaissIndex.build`.

    Raises:
        ConfigError: When the kind is unknown, or FAISS is asked for and not installed.
        InputError: When another argument is not as above; the message names it.
    """
    if kind not in KINDS:
        raise ConfigError(f"index kind {kind!r} is unknown; known: {', '.join(KINDS)}")
    if kind == "auto":
        kind = "faiss" if faiss_installed() else "exact"
    if kind == "exact":
        return ExactIndex.build(ids, vectors)
    if not faiss_installed():
        raise ConfigError("index kind 'faiss' needs FAISS: install radseek[cpu] or radseek[gpu], or use kind 'exact'")
    return FaissIndex.build(ids, vectors, trial_queries)


def load_vector_index(kind: str, folder: Path, facts: Mapping[str, float]) -> VectorIndex:
    """The index of `kind` that its `write` left in `folder`. Verify the files' SHA-256 before.

    Args:
        kind: As in the manifest: `exact` or `faiss`.
        folder: The index's own folder.
        facts: What the index said of itself when it was written.

    Raises:
        ArtifactError: When the kind is unknown, its library is missing, or a file is not what `write` writes.
    """
    if kind == "exact":
        return ExactIndex.load(folder)
    if kind == "faiss":
        if "k_factor" in facts and not faiss_installed():
            raise ArtifactError("the index was built with FAISS: install radseek[cpu], or run `radseek index` again")
        return FaissIndex.load(folder, facts)
    raise ArtifactError(f"index kind {kind!r} is unknown here; run `radseek index`")


def scores_of(index: VectorIndex, queries: Vectors, ids: Ids) -> Scores:
    """The scores that a search would give some ids, without a search: for few of many, in a fraction of its time.

    Args:
        index: Holds the vectors.
        queries: Unit vectors, float32 `[n_q, dim]`.
        ids: int64 `[m]`, in any order.

    Returns:
        float32 `[n_q, m]`, in the order of `queries` and `ids`.

    Raises:
        InputError: When an id is not in the index.
    """
    vectors = index.vectors_of(ids)
    scores = np.empty((len(queries), len(vectors)), dtype=np.float32)
    for row, query in enumerate(queries):
        scores[row] = row_scores(vectors, query)
    return scores
