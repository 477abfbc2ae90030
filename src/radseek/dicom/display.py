"""From modality values to what a person sees: windows, VOI LUT and polarity (PS3.3 C.11.2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from radseek.records.instances import Frame, Window

CT_WINDOWS: dict[str, Window] = {
    "soft_tissue": Window(40.0, 400.0, "soft_tissue"),
    "lung": Window(-600.0, 1500.0, "lung"),
    "bone": Window(400.0, 1800.0, "bone"),
    "brain": Window(40.0, 80.0, "brain"),
    "liver": Window(60.0, 160.0, "liver"),
    "angio": Window(300.0, 600.0, "angio"),
}
"""Customary CT windows, centre and width in HU."""

FULL_RANGE = Window(127.5, 255.0, "full", "LINEAR_EXACT")
"""Shows 0 as black and 255 as white: colour and raster pictures, which are display values already."""

AUTO_PERCENTILES = (0.5, 99.5)
_AUTO_SUBSAMPLE = 262_144
"""Pixels looked at for the automatic window. Limits move by about 1 of 2,600 against all of 4 million pixels."""


def to_display(frame: Frame, window: Window | None = None) -> NDArray[np.float32]:
    """The frame as shown: float32 `[rows, cols]` in 0..1, where 1 is white.

    Args:
        frame: Modality values with their windows.
        window: What to apply; by default the frame's VOI LUT, else its first window.
    """
    if window is None and frame.voi_lut is not None:
        shown = np.interp(frame.values, frame.voi_lut[:, 0], frame.voi_lut[:, 1]).astype(np.float32)
    else:
        if window is None:
            window = frame.windows[0] if frame.windows else auto_window(frame.values)
        shown = apply_window(frame.values, window)
    np.nan_to_num(shown, copy=False, nan=1.0 if frame.inverted else 0.0)
    return np.subtract(np.float32(1), shown, out=shown) if frame.inverted else shown


def apply_window(values: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """`values` through the window's function, float32 in 0..1 of the same shape (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    NaN stays NaN. `window.function` must be LINEAR (width at least 1), LINEAR_EXACT or SIGMOID (width above 0).
    """
    center, width = window.center, window.width
    if window.function == "SIGMOID":
        exponent = np.clip(-4.0 * (values.astype(np.float64) - center) / width, -80.0, 80.0)
        return (1.0 / (1.0 + np.exp(exponent))).astype(np.float32)
    if window.function == "LINEAR":
        # low edge c - 0.5 - (w - 1) / 2, high edge c - 0.5 + (w - 1) / 2
        low, span = center - 0.5 - (width - 1.0) / 2.0, width - 1.0
    else:
        low, span = center - width / 2.0, width
    if span <= 0.0:  # LINEAR of width 1 is a threshold
        return np.where(np.isnan(values), np.float32(np.nan), (values > low).astype(np.float32)).astype(np.float32)
    shown = values - np.float32(low)
    shown /= np.float32(span)
    clipped: NDArray[np.float32] = np.clip(shown, 0.0, 1.0, out=shown)
    return clipped


def usable_window(center: float, width: float, name: str = "", function: str = "LINEAR") -> Window | None:
    """A window from received values, or None when they make no window.

    An unknown function counts as LINEAR (the standard's default). A LINEAR width below 1, which the standard forbids
    but floating-point maps use, is read as LINEAR_EXACT.
    """
    if not (math.isfinite(center) and math.isfinite(width)) or width <= 0 or abs(center) > 1e30 or width > 1e30:
        return None
    function = function.strip().upper()
    if function not in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
        function = "LINEAR"
    if function == "LINEAR" and width < 1.0:
        function = "LINEAR_EXACT"
    return Window(float(center), float(width), name, function)


def auto_window(values: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> Window:
    """A window from the 0.5 to the 99.5 percentile, named `auto`, from a regular subsample.

    Args:
        values: float32 `[rows, cols]`; values that are not finite do not count.
        valid: Boolean of the same shape: pixels that count (no padding).
    """
    step = max(1, math.isqrt(values.size // _AUTO_SUBSAMPLE))
    sample = values[::step, ::step]
    counted = sample[valid[::step, ::step]] if valid is not None else sample.ravel()
    counted = counted[np.isfinite(counted)]
    if not counted.size:
        return Window(0.0, 1.0, "auto", "LINEAR_EXACT")
    low, high = (float(limit) for limit in np.percentile(counted, AUTO_PERCENTILES))
    if high <= low:  # a uniform picture, or nearly: widen so that outliers show
        low, high = float(counted.min()), float(counted.max())
    width = high - low if high > low else 1.0
    return Window((low + high) / 2.0, width, "auto", "LINEAR_EXACT")
