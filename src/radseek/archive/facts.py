"""What is to be written about one patient, study, series, instance or thing seen, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from radseek.records.instances import InstanceHeader, InstanceKind


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a source holds: a file, a zip member or a table row. It ends in exactly one outcome.

    `path` is relative to the source's root and `member` names an entry of a zip archive or a row of a table (such as
    `row 17`, counted from 1); both as bytes, because file names need not be UTF-8.
    """

    source_id: int
    path: bytes
    member: bytes = b""
    content_sha256: str = ""
    """Of the bytes read; of the row's text for a table row; empty when nothing could be read."""
    kind: str = "instance"
    """instance, report or row."""

    @property
    def locator_sha256(self) -> str:
        """SHA-256 of where the thing is."""
        return hashlib.sha256(self.path + b"\0" + self.member).hexdigest()


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient as received; an empty `patient_id` means that only the study tells who it is."""

    patient_id: str
    issuer: str = ""
    site: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study as received. Sources without UIDs derive them under 2.25 (PS3.5 B.2)."""

    study_uid: str
    patient: PatientFacts
    source_id: int
    accession: str = ""
    site: str = ""
    study_date: date | None = None
    modality: str = ""
    body_part: str = ""
    description: str = ""
    age_years: float | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series as received."""

    series_uid: str
    modality: str = ""
    body_part: str = ""
    description: str = ""
    series_number: int | None = None


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """An instance as received: where its bytes are, and the header values that ordering and display need.

    A picture file of a research table is an instance too, with `kind` image and one frame.
    """

    instance_uid: str
    thing: Thing
    """Where the picture's bytes are (for a table: the picture file, not the row)."""
    n_bytes: int
    kind: InstanceKind = InstanceKind.IMAGE
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    view_position: str = ""
    laterality: str = ""
    rows: int = 0
    cols: int = 0
    n_frames: int = 1
    photometric: str = ""
    bits_stored: int = 0
    instance_number: int | None = None
    position_mm: tuple[float, ...] | None = None
    orientation: tuple[float, ...] | None = None
    slice_location_mm: float | None = None
    spacing_mm: tuple[float, ...] | None = None
    manufacturer: str = ""
    burned_in_annotation: str = ""
    preamble: str = ""
    charset_suspect: bool = False


def study_facts(header: InstanceHeader, source_id: int, site: str) -> StudyFacts:
    """The study that a DICOM header tells of."""
    return StudyFacts(
        study_uid=header.study_uid,
        patient=PatientFacts(header.patient_id, header.issuer, site, header.patient_sex),
        source_id=source_id,
        accession=header.accession,
        site=site,
        study_date=header.study_date,
        modality=header.modality,
        body_part=header.body_part,
        description=header.study_description,
        age_years=header.patient_age_years,
        synthetic=header.synthetic,
    )


def series_facts(header: InstanceHeader) -> SeriesFacts:
    """The series that a DICOM header tells of."""
    return SeriesFacts(
        series_uid=header.series_uid,
        modality=header.modality,
        body_part=header.body_part,
        description=header.series_description,
        series_number=header.series_number,
    )


def instance_facts(header: InstanceHeader, thing: Thing, n_bytes: int) -> InstanceFacts:
    """The instance that a DICOM header tells of."""
    return InstanceFacts(
        instance_uid=header.instance_uid,
        thing=thing,
        n_bytes=n_bytes,
        kind=header.kind,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        view_position=header.view_position,
        laterality=header.laterality,
        rows=header.rows,
        cols=header.cols,
        n_frames=header.n_frames,
        photometric=header.photometric,
        bits_stored=header.bits_stored,
        instance_number=header.instance_number,
        position_mm=header.position_mm,
        orientation=header.orientation,
        slice_location_mm=header.slice_location_mm,
        spacing_mm=header.pixel_spacing_mm,
        manufacturer=header.manufacturer,
        burned_in_annotation=header.burned_in_annotation,
        preamble=header.preamble,
        charset_suspect=header.charset_suspect,
    )
