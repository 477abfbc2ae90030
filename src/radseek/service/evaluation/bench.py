"""The product's own search over one gallery of the tested part: its pictures and the sentences of its texts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.index import (
    ASSERTION_CODES,
    Generation,
    GenerationParts,
    ImageParts,
    SentenceParts,
    load_generation,
    write_generation,
)
from radseek.records.search import Channel
from radseek.search import SearchScope, find
from radseek.service.evaluation.statements import texts_of
from radseek.service.evaluation.subject import Floats, Gallery, Subject, TextVectors
from radseek.text import normalise, parse_query, parse_report

MAX_SENTENCES = 20_000
"""Larger galleries are measured by the archive's own index only: encoding their sentences again takes too long."""

Found = tuple[NDArray[np.float32], NDArray[np.int64]]


class SearchBench:
    """A gallery as a search index, and its sentences by number.

    Raises:
        InputError: When the gallery has no sentence, or more than `MAX_SENTENCES`.
    """

    def __init__(self, subject: Subject, gallery: Gallery) -> None:
        pictures = gallery.embedded.pictures
        reports = [parse_report("\n".join(texts_of(pictures[row] for row in rows))) for rows in gallery.rows]
        told = [(study, sentence) for study, report in enumerate(reports) for sentence in report.sentences]
        if not 0 < len(told) <= MAX_SENTENCES:
            raise InputError(
                f"{gallery.source} has {len(told):,} sentences; 1 to {MAX_SENTENCES:,} can be searched here"
            )
        self.gallery = gallery
        self._texts = subject.texts
        self._folded = [normalise(sentence.text) for _, sentence in told]
        self._studies = np.array([study for study, _ in told], dtype=np.int64)
        codes = np.array([ASSERTION_CODES[sentence.assertion] for _, sentence in told], dtype=np.uint8)
        texts = [sentence.text for _, sentence in told]
        ids = np.arange(len(told), dtype=np.int64)
        sentences = SentenceParts(ids, self._studies, self._studies, codes, subject.texts(texts), texts)
        self.generation = _index(subject, gallery, sentences)

    def search(self, text: str, channels: Sequence[Channel]) -> Floats:
        """Score of each study for a query as a person types it, NaN where it is not found: float32 `[n_studies]`.

        Of one vector channel it is the cosine, 2 more for every finding of the query that the sentence states as asked,
        so that scores keep the order of the hits and those of two queries can be compared. Of several it is the fused.
        """
        query = replace(parse_query(text), channels=tuple(channels))
        everything = SearchScope(np.arange(len(self.gallery.studies), dtype=np.int64))
        matches = find(query, self.generation, _Known(self._texts), everything, len(self.gallery.studies))
        scores = np.full(len(self.gallery.studies), np.nan, np.float32)
        for match in matches:
            hit = match.channels[0][2]
            scores[match.study_id] = hit.score + 2 * hit.n_agreed if len(channels) == 1 else match.score
        return scores

    def sentence_scores(self, text: str, keep_own: bool = True) -> Floats:
        """By sentence vectors alone, whatever they assert: a study's best sentence, NaN without any left."""
        vector = self._texts([text])
        return self._best(
            lambda k, allowed: _first(self.generation.sentences.search(vector, k, allowed)), text, keep_own
        )

    def lexical_scores(self, text: str, keep_own: bool = True) -> Floats:
        """By words alone (BM25): a study's best sentence, NaN without any word in common."""
        return self._best(lambda k, allowed: self.generation.lexical.search(text, k, allowed), text, keep_own)

    def others(self, text: str) -> NDArray[np.int64]:
        """Ids of the sentences that are no part of `text`, nor hold it: the query's own text taken out everywhere."""
        folded = normalise(text)
        own = [bool(sentence) and (sentence in folded or folded in sentence) for sentence in self._folded]
        return np.flatnonzero(~np.array(own))

    def _best(self, search: Callable[[int, NDArray[np.int64]], Found], text: str, keep_own: bool) -> Floats:
        allowed = np.arange(len(self._folded), dtype=np.int64) if keep_own else self.others(text)
        best = np.full(len(self.gallery.studies), np.nan, np.float32)
        if allowed.size:
            scores, ids = search(int(allowed.size), allowed)
            for score, sentence in zip(scores[ids >= 0], ids[ids >= 0], strict=True):
                study = self._studies[sentence]
                best[study] = score if np.isnan(best[study]) else max(best[study], score)
        return best


class _Known:
    """The encoder of texts that are known already."""

    def __init__(self, texts: TextVectors) -> None:
        self._texts = texts

    def encode_texts(self, texts: list[str], /) -> Floats:
        return self._texts(texts)


def _index(subject: Subject, gallery: Gallery, sentences: SentenceParts) -> Generation:
    n = len(gallery.embedded.pictures)
    owner = np.empty(n, dtype=np.int64)
    for study, rows in enumerate(gallery.rows):
        owner[list(rows)] = study
    images = ImageParts(np.arange(n, dtype=np.int64), owner, gallery.embedded.vectors)
    spec = subject.encoder.spec
    identity = {
        "encoder_id": spec.id,
        "revision": spec.revision,
        "dim": spec.dim,
        "preprocessing": spec.preprocessing.digest,
        "runtime": spec.numerics,
        "catalogue_digest": "",
    }
    with tempfile.TemporaryDirectory(prefix="radseek-evaluate-") as folder:
        write_generation(Path(folder), GenerationParts(images, sentences), identity, "exact")
        return load_generation(Path(folder))


def _first(found: Found) -> Found:
    return found[0][0], found[1][0]
