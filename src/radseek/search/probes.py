"""From a parsed query to what the channels are asked: texts encoded at once, sentences judged once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Query
from radseek.search.agreement import judge_sentences
from radseek.search.channels import Probe, TextEncoder
from radseek.search.examples import ExampleVectors, blend_examples
from radseek.text import Lexicon, finding_phrases
from radseek.text.written_out import write_out

DENIED_WEIGHT = 0.5
"""How much a picture's likeness to what is denied counts against it."""


@dataclass(frozen=True, slots=True, eq=False)
class StatementVectors:
    """What vector channels are asked for one statement: fields of `Probe`, which see."""

    vector: NDArray[np.float32] | None = None
    image_vector: NDArray[np.float32] | None = None
    affirmed: NDArray[np.float32] | None = None


def judge_statements(query: Query, generation: Generation) -> list[Probe]:
    """A probe for each statement of `query`, or for the query itself, without vectors.

    Sentences are judged where a report channel is asked.
    """
    asks_reports = Channel.SENTENCE in query.channels or Channel.LEXICAL in query.channels
    return [
        Probe(one, None, None, judge_sentences(one, generation) if asks_reports and one.text.strip() else None)
        for one in _statements(query)
    ]


def encode_statements(
    query: Query, lexicon: Lexicon, encoder: TextEncoder, examples: ExampleVectors | None = None
) -> list[StatementVectors]:
    """The vectors for each statement of `query`, or for the query itself; for examples alone what pictures are asked.

    Args:
        query: The parsed query.
        lexicon: Knows what abbreviations stand for.
        encoder: Encodes all texts in one call.
        examples: What pictures should and should not resemble besides.
    """
    if examples is not None and not query.text.strip():
        return [StatementVectors(image_vector=blend_examples(None, examples))]
    statements = _statements(query)
    wholes = [write_out(statement.text, statement.stated, lexicon) for statement in statements]
    affirmed = [
        [whole if text == statement.text else text for text in affirmed_texts(statement)]
        for whole, statement in zip(wholes, statements, strict=True)
    ]
    denied = [denied_texts(statement) for statement in statements]
    texts = dict.fromkeys(text for n, whole in enumerate(wholes) for text in (whole, *affirmed[n], *denied[n]))
    vectors = dict(zip(texts, encoder.encode_texts(list(texts)), strict=True))
    asks_pictures = Channel.IMAGE in query.channels
    return [
        StatementVectors(
            vector=vectors[whole][None],
            image_vector=_blended([vectors[t] for t in affirmed[n]], [vectors[t] for t in denied[n]], examples)
            if asks_pictures
            else None,
            affirmed=np.stack([vectors[text] for text in affirmed[n]]) if affirmed[n] and asks_pictures else None,
        )
        for n, whole in enumerate(wholes)
    ]


def add_vectors(probes: Sequence[Probe], vectors: Sequence[StatementVectors]) -> list[Probe]:
    """`probes` of `judge_statements` with what `encode_statements` made of the same query."""
    return [
        replace(probe, vector=own.vector, image_vector=own.image_vector, affirmed=own.affirmed)
        for probe, own in zip(probes, vectors, strict=True)
    ]


def _statements(query: Query) -> list[Query]:
    return [part for part in query.parts or (query,) if part.text.strip()] or [query]


def affirmed_texts(query: Query) -> list[str]:
    """What pictures should resemble: the text itself, or what it affirms where it also denies; nothing of a denial.

    A similarity to 'no effusion' ranks effusions first: negation is answered from reports only.
    """
    affirmed = [m for m in query.stated if m.assertion is not Assertion.ABSENT]
    if len(affirmed) == len(query.stated):
        return [] if query.assertion is Assertion.ABSENT else [query.text]
    return finding_phrases(query.text, affirmed)


def denied_texts(query: Query) -> list[str]:
    """What pictures should not resemble."""
    denied = finding_phrases(query.text, [m for m in query.stated if m.assertion is Assertion.ABSENT])
    return list(dict.fromkeys([*denied, *(exclusion.text.rstrip("*") for exclusion in query.excluded)]))


def _blended(
    affirmed: Sequence[NDArray[np.float32]], denied: Sequence[NDArray[np.float32]], examples: ExampleVectors | None
) -> NDArray[np.float32] | None:
    words = _image_vector(affirmed, denied)
    return words if examples is None else blend_examples(words, examples)


def _image_vector(
    affirmed: Sequence[NDArray[np.float32]], denied: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32] | None:
    """The direction of what is affirmed, less a share of what is denied, `[1, dim]`; None where nothing is affirmed."""
    if not affirmed:
        return None
    vector = np.mean(affirmed, axis=0)
    if denied:
        vector = vector - DENIED_WEIGHT * np.mean(denied, axis=0)
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32)[None] if length else None
