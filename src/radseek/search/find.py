"""One search: encode the query, ask each channel, fuse, group by study."""

from __future__ import annotations

from dataclasses import dataclass

from radseek.index import Generation
from radseek.records.search import Channel, Query
from radseek.search.channels import ChannelHit, SearchScope, TextEncoder, search_channel
from radseek.search.fusion import fuse_reciprocal_ranks

CHANNEL_DEPTH = 100
"""Studies taken from each channel before fusion, or `k` when that is more."""


@dataclass(frozen=True, slots=True)
class StudyMatch:
    """A found study with what each channel found in it."""

    study_id: int
    score: float
    """Fused score: sum of reciprocal ranks, higher is better."""
    channels: tuple[tuple[Channel, int, ChannelHit], ...]
    """(channel, rank in that channel from 1, hit), best rank first."""


def find(query: Query, generation: Generation, encoder: TextEncoder, scope: SearchScope, k: int) -> list[StudyMatch]:
    """The `k` best studies for `query`, best first; ties go to the better single rank, then the smaller study id.

    Args:
        query: The parsed query; empty text finds nothing.
        generation: The index to search.
        encoder: Encodes the query's text; used only when a vector channel is asked.
        scope: What may be searched.
        k: Number of studies wanted, at least 1.
    """
    if not query.text.strip():
        return []
    needs_vector = any(channel is not Channel.LEXICAL for channel in query.channels)
    vector = encoder.encode_texts([query.text]) if needs_vector else None
    depth = max(k, CHANNEL_DEPTH)
    found = {channel: search_channel(channel, query, vector, generation, scope, depth) for channel in query.channels}
    fused = fuse_reciprocal_ranks({channel.value: [hit.study_id for hit in hits] for channel, hits in found.items()})
    by_study: dict[int, list[tuple[Channel, int, ChannelHit]]] = {study: [] for study in fused}
    for channel, hits in found.items():
        for rank, hit in enumerate(hits, start=1):
            by_study[hit.study_id].append((channel, rank, hit))
    matches = [
        StudyMatch(study, score, tuple(sorted(by_study[study], key=lambda entry: entry[1])))
        for study, score in fused.items()
    ]
    matches.sort(key=lambda match: (-match.score, match.channels[0][1], match.study_id))
    return matches[:k]
