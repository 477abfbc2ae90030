"""Studies, series, instances and frames, in DICOM's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class InstanceKind(StrEnum):
    """What an instance holds, as far as radseek is concerned."""

    IMAGE = "image"
    REPORT = "report"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Window:
    """A value-of-interest window, PS3.3 C.11.2.1.2: centre and width in the unit of the modality values."""

    center: float
    width: float
    name: str = ""
    function: str = "LINEAR"
    """LINEAR, LINEAR_EXACT or SIGMOID."""


@dataclass(frozen=True, slots=True)
class InstanceHeader:
    """What radseek reads of one instance's header, without pixels. Empty string or None where absent.

    Values are as received: `patient_id` and the UIDs are identifiers and never go to logs, errors or URLs.
    """

    study_uid: str
    series_uid: str
    instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    kind: InstanceKind
    patient_id: str = ""
    issuer: str = ""
    patient_sex: str = ""
    """M, F, O or empty."""
    patient_age_years: float | None = None
    """From (0010,1010) Patient's Age, else from birth date and study date."""
    accession: str = ""
    study_date: date | None = None
    study_description: str = ""
    series_description: str = ""
    series_number: int | None = None
    instance_number: int | None = None
    modality: str = ""
    body_part: str = ""
    laterality: str = ""
    view_position: str = ""
    manufacturer: str = ""
    rows: int = 0
    cols: int = 0
    n_frames: int = 1
    photometric: str = ""
    bits_stored: int = 0
    pixel_spacing_mm: tuple[float, float] | None = None
    """Row spacing, column spacing."""
    position_mm: tuple[float, float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    slice_location_mm: float | None = None
    windows: tuple[Window, ...] = ()
    burned_in_annotation: str = ""
    preamble: str = "zero"
    """What the 128-byte preamble looks like: zero, other, or an alien kind (mz, elf, macho, pk, script, tiff)."""
    charset_suspect: bool = False
    synthetic: bool = False
    """(0008,001C) Synthetic Data is YES: a phantom, not a person."""
    report_text: str = ""
    """Text of a structured report, with section headings on lines of their own; empty for other kinds."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One grey frame after the modality step (rescale or modality LUT), before windowing.

    `values` is float32 `[rows, cols]`: HU for CT, else the modality's own unit; colour is reduced to luminance.
    Padding pixels hold the value that shows black. `radseek.dicom.to_display` turns it into 0..1 with 1.0 white,
    inverting when `inverted` (MONOCHROME1).
    """

    values: NDArray[np.float32]
    windows: tuple[Window, ...]
    """From the file; when it has none, one computed from the 0.5 and 99.5 percentile named `auto`."""
    inverted: bool = False
    voi_lut: NDArray[np.float32] | None = None
    """float32 `[n_entries, 2]` of (modality value, display value 0..1) of the file's VOI LUT; wins over windows."""
    spacing_mm: tuple[float, float] | None = None
    frames_per_second: float | None = None
    """At which the instance's frames are to be played; None where the file does not say."""
    unit: str = ""
    """`HU` where the file says that `values` are Hounsfield units; empty for any other scale."""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One picture that is encoded and shown: an instance's frame in one window."""

    image_key: str
    study_key: str
    series_key: str
    modality: str
    frame_index: int
    """From 0."""
    window: str
    """Name of the window it was encoded in: a key of `radseek.dicom.CT_WINDOWS`, or `default`."""
    ordinal: int
    """Place among the study's pictures, from 0, in reading order."""
    view_position: str = ""
    laterality: str = ""
    width_px: int = 0
    height_px: int = 0
    n_frames: int = 1
    position: str = ""
    """Place in the stack for people, such as `slice 24 of 60`."""
