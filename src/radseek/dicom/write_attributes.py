"""What a DICOM file that we write says in its header, and the elements that images and reports share."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from radseek.records.instances import Window
from radseek.records.phantoms import SYNTHETIC_LINE

_NAMESPACE = uuid.UUID("6b0b8a52-3f53-4a5b-9c0e-2f6a9d3c7e11")
IMPLEMENTATION_UID = UID("2.25.320934110472908341780134857193001175")
MANUFACTURER = "radseek phantom"


@dataclass(frozen=True, slots=True)
class StudyAttributes:
    """Patient and study of a written file. Everything that is written is synthetic and says so."""

    study_uid: str
    patient_id: str
    study_date: date
    accession: str
    body_part: str
    """(0018,0015) Body Part Examined."""
    sex: str = ""
    """M, F, O or empty."""
    age_years: int | None = None
    description: str = "SYNTHETIC phantom"
    patient_name: str = "Synthetic^Phantom"


@dataclass(frozen=True, slots=True)
class ImageAttributes:
    """Header values of one image instance."""

    study: StudyAttributes
    series_uid: str
    instance_uid: str
    modality: str
    """DX or CT."""
    spacing_mm: tuple[float, float]
    """Between rows, between columns."""
    window: Window
    series_number: int = 1
    instance_number: int = 1
    series_description: str = "SYNTHETIC"
    view_position: str = ""
    position_mm: tuple[float, float, float] | None = None
    """CT: (0020,0032) Image Position (Patient)."""
    slice_thickness_mm: float | None = None
    inverted: bool = False
    """Whether the pixels are MONOCHROME1: smallest value white."""
    compression: str = ""
    """`rle`, `jpeg-ls` (lossless), or empty for uncompressed."""


@dataclass(frozen=True, slots=True)
class ReportAttributes:
    """Header values of one structured report."""

    study: StudyAttributes
    series_uid: str
    instance_uid: str
    series_number: int = 900


def uid_from(*names: object) -> str:
    """A UID under 2.25 (PS3.5 B.2) that is the same whenever the names are."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(str(name) for name in names)).int}"


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """A coded entry, PS3.3 8.8."""
    entry = Dataset()
    entry.CodeValue, entry.CodingSchemeDesignator, entry.CodeMeaning = value, scheme, meaning
    return entry


def new_file(path: Path, sop_class_uid: str, instance_uid: str) -> FileDataset:
    """An empty Part 10 file with its meta information and a preamble of zeros."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "RADSEEK"
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SpecificCharacterSet = "ISO_IR 192"
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.SyntheticData = "YES"
    return file


def put_patient_and_study(file: Dataset, study: StudyAttributes) -> None:
    """Patient, Study, Patient Study and Equipment modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.7.5.1)."""
    values: dict[str, Any] = {
        "PatientName": study.patient_name,
        "PatientID": study.patient_id,
        "PatientBirthDate": "",
        "PatientSex": study.sex,
        "PatientComments": SYNTHETIC_LINE,
        "StudyInstanceUID": study.study_uid,
        "StudyDate": study.study_date.strftime("%Y%m%d"),
        "StudyTime": "120000",
        "ReferringPhysicianName": "",
        "StudyID": "1",
        "AccessionNumber": study.accession,
        "StudyDescription": study.description,
        "Manufacturer": MANUFACTURER,
        "ManufacturerModelName": "procedural phantom",
        "DeviceSerialNumber": "0",
        "SoftwareVersions": "1",
    }
    if study.age_years is not None:
        values["PatientAge"] = f"{study.age_years:03d}Y"
    for keyword, value in values.items():
        setattr(file, keyword, value)
