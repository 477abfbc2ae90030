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


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """The picture of a study to show."""

    image_id: int
    cosine: float
    """Of the picture's vector with what pictures were asked, the best over statements."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMaps:
    """Where pictures show what a query affirms: the greatest over all of it. Denials and report words light nothing.

    Args:
        parts: Looks into pictures.
        texts: Embeddings of what is affirmed, float32 `[m, dim]`, at least one.
    """

    parts: PictureParts
    texts: NDArray[np.float32]

    @classmethod
    def of(cls, probes: Sequence[Probe], parts: PictureParts) -> RegionMaps | None:
        """The maps of what `probes` affirm; None where they affirm nothing."""
        affirmed = [probe.affirmed for probe in probes if probe.affirmed is not None]
        return cls(parts, np.concatenate(affirmed)) if affirmed else None

    def of_pictures(self, image_ids: Sequence[int]) -> dict[int, NDArray[np.float64]]:
        """Image id -> map `[rows, cols]` in 0..1, top row first; pictures without patch vectors are left out."""
        if not image_ids:
            return {}
        patches, known = self.parts.source.patches_of(np.array(image_ids, dtype=np.int64))  # [n, rows, cols, dim]
        maps: NDArray[np.float64] = self.parts.to_map(patches @ self.texts.T).max(axis=-1)
        return {image: maps[row] for row, image in enumerate(image_ids) if known[row]}


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


def nearest_pictures(
    study_ids: Sequence[int], probes: Sequence[Probe], generation: Generation, scope: SearchScope
) -> dict[int, ShownPicture]:
    """Of each study the picture in scope nearest to what is asked; studies without one are left out."""
    asked = [probe.image_vector for probe in probes if probe.image_vector is not None]
    ids = allowed_images(generation, replace(scope, allowed_studies=np.unique(study_ids)))
    if not asked or ids is None or not ids.size:
        return {}
    vectors = np.concatenate(asked)  # [n_asked, dim]
    scores = scores_of(generation.images, vectors, ids).max(axis=0)  # [n]: the best over what is asked
    nearest: dict[int, ShownPicture] = {}
    owners = generation.image_owners.studies_of(ids)
    for study, score, image in zip(owners.tolist(), scores.tolist(), ids.tolist(), strict=True):
        if study not in nearest or score > nearest[study].cosine:  # of equal ones the smaller id
            nearest[study] = ShownPicture(image, score)
    return nearest


def _sum_of_cosines(hit: ChannelHit) -> float:
    return hit.score + (hit.score if hit.part_score is None else hit.part_score)
