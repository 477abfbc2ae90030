"""One search: probes, narrowed scope, channels, fusion, one match a study."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from radseek.index import Generation
from radseek.records.search import Channel, Query
from radseek.records.search_options import FusionWeights
from radseek.search.agreement import count_stated
from radseek.search.channels import (
    ChannelHit,
    Probe,
    SearchScope,
    SentenceGroups,
    TextEncoder,
    allowed_sentences,
    search_channel,
    search_pictures,
)
from radseek.search.evidence import Evidence, gather_evidence
from radseek.search.examples import ExampleVectors
from radseek.search.fusion import fuse_reciprocal_ranks
from radseek.search.narrowing import narrow_scope, without_contradictions
from radseek.search.pictures import PictureParts, RegionMaps, ShownPicture, nearest_pictures, rerank_pictures
from radseek.search.probes import StatementVectors, add_vectors, encode_statements, judge_statements

CHANNEL_DEPTH = 100
"""Studies taken from each channel before fusion, or `k` when that is more."""
_VECTOR_CHANNELS = frozenset({Channel.IMAGE, Channel.SENTENCE})
_BESIDE = ThreadPoolExecutor(thread_name_prefix="radseek-encode")
"""Encodes a query while its sentences are judged and its words looked up; threads start when first needed."""


@dataclass(frozen=True, slots=True)
class StudyMatch:
    """A found study with what each channel found in it."""

    study_id: int
    score: float
    """Fused score: weighted sum of reciprocal ranks, higher is better."""
    channels: tuple[tuple[Channel, int, ChannelHit], ...]
    """(channel, rank in that channel from 1, hit), best rank first; of several statements each channel's best one."""
    shown: ShownPicture | None = None
    """The picture nearest to what is asked, whatever channel found the study; None where pixels were not asked."""
    evidence: tuple[Evidence, ...] = ()
    """What speaks for it, for each statement of the query; of explained matches only."""


@dataclass(frozen=True, slots=True)
class How:
    """How channels are asked.

    Args:
        weights: How much each channel counts; one of weight 0 is not asked at all.
        parts: Looks into pictures; without it they are compared as a whole only, and none is shown.
        examples: What pictures should and should not resemble; without text only they are searched.
        with_evidence: Whether matches will be explained with what speaks for them; texts are encoded for that.
    """

    weights: FusionWeights = FusionWeights()
    parts: PictureParts | None = None
    examples: ExampleVectors | None = None
    with_evidence: bool = False


AS_IT_IS = How()


class Finder:
    """One query, encoded and judged once, asked for as many studies as are needed.

    Args:
        query: The parsed query; empty text without examples finds nothing, nor does a contradiction.
        generation: The index to search.
        encoder: Encodes the query's texts; used only when a vector channel or evidence is asked.
        scope: What may be searched.
        how: How channels are asked.
    """

    def __init__(
        self, query: Query, generation: Generation, encoder: TextEncoder, scope: SearchScope, how: How = AS_IT_IS
    ) -> None:
        has_text = bool(query.text.strip())
        channels = tuple(c for c in query.channels if how.weights.of(c) and (has_text or c is Channel.IMAGE))
        self._query = replace(query, channels=channels)
        self._generation = generation
        self._how = how
        self._probes: list[Probe] = []
        self._n_denied = np.zeros(0, dtype=np.int64)
        self._scope = scope
        self._encoding: Future[list[StatementVectors]] | None = None
        if (has_text or how.examples is not None) and not query.contradiction:
            if how.with_evidence or not _VECTOR_CHANNELS.isdisjoint(channels):
                lexicon = generation.statements.lexicon
                self._encoding = _BESIDE.submit(encode_statements, self._query, lexicon, encoder, how.examples)
            self._probes = judge_statements(self._query, generation)
            narrowed = narrow_scope(self._query, generation, scope)
            self._scope = without_contradictions(self._probes, self._query, narrowed)
        if query.denied and any(probe.agreement is not None for probe in self._probes):
            self._n_denied = count_stated(query.denied, generation)

    def best(self, k: int) -> list[StudyMatch]:
        """The `k` best studies, best first.

        Studies whose reports state what is asked come first, those that state more of it before others. Of a pasted
        report, those that state less of what it denies come next; then those whose statements are closer to what is
        asked. Then the fused score decides, the better single rank, and the smaller study id.
        """
        depth = max(k, CHANNEL_DEPTH)
        groups = [SentenceGroups(allowed_sentences(one, self._generation, self._scope, depth)) for one in self._probes]
        words_first = sorted(self._query.channels, key=lambda channel: channel is not Channel.LEXICAL)
        by_channel = {channel: self._channel(channel, depth, groups) for channel in words_first}
        found = {
            (number, channel): by_channel[channel][number]
            for number in range(len(self._probes))
            for channel in self._query.channels
        }
        fused = fuse_reciprocal_ranks(
            {key: [hit.study_id for hit in hits] for key, hits in found.items()},
            weights={key: self._how.weights.of(key[1]) for key in found},
        )
        best: dict[int, dict[Channel, tuple[Channel, int, ChannelHit]]] = {study: {} for study in fused}
        for (_, channel), hits in found.items():
            for rank, hit in enumerate(hits, start=1):
                known = best[hit.study_id].get(channel)
                if known is None or rank < known[1]:
                    best[hit.study_id][channel] = (channel, rank, hit)
        matches = [
            StudyMatch(study, score, tuple(sorted(best[study].values(), key=lambda entry: entry[1])))
            for study, score in fused.items()
        ]
        stated = self._stated([match.study_id for match in matches])
        matches.sort(key=lambda match: (*stated[match.study_id], -match.score, match.channels[0][1], match.study_id))
        return matches[:k]

    def explained(self, matches: Sequence[StudyMatch]) -> list[StudyMatch]:
        """`matches` with what speaks for each, and its picture to show."""
        if not matches:
            return []
        found = {
            match.study_id: [hit.sentence_id for _, _, hit in match.channels if hit.sentence_id is not None]
            for match in matches
        }
        probes = self._encoded_probes()
        asked = probes if self._how.with_evidence else []
        gathered = [gather_evidence(probe, self._generation, found) for probe in asked]
        has_parts = self._how.parts is not None
        shown = nearest_pictures(list(found), probes, self._generation, self._scope) if has_parts else {}
        return [
            replace(match, shown=shown.get(match.study_id), evidence=tuple(one[match.study_id] for one in gathered))
            for match in matches
        ]

    def region_maps(self) -> RegionMaps | None:
        """Tells where pictures show what is asked; None where nothing is affirmed, or no picture is looked into."""
        parts = self._how.parts
        return RegionMaps.of(self._encoded_probes(), parts) if parts is not None else None

    def _stated(self, study_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """The place of studies by what their reports state, lower is better.

        How much of the only statement they state, or how many of several they state something of; how much of what a
        pasted report denies; and how close they are.
        """
        ids = np.array(study_ids, dtype=np.int64)
        places = np.zeros((3, ids.size), dtype=np.int64)  # amount stated, denied, closeness
        for probe in self._probes:
            if probe.agreement is not None:
                agreed = probe.agreement.agreed_of(ids)
                places[0] -= agreed if len(self._probes) == 1 else agreed > 0
                places[2] -= probe.agreement.closeness_of(ids)
        if self._n_denied.size:
            places[1] = np.where(ids < self._n_denied.size, self._n_denied[ids.clip(max=self._n_denied.size - 1)], 0)
        return dict(zip(study_ids, zip(*places.tolist(), strict=True), strict=True))

    def _encoded_probes(self) -> list[Probe]:
        """The probes with their vectors, once these are there."""
        if self._encoding is not None:
            self._probes, self._encoding = add_vectors(self._probes, self._encoding.result()), None
        return self._probes

    def _channel(self, channel: Channel, depth: int, groups: Sequence[SentenceGroups]) -> list[list[ChannelHit]]:
        """The best hits of one channel for each probe."""
        probes = self._probes if channel is Channel.LEXICAL else self._encoded_probes()
        if channel is not Channel.IMAGE:
            return [
                search_channel(channel, probe, self._generation, self._scope, depth, own)
                for probe, own in zip(probes, groups, strict=True)
            ]
        hits = search_pictures(probes, self._generation, self._scope, depth)
        parts = self._how.parts
        if parts is None or not parts.rerank or self._how.examples is not None:
            return hits  # whole pictures are compared with an example: its copy comes first
        return [rerank_pictures(own, probe, parts.source) for own, probe in zip(hits, probes, strict=True)]


def find(
    query: Query, generation: Generation, encoder: TextEncoder, scope: SearchScope, k: int, how: How = AS_IT_IS
) -> list[StudyMatch]:
    """The `k` best studies for `query`, best first; see `Finder`."""
    return Finder(query, generation, encoder, scope, how).best(k)
