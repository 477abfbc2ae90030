"""Parts of pictures against the slow way: which picture is shown, in what order, and where it lights up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from radseek.index import ImageOwners, build_vector_index
from radseek.records.search import Query
from radseek.search.channels import ChannelHit, Probe, SearchScope
from radseek.search.pictures import RERANK_DEPTH, PictureParts, RegionMaps, nearest_pictures, rerank_pictures

DIM, N, STUDIES = 8, 260, 120


def unit(rng, *shape):
    vectors = rng.standard_normal((*shape, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


class Patches:
    """Patch vectors of all pictures but every seventh."""

    def __init__(self, rng):
        self.known = {image: unit(rng, 3, 2) for image in range(N) if image % 7}

    def patches_of(self, image_ids):
        found = np.array([int(image) in self.known for image in image_ids])
        none = np.zeros((3, 2, DIM), np.float32)
        return np.stack([self.known.get(int(image), none) for image in image_ids]), found


@pytest.fixture
def bench():
    rng = np.random.default_rng(3)
    ids = np.arange(N, dtype=np.int64)
    vectors = unit(rng, N)
    generation = SimpleNamespace(
        images=build_vector_index("exact", ids, vectors),
        image_owners=ImageOwners(ids, (ids % STUDIES).astype(np.int64)),
    )
    texts = unit(rng, 2)
    probes = [Probe(Query("a"), None, text[None], None, text[None]) for text in texts]
    return SimpleNamespace(generation=generation, vectors=vectors, patches=Patches(rng), texts=texts, probes=probes)


def as_is(cosines):
    return np.clip(cosines.astype(np.float64), 0, 1)


def test_the_best_are_ordered_by_picture_and_part_and_the_rest_keeps_its_place(bench):
    cosines = bench.vectors @ bench.texts[0]
    order = np.argsort(-cosines)[: RERANK_DEPTH + 20]
    hits = [ChannelHit(int(image), float(cosines[image]), image_id=int(image)) for image in order]
    found = rerank_pictures(hits, bench.probes[0], bench.patches)

    def total(hit):
        patches = bench.patches.known.get(hit.image_id)
        part = (
            hit.score if patches is None else max(float(vector @ bench.texts[0]) for vector in patches.reshape(-1, DIM))
        )
        return hit.score + part

    expected = sorted(hits[:RERANK_DEPTH], key=lambda hit: (-total(hit), hit.study_id))
    assert [hit.image_id for hit in found[:RERANK_DEPTH]] == [hit.image_id for hit in expected]
    assert found[RERANK_DEPTH:] == hits[RERANK_DEPTH:]
    assert [hit.image_id for hit in found] != [hit.image_id for hit in hits]
    assert all((hit.part_score is None) == (hit.image_id % 7 == 0) for hit in found[:RERANK_DEPTH])
    assert {hit.image_id: hit.score for hit in found} == {hit.image_id: hit.score for hit in hits}


def test_a_statement_without_pictures_and_an_empty_list_stay_as_they_are(bench):
    hits = [ChannelHit(1, 0.5, image_id=1)]
    assert rerank_pictures(hits, Probe(Query("no a"), None, None, None), bench.patches) == hits
    assert rerank_pictures([], bench.probes[0], bench.patches) == []


def test_the_shown_picture_is_the_nearest_of_its_study_with_the_greatest_map_of_all_statements(bench):
    parts = PictureParts(bench.patches, as_is)
    shown = nearest_pictures([5, 7, 119], bench.probes, bench.generation, SearchScope())
    assert set(shown) == {5, 7, 119}
    maps = RegionMaps.of(bench.probes, parts).of_pictures([picture.image_id for picture in shown.values()])
    for study, picture in shown.items():
        cosines = {image: max(bench.texts @ bench.vectors[image]) for image in range(study, N, STUDIES)}
        assert picture.image_id == max(cosines, key=cosines.get)
        assert picture.cosine == pytest.approx(cosines[picture.image_id], abs=1e-6)
        patches = bench.patches.known.get(picture.image_id)
        if patches is None:
            assert picture.image_id not in maps
        else:
            slow = [[max(0, *(float(text @ cell) for text in bench.texts)) for cell in row] for row in patches]
            np.testing.assert_allclose(maps[picture.image_id], slow, atol=1e-6)


def test_filters_on_pictures_hold_for_what_is_shown(bench):
    scope = SearchScope(allowed_images=np.array([5, 127], dtype=np.int64))
    shown = nearest_pictures([5, 7, 8], bench.probes, bench.generation, scope)
    assert {study: picture.image_id for study, picture in shown.items()} == {5: 5, 7: 127}
    nothing = SearchScope(allowed_images=np.zeros(0, dtype=np.int64))
    assert nearest_pictures([5], bench.probes, bench.generation, nothing) == {}


def test_what_is_only_denied_lights_nothing(bench):
    denied = Probe(Query("no a"), None, None, None)
    parts = PictureParts(bench.patches, as_is)
    assert nearest_pictures([5], [denied], bench.generation, SearchScope()) == {}
    assert RegionMaps.of([denied], parts) is None
    example = Probe(Query(""), None, bench.texts[:1], None)  # a picture asked, nothing affirmed in words
    assert set(nearest_pictures([5], [example], bench.generation, SearchScope())) == {5}
    assert RegionMaps.of([example], parts) is None
    assert RegionMaps.of(bench.probes, parts).of_pictures([]) == {}
