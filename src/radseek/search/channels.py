"""The ways in which a study can match: image vectors, report-sentence vectors, words of report sentences.

Filters and polarity are applied inside each channel: a channel searches only what is allowed, so that a strict filter
never empties a page that has good answers further down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation
from radseek.index.id_lookup import mark
from radseek.records.search import Channel, Query
from radseek.search.agreement import Agreement, judge_sentences

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]

PICTURES_A_STUDY, SENTENCES_A_STUDY = 4, 2
"""Items fetched at first for each wanted study: a study shows alike pictures, but says a thing once or twice."""
_DEEPER = 4


class TextEncoder(Protocol):
    """The part of an encoder that a text query needs."""

    def encode_texts(self, texts: list[str], /) -> NDArray[np.float32]:
        """Unit vectors, float32 `[n, dim]`."""


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What a search may look at.

    Args:
        allowed_studies: Study ids that the filters allow, ascending; None allows all.
        allowed_images: Image ids that the filters on pictures allow, ascending; None allows all of the studies'.
        barred_studies: Study ids that must not be found, ascending; None bars none.
    """

    allowed_studies: Ids | None = None
    allowed_images: Ids | None = None
    barred_studies: Ids | None = None


@dataclass(frozen=True, slots=True)
class ChannelHit:
    """A study that one channel found, by its best matching picture or sentence."""

    study_id: int
    score: float
    image_id: int | None = None
    sentence_id: int | None = None
    part_score: float | None = None
    """Of a picture: cosine of the part of it that fits what is asked best; None where its parts were not compared."""
    n_agreed: int = 0
    """How much of what is asked the study's reports state (`Agreement.n_agreed`): more comes first, whatever the
    score."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One statement to look for, with all that the channels need of it."""

    query: Query
    vector: NDArray[np.float32] | None
    """The statement's embedding, float32 `[1, dim]`; None where no vectors are searched."""
    image_vector: NDArray[np.float32] | None
    """What pictures are compared with, float32 `[1, dim]`; None where they are not asked: see `image_vector`."""
    agreement: Agreement | None
    """How report sentences answer; None where no reports are searched."""
    affirmed: NDArray[np.float32] | None = None
    """Embeddings of what the statement affirms, float32 `[m, dim]`: what pictures may show; None where nothing is."""


class SentenceGroups:
    """The groups of `allowed_sentences`, each made when first wanted and kept for the next channel.

    Args:
        groups: As `allowed_sentences` yields them.
    """

    def __init__(self, groups: Iterator[tuple[int, Ids]]) -> None:
        self._rest = groups
        self._made: list[tuple[int, Ids]] = []

    def __iter__(self) -> Iterator[tuple[int, Ids]]:
        yield from self._made
        for group in self._rest:
            self._made.append(group)
            yield group


def search_channel(
    channel: Channel,
    probe: Probe,
    generation: Generation,
    scope: SearchScope,
    k: int,
    groups: SentenceGroups | None = None,
) -> list[ChannelHit]:
    """The `k` best studies of one channel, best first.

    Args:
        channel: Which channel.
        probe: What to look for.
        generation: The index to search.
        scope: What may be searched.
        k: Number of studies wanted.
        groups: The sentences that may answer, of `allowed_sentences` with the same `probe`, `scope` and `k`, where they
            are known already.
    """
    if channel is Channel.IMAGE:
        return search_pictures([probe], generation, scope, k)[0]
    groups = groups or SentenceGroups(allowed_sentences(probe, generation, scope, k))
    if channel is Channel.LEXICAL:
        lexical, text = generation.lexical, probe.query.text
        return _sentence_hits(groups, generation, k, lambda *ask: lexical.search(text, *ask))
    vectors, vector = generation.sentences, probe.vector
    if vector is None:
        return []
    return _sentence_hits(groups, generation, k, lambda *ask: first_row(vectors.search(vector, *ask)))


def search_pictures(
    probes: Sequence[Probe], generation: Generation, scope: SearchScope, k: int
) -> list[list[ChannelHit]]:
    """For each probe the `k` best studies of the image channel, best first: all vectors are looked at once for all."""
    asked = [number for number, probe in enumerate(probes) if probe.image_vector is not None]
    if not asked:
        return [[] for _ in probes]
    allowed, owners, index = allowed_images(generation, scope), generation.image_owners, generation.images
    vectors = np.concatenate([vector for probe in probes if (vector := probe.image_vector) is not None])  # [n, dim]
    first = PICTURES_A_STUDY * k
    scores, ids = index.search(vectors, min(first, max(1, index.count)), allowed)
    hits: list[list[ChannelHit]] = [[] for _ in probes]
    for row, number in enumerate(asked):

        def search(depth: int, row: int = row) -> tuple[Scores, Ids]:
            if depth == scores.shape[1]:
                return scores[row], ids[row]
            return first_row(index.search(vectors[row : row + 1], depth, allowed))

        found = best_per_study(search, owners.ids, owners.study_ids, k, first)
        hits[number] = [ChannelHit(study, score, image_id=item) for study, score, item in found]
    return hits


def _sentence_hits(
    groups: SentenceGroups,
    generation: Generation,
    k: int,
    search: Callable[[int, Ids], tuple[Scores, Ids]],
) -> list[ChannelHit]:
    owners = generation.sentence_owners
    hits: dict[int, ChannelHit] = {}
    for n_agreed, allowed in groups:
        found = best_per_study(_within(search, allowed), owners.ids, owners.study_ids, k, SENTENCES_A_STUDY * k)
        for study, score, item in found:
            hits.setdefault(study, ChannelHit(study, score, sentence_id=item, n_agreed=n_agreed))
        if len(hits) >= k:
            break
    return list(hits.values())[:k]


def _within(search: Callable[[int, Ids], tuple[Scores, Ids]], allowed: Ids) -> Callable[[int], tuple[Scores, Ids]]:
    return lambda depth: search(depth, allowed)


def allowed_images(generation: Generation, scope: SearchScope) -> Ids | None:
    """Ids of the image vectors in scope, ascending; None when all are."""
    if scope.allowed_studies is None and scope.barred_studies is None:
        return scope.allowed_images
    owners = generation.image_owners
    keep = _in_scope(owners.study_ids, scope)
    if scope.allowed_images is not None:
        keep &= mark(owners.ids, scope.allowed_images)
    return owners.ids[np.flatnonzero(keep)]


def allowed_sentences(
    probe: Probe, generation: Generation, scope: SearchScope, depth: int
) -> Iterator[tuple[int, Ids]]:
    """Ids of the sentences in scope that may answer, by how much of what is asked their studies state, and how closely.

    Of studies that state equally much, at most three groups are made: the closest ones up to `depth`, those equally
    close with which there are more than that, and the others.

    Args:
        probe: What to look for.
        generation: The index.
        scope: What may be searched.
        depth: Number of studies wanted.

    Yields:
        (`Agreement.n_agreed`, ascending ids), most first, without empty groups; each group is made when it is wanted.
    """
    owners, agreement = generation.sentence_owners, probe.agreement or judge_sentences(probe.query, generation)
    keep = agreement.may_answer & (owners.study_ids >= 0) & _in_scope(owners.study_ids, scope)
    agreed = np.flatnonzero(agreement.n_agreed != 0)  # bools: of 500,000 numbers it takes 2.6 ms, of bools 0.2
    agreed = agreed[keep[agreed]]
    numbers = agreement.n_agreed[agreed]
    for number in np.unique(numbers)[::-1].tolist():
        equal = agreed[numbers == number]
        for group in _by_closeness(owners.study_ids[equal], agreement.closeness, depth):
            yield number, owners.ids[equal[group]]
    keep[agreed] = False
    rest = np.flatnonzero(keep)  # `ids[keep]` takes five times as long
    if rest.size:
        yield 0, owners.ids[rest]


def _by_closeness(study_ids: Ids, closeness: NDArray[np.int32], depth: int) -> Iterator[NDArray[np.bool_]]:
    """Which of the sentences of `study_ids` `[m]` belong to the closest studies, then to the next, then to the rest.

    Args:
        study_ids: The study of each sentence, none of which is -1.
        closeness: By study id.
        depth: Number of studies wanted.
    """
    is_there = np.zeros(closeness.shape, dtype=bool)
    is_there[study_ids] = True
    values = closeness[np.flatnonzero(is_there)]
    lowest = int(values.min())
    counts = np.bincount(values - lowest)[::-1]  # closest first
    n_first = int(np.searchsorted(np.cumsum(counts), depth, side="right"))
    ranks = lowest + counts.size - 1 - closeness[study_ids]  # 0 is the closest
    bounds = np.unique([0, n_first, n_first + 1, counts.size]).clip(max=counts.size)
    for first, after in pairwise(bounds.tolist()):
        group = (ranks >= first) & (ranks < after)
        if group.any():
            yield group


def best_per_study(
    search: Callable[[int], tuple[Scores, Ids]], item_ids: Ids, study_ids: Ids, k: int, depth: int
) -> list[tuple[int, float, int]]:
    """The `k` best studies as (study id, score, best item id), each study once by its best item.

    Items are fetched in growing depth until `k` studies are found or the index has no more: many pictures of one
    study must not crowd the others out.

    Args:
        search: depth -> (scores `[depth]`, item ids `[depth]`), best first, id -1 where there is none.
        item_ids: All item ids, ascending `[n]`.
        study_ids: The study of each item `[n]`.
        k: Number of studies wanted.
        depth: Number of items fetched at first.
    """
    while True:
        scores, ids = search(min(depth, max(1, item_ids.size)))
        valid = ids >= 0
        scores, ids = scores[valid], ids[valid]
        studies = study_ids[np.searchsorted(item_ids, ids)]
        _, first = np.unique(studies, return_index=True)
        if first.size >= k or ids.size < depth:
            break
        depth *= _DEEPER
    order = np.sort(first)[:k]
    return [(int(studies[i]), float(scores[i]), int(ids[i])) for i in order]


def first_row(found: tuple[Scores, Ids]) -> tuple[Scores, Ids]:
    """Scores and ids `[k]` of the only query of a `[1, k]` search."""
    scores, ids = found
    return scores[0], ids[0]


def _in_scope(study_ids: Ids, scope: SearchScope) -> NDArray[np.bool_]:
    """Which of `study_ids` the scope allows and does not bar; -1, that of no study, is in it unless some are named."""
    n = int(study_ids.max(initial=-1)) + 1
    keep = np.full(n + 1, scope.allowed_studies is None)  # by study id; the last place is that of -1
    if scope.allowed_studies is not None:
        keep[scope.allowed_studies[scope.allowed_studies < n]] = True
    if scope.barred_studies is not None:
        keep[scope.barred_studies[scope.barred_studies < n]] = False
    return keep[study_ids]
