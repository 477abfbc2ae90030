"""What may become a generation, and the digest of its content."""

from dataclasses import replace

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.index import GenerationParts, ImageParts, SentenceParts, content_digest
from radseek.index.parts import order_parts
from radseek.records.findings import Region

DIM = 8


def unit(rng, n):
    rows = rng.standard_normal((n, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    images = ImageParts(np.arange(10, 15), np.array([0, 0, 1, 2, 2]), unit(rng, 5))
    sentences = SentenceParts(
        ids=np.arange(4),
        study_ids=np.array([0, 0, -1, 2]),
        report_ids=np.array([0, 0, 1, 2]),
        assertions=np.array([0, 1, 2, 3], dtype=np.uint8),
        vectors=unit(rng, 4),
        texts=["Left effusion.", "No pneumothorax.", "Possible nodule.", "Prior fracture."],
    )
    return GenerationParts(images, sentences)


def shuffled(parts, seed):
    rng = np.random.default_rng(seed)
    i, s = rng.permutation(len(parts.images.ids)), rng.permutation(len(parts.sentences.ids))
    images, sentences = parts.images, parts.sentences
    return GenerationParts(
        ImageParts(images.ids[i], images.study_ids[i], images.vectors[i]),
        SentenceParts(
            sentences.ids[s],
            sentences.study_ids[s],
            sentences.report_ids[s],
            sentences.assertions[s],
            sentences.vectors[s],
            tuple(sentences.texts[place] for place in s),
        ),
    )


def test_the_order_of_arrival_does_not_change_the_digest(parts):
    digest = content_digest(order_parts(parts, DIM))
    for seed in range(5):
        assert content_digest(order_parts(shuffled(parts, seed), DIM)) == digest


def test_places_of_reports_follow_their_sentences_and_change_the_digest(parts):
    places = [Region.CHEST, Region.CHEST, Region.LIMBS, None]
    placed = replace(parts.sentences, places=places, states=np.array([True, False, True, True]))
    turned = replace(
        placed, ids=placed.ids[::-1].copy(), places=places[::-1], states=placed.states[::-1], texts=placed.texts[::-1]
    )
    ordered = order_parts(GenerationParts(parts.images, turned), DIM).sentences
    ids, texts, told = ordered.stating()
    assert (ids.tolist(), texts, told) == (
        [0, 2, 3],
        [placed.texts[i] for i in (0, 2, 3)],
        [places[i] for i in (0, 2, 3)],
    )
    one, other = (
        content_digest(order_parts(GenerationParts(parts.images, replace(placed, places=those)), DIM))
        for those in (places, [None] * 4)
    )
    assert one != other
    with pytest.raises(InputError, match="sentences.places: expected 4 rows, got 1"):
        order_parts(GenerationParts(parts.images, replace(placed, places=[None])), DIM)


def test_any_change_of_content_changes_the_digest(parts):
    digests = {content_digest(order_parts(parts, DIM))}
    images, sentences = parts.images, parts.sentences
    changed = [
        replace(parts, images=replace(images, ids=images.ids + 1)),
        replace(parts, images=replace(images, study_ids=images.study_ids + 1)),
        replace(parts, images=replace(images, vectors=-images.vectors)),
        replace(parts, images=ImageParts(images.ids[:4], images.study_ids[:4], images.vectors[:4])),
        replace(parts, sentences=replace(sentences, ids=sentences.ids + 1)),
        replace(parts, sentences=replace(sentences, study_ids=sentences.study_ids + 1)),
        replace(parts, sentences=replace(sentences, report_ids=sentences.report_ids + 1)),
        replace(parts, sentences=replace(sentences, assertions=sentences.assertions[::-1].copy())),
        replace(parts, sentences=replace(sentences, vectors=sentences.vectors[::-1].copy())),
        replace(parts, sentences=replace(sentences, texts=[*sentences.texts[:3], "Prior fractur"])),
        replace(parts, sentences=replace(sentences, texts=["", "".join(sentences.texts[:2]), *sentences.texts[2:]])),
    ]
    digests |= {content_digest(order_parts(each, DIM)) for each in changed}
    assert len(digests) == 1 + len(changed)


@pytest.mark.parametrize(
    ("table", "field", "value", "message"),
    [
        ("images", "ids", np.array([1, 1, 2, 3, 4]), r"images.ids: id 1 occurs more than once"),
        ("images", "ids", np.arange(5.0), r"images.ids: expected int64 \[5\], got float64"),
        ("images", "study_ids", np.arange(4), r"images.study_ids: expected int64 \[5\], got int64 \[4\]"),
        ("images", "study_ids", np.full(5, -1), r"images.study_ids: expected values from 0 up, got -1"),
        ("images", "vectors", np.eye(5, 9, dtype=np.float32), r"images.vectors: expected vectors of 8 values, got 9"),
        ("images", "vectors", np.eye(4, 8, dtype=np.float32), r"images.vectors: expected 5 rows, got 4"),
        ("images", "vectors", np.zeros((5, 8), dtype=np.float32), r"images.vectors: row 0 has length 0"),
        ("sentences", "study_ids", np.full(4, -2), r"sentences.study_ids: expected values from -1 up, got -2"),
        ("sentences", "report_ids", np.full(4, -1), r"sentences.report_ids: expected values from 0 up, got -1"),
        ("sentences", "assertions", np.full(4, 9, dtype=np.uint8), r"sentences.assertions: expected uint8 \[4\]"),
        ("sentences", "assertions", np.zeros(4, dtype=int), r"sentences.assertions: expected uint8 \[4\]"),
        ("sentences", "vectors", np.full((4, 8), np.nan, dtype=np.float32), r"sentences.vectors: row 0 is not finite"),
        ("sentences", "texts", ["a"], r"sentences.texts: expected 4 rows, got 1"),
    ],
)
def test_wrong_parts_are_refused_by_name(parts, table, field, value, message):
    wrong = replace(parts, **{table: replace(getattr(parts, table), **{field: value})})
    with pytest.raises(InputError, match=message):
        order_parts(wrong, DIM)


def test_ordered_parts_are_not_copied_and_unordered_ones_come_out_in_id_order(parts):
    assert order_parts(parts, DIM).images.vectors is parts.images.vectors
    ordered = order_parts(shuffled(parts, 3), DIM)
    assert ordered.images.ids.tolist() == parts.images.ids.tolist()
    assert np.array_equal(ordered.images.vectors, parts.images.vectors)
    assert list(ordered.sentences.texts) == list(parts.sentences.texts)
    assert ordered.sentences.assertions.tolist() == [0, 1, 2, 3]
