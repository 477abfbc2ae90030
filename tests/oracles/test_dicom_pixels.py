"""Real files of pydicom's wheel and of pydicom-data, compared with slow obvious readings of the same files."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import data_store
import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from radseek.dicom import (
    FrameRead,
    FrameRequest,
    HeaderRead,
    Locator,
    ReadLimits,
    SandboxReader,
    choose_key_frames,
    to_display,
)
from radseek.dicom.bounded_file import MemoryFile
from radseek.dicom.pixels import decode_frames
from radseek.records.instances import Frame, InstanceKind
from radseek.records.outcomes import Reason

pytestmark = pytest.mark.filterwarnings("ignore")  # pydicom warns of what these files do wrong, which is their point

WHEEL = Path(pydicom.__file__).parent / "data"
FOLDERS = (WHEEL / "test_files", WHEEL / "charset_files", Path(data_store.__file__).parent / "data")
FILES = sorted(
    path for folder in FOLDERS for path in folder.rglob("*") if path.is_file() and "__" not in str(path.name)
)


@pytest.fixture(scope="module")
def headers() -> list[HeaderRead]:
    with SandboxReader(n_workers=2) as reader:
        return list(reader.read_headers(map(Locator, FILES)))


@pytest.fixture(scope="module")
def frames(headers: list[HeaderRead]) -> list[FrameRead]:
    requests = [
        FrameRequest(read.locator, tuple(choose_key_frames(read.header.n_frames, 3)))
        for read in headers
        if read.header is not None and read.header.kind == InstanceKind.IMAGE
    ]
    with SandboxReader(n_workers=2) as reader:
        return list(reader.read_frames(requests))


def test_every_file_has_exactly_one_outcome(headers: list[HeaderRead]) -> None:
    assert [read.locator.path for read in headers] == FILES
    assert all((read.header is None) != (read.refusal is None) for read in headers)
    assert all(len(read.sha256) == 64 and read.n_bytes == read.locator.path.stat().st_size for read in headers)


def test_no_file_kills_or_outlasts_a_child(headers: list[HeaderRead], frames: list[FrameRead]) -> None:
    reasons = {read.refusal.reason for read in [*headers, *frames] if read.refusal is not None}
    assert not reasons & {Reason.DECODER_DIED, Reason.TOO_SLOW, Reason.OUT_OF_MEMORY, Reason.NOT_READABLE}


def known_good() -> Iterator[Path]:
    """Files whose first frame pydicom decodes here, or which are JPEG that it has no permissive decoder for."""
    for path in FILES:
        try:
            dataset = pydicom.dcmread(path)
            if "PixelData" in dataset or "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
                reference_samples(dataset, 0)
                yield path
        except (pydicom.errors.InvalidDicomError, ValueError, AttributeError, RuntimeError, NotImplementedError):
            continue


NOT_INDEXED = {Reason.UNSUPPORTED_SOP_CLASS, Reason.MISSING_UID, Reason.BAD_UID}


def test_all_known_good_images_decode(headers: list[HeaderRead], frames: list[FrameRead]) -> None:
    """The whole list of files that decode, decodes, less what is no scan or has no usable identity."""
    good = set(known_good())
    assert len(good) > 120
    refused = {read.locator.path: read.refusal for read in headers if read.refusal is not None}
    missed = {path: refused[path] for path in good if path in refused and refused[path].reason not in NOT_INDEXED}
    assert missed == {}
    failed = {read.request.locator.path.name: read.refusal for read in frames if read.refusal is not None}
    # its SIZ marker was overwritten with a sequence delimiter on purpose: no decoder can know the size
    assert set(failed) == {"JPEG2000-embedded-sequence-delimiter.dcm"}
    assert Counter(read.refusal is None for read in frames)[True] >= len(good) - len(refused)


def reference_samples(dataset: Any, index: int) -> Any:
    """Stored samples by another road: pydicom's own native and RLE code, Pillow, imagecodecs' other decoders."""
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    options = {"index": index, "raw": True}
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return get_decoder(syntax).as_array(dataset, **options)
    if syntax == "1.2.840.10008.1.2.5":
        return get_decoder(syntax).as_array(dataset, decoding_plugin="pydicom", **options)
    frame = get_frame(dataset.PixelData, index, number_of_frames=int(dataset.get("NumberOfFrames") or 1))
    if syntax.endswith((".57", ".70")):
        return imagecodecs.ljpeg_decode(frame), {"photometric_interpretation": dataset.PhotometricInterpretation}
    if syntax.endswith(".51"):
        return imagecodecs.jpeg8_decode(frame), {"photometric_interpretation": dataset.PhotometricInterpretation}
    if syntax.endswith((".80", ".81")) and dataset.PixelRepresentation == 0 and dataset.SamplesPerPixel == 1:
        return imagecodecs.jpegls_decode(frame), {"photometric_interpretation": dataset.PhotometricInterpretation}
    if syntax.endswith((".90", ".91")) and dataset.PixelRepresentation == 0 and dataset.SamplesPerPixel == 1:
        return imagecodecs.jpeg2k_decode(frame), {"photometric_interpretation": dataset.PhotometricInterpretation}
    plugin = "pillow" if syntax.endswith(".50") else ""
    return get_decoder(syntax).as_array(dataset, decoding_plugin=plugin, **options)


@cache
def decoded(path: Path) -> tuple[Any, Frame]:
    """The data set and its first grey frame."""
    (frame,) = decode_frames(MemoryFile(path.read_bytes()), [0], ReadLimits())
    return pydicom.dcmread(path), frame


NOT_COMPARED = {
    "badVR.dcm",  # pydicom raises on it
    "OBXXXX1A_expb.dcm",  # pydicom reads big endian palettes as little endian: compared with its twin below
    "OBXXXX1A_expb_2frame.dcm",
    "emri_small_jpeg_2k_lossless_too_short.dcm",  # pydicom drops its cut pixel data; the frames that are there decode
    "JPEG2000-embedded-sequence-delimiter.dcm",  # never decodes, see above
    "MR_truncated.dcm",  # refused: pixels are missing
}


def comparable(photometric: set[str], *any_of: str) -> list[Path]:
    """Files with pixels in one of the colour spaces, and with one of the elements when any are given."""
    found = []
    for path in FILES:
        try:
            with warnings.catch_warnings(action="ignore"):
                dataset = pydicom.dcmread(path, defer_size=1024)
                interpretation = str(dataset.get("PhotometricInterpretation", ""))
                wanted = any(f"{kind}PixelData" in dataset for kind in ("", "Float", "DoubleFloat"))
                wanted = wanted and (not any_of or any(dataset.get(keyword) for keyword in any_of))
        except (pydicom.errors.InvalidDicomError, ValueError):
            continue
        if interpretation in photometric and wanted and path.name not in NOT_COMPARED:
            found.append(path)
    return found


def reference_modality(dataset: Any, stored: Any, index: int) -> Any:
    """Modality values, from the functional groups where the object is an enhanced one, which pydicom leaves to us."""
    if "SharedFunctionalGroupsSequence" not in dataset:
        return apply_modality_lut(stored, dataset)
    for group in (dataset.PerFrameFunctionalGroupsSequence[index], dataset.SharedFunctionalGroupsSequence[0]):
        if "PixelValueTransformationSequence" in group:
            return apply_modality_lut(stored, group.PixelValueTransformationSequence[0])
    return stored


def padding_mask(dataset: Any, stored: Any) -> Any:
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", value)
    return (stored >= min(value, limit)) & (stored <= max(value, limit))


GREY_FILES = comparable({"MONOCHROME1", "MONOCHROME2"})


@pytest.mark.parametrize("path", GREY_FILES, ids=lambda path: path.name)
def test_grey_values_are_what_pydicom_computes(path: Path) -> None:
    dataset, frame = decoded(path)
    stored, _ = reference_samples(dataset, 0)
    expected = reference_modality(dataset, stored, 0)
    seen = ~padding_mask(dataset, stored)
    np.testing.assert_allclose(frame.values[seen], expected[seen], rtol=1e-6, atol=1e-3)
    assert frame.values.dtype == np.float32
    assert frame.inverted == (dataset.PhotometricInterpretation == "MONOCHROME1")
    shown = to_display(frame)
    if not seen.all() and frame.voi_lut is None:
        assert shown[~seen].max() == 0.0  # padding is black, inverted or not


WINDOWED_FILES = comparable({"MONOCHROME1", "MONOCHROME2"}, "WindowWidth", "VOILUTSequence")


@pytest.mark.parametrize("path", WINDOWED_FILES, ids=lambda path: path.name)
def test_display_is_what_pydicom_shows(path: Path) -> None:
    dataset, frame = decoded(path)
    stored, _ = reference_samples(dataset, 0)
    seen = ~padding_mask(dataset, stored)
    expected = reference_display(dataset, stored)
    if frame.inverted:
        expected = 1 - expected
    np.testing.assert_allclose(to_display(frame)[seen], expected[seen], atol=2e-5)


def reference_display(dataset: Any, stored: Any) -> Any:
    """0..1 from pydicom's display values, whose range follows from its code and PS3.3 C.11.2.1.2.1."""
    modality = apply_modality_lut(stored, dataset)
    shown = apply_voi_lut(modality, dataset)
    if dataset.get("VOILUTSequence"):
        return shown / (2.0 ** dataset.VOILUTSequence[0].LUTDescriptor[2] - 1)
    if dataset.get("ModalityLUTSequence"):
        low, high = 0.0, 2.0 ** dataset.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    elif dataset.PixelRepresentation == 0:
        low, high = 0.0, 2.0**dataset.BitsStored - 1
    else:
        low, high = -(2.0 ** (dataset.BitsStored - 1)), 2.0 ** (dataset.BitsStored - 1) - 1
    if "RescaleSlope" in dataset and not dataset.get("ModalityLUTSequence"):
        low, high = (limit * dataset.RescaleSlope + dataset.RescaleIntercept for limit in (low, high))
    return (shown - low) / (high - low)


COLOUR_FILES = comparable({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR"})


@pytest.mark.parametrize("path", COLOUR_FILES, ids=lambda path: path.name)
def test_colour_becomes_luminance(path: Path) -> None:
    dataset, frame = decoded(path)
    stored, properties = reference_samples(dataset, 0)
    photometric = properties["photometric_interpretation"]
    top = 2.0**dataset.BitsStored - 1
    if photometric == "PALETTE COLOR":
        stored = pydicom.pixels.processing.apply_color_lut(stored, dataset)[..., :3]
        top = float(np.iinfo(stored.dtype).max)
        photometric = "RGB"
    if photometric == "RGB":
        red, green, blue = (stored[..., channel].astype(float) for channel in range(3))
        expected = 0.299 * red + 0.587 * green + 0.114 * blue
    else:
        expected = stored[..., 0].astype(float)
    # Pillow and imagecodecs round the upsampled chroma of JPEG differently
    tolerance = 2.0 if str(dataset.file_meta.TransferSyntaxUID).endswith(".50") else 1e-3
    np.testing.assert_allclose(frame.values, expected * 255 / top, atol=tolerance)
    assert math.isclose(float(to_display(frame).max()), float(frame.values.max()) / 255, abs_tol=1e-6)


def test_both_directions_of_one_radiograph_agree() -> None:
    """RG1 and RG3 are MONOCHROME1 radiographs: the collimated border is dark on screen, whatever is stored."""
    path = Path(get_testdata_file("RG3_UNCR.dcm") or "")
    dataset, frame = decoded(path)
    assert dataset.PhotometricInterpretation == "MONOCHROME1"
    assert frame.inverted
    shown = to_display(frame)
    stored = dataset.pixel_array
    darkest_stored, brightest_stored = np.argmin(stored), np.argmax(stored)
    assert shown.flat[darkest_stored] > shown.flat[brightest_stored]


@pytest.mark.parametrize("name", ["OBXXXX1A{}.dcm", "OBXXXX1A{}_2frame.dcm"])
def test_big_endian_palettes_are_those_of_the_little_endian_twin(name: str) -> None:
    little, big = (decoded(next(p for p in FILES if p.name == name.format(kind)))[1] for kind in ("", "_expb"))
    np.testing.assert_array_equal(little.values, big.values)


@pytest.mark.parametrize("group", ["MR2", "RG1", "RG3", "US1", "693"])
def test_one_picture_in_several_syntaxes_is_one_picture(group: str) -> None:
    uncompressed = decoded(next(path for path in FILES if path.name == f"{group}_UNCR.dcm"))
    reversible = decoded(next(path for path in FILES if path.name == f"{group}_J2KR.dcm"))
    np.testing.assert_array_equal(uncompressed[1].values, reversible[1].values)


MULTI_FRAME_FILES = comparable({"MONOCHROME1", "MONOCHROME2"}, "NumberOfFrames")


def test_key_frames_of_multi_frame_objects_are_those_of_a_full_decode() -> None:
    compared = 0
    for path in MULTI_FRAME_FILES:
        dataset, _ = decoded(path)
        n_frames = int(dataset.NumberOfFrames)
        indices = [n_frames - 1, 0, n_frames // 2]
        ours = decode_frames(MemoryFile(path.read_bytes()), indices, ReadLimits())
        for index, frame in zip(indices, ours, strict=True):
            stored, _ = reference_samples(dataset, index)
            np.testing.assert_allclose(frame.values, reference_modality(dataset, stored, index), rtol=1e-6, atol=1e-3)
        compared += n_frames > 1
    assert compared >= 10
