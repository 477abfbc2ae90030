"""One suite over every vector index. The oracle is the slow obvious version: all pairs, added up exactly, sorted."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.errors import InputError
from radseek.index import NO_ID, ExactIndex, FaissIndex, FaissSettings, VectorIndex, load_vector_index, scores_of

pytest.importorskip("faiss", reason="FAISS is not installed: pip install radseek[cpu]")

Build = Callable[[np.ndarray, np.ndarray], VectorIndex]

ALWAYS_CODES = FaissSettings(
    flat_limit=0, exact_rows=0, exact_share=0.0, exact_queries=10_000, needed_recall=0.0, k_factors=(10,)
)


def build_with_codes(ids: np.ndarray, vectors: np.ndarray) -> VectorIndex:
    return FaissIndex.build(ids, vectors, settings=ALWAYS_CODES)


BUILDERS: dict[str, Build] = {
    "exact": ExactIndex.build,
    "faiss": FaissIndex.build,
    "faiss codes": build_with_codes,
}
EXACT_KINDS = ["exact", "faiss"]


@pytest.fixture(params=BUILDERS)
def build(request: pytest.FixtureRequest) -> Build:
    return BUILDERS[request.param]


def unit(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    rows = rng.standard_normal((n, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def clustered(rng: np.random.Generator, n: int, dim: int, per_cluster: int = 50) -> np.ndarray:
    """Rows around common centres, as embeddings lie; pure noise would be a benchmark of noise."""
    centres = unit(rng, max(1, n // per_cluster), dim)
    rows = centres[rng.integers(0, len(centres), n)] + 0.7 * rng.standard_normal((n, dim)) / math.sqrt(dim)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def oracle(ids, vectors, query, k, allowed):
    pairs = []
    for row_id, row in zip(ids.tolist(), vectors, strict=True):
        if allowed is None or row_id in set(allowed.tolist()):
            score = math.fsum(float(a) * float(b) for a, b in zip(row, query, strict=True))
            pairs.append((-float(np.float32(score)), row_id))
    pairs.sort()
    pairs = pairs[:k]
    n_missing = k - len(pairs)
    return [-s for s, _ in pairs] + [-math.inf] * n_missing, [i for _, i in pairs] + [NO_ID] * n_missing


def assert_equals_oracle(index, ids, vectors, queries, k, allowed=None):
    scores, found = index.search(queries, k, allowed)
    assert (scores.dtype, found.dtype, scores.shape, found.shape) == (
        np.float32,
        np.int64,
        (len(queries), k),
        found.shape,
    )
    for place, query in enumerate(queries):
        wanted_scores, wanted_ids = oracle(ids, vectors, query, k, allowed)
        assert found[place].tolist() == wanted_ids
        assert scores[place].tolist() == wanted_scores


@pytest.mark.parametrize("kind", EXACT_KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_exact_kinds_equal_the_oracle_bit_for_bit(kind: str, data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    n, dim, k = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 9)), data.draw(st.integers(1, 45))
    vectors = unit(rng, n, dim)
    if n > 3:
        vectors[rng.integers(0, n, n // 2)] = vectors[0]  # many equal ones
    ids = rng.permutation(3 * n)[:n].astype(np.int64)
    allowed = None
    if data.draw(st.booleans()):
        allowed = np.flatnonzero(rng.random(3 * n + 2) < data.draw(st.floats(0, 1))).astype(np.int64)
    assert_equals_oracle(BUILDERS[kind](ids, vectors), ids, vectors, unit(rng, 2, dim), k, allowed)


@pytest.mark.parametrize("kind", EXACT_KINDS)
def test_ties_between_different_vectors_go_to_the_smaller_id(kind: str) -> None:
    # Entries are -0.5 or 0.5 in four axes: inner products are exactly -1, -0.5, 0, 0.5 or 1, and most places tie.
    rng = np.random.default_rng(1)
    vectors = rng.choice(np.array([-0.5, 0.5], dtype=np.float32), (60, 4))
    ids = rng.permutation(1000)[:60].astype(np.int64)
    index = BUILDERS[kind](ids, vectors)
    for k in (1, 7, 60):
        assert_equals_oracle(index, ids, vectors, vectors[:5], k)
        assert_equals_oracle(index, ids, vectors, vectors[:5], k, np.sort(ids[::2]))


def test_equal_vectors_go_to_the_smaller_id_in_every_kind(build: Build) -> None:
    rng = np.random.default_rng(2)
    distinct = clustered(rng, 4000, 16)
    vectors = np.concatenate([np.repeat(distinct[:30], 40, axis=0), distinct[30:]])  # 30 of them 40 times each
    ids = rng.permutation(9000)[: len(vectors)].astype(np.int64)
    index = build(ids, vectors)
    assert index.count == 30 * 40 + 3970
    allowed = np.sort(rng.choice(ids, len(ids) // 2, replace=False))
    for place in (0, 40, 80):
        owners = np.sort(ids[place : place + 40])
        assert index.search(vectors[[place]], 25)[1][0].tolist() == owners[:25].tolist()
        wanted = np.intersect1d(owners, allowed).tolist()
        assert index.search(vectors[[place]], len(wanted), allowed)[1][0].tolist() == wanted


def test_a_pair_has_the_same_score_alone_in_a_crowd_and_under_a_filter(build: Build) -> None:
    rng = np.random.default_rng(3)
    vectors, queries = clustered(rng, 3000, 48), clustered(rng, 33, 48)
    ids = np.arange(3000, dtype=np.int64)
    index = build(ids, vectors)
    scores, found = index.search(queries, 5)
    for place in range(len(queries)):
        assert np.array_equal(index.search(queries[[place]], 5)[0][0], scores[place])
        alone = build(found[place, :1], vectors[found[place, :1]])
        assert alone.search(queries[[place]], 1)[0][0, 0] == scores[place, 0]
        assert index.search(queries[[place]], 1, found[place, :1])[0][0, 0] == scores[place, 0]


def test_recall_and_exact_scores_on_clustered_vectors(build: Build) -> None:
    rng = np.random.default_rng(4)
    n, dim = 20_000, 128
    vectors = clustered(rng, n, dim)
    queries = vectors[rng.integers(0, n, 50)] + 0.3 * rng.standard_normal((50, dim)).astype(np.float32) / math.sqrt(dim)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    ids = np.arange(n, dtype=np.int64)
    index, reference = build(ids, vectors), ExactIndex.build(ids, vectors)
    assert ("k_factor" in index.facts) == (build is build_with_codes)
    for share in (1.0, 0.4, 0.1, 0.01):
        allowed = None if share == 1.0 else np.flatnonzero(rng.random(n) < share).astype(np.int64)
        scores, found = index.search(queries, 10, allowed)
        _, wanted = reference.search(queries, 10, allowed)
        recall = np.mean([np.isin(found[place], wanted[place]).mean() for place in range(50)])
        # Under a filter a cluster of 50 has only 5 (at 0.1) left: the other places go to unrelated rows whose order
        # is noise, where one-bit codes see least.
        floor = 0.99 if share in {1.0, 0.4} or index.kind == "exact" or not index.facts else 0.9
        assert recall >= floor, (share, recall)
        assert np.all(np.diff(scores, axis=1) <= 0)
        for place in range(5):
            exact = (vectors[found[place]].astype(np.float64) * queries[place]).sum(axis=1)
            assert np.abs(scores[place] - exact).max() < 1e-7
        if allowed is not None:
            assert np.isin(found, allowed).all()


def test_an_empty_index_finds_nothing(build: Build) -> None:
    index = build(np.empty(0, dtype=np.int64), np.empty((0, 8), dtype=np.float32))
    scores, ids = index.search(unit(np.random.default_rng(0), 2, 8), 3)
    assert (index.count, index.dim) == (0, 8)
    assert np.all(ids == NO_ID)
    assert np.all(scores == -np.inf)


def test_one_vector_no_query_and_a_k_beyond_the_count(build: Build) -> None:
    vectors = unit(np.random.default_rng(0), 1, 8)
    index = build(np.array([7], dtype=np.int64), vectors)
    scores, ids = index.search(vectors, 4)
    assert ids.tolist() == [[7, NO_ID, NO_ID, NO_ID]]
    assert scores[0].tolist() == [pytest.approx(1.0, abs=1e-6), -np.inf, -np.inf, -np.inf]
    assert index.search(vectors[:0], 4)[1].shape == (0, 4)


def test_a_filter_that_allows_nothing_or_only_unknown_ids_finds_nothing(build: Build) -> None:
    rng = np.random.default_rng(5)
    vectors = unit(rng, 300, 8)
    index = build(np.arange(300, dtype=np.int64), vectors)
    for allowed in (np.empty(0, dtype=np.int64), np.array([300, 999_999_999_999], dtype=np.int64)):
        assert np.all(index.search(vectors[:2], 3, allowed)[1] == NO_ID)
    mixed = np.array([5, 12, 999_999_999_999], dtype=np.int64)
    assert set(index.search(vectors[:1], 3, mixed)[1][0].tolist()) == {5, 12, NO_ID}


def test_a_written_index_answers_as_before(build: Build, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    vectors = clustered(rng, 2000, 32)
    vectors[100:200] = vectors[0]
    ids = rng.permutation(9000)[:2000].astype(np.int64)
    index = build(ids, vectors)
    assert index.write(tmp_path) == sorted(path.name for path in tmp_path.iterdir())
    loaded = load_vector_index(index.kind, tmp_path, index.facts)
    assert (loaded.kind, loaded.dim, loaded.count) == (index.kind, 32, 2000)
    assert np.array_equal(loaded.ids, np.sort(ids))
    for allowed in (None, np.sort(ids[::3])):
        for before, after in zip(index.search(vectors[:20], 10), loaded.search(vectors[:20], 10), strict=True):
            assert np.array_equal(before, after), allowed


def test_a_build_does_not_depend_on_the_order_of_its_input(build: Build, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    vectors, ids = clustered(rng, 500, 32), rng.permutation(900)[:500].astype(np.int64)
    order = rng.permutation(500)
    contents = []
    for name, places in (("a", np.arange(500)), ("b", order)):
        (tmp_path / name).mkdir()
        index = build(ids[places], vectors[places])
        contents.append({file: (tmp_path / name / file).read_bytes() for file in index.write(tmp_path / name)})
    assert contents[0] == contents[1]


GOOD = np.eye(3, dtype=np.float32)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (np.array([[1, np.nan, 0]], dtype=np.float32), r"queries: row 0 is not finite"),
        (np.array([[1, 0, 0], [np.inf, 0, 0]], dtype=np.float32), r"queries: row 1 is not finite"),
        (np.array([[3e38, 3e38, 0]], dtype=np.float32), r"queries: row 0 is not finite"),
        (np.array([[2, 0, 0]], dtype=np.float32), r"queries: row 0 has length 2, expected 1"),
        (np.array([[0, 0, 0]], dtype=np.float32), r"queries: row 0 has length 0, expected 1"),
        (np.array([[1, 0]], dtype=np.float32), r"queries: expected vectors of 3 values, got 2"),
        (np.array([[1, 0, 0]], dtype=np.float64), r"queries: expected float32 \[n, dim\], got float64"),
        (np.array([1, 0, 0], dtype=np.float32), r"queries: expected float32 \[n, dim\], got float32 \[3\]"),
    ],
)
def test_bad_queries_are_refused(build: Build, queries: np.ndarray, message: str) -> None:
    index = build(np.arange(3, dtype=np.int64), GOOD)
    with pytest.raises(InputError, match=message):
        index.search(queries, 1)


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_a_bad_k_is_refused(build: Build, k: object) -> None:
    with pytest.raises(InputError, match=r"k: expected a whole number of at least 1, got "):
        build(np.arange(3, dtype=np.int64), GOOD).search(GOOD, k)


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (np.array([2, 1]), r"allowed: ids must be strictly ascending"),
        (np.array([1, 1]), r"allowed: ids must be strictly ascending"),
        (np.array([1, 2], dtype=np.int32), r"allowed: expected int64 \[m\] or None, got int32"),
        (np.array([True, False, True]), r"allowed: expected int64 \[m\] or None, got bool"),
        (np.array([[1, 2]]), r"allowed: expected int64 \[m\] or None, got int64 \[1, 2\]"),
    ],
)
def test_a_bad_filter_is_refused(build: Build, allowed: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(np.arange(3, dtype=np.int64), GOOD).search(GOOD, 1, allowed)


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        (np.array([0, 1]), GOOD, r"ids: expected int64 \[3\], got int64 \[2\]"),
        (np.array([0, 1, 2], dtype=np.int32), GOOD, r"ids: expected int64 \[3\], got int32"),
        (np.array([0, 1, -1]), GOOD, r"ids: ids start at 0, got -1"),
        (np.array([4, 1, 4]), GOOD, r"ids: id 4 occurs more than once"),
        (np.arange(3), 2 * GOOD, r"vectors: row 0 has length 2"),
        (np.arange(3), np.full((3, 3), np.nan, dtype=np.float32), r"vectors: row 0 is not finite"),
    ],
)
def test_bad_vectors_and_ids_are_refused_at_the_build(
    build: Build, ids: np.ndarray, vectors: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        build(ids, vectors)


def test_vectors_come_back_as_they_were_given_in_the_order_asked(build: Build, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    ids = rng.permutation(1000)[:40].astype(np.int64)
    vectors = unit(rng, 40, 16)
    vectors[7] = vectors[3]  # shared by two ids
    index = build(ids, vectors)
    asked = np.array([30, 7, 3, 30, 0])
    np.testing.assert_array_equal(index.vectors_of(ids[asked]), vectors[asked])
    assert index.vectors_of(ids[:0]).shape == (0, 16)
    (tmp_path / "index").mkdir()
    index.write(tmp_path / "index")
    loaded = load_vector_index(index.kind, tmp_path / "index", index.facts)
    np.testing.assert_array_equal(loaded.vectors_of(ids[asked]), vectors[asked])
    with pytest.raises(InputError, match="2 of 3 are not in the index"):
        index.vectors_of(np.array([ids[0], 5000, 5001]))


def test_scores_of_some_ids_are_those_of_a_search(build: Build) -> None:
    vectors = unit(np.random.default_rng(5), 60, 8)
    ids = np.arange(60, dtype=np.int64) * 3
    index, wanted = build(ids, vectors), np.array([30, 3, 90, 3], dtype=np.int64)
    scores, found = index.search(vectors[:2], 60)
    for row, query in enumerate(scores_of(index, vectors[:2], wanted)):
        known = dict(zip(found[row].tolist(), scores[row].tolist(), strict=True))
        assert query.tolist() == [known[one] for one in wanted.tolist()]
    assert scores_of(index, vectors[:2], wanted[:0]).shape == (2, 0)
    with pytest.raises(InputError, match="1 of 2 are not in the index"):
        scores_of(index, vectors[:1], np.array([3, 4], dtype=np.int64))
