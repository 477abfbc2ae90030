"""Frames on demand for the viewer: decoded in child processes, the recent ones kept."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radseek.dicom import CT_WINDOWS, FrameRequest, Locator, ReadLimits, SandboxReader, to_display
from radseek.errors import DecodeError
from radseek.records.instances import Frame, Window
from radseek.records.outcomes import EXPLANATIONS, Reason

if TYPE_CHECKING:
    from radseek.archive.stack_queries import SeriesStack

KEPT_BYTES = 256 * 1024 * 1024
"""Decoded frames kept for scrolling back and for window changes: about 60 frames of 1024 x 1024."""

N_CHILDREN = 2
"""Processes that decode; the second starts when the first is busy."""

_MEANWHILE = {
    Reason.MISSING_FILE: "its file is not there any more, or its folder is not connected",
    Reason.NOT_READABLE: "its file cannot be read; the folder may not be connected, or the rights have changed",
    Reason.SPECIAL_FILE: "something else lies where its file was",
    Reason.DECODER_DIED: "reading it failed; trying again may help",
    Reason.TOO_SLOW: "reading it took too long; the disk or the network may be busy",
}
"""What a reason means of a file that could be read before."""

_CHANGED = frozenset({
    Reason.NOT_DICOM,
    Reason.NOT_AN_IMAGE,
    Reason.NO_PIXELS,
    Reason.EMPTY_FILE,
    Reason.UNREADABLE_HEADER,
    Reason.BAD_PIXEL_HEADER,
    Reason.DECODE_FAILED,
    Reason.BAD_ARCHIVE_FILE,
})
"""Reasons for which a file that decoded once must have been touched."""


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
    frames_per_second: float | None = None
    """At which the frames of its instance are to be played; None where the file does not say."""
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


def view_of(stack: SeriesStack) -> StackView:
    """What of a stack is shown: no file names."""
    return StackView(len(stack.places), stack.index, stack.searched, stack.depths_mm, stack.normal)


class PictureReader:
    """Decodes single frames on demand. Safe to use from several threads; close it when done.

    A kept frame never waits for one that is being decoded, and a file that hangs holds up one of two children.
    """

    def __init__(self, limits: ReadLimits, kept_bytes: int = KEPT_BYTES) -> None:
        self._limits = limits
        self._kept_bytes = kept_bytes
        self._frames: OrderedDict[tuple[Locator, int], Frame] = OrderedDict()
        self._n_bytes = 0
        self._lock = threading.Lock()
        self._reader: SandboxReader | None = None

    def frame(self, locator: Locator, frame_index: int) -> Frame:
        """The frame at `frame_index` (from 0) of the instance at `locator`.

        Raises:
            DecodeError: When it cannot be read or decoded any more; the message says why in people's words.
        """
        key = (locator, frame_index)
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
            reader = self._started()
        frame = _decode(reader, FrameRequest(locator, (frame_index,)))
        with self._lock:
            self._keep(key, frame)
        return frame

    def prepare(self) -> None:
        """Start one of the child processes, so that a first frame need not wait for it.

        Raises:
            ConfigError: When it does not start.
        """
        with self._lock:
            reader = self._started()
        reader.start()

    def close(self) -> None:
        """End the child processes and forget the kept frames."""
        with self._lock:
            self._frames.clear()
            self._n_bytes = 0
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _started(self) -> SandboxReader:
        if self._reader is None:
            self._reader = SandboxReader(self._limits, n_workers=N_CHILDREN)
        return self._reader

    def _keep(self, key: tuple[Locator, int], frame: Frame) -> None:
        if key in self._frames:  # two asked for it at once
            return
        self._frames[key] = frame
        self._n_bytes += frame.values.nbytes
        while len(self._frames) > 1 and self._n_bytes > self._kept_bytes:
            _, oldest = self._frames.popitem(last=False)
            self._n_bytes -= oldest.values.nbytes


def _decode(reader: SandboxReader, request: FrameRequest) -> Frame:
    read = next(iter(reader.read_frames([request])))
    if read.refusal is not None:
        raise DecodeError(read.refusal.reason, why_not_shown(read.refusal.reason))
    return read.frames[0]


def why_not_shown(reason: Reason) -> str:
    """Why a picture that was read once cannot be shown now, as a sentence for people."""
    why = _MEANWHILE.get(reason)
    if why is None:
        changed = "its file has changed since it was read in, or is damaged" if reason in _CHANGED else ""
        why = ": ".join(part for part in (changed, EXPLANATIONS[reason]) if part)
    return f"this picture cannot be shown: {why}"


def quantise_frame(frame: Frame) -> FrameValues:
    """The frame as int16 with step and offset: exact for whole numbers within int16, else within 1/65534 of the range.

    A frame with a VOI LUT is windowed by it first, since the browser knows linear windows only.
    """
    values, windows, inverted, unit = frame.values, frame.windows, frame.inverted, frame.unit
    rate = frame.frames_per_second
    if frame.voi_lut is not None:
        values, windows, inverted, unit = to_display(frame), (Window(0.5, 1.0, "file", "LINEAR_EXACT"),), False, ""
    low, high = float(values.min()), float(values.max())
    if low >= -32768 and high <= 32767 and bool(np.all(values == np.rint(values))):
        return FrameValues(values.astype(np.int16), 1.0, 0.0, inverted, windows, frame.spacing_mm, rate, unit)
    step = (high - low) / 65534 or 1.0
    offset = low + 32767 * step
    whole = np.rint((values.astype(np.float64) - offset) / step)
    return FrameValues(whole.astype(np.int16), step, offset, inverted, windows, frame.spacing_mm, rate, unit)


def with_ct_windows(frame: FrameValues, window: str) -> FrameValues:
    """`frame` with the usual CT windows, `window` first, where it is one of them; else as it is."""
    if window not in CT_WINDOWS:
        return frame
    others = tuple(one for name, one in CT_WINDOWS.items() if name != window)
    return replace(frame, windows=(CT_WINDOWS[window], *frame.windows, *others))


def encode_png(frame: Frame, window: Window | None) -> bytes:
    """The frame in a window as an 8-bit grey PNG; None takes the file's own window or LUT."""
    from PIL import Image

    grey = np.rint(to_display(frame, window) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
