"""Frames for the browser: int16 with step and offset say the same as the float values they came from."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from radseek.dicom import to_display
from radseek.records.instances import Frame, Window
from radseek.service.pictures import encode_png, quantise_frame


def frame_of(values, **more):
    return Frame(np.asarray(values, dtype=np.float32), (Window(40, 400),), **more)


def test_whole_hounsfield_units_are_exact():
    values = np.array([[-1024, -1], [0, 3071]], dtype=np.float32)
    packed = quantise_frame(frame_of(values, unit="HU"))
    assert (packed.step, packed.offset, packed.unit) == (1.0, 0.0, "HU")
    np.testing.assert_array_equal(packed.values, values)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3e4, 9e4), (1e-6, 2e-6), (-1e9, 1e9)])
def test_other_ranges_keep_within_half_a_step(low, high):
    values = np.random.default_rng(3).uniform(low, high, (40, 30)).astype(np.float32)
    packed = quantise_frame(frame_of(values))
    restored = packed.values.astype(np.float64) * packed.step + packed.offset
    assert packed.step == pytest.approx((float(values.max()) - float(values.min())) / 65534)
    assert np.abs(restored - values).max() <= packed.step * 0.51


def test_a_flat_frame_and_one_pixel():
    for values in (np.full((3, 3), 0.25), np.array([[7.5]])):
        packed = quantise_frame(frame_of(values))
        np.testing.assert_allclose(packed.values * packed.step + packed.offset, values, rtol=1e-4)


def test_a_lookup_table_is_applied_before_since_the_browser_knows_windows_only():
    lut = np.array([[0, 0.0], [50, 0.9], [100, 1.0]], dtype=np.float32)
    frame = frame_of([[0, 50], [75, 100]], voi_lut=lut, inverted=True, unit="HU")
    packed = quantise_frame(frame)
    assert packed.unit == ""
    np.testing.assert_allclose(packed.values * packed.step + packed.offset, to_display(frame), atol=1e-4)
    restored = packed.values.astype(np.float32) * packed.step + packed.offset
    shown = to_display(Frame(restored.astype(np.float32), packed.windows, inverted=packed.inverted))
    np.testing.assert_allclose(shown, to_display(frame), atol=1e-3)  # what the browser then shows


def test_the_png_is_the_display_picture():
    frame = frame_of([[-160, 40], [240, 1000]])
    grey = np.asarray(Image.open(io.BytesIO(encode_png(frame, Window(40, 400)))))
    np.testing.assert_array_equal(grey, np.rint(to_display(frame, Window(40, 400)) * 255))
    assert grey[0, 0] == 0
    assert grey[1, 1] == 255
