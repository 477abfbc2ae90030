"""One search of an archive: query, filters, index and catalogue brought together."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.filter_queries import allowed_image_ids, allowed_study_ids, count_studies
from radseek.archive.key_lookup import is_number, studies_of_key
from radseek.archive.shared_words import shared_words
from radseek.errors import InputError
from radseek.records.search import Answer, Channel, Query, Where
from radseek.records.search_options import SearchOptions
from radseek.search import SearchScope, find
from radseek.service.answers import build_hits, exact_hits, explain_answer
from radseek.service.example_queries import NO_EXAMPLES, ask_examples, parse_request
from radseek.service.examples import ExampleReader
from radseek.service.filters import join_where
from radseek.text.spelling import KnownWords, suggest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.index import Generation
    from radseek.service.facet_cache import FacetCache
    from radseek.service.retriever import Retriever

MAX_HITS = 1_000
"""Most studies of one answer: beyond it a cohort export is the right tool."""
NO_STUDIES = np.array([], dtype=np.int64)
"""What contradicting filters allow."""


class SpellingOffers:
    """Offers known words for the misspelt ones of a query; the archive's own words are read when first needed.

    Args:
        folder: The archive.
    """

    def __init__(self, folder: ArchiveFolder) -> None:
        self._folder = folder
        self._known: dict[str, KnownWords] = {}

    def offer(self, text: str, generation: Generation) -> str:
        """`text` with the nearest known words, empty when it has no misspelt ones."""
        findings = tuple(generation.statements.lexicon.findings.values())
        shipped = self._words("", lambda: KnownWords({}, findings))
        if suggest(text, shipped) is None:
            return ""  # only words that the lexicon and everyday English know: the archive's are not needed
        suggestion = suggest(text, self._words(generation.name, lambda: KnownWords(self._counts(), findings)))
        return suggestion.text if suggestion is not None else ""

    def _words(self, name: str, build: Callable[[], KnownWords]) -> KnownWords:
        if name not in self._known:
            self._known = {kept: words for kept, words in self._known.items() if not kept} | {name: build()}
        return self._known[name]

    def _counts(self) -> dict[str, int]:
        with self._folder.catalogue.reading() as connection:
            return shared_words(connection)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a person asks."""

    text: str
    k: int
    where: Where
    channels: tuple[Channel, ...]
    options: SearchOptions = SearchOptions()


@dataclass(frozen=True, slots=True)
class Searched:
    """What an open archive keeps between searches."""

    folder: ArchiveFolder
    retriever: Retriever
    facets: FacetCache
    spelling: SpellingOffers
    examples: ExampleReader

    @classmethod
    def of(cls, folder: ArchiveFolder, retriever: Retriever, facets: FacetCache) -> Searched:
        """What a just opened archive keeps; close `examples` when done."""
        return cls(folder, retriever, facets, SpellingOffers(folder), ExampleReader(folder, retriever))


def answer_request(archive: Searched, request: SearchRequest) -> Answer:
    """The answer to `request`.

    Raises:
        InputError: When the query, an example or `k` cannot be used.
        ArtifactError: When nothing is indexed yet, or the index is damaged.
        MismatchError: When the index was made by another encoder or lexicon.
    """
    began_s = time.perf_counter()
    if not 1 <= request.k <= MAX_HITS:
        raise InputError(f"k: expected 1 to {MAX_HITS}, got {request.k}")
    generation, indexed = archive.retriever.generation()
    lexicon = generation.statements.lexicon
    query = parse_request(request.text, lexicon, request.options)
    joined = join_where(query.where, request.where)
    query = dataclasses.replace(query, where=joined or query.where, channels=request.channels)
    with archive.folder.catalogue.reading() as connection:
        named = studies_of_key(connection, query.text)
        allowed = _allowed_studies(connection, joined)
        searched = indexed if allowed is None else np.intersect1d(allowed, indexed, assume_unique=True)
        asked = NO_EXAMPLES
        if named or is_number(query.text):
            hits, note = exact_hits(connection, named[: request.k]), _note_of_number(query, bool(named))
        else:
            asked = ask_examples(archive.examples, connection, query, request.options, generation)
            scope = asked.narrow(
                SearchScope(allowed, None if joined is None else allowed_image_ids(connection, joined))
            )
            encoder = archive.retriever.encoder()
            matches = find(query, generation, encoder, scope, request.k, asked.vectors) if searched.size else []
            hits = build_hits(connection, matches, query, lexicon, asked.likeness)
            note = asked.explain(query, matches, explain_answer(query, matches, int(searched.size)))
        facets = archive.facets.counts(connection, generation.name, joined or Where())
        n_known = count_studies(connection, Where())
    return Answer(
        query=query,
        hits=() if asked.nothing_alike else hits,
        nearest=hits if asked.nothing_alike else (),
        n_searched=int(searched.size),
        n_not_searched=max(0, n_known - int(indexed.size)),
        seconds=time.perf_counter() - began_s,
        generation=generation.name,
        facets=facets,
        no_good_match=asked.nothing_alike or not hits,
        is_exact=bool(named) or is_number(query.text),
        note=note,
        suggestion="" if named else archive.spelling.offer(query.text, generation),
    )


def _allowed_studies(connection: Connection, joined: Where | None) -> NDArray[np.int64] | None:
    return NO_STUDIES if joined is None else allowed_study_ids(connection, joined)


def _note_of_number(query: Query, is_known: bool) -> str:
    if not is_known:
        return "The query is a number, and no study here has it as its accession number, UID or key."
    filtered = " Filters do not apply to it." if query.where != Where() else ""
    return f"The query is an accession number, a UID or a key: this is what it names.{filtered}"
