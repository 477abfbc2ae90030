"""One search: probes, narrowed scope, channels, fusion, one match a study."""

from __future__ import annotations

from dataclasses import dataclass, replace

from radseek.index import Generation
from radseek.records.search import Channel, Query
from radseek.search.channels import ChannelHit, Probe, SearchScope, TextEncoder, search_channel
from radseek.search.evidence import Evidence, gather_evidence
from radseek.search.fusion import fuse_reciprocal_ranks
from radseek.search.narrowing import narrow_scope, without_contradictions
from radseek.search.probes import build_probes

CHANNEL_DEPTH = 100
"""Studies taken from each channel before fusion, or `k` when that is more."""


@dataclass(frozen=True, slots=True)
class StudyMatch:
    """A found study with what each channel found in it."""

    study_id: int
    score: float
    """Fused score: sum of reciprocal ranks, higher is better."""
    channels: tuple[tuple[Channel, int, ChannelHit], ...]
    """(channel, rank in that channel from 1, hit), best rank first; of several statements each channel's best one."""
    evidence: tuple[Evidence, ...] = ()
    """What speaks for it, for each statement of the query; empty where it was not asked for."""


def find(
    query: Query,
    generation: Generation,
    encoder: TextEncoder,
    scope: SearchScope,
    k: int,
    *,
    with_evidence: bool = False,
) -> list[StudyMatch]:
    """The `k` best studies for `query`, best first; ties go to the better single rank, then the smaller study id.

    Args:
        query: The parsed query; empty text finds nothing, nor does a contradiction.
        generation: The index to search.
        encoder: Encodes the query's texts; used only when a vector channel or evidence is asked.
        scope: What may be searched.
        k: Number of studies wanted, at least 1.
        with_evidence: Whether matches bring what speaks for them, for their bands.
    """
    if not query.text.strip() or query.contradiction:
        return []
    probes = build_probes(query, generation, encoder, with_vectors=with_evidence)
    scope = without_contradictions(probes, query, narrow_scope(query, generation, scope))
    depth = max(k, CHANNEL_DEPTH)
    found = {
        (number, channel): search_channel(channel, probe, generation, scope, depth)
        for number, probe in enumerate(probes)
        for channel in query.channels
    }
    fused = fuse_reciprocal_ranks({key: [hit.study_id for hit in hits] for key, hits in found.items()})
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
    matches.sort(key=lambda match: (-match.score, match.channels[0][1], match.study_id))
    return _with_evidence(matches[:k], probes, generation) if with_evidence else matches[:k]


def _with_evidence(matches: list[StudyMatch], probes: list[Probe], generation: Generation) -> list[StudyMatch]:
    found = {
        match.study_id: [hit.sentence_id for _, _, hit in match.channels if hit.sentence_id is not None]
        for match in matches
    }
    gathered = [gather_evidence(probe, generation, found) for probe in probes]
    return [replace(match, evidence=tuple(one[match.study_id] for one in gathered)) for match in matches]
