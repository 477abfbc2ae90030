"""Parts of pictures: the best ones ordered anew by them, and where a picture shows what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radseek.index import Generation, scores_of
from radseek.search.channels import ChannelHit, Ids, Probe, SearchScope, allowed_images

RERANK_DEPTH = 100
"""Pictures whose parts are compared with what is asked."""


class PatchSource(Protocol):
    """Where patch vectors come from."""

    def patches_of(self, image_ids: Ids, /) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Unit vectors `[n, rows, cols, dim]`, zeros where there are none, and bool `[n]`: which there are."""


@dataclass(frozen=True, slots=True)
class PictureParts:
    """What a search needs to look into pictures."""

    source: PatchSource
    to_map: Callable[[NDArray[np.floating]], NDArray[np.float64]]
    """Cosines of patches with texts as map values in 0..1: `EncoderSpec.evidence_maps`."""
    rerank: bool = True
    """Whether the best pictures are ordered anew; maps are made anyhow."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownPicture:
    """The picture of a study to show, and where it shows what is asked."""

    image_id: int
    cosine: float
    """Of the picture's vector with what pictures were asked, the best over statements."""
    region: NDArray[np.float64] | None
    """`[rows, cols]` in 0..1, top row first; None where nothing is affirmed or the picture has no patch vectors."""


def rerank_pictures(hits: Sequence[ChannelHit], probe: Probe, source: PatchSource) -> list[ChannelHit]:
    """The first `RERANK_DEPTH` hits of the image channel by the sum of two cosines; the others follow as they were.

    One cosine is that of the picture's vector, the other that of the part of the picture that fits best (MaxSim of
    Khattab and Zaharia, SIGIR 2020, with a statement for each query vector: see `encode_statements`). A picture without
    patch vectors counts its own cosine twice.
    """
    asked = probe.image_vector
    best, others = list(hits[:RERANK_DEPTH]), list(hits[RERANK_DEPTH:])
    if asked is None or not best:
        return list(hits)
    ids = np.array([hit.image_id for hit in best], dtype=np.int64)
    patches, found = source.patches_of(ids)
    parts = (patches @ asked[0]).reshape(len(best), -1).max(axis=1)  # [n]
    scored = [
        replace(hit, part_score=float(part)) if known else hit
        for hit, part, known in zip(best, parts, found, strict=True)
    ]
    scored.sort(key=lambda hit: (-_sum_of_cosines(hit), hit.study_id))
    return scored + others


def show_pictures(
    study_ids: Sequence[int], probes: Sequence[Probe], generation: Generation, scope: SearchScope, parts: PictureParts
) -> dict[int, ShownPicture]:
    """Of each study the picture in scope nearest to what is asked, with its map; studies without one are left out.

    A map is the greatest over all that is affirmed: denials and report words light nothing.
    """
    asked = [probe.image_vector for probe in probes if probe.image_vector is not None]
    ids = allowed_images(generation, replace(scope, allowed_studies=np.unique(study_ids)))
    if not asked or ids is None or not ids.size:
        return {}
    vectors = np.concatenate(asked)  # [n_asked, dim]
    scores = scores_of(generation.images, vectors, ids).max(axis=0)  # [n]: the best over what is asked
    nearest: dict[int, tuple[float, int]] = {}
    owners = generation.image_owners.studies_of(ids)
    for study, score, image in zip(owners.tolist(), scores.tolist(), ids.tolist(), strict=True):
        if study not in nearest or score > nearest[study][0]:  # of equal ones the smaller id
            nearest[study] = (score, image)
    images = np.array([image for _, image in nearest.values()], dtype=np.int64)
    patches, known = parts.source.patches_of(images)
    affirmed = [probe.affirmed for probe in probes if probe.affirmed is not None]
    maps = _maps(patches, np.concatenate(affirmed), parts) if affirmed else None  # [n, rows, cols]
    return {
        study: ShownPicture(image, score, maps[row] if maps is not None and known[row] else None)
        for row, (study, (score, image)) in enumerate(nearest.items())
    }


def _sum_of_cosines(hit: ChannelHit) -> float:
    return hit.score + (hit.score if hit.part_score is None else hit.part_score)


def _maps(patches: NDArray[np.float32], texts: NDArray[np.float32], parts: PictureParts) -> NDArray[np.float64]:
    """`[n, rows, cols]` of patches `[n, rows, cols, dim]` and texts `[m, dim]`."""
    maps: NDArray[np.float64] = parts.to_map(patches @ texts.T).max(axis=-1)
    return maps
