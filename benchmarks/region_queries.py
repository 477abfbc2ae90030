"""What finds more of a lesion that a person has marked? `python benchmarks/region_queries.py`.

Phantom radiographs with known lesions: each lesion's box asks for other pictures with such a lesion, as the
whole picture, as the box cut out and encoded by itself, and as the pooled patches under it, as the search does.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from radseek.encoders import load_encoder
from radseek.images.phantoms import make_radiograph
from radseek.records.phantoms import Kind
from radseek.records.search_options import Region
from radseek.search.examples import pool_region

FIRST_SEED = 5000
"""Far from the seeds that the shipped encoder was trained with."""
N_FIRST = 10
SPREAD = {Kind.CARDIOMEGALY, Kind.EDEMA}
"""Findings of the whole picture: no region asks for them."""
SMALLEST_PX = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=420, help="phantoms (default 420)")
    arguments = parser.parse_args()
    encoder = load_encoder("radseek-mini")
    phantoms = [make_radiograph(FIRST_SEED + number) for number in range(arguments.pictures)]
    pictures = [(phantom.pixels / 4095).astype(np.float32) for phantom in phantoms]
    wholes, patches = encoder.encode_pictures(pictures)  # [n, dim], [n, rows, cols, dim]
    kinds = [{lesion.kind for lesion in phantom.lesions} for phantom in phantoms]
    shares: dict[str, list[float]] = defaultdict(list)
    for number, phantom in enumerate(phantoms):
        for lesion in phantom.lesions:
            if lesion.kind in SPREAD or lesion.center_px is None:
                continue
            rows, cols = pictures[number].shape
            reach = max(lesion.size_mm / phantom.spacing_mm[0] / 2, SMALLEST_PX)
            top, left = (max(0, int(middle - reach)) for middle in lesion.center_px)
            bottom, right = (min(side, int(m + reach)) for side, m in zip((rows, cols), lesion.center_px, strict=True))
            region = Region(left / cols, top / rows, right / cols, bottom / rows)
            others = np.arange(len(phantoms)) != number
            shows = np.array([lesion.kind in one for one in kinds])
            queries = {
                "pooled patches": pool_region(patches[number], region, (rows, cols)),
                "whole picture": wholes[number],
                "cut-out": encoder.encode_images([pictures[number][top:bottom, left:right]])[0],
            }
            for name, vector in queries.items():
                shares[name].append(share_of_first(vector, wholes, shows, others))
            shares["chance"].append(float(shows[others].mean()))
    print(f"| asked by | share of the first {N_FIRST} that show such a lesion, {len(shares['chance'])} lesions |")
    print("| --- | --- |")
    for name, found in shares.items():
        print(f"| {name} | {np.mean(found):.3f} |")


def share_of_first(
    vector: NDArray[np.float32], wholes: NDArray[np.float32], shows: NDArray[np.bool_], others: NDArray[np.bool_]
) -> float:
    """Share of the nearest `N_FIRST` other pictures that show what is asked."""
    order = np.argsort(np.where(others, -(wholes @ vector), np.inf), kind="stable")
    return float(shows[order[:N_FIRST]].mean())


if __name__ == "__main__":
    main()
