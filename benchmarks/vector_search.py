"""Vector and word search side by side in one run: ours, the bare limit, and peers. Prints Markdown tables.

    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1          # one thread a query, as on a busy server
    nice python benchmarks/vector_search.py                  # 100,000 vectors and sentences, under a minute
    nice python benchmarks/vector_search.py --ivf            # with clustered codes as well: half a minute more
    nice python benchmarks/vector_search.py --count 1000000  # some 5 minutes and 6 GiB

Everything runs in one thread and milliseconds are that thread's processor time, so that other load on the machine
hardly counts (building: processor time of all threads). Engines take turns query by query all the same. Vectors are
clustered (50 to a cluster, in 256 axes): without structure nearest neighbours mean nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import faiss
import numpy as np

from radseek.index import ExactIndex, FaissIndex, LexicalIndex, write_lexical_index

K = 10
N_QUERIES = 60
N_BATCH = 100
SHARES = (0.01, 0.1, 0.4)
WORDS = (
    "pleural effusion pneumothorax left right small moderate large lung opacity nodule heart size normal stable "
    "catheter tip consolidation atelectasis basal mild interval change fracture rib edema mediastinum contour clear "
    "no acute cardiopulmonary abnormality degenerative spine calcified granuloma hilar enlarged vascular congestion"
).split()

Search = Callable[[np.ndarray, "np.ndarray | None"], np.ndarray]
"""Queries `[n_q, dim]` and allowed ids -> ids `[n_q, K]`."""


@dataclass
class Engine:
    """One way to search, and what was measured of it."""

    name: str
    search: Search
    build_s: float = 0.0
    mib: float = 0.0
    filters: bool = True
    times_ms: dict[float, list[float]] = field(default_factory=dict)
    recalls: dict[float, list[float]] = field(default_factory=dict)
    batch_qps: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="vectors and sentences (default 100000)")
    parser.add_argument("--dim", type=int, default=256, help="axes (default 256)")
    parser.add_argument("--ivf", action="store_true", help="also measure IVF with re-ranking, which is slow to build")
    arguments = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")):
        raise SystemExit("first: export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1")
    command = f"--count {arguments.count} --dim {arguments.dim}{' --ivf' if arguments.ivf else ''}"
    libraries = ", ".join(f"{name} {version(name)}" for name in ("faiss-cpu", "numpy", "tantivy"))
    print(f"`python benchmarks/vector_search.py {command}`: one thread ({platform.machine()}), {libraries}.\n")
    compare_vectors(arguments.count, arguments.dim, arguments.ivf)
    compare_words(arguments.count)


def compare_vectors(count: int, dim: int, with_ivf: bool) -> None:
    rng = np.random.default_rng(0)
    vectors = make_clustered(rng, count, dim)
    queries = vectors[rng.integers(0, count, N_BATCH)] + 0.3 * noise(rng, N_BATCH, dim)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    allowed = {share: np.flatnonzero(rng.random(count) < share).astype(np.int64) for share in SHARES}
    engines = build_engines(vectors) + ([build_ivf(vectors)] if with_ivf else [])
    for query in queries[:N_QUERIES, None]:
        for share in (1.0, *SHARES):
            ask_all(engines, query, share, allowed.get(share))
    for engine in engines:
        began = time.thread_time()
        engine.search(queries, None)
        engine.batch_qps = N_BATCH / (time.thread_time() - began)
    print_whole(engines, f"{count:,} vectors of {dim} axes, k = {K}, no filter")
    print_filtered(engines)
    compare_apart(vectors, rng)


def build_engines(vectors: np.ndarray) -> list[Engine]:
    ids = np.arange(len(vectors), dtype=np.int64)
    raw_mib = vectors.nbytes / 2**20
    began = time.process_time()
    exact = ExactIndex.build(ids, vectors)
    engines = [Engine("ours, exact (reference)", ours(exact), time.process_time() - began, raw_mib)]
    began = time.process_time()
    chosen = FaissIndex.build(ids, vectors)
    build_s = time.process_time() - began
    code_mib = len(vectors) * (vectors.shape[1] // 8 + 8) / 2**20
    label = ", ".join(f"{key} {value:.3g}" for key, value in chosen.facts.items())
    engines.append(Engine(f"**ours, faiss** ({label})", ours(chosen), build_s, raw_mib + code_mib))
    engines.append(Engine("bare numpy: product, argpartition", bare_numpy(vectors), 0.0, raw_mib))
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    engines.append(Engine("FAISS IndexFlatIP", plain_faiss(flat), 0.0, raw_mib))
    return engines


def build_ivf(vectors: np.ndarray) -> Engine:
    """The fastest FAISS index known to us for this size: clusters, one-bit codes, half-precision re-ranking."""
    began = time.process_time()
    n_lists = 1024 if len(vectors) <= 200_000 else 4096
    index = faiss.index_factory(vectors.shape[1], f"IVF{n_lists},RaBitQfs,Refine(SQfp16)", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(1, len(vectors) // 200_000)])
    index.add(vectors)
    index.k_factor = 4
    faiss.extract_index_ivf(index.base_index).nprobe = 32
    mib = len(vectors) * (vectors.shape[1] * 2 + vectors.shape[1] // 8 + 16) / 2**20
    name = f"FAISS IVF{n_lists},RaBitQfs,Refine(SQfp16)"
    return Engine(name, plain_faiss(index), time.process_time() - began, mib, filters=False)


def ours(index: ExactIndex | FaissIndex) -> Search:
    return lambda queries, allowed: index.search(queries, K, allowed)[1]


def bare_numpy(vectors: np.ndarray) -> Search:
    def search(queries: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
        products = queries @ (vectors if allowed is None else vectors[allowed]).T
        best = np.argpartition(products, -K, axis=1)[:, -K:]
        return best if allowed is None else allowed[best]

    return search


def plain_faiss(index: faiss.Index) -> Search:
    def search(queries: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
        if allowed is None:
            return index.search(queries, K)[1]
        marked = np.zeros(index.ntotal, dtype=bool)
        marked[allowed] = True
        selector = faiss.IDSelectorBitmap(np.packbits(marked, bitorder="little"))
        return index.search(queries, K, params=faiss.SearchParameters(sel=selector))[1]

    return search


def ask_all(engines: list[Engine], query: np.ndarray, share: float, allowed: np.ndarray | None) -> None:
    """One query to every engine in turn; the first engine is the reference for recall."""
    wanted: np.ndarray | None = None
    for engine in engines:
        if allowed is not None and not engine.filters:
            continue
        began = time.thread_time()
        found = engine.search(query, allowed)[0]
        engine.times_ms.setdefault(share, []).append(1000 * (time.thread_time() - began))
        wanted = found if wanted is None else wanted
        engine.recalls.setdefault(share, []).append(float(np.isin(found, wanted).mean()))


def print_whole(engines: list[Engine], title: str) -> None:
    print(f"**{title}**\n")
    print("| index | build s | MiB | p50 ms | p99 ms | batch-100 q/s | recall@10 | times as fast as FAISS flat |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    flat = next(engine for engine in engines if engine.name == "FAISS IndexFlatIP")
    for engine in engines:
        p50, p99 = np.percentile(engine.times_ms[1.0], (50, 99))
        ratio = np.median(flat.times_ms[1.0]) / p50
        print(
            f"| {engine.name} | {engine.build_s:.1f} | {engine.mib:.0f} | {p50:.2f} | {p99:.2f} "
            f"| {engine.batch_qps:,.0f} | {np.mean(engine.recalls[1.0]):.3f} | {ratio:.1f} |"
        )


def print_filtered(engines: list[Engine]) -> None:
    print("\n**The same under filters: p50 ms / recall@10 against the exact filtered ten**\n")
    print("| index |" + "".join(f" {share:.0%} allowed |" for share in SHARES))
    print("| --- |" + " --- |" * len(SHARES))
    for engine in engines:
        if engine.filters:
            cells = (f"{np.median(engine.times_ms[s]):.2f} / {np.mean(engine.recalls[s]):.3f}" for s in SHARES)
            print(f"| {engine.name} | {' | '.join(cells)} |")


def compare_apart(vectors: np.ndarray, rng: np.random.Generator) -> None:
    """Queries that share a direction of their own, as text vectors among pictures do: the hard case for codes."""
    apart = noise(rng, 1, vectors.shape[1])
    queries = 0.3 * vectors[rng.integers(0, len(vectors), 300)] + 0.9 * apart / np.linalg.norm(apart)
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)
    ids = np.arange(len(vectors), dtype=np.int64)
    exact = Engine("ours, exact (reference)", ours(ExactIndex.build(ids, vectors)))
    engines = [exact]
    for name, trial in (("chosen with such queries", queries[200:]), ("chosen without", None)):
        index = FaissIndex.build(ids, vectors, trial)
        label = ", ".join(f"{key} {value:.3g}" for key, value in index.facts.items())
        engines.append(Engine(f"ours, faiss, {name} ({label})", ours(index)))
    for query in queries[:N_QUERIES, None]:
        ask_all(engines, query, 1.0, None)
    print("\n**Queries that lie apart from the vectors, as text among pictures does**\n")
    print("| index | p50 ms | recall@10 |\n| --- | --- | --- |")
    for engine in engines:
        print(f"| {engine.name} | {np.median(engine.times_ms[1.0]):.2f} | {np.mean(engine.recalls[1.0]):.3f} |")


def compare_words(count: int) -> None:
    rng = np.random.default_rng(1)
    weights = 1.0 / np.arange(2, len(WORDS) + 2)
    texts = [" ".join(row[: rng.integers(3, 15)]) for row in rng.choice(WORDS, (count, 14), p=weights / weights.sum())]
    queries = [" ".join(rng.choice(WORDS, 4, replace=False)) for _ in range(20)]
    allowed = {share: np.flatnonzero(rng.random(count) < share).astype(np.int64) for share in SHARES}
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        write_lexical_index(Path(folder), np.arange(count), texts)
        build_s = time.process_time() - began
        lexical = LexicalIndex.load(Path(folder))
        began = time.process_time()
        database = build_fts5(texts)
        fts_build_s = time.process_time() - began
        ours_ms: dict[float, list[float]] = {}
        fts_ms: dict[float, list[float]] = {}
        for text in queries:
            for share in (1.0, *SHARES):
                began = time.thread_time()
                lexical.search(text, K, allowed.get(share))
                middle = time.thread_time()
                ask_fts5(database, text, share)
                ours_ms.setdefault(share, []).append(1000 * (middle - began))
                fts_ms.setdefault(share, []).append(1000 * (time.thread_time() - middle))
    print(f"\n**{count:,} sentences, any of 4 words, BM25, k = {K}: p50 / largest ms**\n")
    print("| index | build s | no filter |" + "".join(f" {share:.0%} allowed |" for share in SHARES))
    print("| --- | --- | --- |" + " --- |" * len(SHARES))
    for name, build, times in (
        ("**ours (tantivy)**", build_s, ours_ms),
        (f"SQLite {sqlite3.sqlite_version} FTS5, allowed by id range", fts_build_s, fts_ms),
    ):
        cells = ("{:.2f} / {:.2f}".format(*np.percentile(times[share], (50, 100))) for share in (1.0, *SHARES))
        print(f"| {name} | {build:.1f} | {' | '.join(cells)} |")


def build_fts5(texts: list[str]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE sentences USING fts5(text, tokenize='porter unicode61')")
    database.executemany("INSERT INTO sentences(rowid, text) VALUES (?, ?)", enumerate(texts))
    return database


def ask_fts5(database: sqlite3.Connection, text: str, share: float) -> None:
    """The easiest filter there is for SQLite: the first rows. Ours gets ids spread over all."""
    last = int(share * database.execute("SELECT max(rowid) FROM sentences").fetchone()[0])
    database.execute(
        "SELECT rowid FROM sentences WHERE sentences MATCH ? AND rowid <= ? ORDER BY rank LIMIT ?",
        (" OR ".join(text.split()), last, K),
    ).fetchall()


def make_clustered(rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
    """Unit vectors around `count / 50` random centres, float32 `[count, dim]`."""
    centres = noise(rng, max(1, count // 50), dim)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = np.empty((count, dim), dtype=np.float32)
    for start in range(0, count, 100_000):
        n = min(100_000, count - start)
        rows = centres[rng.integers(0, len(centres), n)] + 0.7 * noise(rng, n, dim)
        vectors[start : start + n] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def noise(rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
    return rng.standard_normal((count, dim), dtype=np.float32) / np.float32(np.sqrt(dim))


if __name__ == "__main__":
    main()
