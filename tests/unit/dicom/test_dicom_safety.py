"""Guards before parsing, and names that come from outside."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radseek.dicom import FrameRequest, Locator
from radseek.dicom.bounded_file import BoundedFile, MemoryFile, SizedFile
from radseek.dicom.codestream import codestream_size
from radseek.dicom.dicomdir import resolve_reference
from radseek.dicom.safety import inflate
from radseek.dicom.sop_classes import is_uid
from radseek.dicom.zip_members import _is_safe_name
from radseek.errors import DecodeError, InputError
from radseek.records.outcomes import Reason


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 80), st.integers(-1, 2**33)), max_size=6))
def test_bounded_file_reads_as_a_file_does(content: bytes, steps: list[tuple[int, int]]) -> None:
    """Whatever length is asked for, also ones that would exhaust memory."""
    plain = io.BytesIO(content)
    for bounded in (BoundedFile(io.BytesIO(content), len(content)), MemoryFile(content)):
        check_reads(plain, bounded, steps)


def check_reads(plain: io.BytesIO, bounded: SizedFile, steps: list[tuple[int, int]]) -> None:
    for offset, n in steps:
        assert bounded.seek(offset) == plain.seek(offset)
        assert bounded.read(n) == plain.read(min(n, 100))
        assert bounded.tell() == plain.tell()


def raw_deflate(content: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(content) + engine.flush()


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_inflate_is_zlib_in_pieces(content: bytes, piece: int) -> None:
    packed = raw_deflate(content)
    chunks = [packed[start : start + piece] for start in range(0, len(packed), piece)]
    assert b"".join(inflate(chunks, len(content))) == content


def test_inflate_stops_at_the_ceiling() -> None:
    packed = raw_deflate(b"\0" * 50_000_000)
    pieces: list[bytes] = []
    with pytest.raises(DecodeError, match="grows above 3000000") as caught:
        pieces.extend(inflate([packed], 3_000_000))
    assert caught.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("text", "good"),
    [("1.2.840", True), ("0", True), ("1.02", True), ("9" * 64, True), ("9" * 65, False), ("", False), ("1..2", False),
     (".1", False), ("1.", False), ("..", False), ("1.2a", False), ("1/2", False), ("١.٢", False), ("1.2\n", False)],
)  # fmt: skip
def test_uids(text: str, good: bool) -> None:
    assert is_uid(text) == good


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "C:", "\0", "etc", "~", "a" * 300]), max_size=8).map(
        "/".join
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(HOSTILE)
def test_no_reference_leaves_its_folder(tmp_path: Path, reference: str) -> None:
    folder = tmp_path / "media"
    folder.mkdir(exist_ok=True)
    target = resolve_reference(folder, reference)
    if target is not None:
        assert folder in target.parents
        assert folder.resolve() in target.resolve().parents


@given(HOSTILE)
def test_no_safe_zip_name_leaves_its_archive(name: str) -> None:
    if _is_safe_name(name):
        assert Path("/root/of/archive") in Path("/root/of/archive", *name.split("/")).resolve().parents


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_codestream_sizes_are_those_of_the_picture(bits: int) -> None:
    pixels = (np.arange(30 * 40).reshape(30, 40) % 2**bits).astype(np.uint8 if bits == 8 else np.uint16)
    frames = [
        imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0),
        imagecodecs.jpeg2k_encode(pixels, codecformat="jp2", reversible=True, level=0),
        imagecodecs.jpegls_encode(pixels),
        imagecodecs.jpeg8_encode(pixels, lossless=True, bitspersample=bits, predictor=1),
    ]
    for frame in frames:
        size = codestream_size(frame)
        assert size is not None
        assert (size.rows, size.cols, size.components) == (30, 40, 1)
        for cut in range(0, min(80, len(frame))):
            codestream_size(frame[:cut])  # never raises
    colour = codestream_size(imagecodecs.jpeg8_encode(np.zeros((5, 6, 3), dtype=np.uint8)))
    assert colour is not None
    assert (colour.rows, colour.cols, colour.components, colour.jfif) == (5, 6, 3, True)
    assert codestream_size(b"RLE has no size of its own") is None


@settings(max_examples=300)
@given(st.binary(max_size=120))
def test_codestream_size_of_noise_never_raises(content: bytes) -> None:
    for start in (b"", b"\xff\xd8", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "):
        codestream_size(start + content)


def test_negative_frame_index() -> None:
    with pytest.raises(InputError, match="start at 0, got -2"):
        FrameRequest(Locator(Path("x")), (0, -2))


def test_importing_the_floor_loads_no_parser() -> None:
    heavy = "{'pydicom', 'PIL', 'imagecodecs', 'torch', 'monai'}"
    code = f"import sys, radseek.dicom; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
