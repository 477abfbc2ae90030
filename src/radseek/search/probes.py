"""From a parsed query to what the channels are asked: texts encoded at once, sentences judged once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Query
from radseek.search.agreement import judge_sentences
from radseek.search.channels import Probe, TextEncoder
from radseek.search.examples import ExampleVectors, blend_examples
from radseek.text import finding_phrases
from radseek.text.written_out import write_out

DENIED_WEIGHT = 0.5
"""How much a picture's likeness to what is denied counts against it."""


def build_probes(
    query: Query,
    generation: Generation,
    encoder: TextEncoder,
    examples: ExampleVectors | None = None,
    *,
    with_vectors: bool = False,
) -> list[Probe]:
    """A probe for each statement of `query`, or for the query itself; for examples alone one that asks pictures only.

    Args:
        query: The parsed query.
        generation: Its sentences are judged, where a report channel is asked.
        encoder: Encodes all texts in one call, where a vector channel is asked.
        examples: What pictures should and should not resemble besides.
        with_vectors: Whether texts are encoded whatever is asked.
    """
    if examples is not None and not query.text.strip():
        return [Probe(query, None, blend_examples(None, examples), None)]
    statements = [part for part in query.parts or (query,) if part.text.strip()]
    asks_vectors = with_vectors or Channel.SENTENCE in query.channels or Channel.IMAGE in query.channels
    asks_reports = Channel.SENTENCE in query.channels or Channel.LEXICAL in query.channels
    lexicon = generation.statements.lexicon
    wholes = [write_out(statement.text, statement.stated, lexicon) for statement in statements]
    affirmed = [
        [whole if text == statement.text else text for text in affirmed_texts(statement)]
        for whole, statement in zip(wholes, statements, strict=True)
    ]
    denied = [denied_texts(statement) for statement in statements]
    texts = [text for n, whole in enumerate(wholes) for text in (whole, *affirmed[n], *denied[n])]
    known = list(dict.fromkeys(texts)) if asks_vectors else []
    vectors = dict(zip(known, encoder.encode_texts(known), strict=True)) if known else {}
    return [
        Probe(
            query=statement,
            vector=vectors[wholes[n]][None] if known else None,
            image_vector=_blended([vectors[t] for t in affirmed[n]], [vectors[t] for t in denied[n]], examples)
            if Channel.IMAGE in query.channels
            else None,
            agreement=judge_sentences(statement, generation) if asks_reports else None,
            affirmed=np.stack([vectors[text] for text in affirmed[n]])
            if affirmed[n] and Channel.IMAGE in query.channels
            else None,
        )
        for n, statement in enumerate(statements)
    ]


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
