"""FAISS at arm's length: one-bit codes (RaBitQ) that propose candidate rows, on the CPU or on a GPU.

RaBitQ: Gao and Long, SIGMOD 2024. One bit a dimension, built in a second per million vectors, without training.
Its ranking is only roughly right; `FaissIndex` re-ranks what it proposes with the exact vectors.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from radseek.errors import ArtifactError, StorageError
from radseek.index.contract import Vectors
from radseek.index.exact_scan import Rows

_TRAIN_ROWS = 100_000
"""Training is only the mean vector; more rows do not change it noticeably."""
_GPU_MAX_COUNT = 2048
"""Most neighbours that FAISS finds on a GPU."""
_GPU_CHUNK_ROWS = 100_000

_FEW_QUERIES = 8
"""Up to this many queries one thread is used: sharing so little work out gains nothing on an idle machine, and on a
busy one the threads wait for each other (100,000 vectors, 2 busy cores: p50 2 ms with one thread, 30 ms with two)."""

_reading = threading.Lock()


def _faiss() -> Any:  # noqa: ANN401  (the stubs in faiss 1.15 lack the Python-side constructors used here)
    """The FAISS module, imported on first use."""
    return importlib.import_module("faiss")


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """FAISS uses `count` threads inside, for calls from this thread; None leaves it as it is."""
    faiss = _faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count or before)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


class Proposer(Protocol):
    """Proposes rows that are probably among the nearest."""

    def propose(self, queries: Vectors, count: int, rows: Rows | None) -> list[Rows]:
        """For each query at most `count` row numbers, ascending.

        Args:
            queries: float32 `[n_q, dim]`.
            count: Rows wanted a query.
            rows: Rows that may be proposed, ascending; None allows all.
        """


class RaBitQCodes:
    """One-bit codes on the CPU. Filters are applied inside the scan.

    The fast-scan variant (RaBitQfs) is 1.4 times faster but takes no filter in faiss 1.15, and nearly every search
    has one (assertion, modality), so the plain variant is used.
    """

    def __init__(self, index: Any) -> None:  # noqa: ANN401  (a faiss index: the library has no types)
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> RaBitQCodes:
        """Codes of `vectors`, float32 `[n, dim]`."""
        faiss = _faiss()
        index = faiss.index_factory(vectors.shape[1], "RaBitQ", faiss.METRIC_INNER_PRODUCT)
        index.train(np.ascontiguousarray(vectors[:: max(1, len(vectors) // _TRAIN_ROWS)]))
        for start in range(0, len(vectors), _TRAIN_ROWS):
            index.add(np.ascontiguousarray(vectors[start : start + _TRAIN_ROWS]))
        return cls(index)

    @classmethod
    def load(cls, path: Path, n_rows: int, dim: int) -> RaBitQCodes:
        """The codes that `write` left in `path`. The file has no checksum of its own: verify its SHA-256 before.

        FAISS is told to allocate no more than the file's size for any array, so that a forged header cannot ask for
        terabytes.

        Raises:
            ArtifactError: When the file is missing, is no such index, or has another size than `[n_rows, dim]`.
        """
        faiss = _faiss()
        if not path.is_file():
            raise ArtifactError(f"{path.name} of the index is missing; run `radseek index`")
        with _reading:
            before = faiss.get_deserialization_vector_byte_limit()
            faiss.set_deserialization_vector_byte_limit(max(path.stat().st_size, 4096))
            try:
                index = faiss.read_index(str(path))
            except RuntimeError as error:
                raise ArtifactError(f"{path.name} is no index that FAISS can read; run `radseek index`") from error
            finally:
                faiss.set_deserialization_vector_byte_limit(before)
        if not isinstance(index, faiss.IndexRaBitQ) or (index.ntotal, index.d) != (n_rows, dim):
            raise ArtifactError(f"{path.name} does not belong to the vectors beside it; run `radseek index`")
        return cls(index)

    def propose(self, queries: Vectors, count: int, rows: Rows | None) -> list[Rows]:
        """See `Proposer.propose`."""
        faiss = _faiss()
        count = min(count, self._index.ntotal)
        parameters, bitmap = None, None
        if rows is not None:
            marked = np.zeros(self._index.ntotal, dtype=bool)
            marked[rows] = True
            bitmap = np.packbits(marked, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
        with _threads(1 if len(queries) <= _FEW_QUERIES else None):
            _, found = self._index.search(np.ascontiguousarray(queries), count, params=parameters)
        return [np.sort(row[row >= 0]) for row in found]

    def write(self, path: Path) -> None:
        """Writes the codes.

        Raises:
            StorageError: When the disk refuses.
        """
        faiss = _faiss()
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as error:
            raise StorageError(f"cannot write {path.name} of the index: the disk refused") from error


class GpuVectors:
    """All vectors as float16 on a GPU, scanned whole. Searches take turns: FAISS's GPU resources are not shared."""

    def __init__(self, vectors: Vectors) -> None:
        faiss = _faiss()
        self._resources = faiss.StandardGpuResources()
        settings = faiss.GpuIndexFlatConfig()
        settings.useFloat16 = True
        self._index = faiss.GpuIndexFlatIP(self._resources, vectors.shape[1], settings)
        for start in range(0, len(vectors), _GPU_CHUNK_ROWS):
            self._index.add(np.ascontiguousarray(vectors[start : start + _GPU_CHUNK_ROWS]))
        self._turn = threading.Lock()

    @staticmethod
    def takes(count: int, rows: Rows | None) -> bool:
        """Whether a search fits: no filter, and no more rows than a GPU finds."""
        return rows is None and count <= _GPU_MAX_COUNT

    def propose(self, queries: Vectors, count: int, rows: Rows | None) -> list[Rows]:
        """See `Proposer.propose`; ask `takes` before."""
        if not self.takes(count, rows):
            raise ValueError(f"no GPU search for count {count} with{'' if rows is not None else 'out'} a filter")
        with self._turn:
            _, found = self._index.search(np.ascontiguousarray(queries), count)
        return [np.sort(row[row >= 0]) for row in found]


def gpu_available() -> bool:
    """Whether the installed FAISS can use a GPU here."""
    faiss = _faiss()
    return hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0
