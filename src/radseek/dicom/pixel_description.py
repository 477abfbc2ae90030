"""What a header says about its pixels, checked against itself, the file and the limits before anything decodes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from radseek.dicom.bounded_file import SizedFile
from radseek.dicom.fields import Fields
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

PIXEL_KEYWORDS = {0x7FE00010: "PixelData", 0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData"}
UNDEFINED_LENGTH = 0xFFFFFFFF

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"})


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixel data element is."""

    tag: int
    vr: str
    offset: int
    """Of its value, in bytes from the start of the stream."""
    length: int
    """In bytes; `UNDEFINED_LENGTH` when encapsulated."""


@dataclass(frozen=True, slots=True)
class PixelDescription:
    """The image pixel module (PS3.3 C.7.6.3), consistent and within limits."""

    element: PixelElement
    transfer_syntax_uid: str
    rows: int
    cols: int
    n_frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: int

    @property
    def keyword(self) -> str:
        """PixelData, FloatPixelData or DoubleFloatPixelData."""
        return PIXEL_KEYWORDS[self.element.tag]

    @property
    def encapsulated(self) -> bool:
        """Whether the pixel data is a sequence of compressed fragments."""
        return self.element.length == UNDEFINED_LENGTH

    @property
    def frame_bits(self) -> int:
        """Length of one uncompressed frame in the file, in bits: 4:2:2 subsampling counted."""
        samples = 2 if self.photometric in {"YBR_FULL_422", "YBR_PARTIAL_422"} else self.samples
        return self.rows * self.cols * samples * self.bits_allocated


def find_pixel_element(stream: SizedFile, implicit: bool, little_endian: bool) -> PixelElement | None:
    """The pixel data element at the stream's position, where pydicom stops before pixels; None when there is none."""
    endian = "<" if little_endian else ">"
    start = stream.tell()
    head = stream.read(12)
    stream.seek(start)
    if len(head) < 8:
        return None
    group, number = struct.unpack(f"{endian}HH", head[:4])
    tag = group << 16 | number
    if tag not in PIXEL_KEYWORDS:
        return None
    if implicit:
        return PixelElement(tag, "OW", start + 8, struct.unpack(f"{endian}L", head[4:8])[0])
    vr = head[4:6].decode("ascii", "replace")
    if vr in {"OB", "OW", "OF", "OD", "UN"} and len(head) == 12:
        return PixelElement(tag, vr, start + 12, struct.unpack(f"{endian}L", head[8:12])[0])
    return PixelElement(tag, vr, start + 8, struct.unpack(f"{endian}H", head[6:8])[0])


def describe_pixels(
    fields: Fields, element: PixelElement, transfer_syntax_uid: str, n_bytes: int, limits: ReadLimits
) -> PixelDescription:
    """The checked description of the pixels in `element` of a file of `n_bytes`.

    Raises:
        DecodeError: NO_PIXELS for an empty element, BAD_PIXEL_HEADER for contradictions, TOO_LARGE above a limit.
    """
    if element.length == 0 or element.offset >= n_bytes:
        raise DecodeError(Reason.NO_PIXELS, "the pixel data element is empty")
    is_float = element.tag != 0x7FE00010
    bits = _unsigned(fields, 0x00280100, "Bits Allocated")
    stored = bits if is_float else _unsigned(fields, 0x00280101, "Bits Stored", bits)
    description = PixelDescription(
        element=element,
        transfer_syntax_uid=transfer_syntax_uid,
        rows=_unsigned(fields, 0x00280010, "Rows"),
        cols=_unsigned(fields, 0x00280011, "Columns"),
        n_frames=read_n_frames(fields),
        samples=_unsigned(fields, 0x00280002, "Samples per Pixel", 1),
        bits_allocated=bits,
        bits_stored=stored,
        high_bit=stored - 1 if is_float else _unsigned(fields, 0x00280102, "High Bit", stored - 1),
        signed=not is_float and _unsigned(fields, 0x00280103, "Pixel Representation", 0) == 1,
        photometric=fields.text(0x00280004).upper(),
        planar=_unsigned(fields, 0x00280006, "Planar Configuration", 0),
    )
    _check_consistent(description)
    _check_size(description, n_bytes, limits)
    return description


def read_n_frames(fields: Fields) -> int:
    """(0028,0008) Number of Frames: 1 when absent, empty or 0.

    Raises:
        DecodeError: BAD_PIXEL_HEADER when it is no count.
    """
    if not fields.text(0x00280008):
        return 1
    n_frames = fields.integer(0x00280008)
    if n_frames is None or n_frames < 0:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, "(0028,0008) Number of Frames is no count")
    return max(1, n_frames)


def _unsigned(fields: Fields, tag: int, name: str, default: int | None = None) -> int:
    """A US element with exactly one value."""
    values = fields.numbers(tag)
    if not values and default is not None:
        return default
    if len(values) != 1 or not 0 <= values[0] <= 0xFFFF or values[0] != int(values[0]):
        problem = "is missing" if not values else f"has {len(values)} values" if len(values) > 1 else "is no US value"
        raise DecodeError(Reason.BAD_PIXEL_HEADER, f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {name} {problem}")
    return int(values[0])


def _check_consistent(d: PixelDescription) -> None:
    problems = (
        (d.rows == 0 or d.cols == 0, f"Rows x Columns = {d.rows} x {d.cols}"),
        (d.bits_allocated != 1 and (d.bits_allocated % 8 != 0 or not 8 <= d.bits_allocated <= 64), "Bits Allocated"),
        (d.keyword != "PixelData" and d.bits_allocated not in {32, 64}, "Bits Allocated of floating-point pixels"),
        (not 1 <= d.bits_stored <= d.bits_allocated, "Bits Stored is above Bits Allocated, or 0"),
        (not d.bits_stored - 1 <= d.high_bit < d.bits_allocated, "High Bit does not fit Bits Stored and Allocated"),
        (d.photometric not in GREY | COLOUR | {"PALETTE COLOR"}, "Photometric Interpretation is missing or unknown"),
        (d.samples != (3 if d.photometric in COLOUR else 1), "Samples per Pixel against Photometric Interpretation"),
        (d.planar not in {0, 1}, "Planar Configuration"),
        (d.samples == 3 and d.bits_allocated not in {8, 16, 32}, "Bits Allocated of colour pixels"),
    )
    for contradicts, what in problems:
        if contradicts:
            bits = f"{d.bits_allocated}/{d.bits_stored}/{d.high_bit}"
            raise DecodeError(Reason.BAD_PIXEL_HEADER, f"{what} (bits allocated/stored/high {bits})")


def _check_size(d: PixelDescription, n_bytes: int, limits: ReadLimits) -> None:
    if d.n_frames > limits.max_frames:
        raise DecodeError(Reason.TOO_LARGE, f"Number of Frames = {d.n_frames}, limit {limits.max_frames}")
    pixels = d.rows * d.cols
    size = max(pixels * d.samples * max(1, d.bits_allocated // 8), pixels * 4)
    if size > limits.decoded_bytes:
        raise DecodeError(
            Reason.TOO_LARGE, f"Rows x Columns = {d.rows} x {d.cols} needs {size} bytes, limit {limits.decoded_bytes}"
        )
    if d.encapsulated:
        return
    present = min(d.element.length, n_bytes - d.element.offset)
    needed = (d.n_frames * d.frame_bits + 7) // 8
    if present < needed:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, f"the pixels need {needed} bytes, {present} are there")
