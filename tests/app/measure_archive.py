"""Pictures with known values and pixel sizes in memory, and the viewer's server: `python measure_archive.py PORT`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from fake_archive import FakeArchive
from stack_archive import stack_study

from radseek.records.instances import Window
from radseek.service import StackView
from radseek_viewer import server
from radseek_viewer.connection import connect

SPACING_MM = {"ct": (1.0, 0.5), "dx": (0.5, 0.5), "plain": None}
"""Study -> millimetres from row to row and from column to column."""
STEP, OFFSET = {"ct": 2.0, "dx": 1.0, "plain": 1.0}, {"ct": -1000.0, "dx": 0.0, "plain": 0.0}
N_SLICES = {"ct": 3, "dx": 1, "plain": 1}


def stored_values(study_key: str, index: int) -> np.ndarray:
    """int16 `[rows, cols]`: noise on a slope, different in each slice."""
    rows, cols = np.mgrid[0:128, 0:256]
    noise = np.random.default_rng(index).normal(0, 30, rows.shape)
    return (400 + rows + 2 * cols + noise + 10 * index).astype(np.int16)


@dataclass
class MeasureArchive(FakeArchive):
    studies: list = field(
        default_factory=lambda: [stack_study("ct", "CT"), stack_study("dx", "DX"), stack_study("plain", "OT")]
    )

    def stack(self, image_key):
        n_slices = N_SLICES[image_key.split("-")[0]]
        return StackView(n_slices, n_slices // 2, ((n_slices // 2, image_key),))

    def stack_frame_values(self, image_key, index):
        key = image_key.split("-")[0]
        return SimpleNamespace(
            values=stored_values(key, index), step=STEP[key], offset=OFFSET[key], inverted=key == "dx",
            windows=(Window(200, 1600, ""),), spacing_mm=SPACING_MM[key], frames_per_second=None,
            unit="HU" if key == "ct" else "",
        )  # fmt: skip


if __name__ == "__main__":
    connect(MeasureArchive())
    server.main(["--archive", "unused", "--port", sys.argv[1]])
