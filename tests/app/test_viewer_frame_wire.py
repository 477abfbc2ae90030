"""Frames on the wire, read back by an independent reader."""

from __future__ import annotations

import json

import numpy as np
import pytest

from radseek.records.instances import Window
from radseek.service.pictures import FrameValues
from radseek_viewer.frame_wire import pack_frame


def read_back(content: bytes) -> tuple[dict, np.ndarray]:
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    start = (4 + length + 3) // 4 * 4
    assert len(content) == start + 2 * header["rows"] * header["cols"]
    pixels = [int.from_bytes(content[i : i + 2], "little", signed=True) for i in range(start, len(content), 2)]
    return header, np.array(pixels).reshape(header["rows"], header["cols"])


def frame(values: np.ndarray, **changes: object) -> FrameValues:
    fields = {"step": 1.0, "offset": 0.0, "inverted": False, "windows": (Window(40, 400),), "spacing_mm": None}
    return FrameValues(values=values, **(fields | changes))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 2)])
def test_pixels_arrive_as_sent(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(3).integers(-32768, 32767, shape, endpoint=True).astype(np.int16)
    header, pixels = read_back(pack_frame(frame(values)))
    np.testing.assert_array_equal(pixels, values)
    assert (header["rows"], header["cols"]) == shape


def test_big_endian_and_strided_values_are_sent_alike() -> None:
    values = np.arange(24, dtype=np.int16).reshape(4, 6)
    plain = pack_frame(frame(values))
    assert pack_frame(frame(values.astype(">i2"))) == plain
    assert pack_frame(frame(np.asfortranarray(values))) == plain


def test_header_carries_what_windowing_needs() -> None:
    windows = (Window(40, 400, "soft_tissue"), Window(-600, 1500, "", "SIGMOID"))
    values = np.array([[-5, 7]], dtype=np.int16)
    sent = frame(values, step=2.0, offset=1.0, inverted=True, windows=windows, spacing_mm=(1.5, 0.5), unit="HU")
    header, _ = read_back(pack_frame(sent))
    assert (header["min"], header["max"]) == (-5 * 2 + 1, 7 * 2 + 1)
    assert header["aspect"] == 1.5 / 0.5
    assert (header["inverted"], header["unit"]) == (True, "HU")
    assert [window["name"] for window in header["windows"]] == ["soft tissue", "as stored 2"]
    assert header["windows"][1]["function"] == "SIGMOID"


@pytest.mark.parametrize("spacing", [None, (0.0, 1.0), (1.0, 0.0)])
def test_unusable_spacing_means_square_pixels(spacing: tuple[float, float] | None) -> None:
    header, _ = read_back(pack_frame(frame(np.zeros((2, 2), np.int16), spacing_mm=spacing)))
    assert header["aspect"] == 1.0
