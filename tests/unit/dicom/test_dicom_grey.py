"""The grey-scale pipeline on pictures of a few pixels, where every expected number can be written down."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from dicom_instances import LIMITS, content_of, frame_of, instance, item
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from radseek.dicom import CT_WINDOWS, to_display
from radseek.dicom.bounded_file import MemoryFile
from radseek.dicom.pixels import decode_frames
from radseek.errors import DecodeError
from radseek.records.instances import Frame, Window
from radseek.records.outcomes import Reason


def u16(*values: int) -> Any:
    return np.array([values], dtype=np.uint16)


def i16(*values: int) -> Any:
    return np.array([values], dtype=np.int16)


def test_rescale_gives_hounsfield_units() -> None:
    frame = frame_of(instance(u16(0, 1024, 4095), RescaleSlope=1, RescaleIntercept=-1024))
    np.testing.assert_array_equal(frame.values, [[-1024, 0, 3071]])
    shown = to_display(frame, CT_WINDOWS["soft_tissue"])
    np.testing.assert_allclose(shown, [[0, (0 - 39.5) / 399 + 0.5, 1]], atol=1e-6)


@pytest.mark.parametrize(("present", "expected"), [("RescaleSlope", 30.0), ("RescaleIntercept", 13.0)])
def test_half_a_rescale_is_completed(present: str, expected: float) -> None:
    """Both are required together (PS3.3 C.11.1); a lone one is applied with 1 or 0 for the other."""
    assert frame_of(instance(u16(10), **{present: 3})).values[0, 0] == expected


@pytest.mark.parametrize(
    ("elements", "unit"),
    [
        ({"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": -1024}, "HU"),
        ({"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU"}, "HU"),
        ({"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}, ""),
        ({"Modality": "CT"}, ""),  # a secondary capture: its greys are no Hounsfield units
        ({"Modality": "MR", "RescaleSlope": 1, "RescaleIntercept": 0}, ""),
        ({"Modality": "PT", "RescaleSlope": 2, "RescaleIntercept": 0, "RescaleType": "HU"}, ""),
    ],
)
def test_only_a_rescaled_ct_is_in_hounsfield_units(elements: dict[str, Any], unit: str) -> None:
    assert frame_of(instance(u16(0, 1), **elements)).unit == unit


def test_a_modality_lut_is_in_no_known_unit() -> None:
    table = lut([3, 10, 16], [100, 300, 200])
    assert frame_of(instance(u16(0, 10), Modality="CT", RescaleIntercept=0, ModalityLUTSequence=table)).unit == ""


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
def test_signed_12_bit_pixels(syntax: str) -> None:
    """Bits above the stored ones are rubbish here and must not count: -1 is 0xFFF in 12 bits, here 0x0FFF."""
    stored = i16(-1, 5, -2048, 2047) & 0x0FFF
    dataset = instance(stored.astype(np.int16), BitsStored=12, HighBit=11)
    if syntax == RLELossless:
        dataset.file_meta = None
        dataset = compressed(dataset, stored)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = stored.astype(">i2").tobytes()
    np.testing.assert_array_equal(frame_of(dataset, syntax=syntax).values, [[-1, 5, -2048, 2047]])


def compressed(dataset: Any, stored: Any) -> Any:
    """RLE of one 16-bit frame: a segment of literals for the high bytes, one for the low."""
    planes = [stored.astype(">i2").tobytes()[index::2] for index in range(2)]
    segments = [bytes([len(plane) - 1]) + plane + b"\0" * ((len(plane) + 1) % 2) for plane in planes]
    header = struct.pack("<16L", 2, 64, 64 + len(segments[0]), *[0] * 13)
    dataset.add_new("PixelData", "OB", encapsulate([header + b"".join(segments)]))
    dataset["PixelData"].is_undefined_length = True
    return dataset


def test_left_aligned_bits() -> None:
    """12 bits stored in bits 15 to 4, with an overlay in the lowest bits that is not part of the picture."""
    stored = (u16(0, 100, 4095) << 4) | 0x3
    frame = frame_of(instance(stored, BitsStored=12, HighBit=15))
    np.testing.assert_array_equal(frame.values, [[0, 100, 4095]])
    signed = ((i16(-1, -2048, 7) << 4) | 0x3).astype(np.int16)
    frame = frame_of(instance(signed, BitsStored=12, HighBit=15))
    np.testing.assert_array_equal(frame.values, [[-1, -2048, 7]])


def test_overlay_in_the_unused_high_bits_is_ignored() -> None:
    frame = frame_of(instance(u16(5, 6) | 0x8000, BitsStored=12, HighBit=11))
    np.testing.assert_array_equal(frame.values, [[5, 6]])


def test_padding_is_black_and_does_not_set_the_window() -> None:
    dataset = instance(i16(-2000, 10, 20, 30), PixelPaddingValue=-2000, Modality="MR")
    frame = frame_of(dataset)
    assert [window.name for window in frame.windows] == ["auto"]
    assert frame.windows[0].center == pytest.approx(20, abs=0.2)
    np.testing.assert_allclose(to_display(frame)[0, [0, 2]], [0, 0.5], atol=0.01)


def test_padding_of_monochrome1_is_black_too() -> None:
    dataset = instance(u16(0, 10, 20, 4095), PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0)
    dataset.WindowCenter, dataset.WindowWidth = 500, 1000
    shown = to_display(frame_of(dataset))
    assert shown[0, 0] == 0.0
    assert shown[0, 1] > shown[0, 2] > shown[0, 3] == 0.0


def test_padding_range_and_wrongly_signed_padding() -> None:
    """63536 written where -2000 is meant: the 16 bits are the same."""
    dataset = instance(i16(-2000, -1990, 10), Modality="MR")
    dataset.add_new(0x00280120, "US", 63536)
    dataset.add_new(0x00280121, "SS", -1985)
    frame = frame_of(dataset)
    np.testing.assert_array_equal(frame.values == frame.values[0, 0], [[True, True, False]])


def test_ct_padding_is_black_in_every_customary_window() -> None:
    frame = frame_of(instance(i16(-3024, -1000, 50), PixelPaddingValue=-3024, RescaleSlope=1, RescaleIntercept=0))
    for window in CT_WINDOWS.values():
        assert to_display(frame, window)[0, 0] == 0.0


def test_all_padding() -> None:
    frame = frame_of(instance(u16(9, 9), PixelPaddingValue=9))
    assert np.isfinite(frame.values).all()
    assert to_display(frame).max() == 0.0


def lut(descriptor: list[int], data: Any) -> Sequence:
    table = item()
    table.add_new("LUTDescriptor", "SS" if min(descriptor) < 0 else "US", descriptor)
    table.add_new("LUTData", "OW", np.array(data, dtype=np.uint16).tobytes())
    return Sequence([table])


def test_modality_lut_clamps_at_both_ends() -> None:
    frame = frame_of(instance(u16(0, 10, 11, 12, 99), ModalityLUTSequence=lut([3, 10, 16], [100, 300, 200])))
    np.testing.assert_array_equal(frame.values, [[100, 100, 300, 200, 200]])


def test_modality_lut_of_signed_input() -> None:
    frame = frame_of(instance(i16(-5, -2, -1, 0, 7), ModalityLUTSequence=lut([3, -2, 16], [1, 2, 3])))
    np.testing.assert_array_equal(frame.values, [[1, 1, 2, 3, 3]])


def test_voi_lut_comes_after_the_rescale_and_wins() -> None:
    dataset = instance(u16(0, 1, 2, 3), RescaleSlope=1, RescaleIntercept=-2)
    dataset.VOILUTSequence = lut([3, -1, 10], [0, 1023, 511])
    dataset.WindowCenter, dataset.WindowWidth = 0, 100
    frame = frame_of(dataset)
    np.testing.assert_allclose(to_display(frame), [[0, 0, 1, 511 / 1023]], atol=1e-6)
    assert [window.width for window in frame.windows] == [100.0]


def test_voi_lut_with_8_bit_entries_and_a_wrong_depth() -> None:
    table = item()
    table.add_new("LUTDescriptor", "US", [4, 0, 8])
    table.add_new("LUTData", "OW", bytes([0, 51, 102, 255]))
    shown = to_display(frame_of(instance(u16(0, 1, 2, 3), VOILUTSequence=Sequence([table]))))
    np.testing.assert_allclose(shown, [[0, 0.2, 0.4, 1]], atol=1e-6)
    too_deep = lut([2, 0, 10], [0, 4095])  # entries of 12 bits, 10 declared
    np.testing.assert_allclose(to_display(frame_of(instance(u16(0, 1), VOILUTSequence=too_deep))), [[0, 1]])


@pytest.mark.parametrize("broken", [lut([500, 0, 16], [1, 2]), lut([2, 0, 99], [1, 2]), Sequence([item()])])
def test_a_lut_that_is_none_is_left_out(broken: Sequence) -> None:
    dataset = instance(u16(1, 2, 3), VOILUTSequence=broken, WindowCenter=2, WindowWidth=2)
    assert frame_of(dataset).voi_lut is None


def test_all_windows_are_kept_in_order_with_names_and_function() -> None:
    dataset = instance(u16(1, 2), WindowCenter=[40, -600, 5], WindowWidth=[400, 1500, 0])
    dataset.WindowCenterWidthExplanation, dataset.VOILUTFunction = ["ABDOMEN", "LUNG", "BAD"], "SIGMOID"
    assert frame_of(dataset).windows == (
        Window(40.0, 400.0, "ABDOMEN", "SIGMOID"),
        Window(-600.0, 1500.0, "LUNG", "SIGMOID"),
    )


def test_rgb_planar_and_interleaved() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
    expected = [[0.299 * 255, 0.587 * 255, 0.114 * 255, 255]]
    np.testing.assert_allclose(frame_of(instance(colours)).values, expected, rtol=1e-5)
    planar = instance(colours, PlanarConfiguration=1)
    planar.PixelData = colours.transpose(2, 0, 1).tobytes()
    frame = frame_of(planar)
    np.testing.assert_allclose(frame.values, expected, rtol=1e-5)
    np.testing.assert_allclose(to_display(frame), np.array(expected) / 255, rtol=1e-5)


def test_windows_do_not_apply_to_colour() -> None:
    dataset = instance(np.full((1, 2, 3), 128, dtype=np.uint8), WindowCenter=0, WindowWidth=10)
    np.testing.assert_allclose(to_display(frame_of(dataset)), 128 / 255, rtol=1e-5)


def test_ybr_full_is_its_first_channel() -> None:
    dataset = instance(np.array([[[16, 200, 3], [235, 1, 99]]], dtype=np.uint8), PhotometricInterpretation="YBR_FULL")
    np.testing.assert_array_equal(frame_of(dataset).values, [[16, 235]])


def test_ybr_422_subsampled_and_not() -> None:
    subsampled = instance(np.zeros((1, 2, 3), dtype=np.uint8), PhotometricInterpretation="YBR_FULL_422")
    subsampled.PixelData = bytes([10, 20, 128, 128])  # Y1 Y2 CB CR
    np.testing.assert_array_equal(frame_of(subsampled).values, [[10, 20]])
    full = np.array([[[10, 1, 2], [20, 3, 4]]], dtype=np.uint8)
    np.testing.assert_array_equal(frame_of(instance(full, PhotometricInterpretation="YBR_FULL_422")).values, [[10, 20]])


def test_palette() -> None:
    dataset = instance(np.array([[0, 1, 2, 9]], dtype=np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for channel, entries in (("Red", [0, 255, 0]), ("Green", [0, 0, 255]), ("Blue", [0, 0, 0])):
        setattr(dataset, f"{channel}PaletteColorLookupTableDescriptor", [3, 0, 8])
        data = struct.pack("<4B", *entries, 0)
        dataset.add_new(f"{channel}PaletteColorLookupTableData", "OW", data)
    np.testing.assert_allclose(frame_of(dataset).values, [[0, 0.299 * 255, 0.587 * 255, 0.587 * 255]], rtol=1e-5)


@pytest.mark.parametrize("broken", ["missing", "short", "unequal"])
def test_palettes_that_are_none(broken: str) -> None:
    dataset = instance(np.array([[0, 1]], dtype=np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for channel in ("Red", "Green") if broken == "missing" else ("Red", "Green", "Blue"):
        n_entries = 2 if broken == "unequal" and channel == "Red" else 4
        setattr(dataset, f"{channel}PaletteColorLookupTableDescriptor", [n_entries, 0, 16])
        content = b"\0" * (2 if broken == "short" else 8)
        dataset.add_new(f"{channel}PaletteColorLookupTableData", "OW", content)
    with pytest.raises(DecodeError, match="palette"):
        frame_of(dataset)


def test_one_bit_pixels() -> None:
    dataset = instance(np.zeros((2, 3), dtype=np.uint8), BitsAllocated=1, BitsStored=1, HighBit=0)
    dataset.PixelData = bytes([0b00110010, 0])  # lowest bit first
    np.testing.assert_array_equal(frame_of(dataset).values, [[0, 1, 0], [0, 1, 1]])


def test_float_pixels_with_nan() -> None:
    dataset = instance(Modality="MR", BitsAllocated=32)
    del dataset.PixelData
    values = np.array([[np.nan, 0.25, 0.5], [0.75, 1.0, np.inf]], dtype=np.float32)
    dataset.add_new("FloatPixelData", "OF", values.tobytes())
    frame = frame_of(dataset)
    assert np.isfinite(frame.values).all()
    shown = to_display(frame)
    assert shown[0, 0] == shown[1, 2] == 0.0
    assert shown[0, 1] < shown[0, 2] < shown[1, 0] < shown[1, 1]


def deflated_frame(dataset: Any, index: int) -> Frame:
    """pydicom does not write the syntax: its UID is put in afterwards."""
    native, deflated = b"UI\x14\x001.2.840.10008.1.2.1\x00", b"UI\x16\x001.2.840.10008.1.2.8.1\x00"
    content = content_of(dataset).replace(native, deflated, 1)
    return next(decode_frames(MemoryFile(content), [index], LIMITS))


def test_deflated_frames() -> None:
    """Deflated Image Frame Compression: every frame is a deflate stream of its own."""
    frames = [u16(1, 2), u16(3, 4)]
    engine = [zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS) for _ in frames]
    streams = [one.compress(pixels.tobytes()) + one.flush() for one, pixels in zip(engine, frames, strict=True)]
    dataset = instance(frames[0], NumberOfFrames=2)
    dataset.add_new("PixelData", "OB", encapsulate(streams))
    dataset["PixelData"].is_undefined_length = True
    np.testing.assert_array_equal(deflated_frame(dataset, 1).values, [[3, 4]])
    dataset.add_new("PixelData", "OB", encapsulate([zlib.compress(b"\0" * 10**6)[2:]] * 2))
    dataset["PixelData"].is_undefined_length = True
    with pytest.raises(DecodeError, match="grows above") as caught:
        deflated_frame(dataset, 0)
    assert caught.value.reason == Reason.TOO_LARGE


def test_enhanced_frames_have_their_own_rescale_window_and_spacing() -> None:
    stored = u16(10, 20)
    dataset = instance(stored, NumberOfFrames=3)
    dataset.PixelData = stored.tobytes() * 3
    dataset.SharedFunctionalGroupsSequence = Sequence([
        item(
            PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.5, 0.25])]),
            PixelValueTransformationSequence=Sequence([item(RescaleSlope=2, RescaleIntercept=1)]),
        )
    ])
    own = item(
        PixelValueTransformationSequence=Sequence([item(RescaleSlope=10, RescaleIntercept=-1000)]),
        FrameVOILUTSequence=Sequence([item(WindowCenter=-850, WindowWidth=100)]),
    )
    dataset.PerFrameFunctionalGroupsSequence = Sequence([item(), own])  # none for the third: a lie that happens
    first, second, third = (frame_of(dataset, index) for index in range(3))
    np.testing.assert_array_equal(first.values, [[21, 41]])
    np.testing.assert_array_equal(second.values, [[-900, -800]])
    np.testing.assert_array_equal(third.values, first.values)
    assert (first.windows[0].name, second.windows) == ("auto", (Window(-850.0, 100.0),))
    assert first.spacing_mm == second.spacing_mm == (0.5, 0.25)


def test_pixels_of_frame_k_of_odd_size_start_where_they_should() -> None:
    frames = np.arange(3 * 3 * 5, dtype=np.uint8).reshape(5, 3, 3)
    dataset = instance(frames[0], NumberOfFrames=5)
    dataset.PixelData = frames.tobytes() + b"\0"
    for index in range(5):
        np.testing.assert_array_equal(frame_of(dataset, index).values, frames[index])
