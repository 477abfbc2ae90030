"""What a generation is made of, checked, ordered by id, and summed up in one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.index.contract import Ids, Vectors
from radseek.index.lexical_analyzer import clean_text
from radseek.index.owners import ASSERTION_CODES, NO_STUDY
from radseek.index.vector_checks import check_ids, check_vectors
from radseek.records.findings import Region

_HASH_ROWS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class ImageParts:
    """Picture vectors and whose they are, in any order."""

    ids: Ids
    """Image ids, int64 `[n]`, not negative, each once."""
    study_ids: Ids
    """int64 `[n]`, not negative."""
    vectors: Vectors
    """Unit vectors, float32 `[n, dim]`."""


@dataclass(frozen=True, slots=True, eq=False)
class SentenceParts:
    """Sentence vectors, texts and whose they are, in any order."""

    ids: Ids
    """Sentence ids, int64 `[n]`, not negative, each once."""
    study_ids: Ids
    """int64 `[n]`; -1 when the report is not linked to a study."""
    report_ids: Ids
    """int64 `[n]`, not negative."""
    assertions: NDArray[np.uint8]
    """uint8 `[n]`, values of `ASSERTION_CODES`."""
    vectors: Vectors
    """Unit vectors, float32 `[n, dim]`."""
    texts: Sequence[str]
    """`n` sentences."""
    states: NDArray[np.bool_] | None = None
    """bool `[n]`: whether it says what the study shows; what was only suspected beforehand does not. None: all."""

    places: Sequence[Region | None] | None = None
    """`n` parts of the body that the sentences' reports are about, by `radseek.text.report_place`. None: not known."""

    def stating(self) -> tuple[Ids, Sequence[str], Sequence[Region | None]]:
        """Ids, texts and places of the sentences that say what their study shows."""
        places = [None] * len(self.texts) if self.places is None else self.places
        if self.states is None:
            return self.ids, self.texts, places
        rows = np.flatnonzero(self.states).tolist()
        return self.ids[self.states], [self.texts[row] for row in rows], [places[row] for row in rows]


@dataclass(frozen=True, slots=True, eq=False)
class GenerationParts:
    """Everything that one generation holds."""

    images: ImageParts
    sentences: SentenceParts


def order_parts(parts: GenerationParts, dim: int) -> GenerationParts:
    """`parts` checked and in id order.

    Raises:
        InputError: When an array has another type, length or range than its class says; the message names it.
    """
    images, sentences = parts.images, parts.sentences
    n_images, n_sentences = len(images.ids), len(sentences.ids)
    check_ids(images.ids, "images.ids", n_images)
    check_ids(sentences.ids, "sentences.ids", n_sentences)
    _check_owner(images.study_ids, "images.study_ids", n_images, 0)
    _check_owner(sentences.study_ids, "sentences.study_ids", n_sentences, NO_STUDY)
    _check_owner(sentences.report_ids, "sentences.report_ids", n_sentences, 0)
    _check_count(check_vectors(images.vectors, "images.vectors", dim), "images.vectors", n_images)
    _check_count(check_vectors(sentences.vectors, "sentences.vectors", dim), "sentences.vectors", n_sentences)
    _check_count(sentences.texts, "sentences.texts", n_sentences)
    codes = sentences.assertions
    if (
        codes.dtype != np.uint8
        or codes.shape != (n_sentences,)
        or not np.isin(codes, [*ASSERTION_CODES.values()]).all()
    ):
        raise InputError(f"sentences.assertions: expected uint8 [{n_sentences}] with values of ASSERTION_CODES")
    if sentences.states is not None and (sentences.states.dtype != bool or sentences.states.shape != (n_sentences,)):
        raise InputError(f"sentences.states: expected bool [{n_sentences}]")
    if sentences.places is not None and len(sentences.places) != n_sentences:
        raise InputError(f"sentences.places: expected {n_sentences} rows, got {len(sentences.places)}")
    return GenerationParts(_order_images(images), _order_sentences(sentences))


def content_digest(parts: GenerationParts) -> str:
    """SHA-256 (hex) over ids, owners, vectors and texts of ordered `parts`: equal input gives an equal digest.

    The files of an index are no measure of that: tantivy names its segments at random.
    """
    images, sentences = parts.images, parts.sentences
    digest = hashlib.sha256(b"radseek generation 1")
    for name, array in (
        ("images.ids", images.ids),
        ("images.study_ids", images.study_ids),
        ("images.vectors", images.vectors),
        ("sentences.ids", sentences.ids),
        ("sentences.study_ids", sentences.study_ids),
        ("sentences.report_ids", sentences.report_ids),
        ("sentences.assertions", sentences.assertions),
        ("sentences.vectors", sentences.vectors),
    ):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        for start in range(0, len(array), _HASH_ROWS):
            digest.update(np.ascontiguousarray(array[start : start + _HASH_ROWS]).data)
    if sentences.states is not None:
        digest.update(np.ascontiguousarray(sentences.states).data)
    if sentences.places is not None:
        digest.update(" ".join(place or "-" for place in sentences.places).encode())
    for text in sentences.texts:
        digest.update(hashlib.sha256(clean_text(text).encode()).digest())
    return digest.hexdigest()


def _order_images(images: ImageParts) -> ImageParts:
    if _is_ordered(images.ids):
        return images
    order = np.argsort(images.ids)
    return ImageParts(images.ids[order], images.study_ids[order], images.vectors[order])


def _order_sentences(sentences: SentenceParts) -> SentenceParts:
    if _is_ordered(sentences.ids):
        return sentences
    order = np.argsort(sentences.ids)
    return replace(
        sentences,
        ids=sentences.ids[order],
        study_ids=sentences.study_ids[order],
        report_ids=sentences.report_ids[order],
        assertions=sentences.assertions[order],
        vectors=sentences.vectors[order],
        texts=[sentences.texts[place] for place in order.tolist()],
        states=None if sentences.states is None else sentences.states[order],
        places=None if sentences.places is None else [sentences.places[place] for place in order.tolist()],
    )


def _is_ordered(ids: Ids) -> bool:
    return bool(np.all(ids[1:] > ids[:-1]))


def _check_owner(ids: NDArray[Any], name: str, count: int, smallest: int) -> None:
    if ids.dtype != np.int64 or ids.shape != (count,):
        raise InputError(f"{name}: expected int64 [{count}], got {ids.dtype} {list(ids.shape)}")
    if count and int(ids.min()) < smallest:
        raise InputError(f"{name}: expected values from {smallest} up, got {int(ids.min())}")


def _check_count(values: Sequence[str] | Vectors, name: str, count: int) -> None:
    if len(values) != count:
        raise InputError(f"{name}: expected {count} rows, got {len(values)}")
