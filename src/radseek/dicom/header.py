"""One instance's header as a record: the safe part of it, without pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from radseek.dicom import sop_classes
from radseek.dicom.bounded_file import SizedFile
from radseek.dicom.codecs import is_decodable
from radseek.dicom.fields import RECOVERABLE, Fields
from radseek.dicom.functional_groups import FunctionalGroups
from radseek.dicom.limits import ReadLimits
from radseek.dicom.pixel_description import PixelDescription, PixelElement, describe_pixels, find_pixel_element
from radseek.dicom.safety import check_depth, open_dataset
from radseek.dicom.structured_report import report_text
from radseek.dicom.voi import file_windows
from radseek.errors import DecodeError
from radseek.records.instances import InstanceHeader, InstanceKind
from radseek.records.outcomes import Reason

_DEFER_BYTES = 64 * 1024 * 1024
"""Elements above this are stepped over: no element that radseek reads is larger, per-frame groups included."""
_IMPLICIT_LITTLE, _EXPLICIT_LITTLE, _EXPLICIT_BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"


@dataclass(frozen=True, slots=True)
class ParsedInstance:
    """A parsed data set before anything is taken from it."""

    fields: Fields
    stream: SizedFile
    transfer_syntax_uid: str
    preamble: str
    pixel_element: PixelElement | None
    has_prefix: bool
    truncated: bool
    """Whether some element before the pixels claims bytes that are not there."""


def parse_instance(stream: SizedFile, limits: ReadLimits) -> ParsedInstance:
    """The data set in `stream`, parsed up to its pixel data.

    Raises:
        DecodeError: NOT_DICOM, UNREADABLE_HEADER, TOO_DEEP or TOO_LARGE.
    """
    from pydicom import dcmread

    opened = open_dataset(stream, limits)
    stream = opened.stream
    try:
        dataset = dcmread(stream, stop_before_pixels=True, force=True, defer_size=_DEFER_BYTES)
        check_depth(dataset, limits)
    except RecursionError as error:
        raise DecodeError(Reason.TOO_DEEP, "sequences nested too deep to parse") from error
    except (*RECOVERABLE, NotImplementedError) as error:
        reason = Reason.UNREADABLE_HEADER if opened.has_prefix else Reason.NOT_DICOM
        raise DecodeError(reason, f"the data set does not parse ({type(error).__name__})") from error
    last = _last_raw_element(dataset)
    implicit = bool(last.is_implicit_VR) if last is not None else bool(dataset.original_encoding[0])
    little = bool(last.is_little_endian) if last is not None else dataset.original_encoding[1] is not False
    element = find_pixel_element(stream, implicit, little)
    syntax = opened.transfer_syntax_uid or _guessed_syntax(dataset, implicit, little)
    truncated = last is not None and stream.n_bytes - last.value_tell < last.length < 0xFFFFFFFF
    return ParsedInstance(Fields(dataset), stream, syntax, opened.preamble, element, opened.has_prefix, truncated)


def _last_raw_element(dataset: Any) -> Any:  # noqa: ANN401  (pydicom Dataset and RawDataElement, untyped here)
    """The last top-level element that pydicom has left as bytes: it knows its encoding and claimed length."""
    raw = (element for element in dataset.values() if hasattr(element, "is_implicit_VR"))
    return max(raw, key=lambda element: int(element.tag), default=None)


def _guessed_syntax(dataset: Any, implicit: bool, little: bool) -> str:  # noqa: ANN401  (a pydicom Dataset)
    declared = str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "") or "")
    if declared:
        return declared
    return _IMPLICIT_LITTLE if implicit else _EXPLICIT_LITTLE if little else _EXPLICIT_BIG


def read_header(stream: SizedFile, limits: ReadLimits) -> InstanceHeader:
    """The header of the instance in `stream`; its `kind` is IMAGE or REPORT.

    Raises:
        DecodeError: With the reason why the instance is not one radseek indexes, or cannot be read.
    """
    parsed = parse_instance(stream, limits)
    fields = parsed.fields
    sop_class = fields.uid(0x00080016) or _meta_uid(fields, 0x00020002)
    if not sop_class:
        raise DecodeError(Reason.MISSING_UID if parsed.has_prefix else Reason.NOT_DICOM, "no SOP Class UID")
    reason = sop_classes.refused_class(sop_class)
    if reason is not None:
        raise DecodeError(reason, _named("SOP class", sop_class))
    if sop_classes.is_report_class(sop_class):
        return _report_header(parsed, sop_class, limits)
    return _image_header(parsed, sop_class, limits)


def _named(what: str, uid: str) -> str:
    """A detail that names a UID, unless it is none: then it could be anything, a name included."""
    return f"{what} {uid}" if sop_classes.is_uid(uid) else f"{what} that is no UID"


def _meta_uid(fields: Fields, tag: int) -> str:
    """A UID of the file meta information, which repeats the data set's (PS3.10 Table 7.1-1)."""
    meta = getattr(fields.dataset, "file_meta", None)
    return Fields(meta).uid(tag) if meta else ""


def _report_header(parsed: ParsedInstance, sop_class: str, limits: ReadLimits) -> InstanceHeader:
    text = report_text(parsed.fields, limits)
    if not text:
        empty = sop_class == sop_classes.KEY_OBJECT_SELECTION
        raise DecodeError(Reason.NOT_AN_IMAGE if empty else Reason.EMPTY_REPORT, "no text in the content tree")
    return _header(parsed, sop_class, InstanceKind.REPORT, None, text)


def _image_header(parsed: ParsedInstance, sop_class: str, limits: ReadLimits) -> InstanceHeader:
    fields, element = parsed.fields, parsed.pixel_element
    if element is None:
        if parsed.truncated:
            raise DecodeError(Reason.UNREADABLE_HEADER, "an element goes beyond the end of the file")
        reason = Reason.NO_PIXELS if sop_classes.is_image_class(sop_class) else Reason.NOT_AN_IMAGE
        raise DecodeError(reason, _named("SOP class", sop_class))
    description = describe_pixels(fields, element, parsed.transfer_syntax_uid, parsed.stream.n_bytes, limits)
    if not is_decodable(parsed.transfer_syntax_uid):
        raise DecodeError(Reason.UNSUPPORTED_TRANSFER_SYNTAX, _named("transfer syntax", parsed.transfer_syntax_uid))
    return _header(parsed, sop_class, InstanceKind.IMAGE, description, "")


def _header(
    parsed: ParsedInstance, sop_class: str, kind: InstanceKind, pixels: PixelDescription | None, text: str
) -> InstanceHeader:
    fields = parsed.fields
    uids: dict[str, Any] = {
        "study_uid": fields.uid(0x0020000D),
        "series_uid": fields.uid(0x0020000E),
        "instance_uid": fields.uid(0x00080018) or _meta_uid(fields, 0x00020003),
        "sop_class_uid": sop_class,
    }
    for name, uid in uids.items():
        if not uid:
            raise DecodeError(Reason.MISSING_UID, name)
        if not sop_classes.is_uid(uid):
            raise DecodeError(Reason.BAD_UID, name)
    study_date = fields.day(0x00080020)
    return InstanceHeader(
        **uids,
        transfer_syntax_uid=parsed.transfer_syntax_uid,
        kind=kind,
        preamble=parsed.preamble,
        patient_sex=_sex(fields),
        patient_age_years=_age_years(fields, study_date),
        study_date=study_date,
        series_number=fields.integer(0x00200011),
        instance_number=fields.integer(0x00200013),
        report_text=text,
        synthetic=fields.text(0x0008001C).upper() == "YES",
        **_texts(fields),
        **_pixel_values(pixels),
        **(_geometry(fields) if pixels is not None else {}),
        windows=file_windows(fields, FunctionalGroups(fields), 0) if pixels is not None else (),
        charset_suspect=fields.charset_suspect,
    )


_TEXT_TAGS = {
    "patient_id": 0x00100020,
    "issuer": 0x00100021,
    "accession": 0x00080050,
    "study_description": 0x00081030,
    "series_description": 0x0008103E,
    "modality": 0x00080060,
    "view_position": 0x00185101,
    "manufacturer": 0x00080070,
    "burned_in_annotation": 0x00280301,
}


def _texts(fields: Fields) -> dict[str, Any]:
    texts = {name: fields.text(tag)[:1024] for name, tag in _TEXT_TAGS.items()}
    texts["modality"] = texts["modality"].split("\\")[0].strip().upper()
    texts["body_part"] = (fields.text(0x00180015) or _coded(fields, 0x00082218))[:1024].upper()
    texts["view_position"] = texts["view_position"] or _coded(fields, 0x00540220).upper()  # View Code Sequence
    texts["laterality"] = (fields.text(0x00200062) or fields.text(0x00200060))[:16].upper()
    return texts


def _coded(fields: Fields, tag: int) -> str:
    """The (0008,0104) Code Meaning in a code sequence, where newer objects say what older ones say in one word.

    Used for (0008,2218) Anatomic Region Sequence and (0054,0220) View Code Sequence.
    """
    code = fields.item(tag)
    return code.text(0x00080104)[:1024] if code is not None else ""


def _pixel_values(pixels: PixelDescription | None) -> dict[str, Any]:
    if pixels is None:
        return {}
    return {
        "rows": pixels.rows,
        "cols": pixels.cols,
        "n_frames": pixels.n_frames,
        "photometric": pixels.photometric,
        "bits_stored": pixels.bits_stored,
    }


def _geometry(fields: Fields) -> dict[str, Any]:
    """Position, orientation and spacing of the instance, or of the first frame of an enhanced object."""
    groups = FunctionalGroups(fields)
    plane = groups.macro(0, 0x00209113) or fields  # (0020,9113) Plane Position Sequence
    orientation = groups.macro(0, 0x00209116) or fields  # (0020,9116) Plane Orientation Sequence
    return {
        "pixel_spacing_mm": pixel_spacing_mm(fields, groups, 0),
        "position_mm": _vector(plane, 0x00200032, 3),
        "orientation": _vector(orientation, 0x00200037, 6),
        "slice_location_mm": fields.number(0x00201041),
    }


def pixel_spacing_mm(fields: Fields, groups: FunctionalGroups, frame_index: int) -> tuple[float, float] | None:
    """Row and column spacing of a frame: (0028,0030) Pixel Spacing, else (0018,1164) Imager Pixel Spacing."""
    measures = groups.macro(frame_index, 0x00289110)  # Pixel Measures Sequence
    for place, tag in ((measures, 0x00280030), (fields, 0x00280030), (fields, 0x00181164)):
        vector = _vector(place, tag, 2) if place is not None else None
        if vector is not None and min(vector) > 0:
            return (vector[0], vector[1])
    return None


def _vector(fields: Fields, tag: int, n: int) -> tuple[float, ...] | None:
    values = fields.numbers(tag)
    return tuple(values) if len(values) == n and all(abs(value) < 1e9 for value in values) else None


def _sex(fields: Fields) -> str:
    value = fields.text(0x00100040).upper()
    return value if value in {"M", "F", "O"} else ""


_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}


def _age_years(fields: Fields, study_date: date | None) -> float | None:
    """(0010,1010) Patient's Age in years, else from birth date and study date; None outside 0..150."""
    match = re.fullmatch(r"(\d{1,4})\s*([DWMY]?)", fields.text(0x00101010).upper())
    age = int(match[1]) * _YEARS[match[2] or "Y"] if match is not None else None
    birth = fields.day(0x00100030)
    if age is None and birth is not None and study_date is not None:
        age = (study_date - birth).days / 365.25
    return age if age is not None and 0 <= age <= 150 else None
