"""Small valid instances made with pydicom, to be bent by a test in one place."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from radseek.dicom.bounded_file import MemoryFile
from radseek.dicom.header import read_header
from radseek.dicom.limits import ReadLimits
from radseek.dicom.pixels import decode_frames
from radseek.records.instances import Frame, InstanceHeader

LIMITS = ReadLimits()
CT = "1.2.840.10008.5.1.4.1.1.2"
SR = "1.2.840.10008.5.1.4.1.1.88.11"


def instance(pixels: Any = None, **elements: Any) -> Dataset:
    """A CT image around `pixels` (`[rows, cols]`, or with a third axis for colour); `elements` by keyword."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3.1"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.0"
    dataset.PatientID, dataset.Modality = "P1", "CT"
    stored = np.zeros((2, 3), dtype=np.uint16) if pixels is None else np.asarray(pixels)
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if stored.ndim == 3 else "MONOCHROME2"
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8 * stored.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    content = stored.tobytes()
    dataset.add_new("PixelData", "OB" if stored.dtype.itemsize == 1 else "OW", content + b"\0" * (len(content) % 2))
    with config.disable_value_validation():
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
    return dataset


def item(**elements: Any) -> Dataset:
    """A sequence item."""
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def coded(meaning: str) -> Sequence:
    """A code sequence whose meaning is `meaning`."""
    return Sequence([item(CodeValue="1", CodingSchemeDesignator="99TEST", CodeMeaning=meaning)])


def content_of(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The data set as a Part 10 file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), config.disable_value_validation():  # of what the test bends
        dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def header_of(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> InstanceHeader:
    """The header that radseek reads of it."""
    return read_header(MemoryFile(content_of(dataset, syntax)), LIMITS)


def frame_of(dataset: Dataset, index: int = 0, syntax: str = ExplicitVRLittleEndian) -> Frame:
    """One frame that radseek reads of it."""
    (frame,) = decode_frames(MemoryFile(content_of(dataset, syntax)), [index], LIMITS)
    return frame
