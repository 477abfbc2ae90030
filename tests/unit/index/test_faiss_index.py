"""When the FAISS index scans exactly, when it asks its codes, and what it does with damaged ones."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from radseek.errors import ArtifactError, ConfigError, InputError
from radseek.index import ExactIndex, FaissIndex, FaissSettings, build_vector_index, load_vector_index, vector_index
from radseek.index.faiss_codes import GpuVectors, RaBitQCodes, gpu_available
from radseek.index.trial import choose_k_factor

faiss = pytest.importorskip("faiss", reason="FAISS is not installed: pip install radseek[cpu]")


def clustered(rng, n, dim):
    centres = rng.standard_normal((max(1, n // 50), dim))
    rows = centres[rng.integers(0, len(centres), n)] + 0.7 * rng.standard_normal((n, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    return clustered(np.random.default_rng(0), 4000, 64)


class CountingCodes:
    """Codes that remember what they were asked."""

    def __init__(self, codes):
        self.codes, self.asked = codes, []

    def propose(self, queries, count, rows):
        self.asked.append((len(queries), count, None if rows is None else len(rows)))
        return self.codes.propose(queries, count, rows)


def test_codes_are_asked_only_where_they_pay(vectors):
    settings = FaissSettings(flat_limit=0, exact_rows=500, exact_share=0.2, k_factors=(10,), needed_recall=0.0)
    index = FaissIndex.build(np.arange(4000), vectors, settings=settings)
    index._codes = codes = CountingCodes(index._codes)
    query = vectors[:2]
    index.search(query, 5)
    assert codes.asked == [(2, 50, None)]
    index.search(query, 5, np.arange(0, 4000, 4))  # 1,000 rows: above 500 and above 0.2 * 4,000
    assert codes.asked[1:] == [(2, 50, 1000)]
    index.search(query, 5, np.arange(800))  # 0.2 of all
    index.search(query, 5, np.arange(10))
    index.search(query, 26)  # 260 candidates cost as much as 16 * 260 rows, which are more than all
    index.search(vectors[:64], 5)
    assert len(codes.asked) == 2


def test_a_gpu_takes_what_it_can_and_the_codes_the_rest(vectors):
    settings = FaissSettings(flat_limit=0, exact_rows=0, exact_share=0.0, k_factors=(10,), needed_recall=0.0)
    index = FaissIndex.build(np.arange(4000), vectors, settings=settings)
    index._codes = codes = CountingCodes(index._codes)
    index._gpu = gpu = CountingCodes(codes.codes)
    gpu.takes = GpuVectors.takes
    index.search(vectors[:70], 5)
    index.search(vectors[:2], 5, np.arange(3000))
    assert gpu.asked == [(70, 50, None)]
    assert codes.asked == [(2, 50, 3000)]


def test_trial_queries_like_those_that_will_be_asked_need_more_candidates(vectors):
    """Text vectors lie apart from picture vectors; a trial with the pictures' own would promise too much."""
    rng = np.random.default_rng(2)
    apart = rng.standard_normal(64)
    queries = 0.3 * vectors[rng.integers(0, 4000, 64)] + 0.9 * apart / np.linalg.norm(apart)
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)
    codes = RaBitQCodes.build(vectors)
    own = choose_k_factor(vectors, codes, None, (5,), 0.0).recall
    assert choose_k_factor(vectors, codes, queries, (5,), 0.0).recall < own - 0.1


def test_small_and_repetitive_indexes_stay_exact(vectors):
    assert "k_factor" not in FaissIndex.build(np.arange(4000), vectors).facts
    repeated = np.repeat(vectors[:100], 20, axis=0)
    settings = FaissSettings(flat_limit=100)
    assert "k_factor" not in FaissIndex.build(np.arange(2000), repeated, settings=settings).facts
    assert "k_factor" in FaissIndex.build(np.arange(101), vectors[:101], settings=settings).facts


def test_the_trial_takes_the_smallest_factor_that_suffices(vectors):
    codes = RaBitQCodes.build(vectors)
    assert choose_k_factor(vectors, codes, None, (1, 200), 0.99).k_factor == 200
    assert choose_k_factor(vectors, codes, None, (1, 400), 0.0).k_factor == 1
    poor = choose_k_factor(vectors, codes, None, (1,), 0.99)
    assert poor.k_factor is None
    assert 0.1 < poor.recall < 0.9


def test_the_trial_measures_recall_as_the_slow_way_does(vectors):
    queries = vectors[:64] * np.float32(1.0)
    codes = RaBitQCodes.build(vectors)
    measured = choose_k_factor(vectors, codes, queries, (2,), 0.0).recall
    wanted = np.argsort(-(queries.astype(float) @ vectors.T.astype(float)), axis=1)[:, :10]
    proposed = codes.propose(queries, 20, None)
    assert measured == pytest.approx(np.mean([np.isin(w, p).mean() for w, p in zip(wanted, proposed, strict=True)]))


def test_vectors_that_codes_cannot_tell_apart_are_scanned_exactly():
    # One bit a dimension sees only on which side of the mean a value lies; these differ in size, never in side.
    rng = np.random.default_rng(1)
    rows = np.ones((3000, 32)) + rng.choice([0.0, 1e-3], (3000, 1)) + rng.uniform(0, 0.02, (3000, 32))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    settings = FaissSettings(flat_limit=0, exact_rows=0, exact_share=0.0, k_factors=(1,))
    index = FaissIndex.build(np.arange(3000), rows, settings=settings)
    assert set(index.facts) == {"trial_recall"}
    assert index.facts["trial_recall"] < 0.99
    reference = ExactIndex.build(np.arange(3000), rows)
    assert np.array_equal(index.search(rows[:5], 10)[1], reference.search(rows[:5], 10)[1])


def test_trial_queries_are_checked(vectors):
    with pytest.raises(InputError, match=r"trial_queries: expected vectors of 64 values, got 32"):
        FaissIndex.build(np.arange(4000), vectors, trial_queries=clustered(np.random.default_rng(0), 5, 32))


def test_kinds(vectors, monkeypatch, tmp_path):
    ids = np.arange(4000)
    assert build_vector_index("auto", ids, vectors).kind == "faiss"
    assert build_vector_index("exact", ids, vectors).kind == "exact"
    with pytest.raises(ConfigError, match=r"index kind 'hnsw' is unknown; known: auto, exact, faiss"):
        build_vector_index("hnsw", ids, vectors)
    with pytest.raises(ArtifactError, match=r"index kind 'hnsw' is unknown here"):
        load_vector_index("hnsw", tmp_path, {})
    monkeypatch.setattr(vector_index, "faiss_installed", lambda: False)
    assert build_vector_index("auto", ids, vectors).kind == "exact"
    with pytest.raises(ConfigError, match=r"needs FAISS: install radseek\[cpu\] or radseek\[gpu\]"):
        build_vector_index("faiss", ids, vectors)
    with pytest.raises(ArtifactError, match=r"built with FAISS: install radseek\[cpu\]"):
        load_vector_index("faiss", tmp_path, {"k_factor": 10})


class Marker:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.fixture
def written(vectors, tmp_path):
    settings = FaissSettings(flat_limit=0, k_factors=(10,), needed_recall=0.0)
    index = FaissIndex.build(np.arange(4000), vectors, settings=settings)
    folder = tmp_path / "index"
    folder.mkdir()
    assert index.write(folder) == ["ids.npy", "rabitq.faiss", "rows.npy", "vectors.npy"]
    return folder, index.facts


@pytest.mark.parametrize("name", ["ids.npy", "rows.npy", "vectors.npy", "rabitq.faiss"])
def test_a_pickle_is_refused_and_never_run(written, name, tmp_path):
    folder, facts = written
    for planted in (
        pickle.dumps(Marker(tmp_path / "ran")),
        b"\x93NUMPY\x01\x00\x76\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
        + b"\n"
        + pickle.dumps([Marker(tmp_path / "ran")]),
    ):
        (folder / name).write_bytes(planted)
        with pytest.raises(ArtifactError, match=r"run `radseek index`"):
            load_vector_index("faiss", folder, facts)
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(Marker(tmp_path / "ran")))  # the marker works
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["ids.npy", "rows.npy", "vectors.npy", "rabitq.faiss"])
def test_missing_and_cut_files_are_refused(written, name):
    folder, facts = written
    content = (folder / name).read_bytes()
    for kept in (len(content) - 1, 100, 0):
        (folder / name).write_bytes(content[:kept])
        with pytest.raises(ArtifactError, match=r"run `radseek index`"):
            load_vector_index("faiss", folder, facts)
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=r"run `radseek index`"):
        load_vector_index("faiss", folder, facts)


def test_files_that_do_not_belong_together_are_refused(written, vectors):
    folder, facts = written
    RaBitQCodes.build(vectors[:100]).write(folder / "rabitq.faiss")
    with pytest.raises(ArtifactError, match=r"rabitq.faiss does not belong to the vectors beside it"):
        load_vector_index("faiss", folder, facts)
    faiss.write_index(faiss.IndexFlatIP(64), str(folder / "rabitq.faiss"))
    with pytest.raises(ArtifactError, match=r"rabitq.faiss does not belong"):
        load_vector_index("faiss", folder, facts)
    np.save(folder / "rows.npy", np.full(4000, 4000))
    with pytest.raises(ArtifactError, match=r"do not belong together"):
        load_vector_index("faiss", folder, facts)
    np.save(folder / "rows.npy", np.arange(4000, dtype=np.int32))
    with pytest.raises(ArtifactError, match=r"rows.npy of the index has another type or shape"):
        load_vector_index("faiss", folder, facts)


def test_a_damaged_header_is_refused_or_harmless_and_the_limit_is_put_back(written):
    """Generations are verified by SHA-256 first; this is the second line."""
    folder, facts = written
    path = folder / "rabitq.faiss"
    content, before = path.read_bytes(), faiss.get_deserialization_vector_byte_limit()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        damaged[int(rng.integers(0, 120))] = int(rng.integers(0, 256))
        path.write_bytes(damaged)
        try:
            load_vector_index("faiss", folder, facts)
        except ArtifactError:
            refused += 1
    assert refused > 30
    assert faiss.get_deserialization_vector_byte_limit() == before


def test_an_exact_index_whose_files_differ_in_length_is_refused(vectors, tmp_path):
    ExactIndex.build(np.arange(4000), vectors).write(tmp_path)
    np.save(tmp_path / "ids.npy", np.arange(3999))
    with pytest.raises(ArtifactError, match=r"ids.npy has 3999 rows and vectors.npy 4000"):
        load_vector_index("exact", tmp_path, {})


def test_a_gpu_search_takes_no_filter_and_no_large_count():
    assert GpuVectors.takes(2048, None)
    assert not GpuVectors.takes(2049, None)
    assert not GpuVectors.takes(10, np.arange(5))


@pytest.mark.skipif(not gpu_available(), reason="the installed FAISS sees no GPU")
def test_a_gpu_proposes_what_the_exact_scan_finds(vectors):
    proposed = GpuVectors(vectors).propose(vectors[:20], 100, None)
    wanted = np.argsort(-(vectors[:20] @ vectors.T), axis=1)[:, :10]
    assert np.mean([np.isin(w, p).mean() for w, p in zip(wanted, proposed, strict=True)]) >= 0.99


def test_a_single_query_uses_one_thread_and_leaves_the_setting_alone(vectors, monkeypatch):
    codes = RaBitQCodes.build(vectors)
    before, seen = faiss.omp_get_max_threads(), []
    real = codes._index.search
    monkeypatch.setattr(
        codes._index, "search", lambda *a, **k: (seen.append(faiss.omp_get_max_threads()), real(*a, **k))[1]
    )
    faiss.omp_set_num_threads(3)
    try:
        codes.propose(vectors[:1], 5, None)
        codes.propose(vectors[:9], 5, None)
        assert (seen, faiss.omp_get_max_threads()) == ([1, 3], 3)
    finally:
        faiss.omp_set_num_threads(before)
