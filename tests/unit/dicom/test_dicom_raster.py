"""PNG and JPEG files as grey frames, through the children as tables of images do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from radseek.dicom import FrameRequest, Locator, ReadLimits, SandboxReader, to_display
from radseek.dicom.bounded_file import MemoryFile
from radseek.dicom.raster import decode_raster
from radseek.errors import DecodeError
from radseek.records.instances import Frame
from radseek.records.outcomes import Reason

RAMP = np.arange(256, dtype=np.uint8).reshape(8, 32)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def read(content: bytes, limits: ReadLimits | None = None) -> Frame:
    return decode_raster(MemoryFile(content), limits or ReadLimits())


def test_8_bit_grey_is_shown_as_it_is() -> None:
    frame = read(saved(Image.fromarray(RAMP)))
    np.testing.assert_array_equal(frame.values, RAMP)
    np.testing.assert_allclose(to_display(frame), RAMP / 255, atol=1e-6)
    assert not frame.inverted


def test_16_bit_grey_keeps_its_depth() -> None:
    deep = np.arange(0, 65536, 256, dtype=np.uint16).reshape(8, 32)
    np.testing.assert_allclose(read(saved(Image.fromarray(deep))).values, deep / 257.0, rtol=1e-6)


def test_colour_palette_alpha_and_bits() -> None:
    red = Image.new("RGB", (3, 2), (255, 0, 0))
    expected = round(0.299 * 255)
    for image in (red, red.convert("RGBA"), red.quantize(4)):
        np.testing.assert_allclose(read(saved(image)).values, expected, atol=1)
    assert set(read(saved(Image.fromarray(RAMP > 99))).values.ravel()) == {0.0, 255.0}


def test_jpeg_and_its_orientation() -> None:
    half = np.zeros((16, 32), dtype=np.uint8)
    half[:, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    frame = read(saved(Image.fromarray(half), "JPEG", exif=exif, quality=95))
    np.testing.assert_allclose(frame.values, half[::-1, ::-1], atol=3)


@pytest.mark.parametrize("cut", [20, 60, 200])
def test_damaged(cut: int) -> None:
    with pytest.raises(DecodeError, match="does not decode") as caught:
        read(saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)))[:cut])
    assert caught.value.reason == Reason.DECODE_FAILED


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    content = saved(Image.new("L", (4000, 4000)))
    with pytest.raises(DecodeError, match="4000 x 4000") as caught:
        read(content, ReadLimits(decoded_bytes=4000 * 4000 * 4 - 1))
    assert caught.value.reason == Reason.TOO_LARGE


@pytest.fixture(scope="module")
def reader() -> Iterator[SandboxReader]:
    with SandboxReader(n_workers=1) as one:
        yield one


def test_through_the_reader(reader: SandboxReader, tmp_path: Path) -> None:
    picture, text, damaged = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    picture.write_bytes(saved(Image.fromarray(RAMP)))
    text.write_text("not a picture")
    damaged.write_bytes(saved(Image.fromarray(RAMP))[:50])
    link = tmp_path / "link.png"
    link.symlink_to(picture)
    requests = [FrameRequest(Locator(path)) for path in (picture, text, damaged, link)]
    good, no_picture, broken, linked = reader.read_frames(requests)
    np.testing.assert_array_equal(good.frames[0].values, RAMP)
    np.testing.assert_array_equal(linked.frames[0].values, RAMP)  # a table may name links
    reasons = [one.refusal.reason for one in (no_picture, broken) if one.refusal is not None]
    assert reasons == [Reason.NOT_DICOM, Reason.DECODE_FAILED]


def test_a_picture_has_one_frame(reader: SandboxReader, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(saved(Image.fromarray(RAMP)))
    (second,) = reader.read_frames([FrameRequest(Locator(picture), (1,))])
    assert second.refusal is not None
    assert second.refusal.reason == Reason.BAD_PIXEL_HEADER
