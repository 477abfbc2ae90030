"""The default index: exact up to some 50,000 distinct vectors, above that one-bit codes with exact re-ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radseek.errors import ArtifactError
from radseek.index.contract import Ids, Scores, Vectors
from radseek.index.distinct_vectors import DistinctVectors
from radseek.index.exact_scan import Rows, padded, top_rows
from radseek.index.faiss_codes import GpuVectors, Proposer, RaBitQCodes, gpu_available
from radseek.index.id_lookup import checked_places
from radseek.index.stored_arrays import read_array, write_array
from radseek.index.trial import choose_k_factor
from radseek.index.vector_checks import check_allowed, check_ids, check_k, check_vectors

_WORTH_ROWS = 16
"""Choosing and ranking one candidate takes about as long as scanning this many rows exactly."""


@dataclass(frozen=True, slots=True)
class FaissSettings:
    """When the index scans exactly and when it asks the codes. Defaults: benchmarks/vector_search.md."""

    flat_limit: int = 50_000
    """Up to this many distinct vectors no codes are built: the exact scan takes a few milliseconds."""
    exact_rows: int = 20_000
    """A filter that leaves no more rows than this is scanned exactly ..."""
    exact_share: float = 0.125
    """... as is one that leaves no more than this share of all rows: up to there the codes are hardly quicker, and few
    neighbours are left among which they would have to choose (1,000,000 vectors, 0.1 allowed: 26 ms exact, 21 ms and
    recall@10 0.79 by the codes on vectors in clusters of 50)."""
    exact_queries: int = 64
    """From this many queries at once one matrix product for all is as quick as asking the codes for each."""
    k_factors: tuple[int, ...] = (10, 20, 40, 80, 160, 320)
    """Candidates for each wanted place, tried in this order until `needed_recall` is reached. Queries that look like
    the indexed vectors need the first; text queries among pictures, which lie apart from them, need the later ones."""
    needed_recall: float = 0.99
    """recall@10 against the exact scan on trial queries; when no factor reaches it, the index stays exact."""


class FaissIndex:
    """Finds candidates by FAISS and ranks them by their exact vectors; see `VectorIndex` for the promises.

    Scores are always exact. What the codes may miss is a neighbour; how often is measured at the build (`facts`).

    Args:
        distinct: The vectors and the ids that share them.
        codes: Proposes candidates; None when every search is an exact scan.
        facts: `k_factor` and `trial_recall` when there are codes.
        settings: When to scan exactly.
    """

    kind = "faiss"

    def __init__(
        self,
        distinct: DistinctVectors,
        codes: RaBitQCodes | None,
        facts: Mapping[str, float],
        settings: FaissSettings | None = None,
    ) -> None:
        self._distinct = distinct
        self._codes = codes
        self._facts = dict(facts)
        self._settings = settings or FaissSettings()
        self._gpu = GpuVectors(distinct.vectors) if codes is not None and gpu_available() else None

    @classmethod
    def build(
        cls, ids: Ids, vectors: Vectors, trial_queries: Vectors | None = None, settings: FaissSettings | None = None
    ) -> FaissIndex:
        """An index over `vectors`, given in any order.

        Args:
            ids: int64 `[n]`, not negative, each once.
            vectors: Unit vectors, float32 `[n, dim]`.
            trial_queries: Vectors like those that will be asked, float32 `[t, dim]`, to choose `k_factor` by
                measurement. For pictures that are searched by text give text vectors: they lie apart from the
                pictures' own. None takes mixtures of the indexed vectors.
            settings: When to scan exactly.

        Raises:
            InputError: When an argument is not as above; the message names it.
        """
        settings = settings or FaissSettings()
        check_vectors(vectors, "vectors")
        if trial_queries is not None:
            check_vectors(trial_queries, "trial_queries", vectors.shape[1])
        order = np.argsort(check_ids(ids, "ids", len(vectors)), kind="stable")
        distinct = DistinctVectors.of(ids[order], np.ascontiguousarray(vectors[order]))
        if len(distinct.vectors) <= settings.flat_limit:
            return cls(distinct, None, {}, settings)
        codes = RaBitQCodes.build(distinct.vectors)
        chosen = choose_k_factor(distinct.vectors, codes, trial_queries, settings.k_factors, settings.needed_recall)
        if chosen.k_factor is None:
            return cls(distinct, None, {"trial_recall": chosen.recall}, settings)
        return cls(distinct, codes, {"k_factor": chosen.k_factor, "trial_recall": chosen.recall}, settings)

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, float], settings: FaissSettings | None = None) -> FaissIndex:
        """The index that `write` left in `folder`, vectors memory-mapped; `facts` come from the manifest.

        Raises:
            ArtifactError: When a file is missing or not what `write` writes.
        """
        ids = read_array(folder / "ids.npy", np.int64, 1)
        row_of = read_array(folder / "rows.npy", np.int64, 1)
        vectors = read_array(folder / "vectors.npy", np.float32, 2, mapped=True)
        if len(ids) != len(row_of) or (len(row_of) and not 0 <= int(row_of.min()) <= int(row_of.max()) < len(vectors)):
            raise ArtifactError("ids.npy, rows.npy and vectors.npy do not belong together; run `radseek index`")
        codes = None
        if "k_factor" in facts:
            codes = RaBitQCodes.load(folder / "rabitq.faiss", len(vectors), vectors.shape[1])
        return cls(DistinctVectors(ids, vectors, row_of), codes, facts, settings)

    @property
    def dim(self) -> int:
        """Length of each vector."""
        return int(self._distinct.vectors.shape[1])

    @property
    def ids(self) -> Ids:
        """All ids, int64 `[count]`, ascending."""
        return self._distinct.ids

    @property
    def count(self) -> int:
        """Number of vectors, repeated ones included."""
        return int(self._distinct.ids.size)

    @property
    def facts(self) -> Mapping[str, float]:
        """`trial_recall` (recall@10 on trial queries) and `k_factor`; both absent when the index was built exact.

        `trial_recall` without `k_factor` says that the codes were tried and found too coarse for these vectors.
        """
        return self._facts

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Scores, Ids]:
        """See `VectorIndex.search`."""
        check_vectors(queries, "queries", self.dim)
        check_k(k)
        allowed = check_allowed(allowed)
        mask = None if allowed is None else self._distinct.mask_of(allowed)
        rows = None if mask is None else self._distinct.rows_of(mask)
        ranked = self._rank(queries, k, rows)
        return padded([self._distinct.expand(best, scores, k, mask) for best, scores in ranked], k)

    def vectors_of(self, ids: Ids) -> Vectors:
        """See `VectorIndex.vectors_of`."""
        distinct = self._distinct
        return np.asarray(distinct.vectors[distinct.row_of[checked_places(distinct.ids, ids)]])

    def write(self, folder: Path) -> list[str]:
        """See `VectorIndex.write`."""
        write_array(folder / "ids.npy", self._distinct.ids)
        write_array(folder / "rows.npy", self._distinct.row_of)
        write_array(folder / "vectors.npy", self._distinct.vectors)
        if self._codes is None:
            return ["ids.npy", "rows.npy", "vectors.npy"]
        self._codes.write(folder / "rabitq.faiss")
        return ["ids.npy", "rabitq.faiss", "rows.npy", "vectors.npy"]

    def _rank(self, queries: Vectors, k: int, rows: Rows | None) -> list[tuple[Rows, Scores]]:
        """For each query the best rows with exact scores, ties for the last place included."""
        vectors = self._distinct.vectors
        count = k * int(self._facts.get("k_factor", 1))
        proposer = self._proposer(len(queries), count, rows)
        if proposer is None:
            return top_rows(vectors, queries, k, rows)
        proposed = proposer.propose(queries, count, rows)
        return [top_rows(vectors, query, k, found)[0] for query, found in zip(queries[:, None], proposed, strict=True)]

    def _proposer(self, n_queries: int, count: int, rows: Rows | None) -> Proposer | None:
        """Whom to ask for `count` candidates a query; None where looking at all allowed rows is cheaper."""
        settings, n_rows = self._settings, len(self._distinct.vectors)
        if self._codes is None or count * _WORTH_ROWS > (n_rows if rows is None else rows.size):
            return None
        if self._gpu is not None and self._gpu.takes(count, rows):
            return self._gpu
        few_left = rows is not None and rows.size <= max(settings.exact_rows, settings.exact_share * n_rows)
        return None if few_left or n_queries >= settings.exact_queries else self._codes
