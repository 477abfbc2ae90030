"""Windows, VOI LUT and polarity against the standard's formulas, written out pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.dicom import CT_WINDOWS, to_display
from radseek.dicom.display import FULL_RANGE, apply_window, auto_window, usable_window
from radseek.records.instances import Frame, Window


def frame_of(values: object, *windows: Window, inverted: bool = False, lut: object = None) -> Frame:
    table = None if lut is None else np.array(lut, dtype=np.float32)
    return Frame(np.atleast_2d(np.array(values, dtype=np.float32)), windows, inverted, table)


def by_the_standard(x: float, window: Window) -> float:
    """PS3.3 C.11.2.1.2.1 and C.11.2.1.3 with y from 0 to 1, as they are printed."""
    c, w = window.center, window.width
    if window.function == "SIGMOID":
        return 1 / (1 + math.exp(-4 * (x - c) / w))
    if window.function == "LINEAR_EXACT":
        return 0.0 if x <= c - w / 2 else 1.0 if x > c + w / 2 else (x - c) / w + 0.5
    if x <= c - 0.5 - (w - 1) / 2:
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 1.0
    return (x - (c - 0.5)) / (w - 1) + 0.5


@given(
    x=st.floats(-4096, 4096, width=32),
    center=st.integers(-1000, 1000),
    width=st.sampled_from([1, 2, 80, 400, 1500, 4096]),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
def test_windows_follow_the_standard(x: float, center: int, width: int, function: str) -> None:
    window = Window(float(center), float(width), function=function)
    if function == "SIGMOID" and abs(x - center) > 4 * width:
        return  # flat to within float32; exp overflows in the formula as printed
    (shown,) = apply_window(np.array([x], dtype=np.float32), window)
    assert shown == pytest.approx(by_the_standard(x, window), abs=2e-4)


def test_linear_window_of_width_1_is_a_threshold() -> None:
    shown = apply_window(np.array([39.0, 39.5, 40.0, np.nan], dtype=np.float32), Window(40.0, 1.0))
    np.testing.assert_array_equal(shown, [0, 0, 1, np.nan])


def test_soft_tissue_edges() -> None:
    """Centre 40, width 400: black up to 40 - 0.5 - 199.5 = -160, white from 40 - 0.5 + 199.5 = 239."""
    shown = to_display(frame_of([-161, -160, 39.5, 239, 240]), CT_WINDOWS["soft_tissue"])
    np.testing.assert_allclose(shown[0], [0, 0, 0.5, 1, 1])


def test_inverted_is_one_minus() -> None:
    window = Window(50.0, 100.0, function="LINEAR_EXACT")
    values = [0, 25, 50, 100]
    plain = to_display(frame_of(values, window))
    np.testing.assert_allclose(to_display(frame_of(values, window, inverted=True)), 1 - plain)


def test_nan_and_infinity_are_drawn_dark_or_at_their_end() -> None:
    window = Window(0.0, 2.0, function="LINEAR_EXACT")
    values = [np.nan, -np.inf, np.inf]
    np.testing.assert_array_equal(to_display(frame_of(values, window))[0], [0, 0, 1])
    np.testing.assert_array_equal(to_display(frame_of(values, window, inverted=True))[0], [0, 1, 0])


def test_voi_lut_wins_over_windows_unless_a_window_is_asked_for() -> None:
    window = Window(1.0, 2.0, function="LINEAR_EXACT")
    frame = frame_of([-5, 0, 1, 2, 9], window, lut=[(0, 0.0), (1, 0.75), (2, 1.0)])
    np.testing.assert_allclose(to_display(frame)[0], [0, 0, 0.75, 1, 1])
    np.testing.assert_allclose(to_display(frame, window)[0], [0, 0, 0.5, 1, 1])


def test_frame_is_not_changed_by_showing_it() -> None:
    frame = frame_of([1, 2, 3], Window(2.0, 2.0), inverted=True)
    before = frame.values.copy()
    first = to_display(frame)
    np.testing.assert_array_equal(to_display(frame), first)
    np.testing.assert_array_equal(frame.values, before)
    assert first.dtype == np.float32


def test_full_range_shows_display_values_as_they_are() -> None:
    values = np.arange(256, dtype=np.float32)
    np.testing.assert_allclose(apply_window(values, FULL_RANGE), values / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "center", "width"),
    [
        ([[5.0]], 5.0, 1.0),  # one pixel: nothing to spread
        ([[7.0] * 50] * 50, 7.0, 1.0),  # uniform
        ([[0.0] * 999 + [100.0]], 50.0, 100.0),  # percentiles agree, the outlier decides
        ([[np.nan, np.inf]], 0.0, 1.0),  # nothing finite
        ([list(range(1001))], 500.0, 990.0),  # 0.5 % of 1000 cut at each end
    ],
)
def test_auto_window(values: list[list[float]], center: float, width: float) -> None:
    window = auto_window(np.array(values, dtype=np.float32))
    assert window.name == "auto"
    assert (window.center, window.width) == pytest.approx((center, width))


def test_auto_window_leaves_padding_out() -> None:
    values = np.full((64, 64), -2000, dtype=np.float32)
    values[:32] = np.arange(64)
    window = auto_window(values, values > -2000)
    assert window.center == pytest.approx(31.5, abs=0.5)
    assert window.width < 64


def test_auto_window_on_a_subsample_is_close_to_that_on_all() -> None:
    values = np.random.default_rng(1).normal(1000, 300, (2048, 2048)).astype(np.float32)
    low, high = np.percentile(values, (0.5, 99.5))
    window = auto_window(values)
    assert window.center - window.width / 2 == pytest.approx(low, abs=10)
    assert window.center + window.width / 2 == pytest.approx(high, abs=10)


@pytest.mark.parametrize(
    ("center", "width", "function", "kept"),
    [
        (40, 400, "", Window(40.0, 400.0, "", "LINEAR")),
        (40, 400, "sigmoid ", Window(40.0, 400.0, "", "SIGMOID")),
        (40, 400, "CUBIC", Window(40.0, 400.0, "", "LINEAR")),
        (0.5, 0.2, "LINEAR", Window(0.5, 0.2, "", "LINEAR_EXACT")),
        (40, 0, "LINEAR", None),
        (40, -400, "LINEAR", None),
        (math.nan, 400, "LINEAR", None),
        (40, math.inf, "LINEAR", None),
        (1e300, 400, "LINEAR", None),
    ],
)
def test_usable_window(center: float, width: float, function: str, kept: Window | None) -> None:
    assert usable_window(center, width, "", function) == kept
