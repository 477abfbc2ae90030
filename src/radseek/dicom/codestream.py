"""The picture size that a compressed frame itself declares, read without decoding it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_JPEG_FRAME_MARKERS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
"""SOF0 to SOF15 without DHT, JPG and DAC (ISO 10918-1 Table B.1), and SOF55 of JPEG-LS."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class CodestreamSize:
    """What the codestream says of itself."""

    rows: int
    cols: int
    components: int
    bits: int
    adobe_transform: int | None = None
    """Colour transform of an Adobe APP14 segment: 0 none (RGB), 1 YCbCr; None without such a segment."""
    jfif: bool = False


def codestream_size(frame: bytes) -> CodestreamSize | None:
    """The size in a JPEG, JPEG-LS, JPEG 2000 or HTJ2K frame; None when it is none of them or damaged."""
    if frame[:2] == b"\xff\xd8":
        return _jpeg_size(frame)
    start = 0
    if frame[4:8] == b"jP  ":  # a JP2 file where a bare codestream belongs: tolerated, as decoders do
        start = frame.find(b"\xff\x4f\xff\x51")
    if start >= 0 and frame[start : start + 4] == b"\xff\x4f\xff\x51":
        return _jpeg2000_size(frame, start + 4)
    return None


def _jpeg_size(frame: bytes) -> CodestreamSize | None:
    position, adobe, jfif = 2, None, False
    while position + 4 <= len(frame):
        if frame[position] != 0xFF:
            return None
        marker = frame[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in _ALONE:
            position += 2
            continue
        length = struct.unpack_from(">H", frame, position + 2)[0]
        body = frame[position + 4 : position + 2 + length]
        if marker in _JPEG_FRAME_MARKERS:
            if len(body) < 6:
                return None
            bits, rows, cols, components = struct.unpack_from(">BHHB", body)
            return CodestreamSize(rows, cols, components, bits, adobe, jfif)
        if marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        jfif = jfif or (marker == 0xE0 and body[:4] == b"JFIF")
        position += 2 + max(2, length)
    return None


def _jpeg2000_size(frame: bytes, position: int) -> CodestreamSize | None:
    """The SIZ segment (ISO 15444-1 A.5.1)."""
    if len(frame) < position + 39:
        return None
    _, _, x_end, y_end, x_start, y_start = struct.unpack_from(">HHLLLL", frame, position)
    components, depth = struct.unpack_from(">HB", frame, position + 36)
    return CodestreamSize(y_end - y_start, x_end - x_start, components, (depth & 0x7F) + 1)
