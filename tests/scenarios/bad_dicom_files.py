"""Hand-made DICOM files that lie, made of bytes, so that no writing library smooths the lie out."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

CT = "1.2.840.10008.5.1.4.1.1.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
MPEG4 = "1.2.840.10008.1.2.4.102"

UNDEFINED = 0xFFFFFFFF
_LONG = {b"OB", b"OW", b"OF", b"SQ", b"UN", b"UT", b"UC"}
Elements = Mapping[int, tuple[str, bytes] | None]


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One explicit little endian element; `length` may lie."""
    value += b"\0" * (len(value) % 2) if vr in {"UI", "OB", "UN"} else b" " * (len(value) % 2)
    claimed = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    tail = struct.pack("<HL", 0, claimed) if vr.encode() in _LONG else struct.pack("<H", claimed)
    return head + tail + value


def us(*values: int) -> tuple[str, bytes]:
    return "US", struct.pack(f"<{len(values)}H", *values)


def text(vr: str, value: str) -> tuple[str, bytes]:
    return vr, value.encode("latin-1")


BASE: dict[int, tuple[str, bytes]] = {
    0x00080016: text("UI", CT),
    0x00080018: text("UI", "1.2.3.4.1"),
    0x00080020: text("DA", "20240229"),
    0x00080060: text("CS", "CT"),
    0x00100020: text("LO", "P1"),
    0x0020000D: text("UI", "1.2.3.4"),
    0x0020000E: text("UI", "1.2.3.4.0"),
    0x00200013: text("IS", "1"),
    0x00280002: us(1),
    0x00280004: text("CS", "MONOCHROME2"),
    0x00280010: us(16),
    0x00280011: us(16),
    0x00280100: us(16),
    0x00280101: us(12),
    0x00280102: us(11),
    0x00280103: us(0),
}
PIXELS = struct.pack("<256H", *range(256))


def part10(dataset: bytes, syntax: str = EXPLICIT, preamble: bytes = b"\0" * 128) -> bytes:
    """A Part 10 file around an encoded data set."""
    meta = element(0x00020010, "UI", syntax.encode())
    meta = element(0x00020000, "UL", struct.pack("<L", len(meta))) + meta
    return preamble + b"DICM" + meta + dataset


def dataset(changes: Elements | None = None, pixels: bytes | None = None) -> bytes:
    """The base CT image with `changes` (None takes an element out); `pixels` is the whole pixel data element."""
    merged: dict[int, tuple[str, bytes] | None] = {**BASE, **(changes or {})}
    body = b"".join(element(tag, *entry) for tag, entry in sorted(merged.items()) if entry is not None)
    return body + (element(0x7FE00010, "OW", PIXELS) if pixels is None else pixels)


def image(changes: Elements | None = None, pixels: bytes | None = None, syntax: str = EXPLICIT) -> bytes:
    """A Part 10 file of the base CT image with `changes`."""
    return part10(dataset(changes, pixels), syntax)


def item(content: bytes, defined: bool = True) -> bytes:
    if defined:
        return struct.pack("<HHL", 0xFFFE, 0xE000, len(content)) + content
    return struct.pack("<HHL", 0xFFFE, 0xE000, UNDEFINED) + content + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)


def sequence(tag: int, *items: bytes, defined: bool = True) -> bytes:
    content = b"".join(item(one, defined) for one in items)
    if defined:
        return element(tag, "SQ", content)
    return element(tag, "SQ", content + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0), UNDEFINED)


def nested(depth: int, defined: bool) -> bytes:
    """`depth` sequences inside each other."""
    content = b""
    for _ in range(depth):
        content = sequence(0x00081140, content, defined=defined)
    return content


def image_with_nested(depth: int, defined: bool) -> bytes:
    """The base image with a deep sequence where its tag belongs (0008,1140)."""
    early = {tag: entry for tag, entry in BASE.items() if tag < 0x00081140}
    late = {tag: entry for tag, entry in BASE.items() if tag > 0x00081140}
    body = b"".join(element(tag, *entry) for tag, entry in sorted(early.items())) + nested(depth, defined)
    body += b"".join(element(tag, *entry) for tag, entry in sorted(late.items()))
    return part10(body + element(0x7FE00010, "OW", PIXELS))


def encapsulated(*frames: bytes) -> bytes:
    """A pixel data element with an empty offset table and one fragment a frame."""
    fragments = b"".join(item(frame + b"\0" * (len(frame) % 2)) for frame in frames)
    return element(0x7FE00010, "OB", item(b"") + fragments + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0), UNDEFINED)


def jpeg2000_claiming(rows: int, cols: int) -> bytes:
    """The start of a JPEG 2000 codestream of impossible size: SOC, SIZ, then nothing of use."""
    siz = struct.pack(">HHLLLLLLLLH", 41, 0, cols, rows, 0, 0, cols, rows, 0, 0, 1) + bytes([15, 1, 1])
    return b"\xff\x4f\xff\x51" + siz + b"\xff\xd9"


def jpeg_ls_claiming(rows: int, cols: int) -> bytes:
    frame = struct.pack(">HBHHB", 11, 12, rows, cols, 1) + bytes([1, 0x11, 0])
    scan = struct.pack(">HB", 8, 1) + bytes([1, 0, 0, 0, 0])
    return b"\xff\xd8\xff\xf7" + frame + b"\xff\xda" + scan + b"\0" * 64 + b"\xff\xd9"


def rle_frame(runs: int = 1) -> bytes:
    """An RLE frame of two segments that each decode to 128 bytes a run."""
    segment = bytes([0x81, 0x07]) * runs  # 128 times 7
    return struct.pack("<16L", 2, 64, 64 + len(segment), *[0] * 13) + segment + segment


def deflate_bomb(inflated_mib: int) -> bytes:
    """A deflated image with a private element of `inflated_mib` MiB of zeros: about a thousandth of it on disk."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = engine.compress(element(0x00080016, "UI", CT.encode()))
    body += engine.compress(element(0x00090010, "LO", b"RADSEEK TEST"))
    body += engine.compress(element(0x00091001, "OB", b"", inflated_mib * 1024 * 1024))
    body += engine.flush(zlib.Z_FULL_FLUSH)
    one_mib = engine.compress(b"\0" * (1024 * 1024)) + engine.flush(zlib.Z_FULL_FLUSH)  # the same bytes each time
    return part10(body + one_mib * inflated_mib + engine.flush(), DEFLATED)


def content_item(kind: str, name: str, value: bytes = b"", children: bytes = b"") -> bytes:
    """One SR content item without its item header."""
    concept = sequence(0x0040A043, element(0x00080104, "LO", name.encode()))
    return (
        element(0x0040A010, "CS", b"CONTAINS") + element(0x0040A040, "CS", kind.encode()) + concept + value + children
    )


def text_item(name: str, said: str) -> bytes:
    return content_item("TEXT", name, element(0x0040A160, "UT", said.encode()))


def report(content: bytes, sop_class: str = BASIC_TEXT_SR) -> bytes:
    """A Part 10 structured report whose root holds the encoded content sequence."""
    keys = (0x00080018, 0x00080020, 0x00080060, 0x00100020, 0x0020000D, 0x0020000E, 0x00200013)
    body = element(0x00080016, "UI", sop_class.encode())
    body += b"".join(element(tag, *BASE[tag]) for tag in sorted(keys))
    return part10(body + element(0x0040A040, "CS", b"CONTAINER") + content)
