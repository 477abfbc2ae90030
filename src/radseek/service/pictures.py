"""Frames on demand for the viewer: decoded in child processes, the recent ones kept."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.dicom import FrameRequest, Locator, ReadLimits, SandboxReader, to_display
from radseek.errors import DecodeError
from radseek.records.instances import Frame, Window

KEPT_BYTES = 256 * 1024 * 1024
"""Decoded frames kept for scrolling back and for window changes: about 60 frames of 1024 x 1024."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameValues:
    """A frame for windowing in the browser."""

    values: NDArray[np.int16]
    """int16 `[rows, cols]`; the modality value is `values * step + offset`."""
    step: float
    offset: float
    inverted: bool
    windows: tuple[Window, ...]
    spacing_mm: tuple[float, float] | None
    unit: str = ""
    """`HU` where the values are Hounsfield units; empty for any other scale."""


@dataclass(frozen=True, slots=True)
class StackView:
    """A stack of slices or frames, for scrolling."""

    n_slices: int
    index: int
    """Place of the picture that was asked for, from 0."""
    searched: tuple[tuple[int, str], ...] = ()
    """(place, image key) of the slices that are pictures of the archive in the same window, first to last."""
    depths_mm: tuple[float, ...] = ()
    """Place of each slice along `normal`; empty where the slices have no common geometry."""
    normal: tuple[float, ...] = ()
    """Unit vector across the slices, in the patient's axes; empty like `depths_mm`."""


class PictureReader:
    """Decodes single frames on demand. Safe to use from several threads; close it when done."""

    def __init__(self, limits: ReadLimits, kept_bytes: int = KEPT_BYTES) -> None:
        self._limits = limits
        self._kept_bytes = kept_bytes
        self._frames: OrderedDict[tuple[Locator, int], Frame] = OrderedDict()
        self._lock = threading.Lock()
        self._reader: SandboxReader | None = None

    def frame(self, locator: Locator, frame_index: int) -> Frame:
        """The frame at `frame_index` (from 0) of the instance at `locator`.

        Raises:
            DecodeError: When it cannot be read or decoded any more.
        """
        with self._lock:
            key = (locator, frame_index)
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
            frame = self._decode(FrameRequest(locator, (frame_index,)))
            self._frames[key] = frame
            self._shrink()
            return frame

    def close(self) -> None:
        """End the child process and forget the kept frames."""
        with self._lock:
            self._frames.clear()
            if self._reader is not None:
                self._reader.__exit__(None, None, None)
                self._reader = None

    def _decode(self, request: FrameRequest) -> Frame:
        if self._reader is None:
            self._reader = SandboxReader(self._limits, n_workers=1)
            self._reader.__enter__()
        read = next(iter(self._reader.read_frames([request])))
        if read.refusal is not None:
            raise DecodeError(read.refusal.reason, f"the picture cannot be shown: {read.refusal.reason.value}")
        return read.frames[0]

    def _shrink(self) -> None:
        while len(self._frames) > 1 and sum(f.values.nbytes for f in self._frames.values()) > self._kept_bytes:
            self._frames.popitem(last=False)


def quantise_frame(frame: Frame) -> FrameValues:
    """The frame as int16 with step and offset: exact for whole numbers within int16, else within 1/65534 of the range.

    A frame with a VOI LUT is windowed by it first, since the browser knows linear windows only.
    """
    values, windows, inverted, unit = frame.values, frame.windows, frame.inverted, frame.unit
    if frame.voi_lut is not None:
        values, windows, inverted, unit = to_display(frame), (Window(0.5, 1.0, "file", "LINEAR_EXACT"),), False, ""
    low, high = float(values.min()), float(values.max())
    if low >= -32768 and high <= 32767 and bool(np.all(values == np.rint(values))):
        return FrameValues(values.astype(np.int16), 1.0, 0.0, inverted, windows, frame.spacing_mm, unit)
    step = (high - low) / 65534 or 1.0
    offset = low + 32767 * step
    whole = np.rint((values.astype(np.float64) - offset) / step)
    return FrameValues(whole.astype(np.int16), step, offset, inverted, windows, frame.spacing_mm, unit)


def encode_png(frame: Frame, window: Window | None) -> bytes:
    """The frame in a window as an 8-bit grey PNG; None takes the file's own window or LUT."""
    from PIL import Image

    grey = np.rint(to_display(frame, window) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
