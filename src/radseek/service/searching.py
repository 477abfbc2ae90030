"""One search of an archive: query, filters, index and catalogue brought together."""

from __future__ import annotations

import dataclasses
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.embeddings import encoder_folder_name
from radseek.archive.filter_queries import count_studies
from radseek.archive.key_lookup import is_number, studies_of_key
from radseek.archive.patches import PatchReader
from radseek.archive.shared_words import words_of_generation
from radseek.archive.study_queries import study_id_by_key, study_keys_of
from radseek.errors import InputError
from radseek.records.search import Answer, Channel, DeferredHits, Query, Where
from radseek.records.search_options import SearchOptions
from radseek.search import PictureParts, SearchScope
from radseek.search.find import Finder, How
from radseek.search.folding import fill_page
from radseek.search.unread import without_report_of
from radseek.service.answers import HitBuilder, exact_hits, explain_answer
from radseek.service.banding import MOST_NEAREST, Floored, RelevanceReader, bands_of, split_at_floor, with_notes
from radseek.service.example_queries import AskedExamples, ask_examples, parse_request
from radseek.service.examples import ExampleReader
from radseek.service.filters import join_where
from radseek.service.pages import NO_PAGE, PageMaker, check_weights
from radseek.service.reasons import Reasons
from radseek.service.same_studies import KeptForComparison, PictureDetails
from radseek.service.study_marks import StudyMarks
from radseek.service.timelines import first_of_patients, own_studies, with_timelines
from radseek.text import stated_findings
from radseek.text.languages import is_foreign
from radseek.text.spelling import KnownWords, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from radseek.archive.catalogue import Catalogue
    from radseek.archive.folder import ArchiveFolder
    from radseek.encoders.spec import EncoderSpec
    from radseek.index import Generation
    from radseek.records.search import Hit
    from radseek.records.search_options import FusionWeights
    from radseek.search import StudyMatch
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
        self._lock = threading.Lock()
        self._known: dict[str, KnownWords] = {}

    def offer(self, text: str, generation: Generation) -> str:
        """`text` with the nearest known words, empty when it has no misspelt ones."""
        findings = tuple(generation.statements.lexicon.findings.values())
        shipped = self._words("", lambda: KnownWords({}, findings))
        if suggest(text, shipped) is None:
            return ""  # only words that the lexicon and everyday English know: the archive's are not needed
        suggestion = suggest(text, self._own_words(generation))
        return suggestion.text if suggestion is not None else ""

    def prepare(self, generation: Generation) -> None:
        """Read the archive's own words now."""
        self._own_words(generation)

    def _own_words(self, generation: Generation) -> KnownWords:
        findings = tuple(generation.statements.lexicon.findings.values())
        return self._words(
            generation.name, lambda: KnownWords(words_of_generation(self._folder, generation.name), findings)
        )

    def _words(self, name: str, build: Callable[[], KnownWords]) -> KnownWords:
        with self._lock:  # who comes while they are read waits: to read them twice would take longer
            if name not in self._known:
                self._known = {kept: words for kept, words in self._known.items() if not kept} | {name: build()}
            return self._known[name]


class PictureInsight:
    """Lets searches look into an archive's pictures; where their parts are is read when first needed.

    Args:
        folder: The archive.
    """

    def __init__(self, folder: ArchiveFolder) -> None:
        self._folder = folder
        self._readers: dict[str, PatchReader] = {}

    def parts(self, spec: EncoderSpec, rerank: bool) -> PictureParts:
        """The parts of pictures as an encoder sees them."""
        name = encoder_folder_name(spec)
        if name not in self._readers:
            self._readers[name] = PatchReader(self._folder.catalogue, self._folder.embeddings_folder, spec)
        return PictureParts(self._readers[name], spec.evidence_maps, rerank)


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
    compared: KeptForComparison
    insight: PictureInsight
    relevance: RelevanceReader
    examples: ExampleReader

    @classmethod
    def of(cls, folder: ArchiveFolder, retriever: Retriever, facets: FacetCache) -> Searched:
        """With nothing kept yet; close `examples` when done."""
        return cls(
            folder=folder,
            retriever=retriever,
            facets=facets,
            spelling=SpellingOffers(folder),
            compared=KeptForComparison(PictureDetails(folder), StudyMarks()),
            insight=PictureInsight(folder),
            relevance=RelevanceReader(folder.path),
            examples=ExampleReader(folder, retriever),
        )

    def prepare(self) -> None:
        """Load what first searches would wait for: index, encoder, the reports' words, columns of filters.

        Raises:
            ArtifactError: When nothing is indexed yet, or the index is damaged.
            MismatchError: When the index was made by another encoder or lexicon.
        """
        self.spelling.prepare(self.retriever.generation()[0])
        for text in ("pleural effusion", "no pleural effusion modality:CT"):
            answer_request(self, SearchRequest(text, 24, Where(), tuple(Channel)))

    def prepare_pictures(self) -> None:
        """Load what a first search with a picture would wait for besides: mostly MONAI, whose import takes seconds.

        Raises:
            ArtifactError: When the encoder is missing or damaged.
        """
        self.retriever.encoder().encode_images([np.zeros((32, 32), dtype=np.float32)])


def answer_request(archive: Searched, request: SearchRequest) -> Answer:
    """The answer to `request`.

    Raises:
        InputError: When the query, an example, `k` or another option cannot be used.
        ArtifactError: When nothing is indexed yet, or the index is damaged.
        MismatchError: When the index was made by another encoder or lexicon.
    """
    began_s = time.perf_counter()
    if not 1 <= request.k <= MAX_HITS:
        raise InputError(f"k: expected 1 to {MAX_HITS}, got {request.k}")
    generation, indexed = archive.retriever.generation()
    lexicon, options = generation.statements.lexicon, request.options
    _weights(archive, request)
    query = parse_request(request.text, lexicon, options)
    joined = join_where(query.where, request.where)
    query = dataclasses.replace(query, where=joined or query.where, channels=request.channels)
    with archive.folder.catalogue.reading() as connection:
        unread = study_id_by_key(connection, options.unread_study) if options.unread_study else None
        read = generation if unread is None else without_report_of(generation, unread)
        named = studies_of_key(connection, query.text)
        allowed = NO_STUDIES if joined is None else archive.facets.allowed(connection, generation.name, joined)
        searched = indexed if allowed is None else np.intersect1d(allowed, indexed, assume_unique=True)
        if named or is_number(query.text):
            note = _note_of_number(query, bool(named))
            floored = Floored(_named_hits(connection, named, request), (), (note,))
        else:
            pictures = None if joined is None else archive.facets.pictures(connection, generation.name, joined)
            examples = ask_examples(archive.examples, connection, query, options, generation)
            scope = examples.narrow(
                SearchScope(allowed, pictures, own_studies(connection, options.other_patients_than))
            )
            asked = _Asked(query, read, scope, int(searched.size), unread, examples)
            floored = _ranked(archive, connection, asked, request)
        facets = archive.facets.counts(connection, generation.name, joined or Where(), allowed)
        n_known = count_studies(connection, Where())
    return Answer(
        query=query,
        hits=floored.hits,
        nearest=floored.nearest,
        n_searched=int(searched.size),
        n_not_searched=max(0, n_known - int(indexed.size)),
        seconds=time.perf_counter() - began_s,
        generation=generation.name,
        facets=facets,
        no_good_match=not floored.hits,
        is_exact=bool(named) or is_number(query.text),
        note=floored.note,
        suggestion="" if named else _suggestion(archive, query, generation, bool(floored.hits)),
        n_folded=floored.n_folded,
    )


def _suggestion(archive: Searched, query: Query, generation: Generation, is_answered: bool) -> str:
    """The right spelling to offer; where nothing was found only what names a finding, whatever words lie near."""
    if is_foreign(query.text):
        return ""
    offered = archive.spelling.offer(query.text, generation)
    return offered if is_answered or stated_findings(offered, generation.statements.lexicon, as_query=True) else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be ranked."""

    query: Query
    generation: Generation
    scope: SearchScope
    n_searched: int
    unread: int | None
    """Id of the study whose own report is not read."""
    examples: AskedExamples


def _ranked(archive: Searched, connection: Connection, asked: _Asked, request: SearchRequest) -> Floored:
    """The hits of a page and what lies below the floor."""
    query, options, encoder = asked.query, request.options, archive.retriever.encoder()
    parts = archive.insight.parts(encoder.spec, options.rerank)
    how = How(_weights(archive, request), parts, asked.examples.vectors, with_evidence=True)
    pages = PageMaker(connection, asked.generation, archive.compared, options, asked.unread)
    page, matches, maps = NO_PAGE, [], None
    if asked.n_searched:
        finder = Finder(query, asked.generation, encoder, asked.scope, how)
        page = fill_page(finder.best, request.k, pages.sharing())
        matches, maps = finder.explained(page.matches), finder.region_maps()
    keys = study_keys_of(connection, [match.study_id for match in matches])
    matches = [match for match in matches if match.study_id in keys]  # others were removed since the index was built
    relevance, learned_note = archive.relevance.read(encoder.spec)
    bands = bands_of(matches, query, relevance, with_pictures=asked.examples.vectors is None)
    reasons = Reasons(query, asked.generation.statements.lexicon, asked.examples.likeness)
    builder = HitBuilder(reasons, bands, maps, page, options.by_patient)
    note = asked.examples.explain(query, matches, explain_answer(query, matches, asked.n_searched))
    if asked.examples.nothing_alike:
        return Floored((), builder.build(connection, matches[:MOST_NEAREST]), (note,))
    kept, below = split_at_floor(matches, bands, options.floor)
    hits: Sequence[Hit]
    if options.deferred:
        hits = _deferred(archive.folder.catalogue, builder, kept, keys)
    else:
        hits = builder.build(connection, kept)
    n_folded = sum(len(page.folded.get(match.study_id, ())) for match in kept)
    floored = Floored(hits, builder.build(connection, below), n_folded=n_folded)
    return with_notes(floored, query, note, learned_note)


def _deferred(
    catalogue: Catalogue, builder: HitBuilder, matches: Sequence[StudyMatch], study_keys: Mapping[int, str]
) -> DeferredHits:
    """The hits of `matches`, each built when it is first looked at; `study_keys` has the key of each study id."""
    keys = [study_keys[match.study_id] for match in matches]
    matches = [dataclasses.replace(match, evidence=()) for match in matches]  # weighed already, and the most to keep

    def build(first: int, after: int) -> tuple[Hit, ...]:
        with catalogue.reading() as connection:
            hits = builder.build(connection, matches[first:after], first + 1)
        return tuple(dataclasses.replace(hit, study_key=key) for hit, key in zip(hits, keys[first:after], strict=True))

    return DeferredHits(keys, [builder.bands.get(match.study_id) for match in matches], build)


def _weights(archive: Searched, request: SearchRequest) -> FusionWeights:
    weights = request.options.weights or archive.folder.config.search.weights
    check_weights(request.channels, weights)
    return weights


def _named_hits(connection: Connection, named: Sequence[int], request: SearchRequest) -> tuple[Hit, ...]:
    """The studies of a number; by patient the first of each, with the patient's studies in time."""
    if not request.options.by_patient:
        return exact_hits(connection, named[: request.k])
    firsts = first_of_patients(connection, named)[: request.k]
    return with_timelines(connection, exact_hits(connection, firsts), firsts, set(named))


def _note_of_number(query: Query, is_known: bool) -> str:
    if not is_known:
        return "The query is a number, and no study here has it as its accession number, UID or key."
    filtered = " Filters do not apply to it." if query.where != Where() else ""
    return f"The query is an accession number, a UID or a key: this is what it names.{filtered}"
