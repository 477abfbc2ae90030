"""Frames on their way to the browser: a JSON header and raw 16-bit pixels, so that windowing needs no server."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radseek.records.instances import Window
    from radseek.service import FrameValues

MEDIA_TYPE = "application/vnd.radseek.frame"


def pack_frame(frame: FrameValues) -> bytes:
    """Header length (uint32), JSON header padded to 4 bytes, int16 pixels row by row; all little-endian.

    `assets/frames.js` reads it.
    """
    values = frame.values
    rows, cols = values.shape
    row_mm, col_mm = frame.spacing_mm or (1.0, 1.0)
    header = {
        "rows": rows,
        "cols": cols,
        "signed": True,
        "slope": frame.step,
        "intercept": frame.offset,
        "inverted": frame.inverted,
        "windows": [_window(window, place) for place, window in enumerate(frame.windows)],
        "aspect": row_mm / col_mm if row_mm > 0 and col_mm > 0 else 1.0,
        "spacing_mm": list(frame.spacing_mm) if frame.spacing_mm else None,
        "frames_per_second": frame.frames_per_second,
        "unit": frame.unit,
        "min": int(values.min()) * frame.step + frame.offset,
        "max": int(values.max()) * frame.step + frame.offset,
    }
    text = json.dumps(header, allow_nan=False).encode()
    padding = b" " * (-len(text) % 4)
    pixels: bytes = values.astype("<i2").tobytes()
    return struct.pack("<I", len(text)) + text + padding + pixels


def _window(window: Window, place: int) -> dict[str, object]:
    name = window.name.replace("_", " ") or ("as stored" if place == 0 else f"as stored {place + 1}")
    return {"name": name, "center": window.center, "width": window.width, "function": window.function}
