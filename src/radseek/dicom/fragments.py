"""A compressed frame by its place, where no offset table says where it is.

Many ultrasound machines write none. A frame is then found by stepping over all fragments, which takes longer than
decoding one on a clip of thousands of frames, and a clip is played frame by frame: each file is stepped through once.
"""

from __future__ import annotations

from radseek.dicom.bounded_file import SizedFile

_HEAD_BYTES = 8
"""Tag and length that stand before each fragment (PS3.5 A.4)."""


def frame_of_own_fragment(stream: SizedFile, pixel_offset: int, index: int, n_frames: int) -> bytes | None:
    """The encoded frame at `index` (from 0), where each of `n_frames` has one fragment of its own; None elsewhere.

    Args:
        stream: The file; it remembers where its fragments are.
        pixel_offset: Where the value of the pixel data begins.
        index: From 0.
        n_frames: As the header says.
    """
    if pixel_offset not in stream.fragments:
        stream.fragments[pixel_offset] = _fragments(stream, pixel_offset)
    starts = stream.fragments[pixel_offset]
    if len(starts) != n_frames:
        return None
    stream.seek(starts[index])
    return stream.read(int.from_bytes(stream.read(_HEAD_BYTES)[4:], "little"))


def _fragments(stream: SizedFile, pixel_offset: int) -> tuple[int, ...]:
    """Where each fragment begins; none when an offset table says it."""
    from pydicom.encaps import parse_basic_offsets, parse_fragments

    stream.seek(pixel_offset)
    return () if parse_basic_offsets(stream) else tuple(parse_fragments(stream)[1])
