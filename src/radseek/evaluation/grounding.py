"""Does a map light up where the finding is, and stay dark for what is not there?

Maps are in 0..1, `[rows, cols]`, over the square that the encoder saw; padding counts as wrong ground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from radseek.errors import InputError
from radseek.evaluation.estimates import (
    DEFAULT_RESAMPLING,
    NOTHING,
    Estimate,
    Floats,
    Resampling,
    estimate_mean,
    estimate_statistic,
)
from radseek.evaluation.letterbox import Box, Letterbox, box_cover, picture_cover
from radseek.evaluation.polarity import OrderFigure, measure_order
from radseek.evaluation.similarities import check_lengths, checked_matrix

IOU_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Of BioViL (arXiv 2204.09817), on maps in 0..1."""
POINTING_TOLERANCE = 15 / 224
"""15 px, as Zhang et al. (IJCV 126, 2018) allow, of the 224 px that encoders commonly see."""


@dataclass(frozen=True, slots=True)
class BoxedMap:
    """A map for a true sentence, and where its finding is."""

    map: Floats
    """`[rows, cols]` in 0..1."""
    boxes: tuple[Box, ...]
    letterbox: Letterbox
    patient: str
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Grounding:
    """Grounding figures over maps with boxes."""

    pointing: Estimate
    """Share of maps whose highest cell lies in a box or within the tolerance."""
    pointing_chance: float
    """The same for a cell of the picture drawn at random."""
    cnr: Estimate
    """Contrast to noise of box against the rest, signed: a map dark in the box counts negative."""
    miou: Estimate
    """Mean over `IOU_THRESHOLDS` of intersection over union."""
    miou_chance: float
    """That of a map that lights the whole picture."""
    n_flat: int
    """Maps for which no CNR is defined: flat inside and outside though the means differ, or the box is all there is."""
    n_no_box: int
    """Maps left out because no part of a box lies in the picture."""
    per_map: Floats = field(repr=False, compare=False)
    """Pointing, CNR and mIoU of each map `[n_maps, 3]`; NaN where left out."""


def measure_grounding(
    maps: Sequence[BoxedMap], tolerance: float = POINTING_TOLERANCE, resampling: Resampling = DEFAULT_RESAMPLING
) -> Grounding:
    """Pointing game, contrast-to-noise ratio and mIoU with patient intervals.

    Args:
        maps: Maps of sentences that are true, with boxes.
        tolerance: How far outside a box the highest cell's centre may lie, as a share of the square's side.
        resampling: How intervals are made.

    Raises:
        InputError: When a map is not 2-D, has NaN or values outside 0..1, or the tolerance is negative.
    """
    if not tolerance >= 0:
        raise InputError(f"the tolerance must not be negative; got {tolerance}")
    figures, chances = np.full((len(maps), 3), np.nan), np.full((len(maps), 2), np.nan)
    n_no_box = 0
    for i, boxed in enumerate(maps):
        values = checked_map(boxed.map)
        cover = box_cover(boxed.boxes, boxed.letterbox, values.shape)
        if not cover.any():
            n_no_box += 1
            continue
        hits, picture = near_box(boxed, tolerance), picture_cover(boxed.letterbox, values.shape)
        figures[i] = (
            pointing_hit(values, hits),
            contrast_to_noise(values, cover),
            np.mean([overlap(values >= threshold, cover) for threshold in IOU_THRESHOLDS]),
        )
        chances[i] = (picture * hits).sum() / picture.sum(), cover.sum() / picture.sum()
    patients = [boxed.patient for boxed in maps]
    pointing, cnr, miou = (estimate_mean(column, patients, resampling) for column in figures.T)
    means = np.nanmean(chances, axis=0) if pointing.n else (math.nan, math.nan)
    return Grounding(
        pointing=pointing,
        pointing_chance=float(means[0]),
        cnr=cnr,
        miou=miou,
        miou_chance=float(means[1]),
        n_flat=pointing.n - cnr.n,
        n_no_box=n_no_box,
        per_map=figures,
    )


def checked_map(values: ArrayLike) -> Floats:
    """A map as float64 `[rows, cols]`.

    Raises:
        InputError: When it is not 2-D, is empty, has NaN or a value outside 0..1.
    """
    array = checked_matrix(values, "a map")
    if not array.size or not ((array >= -1e-6) & (array <= 1 + 1e-6)).all():
        raise InputError("a map needs values in 0..1 and at least one cell")
    return np.clip(array, 0.0, 1.0)


def near_box(boxed: BoxedMap, tolerance: float) -> Floats:
    """1 where a cell's centre lies within `tolerance` of a box (share of the side), else 0: `[rows, cols]`."""
    rows, cols = boxed.map.shape
    y, x = ((np.arange(rows) + 0.5) / rows)[:, None], ((np.arange(cols) + 0.5) / cols)[None, :]
    near = np.zeros((rows, cols), dtype=bool)
    for box in boxed.boxes:
        top, bottom, left, right = boxed.letterbox.edges(box)
        if bottom > top and right > left:
            dy = np.maximum(np.maximum(top - y, y - bottom), 0)
            dx = np.maximum(np.maximum(left - x, x - right), 0)
            near |= np.hypot(dy, dx) <= tolerance + 1e-12
    return near.astype(np.float64)


def pointing_hit(values: Floats, hits: Floats) -> float:
    """Share of the highest cells that are hits: of one highest cell 0 or 1, of a flat map the share of all."""
    return float(hits[values == values.max()].mean())


def contrast_to_noise(values: Floats, cover: Floats) -> float:
    """Mean inside minus mean outside, over the root of the sum of both variances; cells count by their cover.

    0 where nothing differs. NaN where means differ but neither side varies, or where there is no outside. BioViL takes
    the absolute value; we keep the sign, so that a map that avoids the box cannot score.
    """
    outside = 1 - cover
    if not cover.any() or outside.sum() < 1e-9:
        return math.nan
    mean_in, mean_out = np.average(values, weights=cover), np.average(values, weights=outside)
    spread = np.average((values - mean_in) ** 2, weights=cover) + np.average((values - mean_out) ** 2, weights=outside)
    if spread < 1e-12:
        return 0.0 if abs(mean_in - mean_out) < 1e-9 else math.nan
    return float((mean_in - mean_out) / np.sqrt(spread))


def overlap(lit: ArrayLike, cover: Floats) -> float:
    """Intersection over union of lit cells with the boxes; areas are exact, cells in part covered count in part."""
    lit = np.asarray(lit, dtype=np.float64)
    shared = (lit * cover).sum()
    return float(shared / (lit.sum() + cover.sum() - shared))


@dataclass(frozen=True, slots=True)
class DarkTest:
    """How much brighter maps of true sentences are."""

    true_energy: Estimate
    unrelated_energy: Estimate
    denied_energy: Estimate
    """Mean map values over the picture."""
    true_over_unrelated: Estimate
    true_over_denied: Estimate
    """Ratios of means over pictures that have both; infinite where the other is 0 everywhere, NaN where both are."""
    order_unrelated: OrderFigure
    order_denied: OrderFigure
    """How often the true sentence's map is the brighter one of a picture."""


def map_energy(values: ArrayLike, letterbox: Letterbox | None = None) -> float:
    """Mean of a map over the picture in it (over all cells without `letterbox`).

    Raises:
        InputError: As `checked_map`.
    """
    array = checked_map(values)
    return float(
        array.mean() if letterbox is None else np.average(array, weights=picture_cover(letterbox, array.shape))
    )


def measure_dark_test(
    true_energy: Sequence[float] | Floats,
    unrelated_energy: Sequence[float] | Floats,
    denied_energy: Sequence[float] | Floats,
    patients: Sequence[str],
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> DarkTest:
    """Map energies of true sentences against those of unrelated and of denied ones on the same pictures.

    Args:
        true_energy: `map_energy` of a sentence that is true of the picture `[n_pictures]`; NaN is not measured.
        unrelated_energy: Of a sentence of another finding, not stated of the picture.
        denied_energy: Of the sentence that denies the finding ('no effusion').
        patients: Patient of each picture.
        resampling: How intervals are made.

    Raises:
        InputError: When lengths differ or an energy is negative or infinite.
    """
    check_lengths(true=true_energy, unrelated=unrelated_energy, denied=denied_energy, patients=patients)
    true, unrelated, denied = (
        np.asarray(values, dtype=np.float64) for values in (true_energy, unrelated_energy, denied_energy)
    )
    if any(np.isinf(values).any() or (values < 0).any() for values in (true, unrelated, denied)):
        raise InputError("energies must be finite and not negative")
    everything = ["picture"] * len(patients)
    return DarkTest(
        true_energy=estimate_mean(true, patients, resampling),
        unrelated_energy=estimate_mean(unrelated, patients, resampling),
        denied_energy=estimate_mean(denied, patients, resampling),
        true_over_unrelated=estimate_ratio(true, unrelated, patients, resampling),
        true_over_denied=estimate_ratio(true, denied, patients, resampling),
        order_unrelated=measure_order(true, unrelated, everything, patients, resampling),
        order_denied=measure_order(true, denied, everything, patients, resampling),
    )


def estimate_ratio(
    above: Floats, below: Floats, patients: Sequence[str], resampling: Resampling = DEFAULT_RESAMPLING
) -> Estimate:
    """The mean of `above` over the mean of `below`, where neither is NaN; infinite over 0, NaN where both are 0."""
    kept = ~(np.isnan(above) | np.isnan(below))
    if not kept.any():
        return NOTHING
    upper, lower = above[kept], below[kept]

    def ratio(weights: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            values: Floats = (weights @ upper) / (weights @ lower)
        return values

    groups = [patient for patient, keep in zip(patients, kept, strict=True) if keep]
    return estimate_statistic(ratio, groups, resampling)
