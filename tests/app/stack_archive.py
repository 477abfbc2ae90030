"""Stacks of many kinds in memory, and the viewer's server over them: `python stack_archive.py PORT [THEME]`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace

import numpy as np
from fake_archive import FakeArchive, make_study

from radseek.errors import DecodeError
from radseek.records.instances import ImageRecord
from radseek.records.outcomes import Reason
from radseek.service import StackView
from radseek_viewer import server
from radseek_viewer.connection import connect

N_FRAMES = 2000
BROKEN_SLICE = 6

DEPTHS_MM = {"prior": [5.0 * n for n in range(12)], "current": [2.5 * n for n in range(24)]}
"""Study -> depths of its slices: both cover the same 55 mm, the current one in steps half as wide."""
N_SLICES = {"prior": 12, "current": 24, "mr": 10, "broken": 12, "many": N_FRAMES}


def stack_study(key: str, modality: str, n_images: int = 1, **changes: object):
    images = tuple(
        ImageRecord(
            f"{key}-i{n}", key, f"{key}-series{n}", modality, 0, "default", n, width_px=200, height_px=256,
            n_frames=N_FRAMES if key == "many" else 1,
        )
        for n in range(n_images)
    )  # fmt: skip
    return replace(
        make_study(1), study_key=key, patient_key=key, modality=modality, images=images, other_studies=(), **changes
    )


def stack_studies():
    return [
        replace(stack_study("prior", "CT", study_year=2019), patient_key="pt", other_studies=("current",)),
        replace(stack_study("current", "CT", study_year=2021), patient_key="pt", other_studies=("prior",)),
        stack_study("mr", "MR"),
        stack_study("broken", "CT"),
        stack_study("many", "US"),
        stack_study("views", "DX", 40),
        stack_study("words", "CT", 0),
    ]


@dataclass
class StackArchive(FakeArchive):
    studies: list = field(default_factory=stack_studies)

    def stack(self, image_key):
        study_key = image_key.split("-")[0]
        n_slices = N_SLICES.get(study_key, 1)
        depths = tuple(DEPTHS_MM.get(study_key, ()))
        middle = n_slices // 2
        return StackView(n_slices, middle, ((middle, image_key),), depths, (0.0, 0.0, 1.0) if depths else ())

    def stack_frame_values(self, image_key, index):
        if image_key.startswith("broken") and index == BROKEN_SLICE:
            raise DecodeError(Reason.DECODE_FAILED, "the picture cannot be shown: decode_failed")
        frame = super().stack_frame_values(image_key, index % 12)
        if image_key.startswith("many"):
            frame.values = np.ascontiguousarray(frame.values[::4, ::4])
        return frame


if __name__ == "__main__":
    connect(StackArchive())
    theme = ["--theme", sys.argv[2]] if len(sys.argv) > 2 else []
    server.main(["--archive", "unused", "--port", sys.argv[1], *theme])
