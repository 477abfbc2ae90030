"""Guards that run before a received data set is parsed: file kind, deflate ceiling, nesting depth."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from radseek.dicom.bounded_file import MemoryFile, SizedFile
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

DEFLATED = "1.2.840.10008.1.2.1.99"
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"

_ALIEN_STARTS = (
    (b"MZ", "mz"),
    (b"\x7fELF", "elf"),
    (b"\xfe\xed\xfa\xce", "macho"),
    (b"\xfe\xed\xfa\xcf", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\xca\xfe\xba\xbe", "macho"),
    (b"PK\x03\x04", "pk"),
    (b"#!", "script"),
    (b"<scr", "script"),
    (b"<htm", "script"),
    (b"<!do", "script"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)


@dataclass(frozen=True, slots=True)
class OpenedDataset:
    """A stream that pydicom may parse, and what was learnt on the way."""

    stream: SizedFile
    """Positioned at 0; already inflated when the transfer syntax is the deflated one."""
    preamble: str
    transfer_syntax_uid: str
    """As the file declares it; empty when it has no file meta information."""
    has_prefix: bool
    """Whether `DICM` stands at byte 128."""


def preamble_kind(preamble: bytes) -> str:
    """What the first bytes of a preamble look like, as `InstanceHeader.preamble` names it (PS3.10 section 7.5)."""
    if not preamble.strip(b"\0"):
        return "zero"
    return next((kind for start, kind in _ALIEN_STARTS if preamble[:4].lower().startswith(start.lower())), "other")


def open_dataset(stream: SizedFile, limits: ReadLimits) -> OpenedDataset:
    """`stream` made safe to hand to pydicom.

    Raises:
        DecodeError: NOT_DICOM when neither prefix nor first element look like DICOM, TOO_LARGE when deflated data
            grows above the limit, UNREADABLE_HEADER when the file meta information or deflated data is damaged.
    """
    start = stream.read(140)
    stream.seek(0)
    if start[128:132] != b"DICM":
        if not _looks_like_element(start):
            raise DecodeError(Reason.NOT_DICOM, "no DICM prefix and no plausible first element")
        return OpenedDataset(stream, "zero", "", has_prefix=False)
    if len(start) <= 132:
        raise DecodeError(Reason.UNREADABLE_HEADER, "nothing follows the DICM prefix")
    kind = preamble_kind(start[:128])
    stream.seek(132)
    syntax = _read_transfer_syntax(stream)
    position = stream.tell()
    if syntax == DEFLATED:
        stream = _inflated(stream, position, limits)
    stream.seek(0)
    return OpenedDataset(stream, kind, syntax, has_prefix=True)


def _looks_like_element(start: bytes) -> bool:
    """Whether the first bytes can be the first element of a data set without preamble: group 0002 or 0008."""
    if len(start) < 8:
        return False
    for endian in "<>":
        group, element = struct.unpack(f"{endian}HH", start[:4])
        length = struct.unpack(f"{endian}L", start[4:8])[0]
        explicit = start[4:6].isalpha() and start[4:6].isupper()
        if group in {0x0002, 0x0008} and element < 0x2000 and (explicit or length < 0x10000):
            return True
    return False


def _read_transfer_syntax(stream: SizedFile) -> str:
    """(0002,0010) of the group 2 elements at the stream's position, which moves to the end of group 2."""
    from pydicom.filereader import read_dataset

    meta = read_dataset(
        stream,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, vr, length: tag >> 16 != 2,
        defer_size=65536,
    )
    raw = meta.get_item(0x00020010) if 0x00020010 in meta else None
    value = getattr(raw, "value", None)
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ")


def _inflated(stream: SizedFile, position: int, limits: ReadLimits) -> SizedFile:
    """The deflated data set from `position` on (PS3.5 A.5), inflated behind a minimal explicit little endian meta."""
    syntax = _EXPLICIT_LITTLE.encode() + b"\0"
    head = b"\0" * 128 + b"DICM" + struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax)) + syntax
    out = io.BytesIO()
    out.write(head)
    stream.seek(position)
    for chunk in inflate(iter(lambda: stream.read(65536), b""), limits.inflated_bytes):
        out.write(chunk)
    return MemoryFile(out.getvalue())


def inflate(chunks: Iterable[bytes], ceiling: int) -> Iterator[bytes]:
    """The raw deflate stream `chunks` inflated, in pieces of at most 1 MiB.

    Raises:
        DecodeError: TOO_LARGE as soon as more than `ceiling` bytes have come out, UNREADABLE_HEADER when damaged.
    """
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    total = 0
    try:
        for pending in chunks:
            piece = engine.decompress(pending, _PIECE)
            while piece:
                total += len(piece)
                if total > ceiling:
                    raise DecodeError(Reason.TOO_LARGE, f"deflated data grows above {ceiling} bytes")
                yield piece
                piece = engine.decompress(engine.unconsumed_tail, _PIECE)
            if engine.eof:
                return
    except zlib.error as error:
        raise DecodeError(Reason.UNREADABLE_HEADER, "the deflated data is damaged") from error


_PIECE = 1024 * 1024


def check_depth(dataset: Any, limits: ReadLimits) -> None:  # noqa: ANN401  (a pydicom Dataset, untyped here)
    """Refuses sequences nested deeper than the limit, without parsing what pydicom left unparsed.

    Raises:
        DecodeError: TOO_DEEP.
    """
    stack = [(dataset, 0)]
    while stack:
        current, depth = stack.pop()
        if depth > limits.sequence_depth:
            raise DecodeError(Reason.TOO_DEEP, f"sequences nested deeper than {limits.sequence_depth}")
        for element in current.values():  # as parsed: look-ups by tag would convert
            value = element.value
            if isinstance(value, bytes):
                if _may_be_sequence(element):
                    _check_raw_depth(element, depth, limits)
            elif element.VR == "SQ":
                stack.extend((item, depth + 1) for item in value)


def _may_be_sequence(raw: Any) -> bool:  # noqa: ANN401  (a pydicom RawDataElement)
    item = b"\xfe\xff\x00\xe0" if raw.is_little_endian else b"\xff\xfe\xe0\x00"
    return raw.VR in {None, "SQ", "UN"} and raw.value[:4] == item


def _check_raw_depth(raw: Any, depth: int, limits: ReadLimits) -> None:  # noqa: ANN401  (a pydicom RawDataElement)
    """Walks the bytes of an unparsed sequence with its own stack; stops silently where the bytes make no sense."""
    content, endian = raw.value, "<" if raw.is_little_endian else ">"
    position, ends = 0, [len(content)]  # one entry of `ends` for each open sequence or item
    while position + 8 <= len(content) and ends:
        while ends and position >= ends[-1]:
            ends.pop()
        if depth + (len(ends) + 1) // 2 > limits.sequence_depth:
            raise DecodeError(Reason.TOO_DEEP, f"sequences nested deeper than {limits.sequence_depth}")
        opens, length, header = _element_at(content, position, endian, raw.is_implicit_VR)
        position += header
        if length == 0xFFFFFFFF:
            ends.append(len(content))
        elif opens:
            ends.append(position + length)
        elif header == 8 and length == 0 and content[position - 8 : position - 4] in _DELIMITERS:
            if ends:
                ends.pop()
        else:
            position += length


_DELIMITERS = frozenset(struct.pack(f"{e}HH", 0xFFFE, element) for e in "<>" for element in (0xE00D, 0xE0DD))
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})


def _element_at(content: bytes, position: int, endian: str, implicit: bool) -> tuple[bool, int, int]:
    """Whether the element at `position` opens a level, its value's length and its header's length, in bytes."""
    group, element, length = struct.unpack_from(f"{endian}HHL", content, position)
    if group == 0xFFFE:
        return element == 0xE000, length, 8
    vr = content[position + 4 : position + 6]
    if implicit or not vr.isalpha():
        following = content[position + 8 : position + 12]
        return following in _ITEMS and length > 0, length, 8
    if vr in _LONG_VRS and position + 12 <= len(content):
        return vr == b"SQ", struct.unpack_from(f"{endian}L", content, position + 8)[0], 12
    return False, struct.unpack_from(f"{endian}H", content, position + 6)[0], 8


_ITEMS = frozenset(struct.pack(f"{e}HH", 0xFFFE, 0xE000) for e in "<>")
