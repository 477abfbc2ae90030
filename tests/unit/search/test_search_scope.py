"""Filters and polarity hold inside each channel, against the slow way over a small generation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from radseek.index import ASSERTION_CODES, ImageOwners, SentenceOwners, build_vector_index
from radseek.index.statements import read_statements
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Query
from radseek.search.agreement import COMPATIBLE
from radseek.search.channels import Probe, SearchScope, allowed_sentences, search_channel
from radseek.search.probes import affirmed_texts, denied_texts
from radseek.text import parse_query


def unit(rng, n):
    vectors = rng.standard_normal((n, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def generation():
    rng = np.random.default_rng(11)
    image_ids = np.arange(10, 70, dtype=np.int64)
    sentence_ids = np.arange(100, 180, dtype=np.int64)
    codes = np.array([ASSERTION_CODES[list(Assertion)[i % 4]] for i in range(80)], dtype=np.uint8)
    owners = SentenceOwners(
        sentence_ids, rng.integers(-1, 12, 80).astype(np.int64), np.arange(80, dtype=np.int64), codes
    )
    return SimpleNamespace(
        images=build_vector_index("exact", image_ids, unit(rng, 60)),
        image_owners=ImageOwners(image_ids, rng.integers(0, 12, 60).astype(np.int64)),
        sentences=build_vector_index("exact", sentence_ids, unit(rng, 80)),
        sentence_owners=owners,
        statements=read_statements(sentence_ids, ["Nothing is stated here."] * 80),
        query=unit(rng, 1),
    )


def test_pictures_are_limited_by_study_and_by_picture(generation):
    owners = generation.image_owners
    studies, pictures = np.array([1, 4, 7, 9]), np.arange(20, 50, dtype=np.int64)
    barred = np.array([2, 4, 11])
    for scope in (
        SearchScope(),
        SearchScope(studies),
        SearchScope(None, pictures),
        SearchScope(studies, pictures),
        SearchScope(barred_studies=barred),
        SearchScope(studies, pictures, barred),
    ):
        hits = search_channel(Channel.IMAGE, Probe(Query("x"), None, generation.query, None), generation, scope, 50)
        scores, ids = generation.images.search(generation.query, 60)
        best = {}
        for score, image in zip(scores[0], ids[0], strict=True):
            study = int(owners.study_ids[np.flatnonzero(owners.ids == image)[0]])
            passes = scope.allowed_studies is None or study in scope.allowed_studies
            passes &= scope.barred_studies is None or study not in scope.barred_studies
            if passes and (scope.allowed_images is None or image in scope.allowed_images):
                best.setdefault(study, (study, float(score), int(image)))
        assert [(hit.study_id, hit.score, hit.image_id) for hit in hits] == list(best.values())


@pytest.mark.parametrize("assertion", Assertion)
def test_sentences_that_contradict_and_reports_without_study_are_out(generation, assertion):
    owners = generation.sentence_owners
    query = Query("what nobody knows", assertion=assertion)
    scope = SearchScope(np.array([0, 3, 4, 5]), barred_studies=np.array([4, 9]))
    [(n_agreed, allowed)] = allowed_sentences(Probe(query, None, None, None), generation, scope, 10)
    names = list(Assertion)
    expected = [
        int(owners.ids[i])
        for i in range(80)
        if names[i % 4] in COMPATIBLE[assertion] and int(owners.study_ids[i]) in {0, 3, 5}
    ]
    assert (n_agreed, allowed.tolist()) == (0, expected)


def test_a_denial_is_never_asked_of_pixels(generation):
    assert affirmed_texts(parse_query("no effusion")) == []
    probe = Probe(parse_query("no effusion"), generation.query, None, None)
    assert search_channel(Channel.IMAGE, probe, generation, SearchScope(), 5) == []


@pytest.mark.parametrize(
    ("text", "affirmed", "denied"),
    [
        ("small left effusion", ["small left effusion"], []),
        ("small left effusion without pneumothorax", ["left effusion"], ["pneumothorax"]),
        ("effusion -pneumothorax", ["effusion"], ["pneumothorax"]),
        ("No edema or effusion", [], ["edema", "effusion"]),
        ("what nobody knows", ["what nobody knows"], []),
    ],
)
def test_pictures_are_compared_with_what_is_affirmed_less_what_is_denied(text, affirmed, denied):
    assert (affirmed_texts(parse_query(text)), denied_texts(parse_query(text))) == (affirmed, denied)


def test_present_and_absent_never_answer_each_other():
    assert Assertion.ABSENT not in COMPATIBLE[Assertion.PRESENT]
    assert Assertion.PRESENT not in COMPATIBLE[Assertion.ABSENT]
    assert set(COMPATIBLE) == set(Assertion)
