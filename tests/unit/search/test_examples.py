"""Examples as vectors: the blend, regions pooled by area, and the yardstick for pictures from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from radseek.index import build_vector_index
from radseek.records.search_options import Region
from radseek.search.examples import UNLIKE_WEIGHT, ExampleVectors, blend_examples, pool_region
from radseek.search.familiarity import (
    FEWEST,
    Familiarity,
    Patients,
    Resemblance,
    measure_familiarity,
    nearest_of_others,
)

NONE = np.empty((0, 8), np.float32)


def unit(rng, *shape):
    vectors = rng.standard_normal(shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("n_like", "n_unlike"), [(1, 0), (2, 1), (1, 3), (0, 2)])
def test_a_blend_is_what_its_formula_says(rng, share, n_like, n_unlike):
    words, likes, unlikes = unit(rng, 1, 8), unit(rng, n_like, 8), unit(rng, n_unlike, 8)
    blended = blend_examples(words, ExampleVectors(likes, unlikes, share))
    direction = sum(likes, np.zeros(8)) / max(1, n_like) - UNLIKE_WEIGHT * sum(unlikes, np.zeros(8)) / max(1, n_unlike)
    if n_like:
        direction /= np.linalg.norm(direction)
    elif share == 0:
        assert blended is None
        return
    expected = share * words[0] + (1 - share) * direction
    np.testing.assert_allclose(blended[0], expected / np.linalg.norm(expected), atol=1e-6)
    assert blended.dtype == np.float32
    assert blended.shape == (1, 8)


def test_the_ends_of_a_blend_are_the_words_and_the_picture(rng):
    words, picture = unit(rng, 1, 8), unit(rng, 1, 8)
    np.testing.assert_allclose(blend_examples(words, ExampleVectors(picture, NONE, 1.0)), words, atol=1e-6)
    np.testing.assert_allclose(blend_examples(words, ExampleVectors(picture, NONE, 0.0)), picture, atol=1e-6)
    np.testing.assert_allclose(blend_examples(None, ExampleVectors(picture, NONE, 0.9)), picture, atol=1e-6)


def test_nothing_to_resemble_is_no_vector(rng):
    assert blend_examples(None, ExampleVectors(NONE, unit(rng, 2, 8))) is None
    assert blend_examples(None, ExampleVectors(NONE, NONE)) is None
    one = unit(rng, 1, 8)
    assert blend_examples(None, ExampleVectors(np.concatenate([one, -one]), NONE)) is None  # they cancel out


@pytest.mark.parametrize("shape", [(60, 60), (60, 40), (30, 60), (20, 61)])
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0.1, 0.2, 0.5, 0.45), (0.9, 0.9, 1, 1)])
def test_a_region_pools_patches_by_the_area_it_covers(rng, shape, box):
    patches, region = unit(rng, 6, 6, 8), Region(*box)
    n = 600  # the slow way: every point of a fine raster over the square votes for its patch
    longest = max(shape)
    points = (np.arange(n) + 0.5) / n * longest
    rows, cols = ((points - (longest - side) / 2) / side for side in shape)
    inside = np.outer((rows >= box[1]) & (rows <= box[3]), (cols >= box[0]) & (cols <= box[2]))
    votes = inside.reshape(6, 100, 6, 100).sum(axis=(1, 3))
    slow = np.tensordot(votes, patches, 2)
    np.testing.assert_allclose(pool_region(patches, region, shape), slow / np.linalg.norm(slow), atol=0.02)


def test_the_nearest_of_another_patient_is_found_past_ones_own(rng):
    vectors = unit(rng, 300, 8)
    ids = np.arange(10, 310, dtype=np.int64)
    patients = np.where(np.arange(300) < 200, 1, np.arange(300))  # most pictures are of one patient
    found = nearest_of_others(vectors, patients, build_vector_index("exact", ids, vectors), Patients(ids, patients))
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    slow = np.where(patients[:, None] == patients[None], -np.inf, cosines).max(axis=1)
    np.testing.assert_allclose(found, slow, atol=1e-6)


@pytest.mark.parametrize("n", [1, FEWEST - 1])
def test_few_pictures_or_one_patient_allow_no_verdict(rng, n):
    ids, vectors = np.arange(n, dtype=np.int64), unit(rng, n, 8)
    index = build_vector_index("exact", ids, vectors)
    assert measure_familiarity(ids, vectors, index, Patients(ids, ids)) is None
    many = np.arange(60, dtype=np.int64)
    same = unit(rng, 60, 8)
    index = build_vector_index("exact", many, same)
    assert measure_familiarity(many, same, index, Patients(many, np.zeros(60, np.int64))) is None


def test_foreign_lies_below_unusual(rng):
    ids = np.arange(200, dtype=np.int64)
    vectors = unit(rng, 200, 8) * 0.4 + np.eye(8, dtype=np.float32)[0]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    known = measure_familiarity(ids, vectors, build_vector_index("exact", ids, vectors), Patients(ids, ids))
    assert known.foreign_below < known.unusual_below < 1
    nearest = np.sort(vectors @ vectors.T, axis=1)[:, -2]
    assert np.mean(nearest < known.unusual_below) == pytest.approx(0.01, abs=0.006)
    limits = Familiarity(0.9, 0.6)
    assert [limits.judge(c) for c in (0.95, 0.9, 0.7, 0.6, 0.3)] == [
        Resemblance.ALIKE, Resemblance.ALIKE, Resemblance.UNUSUAL, Resemblance.UNUSUAL, Resemblance.FOREIGN,
    ]  # fmt: skip
