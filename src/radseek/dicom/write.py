"""Valid DICOM Part 10 files from arrays and report sections: for the demo's phantoms and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, JPEGLSLossless, RLELossless

from radseek.dicom.write_attributes import (
    ImageAttributes,
    ReportAttributes,
    StudyAttributes,
    code,
    new_file,
    put_patient_and_study,
    uid_from,
)
from radseek.errors import InputError, UnsupportedInputError
from radseek.records.phantoms import SYNTHETIC_LINE
from radseek.records.reports import Section

__all__ = ["ImageAttributes", "ReportAttributes", "StudyAttributes", "uid_from", "write_image", "write_report"]

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
DX_IMAGE_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
STORED_MAX = 4095
CT_INTERCEPT_HU = -1024
_SYNTAXES = {"rle": RLELossless, "jpeg-ls": JPEGLSLossless}
_REGIONS = {"CHEST": ("51185008", "Chest"), "ABDOMEN": ("818981001", "Abdomen"), "HEAD": ("69536005", "Head")}
"""Body part -> SNOMED CT code and meaning (PS3.16 CID 4031)."""

_HEADINGS: dict[Section, tuple[str, str, str]] = {
    Section.INDICATION: ("18785-6", "LN", "Reason for study"),
    Section.COMPARISON: ("18834-2", "LN", "Comparison study"),
    Section.TECHNIQUE: ("55111-5", "LN", "Technique"),
    Section.FINDINGS: ("59776-5", "LN", "Findings"),
    Section.IMPRESSION: ("19005-8", "LN", "Impression"),
    Section.OTHER: ("DISCLAIMER", "99RADSEEK", "Disclaimer"),
}
"""Section -> code of its heading (PS3.16 CID 7001, one of our own for OTHER), with the word that reports use."""


def write_image(path: Path, pixels: NDArray[np.integer[Any]], attributes: ImageAttributes) -> None:
    """Write one grey image as a DX (for presentation) or CT instance.

    Args:
        path: File to write; its folder must exist. An existing file is replaced.
        pixels: `[rows, cols]`. DX: stored values 0 to 4095. CT: HU from -1024 to 3071.
        attributes: Header values.

    Raises:
        UnsupportedInputError: When the modality or the compression is none of those that can be written.
        InputError: When the pixels are no 2-D array or outside their range.
    """
    if attributes.modality not in {"DX", "CT"}:
        raise UnsupportedInputError(f"cannot write modality {attributes.modality!r}; DX and CT can be written")
    if attributes.compression and attributes.compression not in _SYNTAXES:
        raise UnsupportedInputError(f"unknown compression {attributes.compression!r}; known: {', '.join(_SYNTAXES)}")
    is_ct = attributes.modality == "CT"
    stored = _stored_values(pixels, CT_INTERCEPT_HU if is_ct else 0)
    sop_class = CT_IMAGE_STORAGE if is_ct else DX_IMAGE_FOR_PRESENTATION
    file = new_file(path, sop_class, attributes.instance_uid)
    put_patient_and_study(file, attributes.study)
    _put_series_and_image(file, attributes)
    _put_pixel_description(file, attributes, stored.shape)
    (_put_ct if is_ct else _put_dx)(file, attributes)
    file.PixelData = stored.tobytes()
    file["PixelData"].VR = "OW"
    if attributes.compression:
        file.compress(UID(_SYNTAXES[attributes.compression]), generate_instance_uid=False)
    file.save_as(path, enforce_file_format=True)


def _stored_values(pixels: NDArray[np.integer[Any]], intercept: int) -> NDArray[np.uint16]:
    if pixels.ndim != 2 or pixels.size == 0:
        raise InputError(f"expected pixels [rows, cols], got shape {pixels.shape}")
    stored = pixels.astype(np.int64) - intercept
    if stored.min() < 0 or stored.max() > STORED_MAX:
        low, high = int(pixels.min()), int(pixels.max())
        raise InputError(f"pixels from {low} to {high}: allowed are {intercept} to {intercept + STORED_MAX}")
    return stored.astype("<u2")


def _put(file: Dataset, **values: object) -> None:
    for keyword, value in values.items():
        setattr(file, keyword, value)


def _put_series_and_image(file: FileDataset, attributes: ImageAttributes) -> None:
    """General Series and General Image modules (PS3.3 C.7.3.1, C.7.6.1)."""
    day = attributes.study.study_date.strftime("%Y%m%d")
    _put(
        file,
        Modality=attributes.modality,
        SeriesInstanceUID=attributes.series_uid,
        SeriesNumber=attributes.series_number,
        SeriesDescription=attributes.series_description,
        SeriesDate=day,
        SeriesTime="120000",
        BodyPartExamined=attributes.study.body_part,
        InstanceNumber=attributes.instance_number,
        ContentDate=day,
        ContentTime="120000",
        AcquisitionDate=day,
        AcquisitionTime="120000",
        ImageComments=SYNTHETIC_LINE,
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
    )


def _put_pixel_description(file: FileDataset, attributes: ImageAttributes, shape: tuple[int, ...]) -> None:
    """Image Pixel, Modality LUT and VOI LUT modules (PS3.3 C.7.6.3, C.11.1, C.11.2)."""
    is_ct = attributes.modality == "CT"
    _put(
        file,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME1" if attributes.inverted else "MONOCHROME2",
        Rows=shape[0],
        Columns=shape[1],
        BitsAllocated=16,
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=0,
        RescaleIntercept=CT_INTERCEPT_HU if is_ct else 0,
        RescaleSlope=1,
        RescaleType="HU" if is_ct else "US",
        WindowCenter=attributes.window.center,
        WindowWidth=attributes.window.width,
    )
    if attributes.window.name:
        file.WindowCenterWidthExplanation = attributes.window.name


def _put_ct(file: FileDataset, attributes: ImageAttributes) -> None:
    """CT Image, Image Plane and Frame of Reference modules (PS3.3 C.8.2.1, C.7.6.2, C.7.4.1); head first, supine."""
    _put(
        file,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        KVP="120",
        AcquisitionNumber=1,
        PatientPosition="HFS",
        FrameOfReferenceUID=uid_from("frame of reference", attributes.series_uid),
        PositionReferenceIndicator="",
        PixelSpacing=list(attributes.spacing_mm),
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PatientOrientation=["L", "P"],
        ImagePositionPatient=list(attributes.position_mm or (0.0, 0.0, 0.0)),
        SliceThickness=attributes.slice_thickness_mm if attributes.slice_thickness_mm is not None else "",
    )


def _put_dx(file: FileDataset, attributes: ImageAttributes) -> None:
    """DX Series, Anatomy, Image, Detector and Positioning modules (PS3.3 C.8.11.1 to C.8.11.5)."""
    region = _REGIONS.get(attributes.study.body_part)
    _put(
        file,
        PresentationIntentType="FOR PRESENTATION",
        ImageType=["ORIGINAL", "PRIMARY", ""],
        ImageLaterality="U",
        AnatomicRegionSequence=Sequence([code(region[0], "SCT", region[1])] if region else []),
        PatientOrientation=["L", "F"],
        ViewPosition=attributes.view_position,
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=1 if attributes.inverted else -1,
        PresentationLUTShape="INVERSE" if attributes.inverted else "IDENTITY",
        AcquisitionContextSequence=Sequence([]),
        DetectorType="DIRECT",
        ImagerPixelSpacing=list(attributes.spacing_mm),
        PixelSpacing=list(attributes.spacing_mm),
    )


def write_report(path: Path, sections: Mapping[Section, str], attributes: ReportAttributes) -> None:
    """Write a report as a Basic Text structured report, one container with one text for each section.

    Args:
        path: File to write; its folder must exist. An existing file is replaced.
        sections: Texts in the order in which they are written; empty ones are left out.
        attributes: Header values.

    Raises:
        InputError: When no section has text.
    """
    contents = [_section_item(section, text) for section, text in sections.items() if text.strip()]
    if not contents:
        raise InputError("a report needs text in at least one section")
    file = new_file(path, BASIC_TEXT_SR, attributes.instance_uid)
    put_patient_and_study(file, attributes.study)
    day = attributes.study.study_date.strftime("%Y%m%d")
    _put(
        file,
        Modality="SR",
        SeriesInstanceUID=attributes.series_uid,
        SeriesNumber=attributes.series_number,
        SeriesDescription="SYNTHETIC report",
        ReferencedPerformedProcedureStepSequence=Sequence([]),
        InstanceNumber=1,
        ContentDate=day,
        ContentTime="130000",
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
        PerformedProcedureCodeSequence=Sequence([]),
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=Sequence([code("18748-4", "LN", "Diagnostic imaging report")]),
        ContentSequence=Sequence(contents),
    )
    file.save_as(path, enforce_file_format=True)


def _section_item(section: Section, text: str) -> Dataset:
    """A container with the section's heading, holding its text (PS3.16 TID 2000)."""
    told = Dataset()
    _put(
        told,
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=Sequence([code("121071", "DCM", "Finding")]),
        TextValue=text,
    )
    container = Dataset()
    _put(
        container,
        RelationshipType="CONTAINS",
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=Sequence([code(*_HEADINGS[section])]),
        ContentSequence=Sequence([told]),
    )
    return container
