"""Files that we write are valid DICOM: read back by pydicom with the attributes that PS3.3 demands of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest

from radseek.dicom.write import (
    ImageAttributes,
    ReportAttributes,
    StudyAttributes,
    uid_from,
    write_image,
    write_report,
)
from radseek.errors import InputError, UnsupportedInputError
from radseek.records.instances import Window
from radseek.records.reports import Section

STUDY = StudyAttributes(uid_from("study", 1), "SYN-0007", date(2024, 2, 29), "SYN-A0007", "CHEST", "F", 47)
RADIOGRAPH = ImageAttributes(
    study=STUDY,
    series_uid=uid_from("series", 1),
    instance_uid=uid_from("image", 1),
    modality="DX",
    spacing_mm=(0.7, 0.8),
    window=Window(2048.0, 4096.0),
    view_position="PA",
)
SLICE = replace(
    RADIOGRAPH,
    modality="CT",
    window=Window(40.0, 400.0, "SOFT"),
    position_mm=(-175.5, -175.5, 42.0),
    slice_thickness_mm=8.0,
)
# Type 1 and type 2 attributes of the modules, PS3.3 A.3.3 (CT), A.26.3 (DX), A.35.1.3 (Basic Text SR)
COMMON = (
    "PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyDate StudyTime ReferringPhysicianName "
    "StudyID AccessionNumber Modality SeriesInstanceUID SeriesNumber Manufacturer SOPClassUID SOPInstanceUID"
).split()
IMAGE = (
    "InstanceNumber PatientOrientation SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated BitsStored "
    "HighBit PixelRepresentation PixelData RescaleIntercept RescaleSlope WindowCenter WindowWidth ImageType"
).split()
CT = (
    "FrameOfReferenceUID PositionReferenceIndicator PixelSpacing ImageOrientationPatient ImagePositionPatient "
    "SliceThickness KVP AcquisitionNumber PatientPosition"
).split()
DX = (
    "PresentationIntentType ImageLaterality AnatomicRegionSequence PixelIntensityRelationship "
    "PixelIntensityRelationshipSign RescaleType PresentationLUTShape LossyImageCompression BurnedInAnnotation "
    "AcquisitionContextSequence DetectorType ImagerPixelSpacing"
).split()
SR = (
    "InstanceNumber CompletionFlag VerificationFlag ContentDate ContentTime ReferencedPerformedProcedureStepSequence "
    "PerformedProcedureCodeSequence ValueType ConceptNameCodeSequence ContinuityOfContent ContentSequence"
).split()


def stored(rows: int = 24, cols: int = 18) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4096, (rows, cols)).astype(np.uint16)


def hounsfield() -> np.ndarray:
    return (stored().astype(np.int32) - 1024).astype(np.int16)


@pytest.mark.parametrize("compression", ["", "rle", "jpeg-ls"])
def test_radiograph_pixels_survive(tmp_path: Path, compression: str) -> None:
    pixels = stored()
    write_image(tmp_path / "a.dcm", pixels, replace(RADIOGRAPH, compression=compression))
    read = pydicom.dcmread(tmp_path / "a.dcm")
    np.testing.assert_array_equal(read.pixel_array, pixels)
    assert read.SOPInstanceUID == RADIOGRAPH.instance_uid == read.file_meta.MediaStorageSOPInstanceUID
    assert read.file_meta.TransferSyntaxUID.is_compressed == bool(compression)


@pytest.mark.parametrize("compression", ["", "rle", "jpeg-ls"])
def test_hounsfield_units_survive(tmp_path: Path, compression: str) -> None:
    hu = hounsfield()
    write_image(tmp_path / "a.dcm", hu, replace(SLICE, compression=compression))
    read = pydicom.dcmread(tmp_path / "a.dcm")
    np.testing.assert_array_equal(read.pixel_array * read.RescaleSlope + read.RescaleIntercept, hu)


def test_an_odd_number_of_pixels_survives(tmp_path: Path) -> None:
    pixels = stored(5, 3)
    write_image(tmp_path / "a.dcm", pixels, RADIOGRAPH)
    np.testing.assert_array_equal(pydicom.dcmread(tmp_path / "a.dcm").pixel_array, pixels)


@pytest.mark.parametrize(("attributes", "demanded"), [(RADIOGRAPH, DX), (SLICE, CT)], ids=["DX", "CT"])
def test_images_hold_the_demanded_attributes(tmp_path: Path, attributes: ImageAttributes, demanded: list[str]) -> None:
    pixels = hounsfield() if attributes is SLICE else stored()
    write_image(tmp_path / "a.dcm", pixels, attributes)
    read = pydicom.dcmread(tmp_path / "a.dcm")
    assert [keyword for keyword in (*COMMON, *IMAGE, *demanded) if keyword not in read] == []
    assert (read.PatientID, str(read.PatientName), read.PatientAge) == ("SYN-0007", "Synthetic^Phantom", "047Y")
    assert (read.StudyDate, read.AccessionNumber, read.BodyPartExamined) == ("20240229", "SYN-A0007", "CHEST")


def test_the_file_is_part_10_with_an_empty_preamble(tmp_path: Path) -> None:
    write_image(tmp_path / "a.dcm", stored(), RADIOGRAPH)
    raw = (tmp_path / "a.dcm").read_bytes()
    assert raw[:132] == b"\0" * 128 + b"DICM"


def test_everything_written_says_that_it_is_synthetic(tmp_path: Path) -> None:
    write_image(tmp_path / "a.dcm", stored(), RADIOGRAPH)
    write_report(tmp_path / "b.dcm", {Section.FINDINGS: "Clear."}, ReportAttributes(STUDY, uid_from(1), uid_from(2)))
    for name in ("a.dcm", "b.dcm"):
        read = pydicom.dcmread(tmp_path / name)
        assert read.SyntheticData == "YES"
        assert read.Manufacturer == "radseek phantom"
        assert "SYNTHETIC" in read.StudyDescription
        assert "SYNTHETIC" in str(read.PatientComments)
    assert "SYNTHETIC" in str(pydicom.dcmread(tmp_path / "a.dcm").ImageComments)


def test_ct_slices_say_where_they_lie(tmp_path: Path) -> None:
    write_image(tmp_path / "a.dcm", hounsfield(), SLICE)
    read = pydicom.dcmread(tmp_path / "a.dcm")
    assert list(read.ImagePositionPatient) == [-175.5, -175.5, 42.0]
    assert list(read.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
    assert (list(read.PixelSpacing), read.SliceThickness, read.PatientPosition) == ([0.7, 0.8], 8, "HFS")
    assert (read.WindowCenter, read.WindowWidth, read.RescaleType) == (40, 400, "HU")


@pytest.mark.parametrize(
    ("inverted", "expected"), [(False, ("MONOCHROME2", "IDENTITY", -1)), (True, ("MONOCHROME1", "INVERSE", 1))]
)
def test_polarity_is_told_in_all_three_places(tmp_path: Path, inverted: bool, expected: tuple[str, str, int]) -> None:
    write_image(tmp_path / "a.dcm", stored(), replace(RADIOGRAPH, inverted=inverted))
    read = pydicom.dcmread(tmp_path / "a.dcm")
    told = (read.PhotometricInterpretation, read.PresentationLUTShape, read.PixelIntensityRelationshipSign)
    assert told == expected


def test_uids_are_valid_and_follow_their_names() -> None:
    assert uid_from("a", 1) == uid_from("a", 1)
    assert len({uid_from("a", n) for n in range(500)}) == 500
    for n in range(500):
        assert re.fullmatch(r"2\.25\.(0|[1-9]\d{0,38})", uid_from("a", n))
        assert len(uid_from("a", n)) <= 64


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.dcm", "b.dcm"):
        write_image(tmp_path / name, stored(), replace(RADIOGRAPH, compression="rle"))
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


def test_a_report_comes_back_section_by_section(tmp_path: Path) -> None:
    sections = {
        Section.OTHER: "SYNTHETIC",
        Section.FINDINGS: "Small left effusion.\nNo pneumothorax. Größe 3 µm.",
        Section.TECHNIQUE: " ",
        Section.IMPRESSION: "1. Effusion.",
    }
    write_report(tmp_path / "r.dcm", sections, ReportAttributes(STUDY, uid_from("s"), uid_from("i")))
    read = pydicom.dcmread(tmp_path / "r.dcm")
    assert [keyword for keyword in (*COMMON, *SR) if keyword not in read] == []
    assert read.SOPClassUID.name == "Basic Text SR Storage"
    texts, headings = [], []

    def visit(dataset: pydicom.Dataset, element: pydicom.DataElement) -> None:
        if element.keyword == "TextValue":
            texts.append(element.value)
            headings.append(dataset.ConceptNameCodeSequence[0].CodeMeaning)

    read.walk(visit)
    assert texts == [sections[Section.OTHER], sections[Section.FINDINGS], sections[Section.IMPRESSION]]
    meanings = [item.ConceptNameCodeSequence[0].CodeMeaning for item in read.ContentSequence]
    assert meanings == ["Disclaimer", "Findings", "Impression"]


@pytest.mark.parametrize(
    ("pixels", "attributes", "error", "words"),
    [
        (stored()[0], RADIOGRAPH, InputError, r"expected pixels \[rows, cols\]"),
        (np.zeros((0, 4), np.uint16), RADIOGRAPH, InputError, r"expected pixels \[rows, cols\]"),
        (np.full((2, 2), 4096, np.uint16), RADIOGRAPH, InputError, "4096 to 4096: allowed are 0 to 4095"),
        (np.full((2, 2), -1025, np.int16), SLICE, InputError, "allowed are -1024 to 3071"),
        (stored(), replace(RADIOGRAPH, modality="MR"), UnsupportedInputError, "DX and CT can be written"),
        (stored(), replace(RADIOGRAPH, compression="zip"), UnsupportedInputError, "known: rle, jpeg-ls"),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, pixels: np.ndarray, attributes: ImageAttributes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        write_image(tmp_path / "a.dcm", pixels, attributes)
    assert not (tmp_path / "a.dcm").exists()


def test_a_report_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a report needs text"):
        write_report(tmp_path / "r.dcm", {Section.FINDINGS: " "}, ReportAttributes(STUDY, uid_from(1), uid_from(2)))
