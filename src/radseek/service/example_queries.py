"""Queries that bring pictures: what they ask, what is said of them, and what is left out of their hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from radseek.records.search import Channel, Chip, Query
from radseek.search import SearchScope
from radseek.search.familiarity import Resemblance
from radseek.search.probes import affirmed_texts
from radseek.service.examples import ExampleReader, ReadExample, example_vectors, kept_examples
from radseek.text import parse_query

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.index import Generation
    from radseek.records.search_options import Example, SearchOptions
    from radseek.search import StudyMatch
    from radseek.search.examples import ExampleVectors
    from radseek.text import Lexicon

_ALONE = "Answered by the picture alone: reports were not asked, and what looks alike need not have the same finding."
_AWAY_ONLY = "An example of what hits should not resemble ranks nothing by itself; add words or a picture they should."
_NO_WORDS_WEIGHT = "At text weight 1 the examples count for nothing."
_PIXELS_ONLY = "An example is compared with pictures only, and the image channel is not searched."
_FOREIGN = (
    "Nothing in this archive looks like the picture: it may show another part of the body, or be no scan at all. "
    "What lies nearest is no match."
)
_FOREIGN_LEFT_OUT = (
    "Nothing in this archive looks like one of the pictures: it may show another part of the body, or be no scan at "
    "all. It was left out."
)
_UNUSUAL = (
    "The picture is less like its nearest here than 99 of 100 pictures of this archive are: another device, another "
    "view, or another part of the body."
)


@dataclass(frozen=True, slots=True, eq=False)
class AskedExamples:
    """The examples of one query, as its search and its answer need them."""

    vectors: ExampleVectors | None
    """None where examples are not asked."""
    barred: tuple[int, ...]
    """Studies that are left out of the hits."""
    likeness: str
    """What a picture's rank is called: `nearest`, `most like the example`."""
    notes: tuple[str, ...]
    nothing_alike: bool
    """The query is a picture alone, and nothing here looks like it: there are no hits, only nearest studies."""

    def narrow(self, scope: SearchScope) -> SearchScope:
        """`scope` without the examples' own studies."""
        if not self.barred:
            return scope
        barred = np.array(self.barred, dtype=np.int64)
        known = scope.barred_studies
        return replace(scope, barred_studies=np.unique(barred if known is None else np.append(known, barred)))

    def explain(self, query: Query, matches: Sequence[StudyMatch], of_words: str) -> str:
        """A plain sentence or two about the answer; `of_words` is what is said of it without examples."""
        if query.text or not self.notes:
            return " ".join(note for note in (of_words, *self.notes) if note)
        return " ".join(self.notes) if matches or self.vectors is None else of_words


NO_EXAMPLES = AskedExamples(None, (), "nearest", (), False)


def parse_request(text: str, lexicon: Lexicon, options: SearchOptions) -> Query:
    """What `text` and the examples ask; the text may be empty beside an example.

    Raises:
        InputError: As `parse_query`.
    """
    chips = tuple(Chip(key, _label(example)) for key, example in kept_examples(options))
    query = parse_query(text, lexicon, options.dropped) if text.strip() or not chips else Query("")
    return replace(query, chips=(*query.chips, *chips))


def _label(example: Example) -> str:
    what = "a study" if example.study_key else "part of a picture" if example.region else "a picture"
    return f"{'unlike' if example.unlike else 'like'} {what}"


def ask_examples(
    reader: ExampleReader, connection: Connection, query: Query, options: SearchOptions, generation: Generation
) -> AskedExamples:
    """The examples of a query, read and encoded.

    Raises:
        InputError, DecodeError, ArtifactError, StorageError: As `ExampleReader.read`.
    """
    examples = [example for _, example in kept_examples(options)]
    if not examples:
        return NO_EXAMPLES
    read = reader.read(connection, examples, generation)
    if query.text and options.text_weight == 1:
        return replace(NO_EXAMPLES, notes=(_NO_WORDS_WEIGHT,))
    foreign = [one for one in read if one.resemblance is Resemblance.FOREIGN]
    familiar = [one for one in read if one.resemblance is not Resemblance.FOREIGN]
    can_answer = bool(query.text) or any(not one.unlike for one in familiar)
    used = familiar if can_answer else read
    if not can_answer and not foreign:
        return replace(NO_EXAMPLES, notes=(_AWAY_ONLY,))
    if Channel.IMAGE not in query.channels:
        return replace(NO_EXAMPLES, notes=(_PIXELS_ONLY,))
    return AskedExamples(
        vectors=example_vectors(used, options.text_weight, generation.images.dim) if used else None,
        barred=tuple(one.study_id for one in used if one.study_id is not None and (one.unlike or not query.text)),
        likeness=_likeness(query, used, options.text_weight),
        notes=tuple(_notes(query, used, bool(foreign), can_answer)),
        nothing_alike=not can_answer,
    )


def _likeness(query: Query, used: Sequence[ReadExample], text_weight: float) -> str:
    n_like = sum(not one.unlike for one in used)
    asks_words = bool(query.parts or affirmed_texts(query)) if query.text and text_weight > 0 else False
    if n_like and not asks_words:
        return "most like the examples" if n_like > 1 else "most like the example"
    if n_like:
        return "nearest to words and example together"
    return "nearest to the words and unlike the example" if used else "nearest"


def _notes(query: Query, used: Sequence[ReadExample], has_foreign: bool, can_answer: bool) -> list[str]:
    notes = []
    if has_foreign:
        notes.append(_FOREIGN_LEFT_OUT if can_answer else _FOREIGN)
    if any(one.resemblance is Resemblance.UNUSUAL for one in used):
        notes.append(_UNUSUAL)
    return notes if query.text or not can_answer else [*notes, _ALONE]
