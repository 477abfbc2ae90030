"""What a header record says of a file."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from dicom_instances import CT, coded, header_of, instance, item
from pydicom import config
from pydicom.sequence import Sequence

from radseek.errors import DecodeError
from radseek.records.instances import InstanceKind, Window


def test_the_plain_values() -> None:
    header = header_of(
        instance(
            np.zeros((4, 6), dtype=np.uint16),
            PatientSex="f",
            PatientAge="061Y",
            StudyDate="20240229",
            AccessionNumber=" A1 ",
            StudyDescription="CT chest",
            SeriesDescription="lung",
            SeriesNumber=3,
            InstanceNumber=12,
            BodyPartExamined="Chest",
            Manufacturer="Maker",
            PixelSpacing=[0.7, 0.6],
            ImagePositionPatient=[1, -2, 3.5],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            SliceLocation=3.5,
            WindowCenter=40,
            WindowWidth=400,
            BurnedInAnnotation="YES",
            SyntheticData="YES",
        )
    )
    assert header.kind == InstanceKind.IMAGE
    assert (header.study_uid, header.series_uid, header.instance_uid) == ("1.2.3", "1.2.3.0", "1.2.3.1")
    assert (header.sop_class_uid, header.transfer_syntax_uid) == (CT, "1.2.840.10008.1.2.1")
    assert (header.patient_id, header.patient_sex, header.patient_age_years) == ("P1", "F", 61.0)
    assert (header.accession, header.study_date) == ("A1", date(2024, 2, 29))
    assert (header.study_description, header.series_description) == ("CT chest", "lung")
    assert (header.series_number, header.instance_number) == (3, 12)
    assert (header.modality, header.body_part, header.manufacturer) == ("CT", "CHEST", "Maker")
    assert (header.rows, header.cols, header.n_frames, header.bits_stored) == (4, 6, 1, 16)
    assert (header.photometric, header.pixel_spacing_mm) == ("MONOCHROME2", (0.7, 0.6))
    assert (header.position_mm, header.slice_location_mm) == ((1.0, -2.0, 3.5), 3.5)
    assert header.orientation == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert header.windows == (Window(40.0, 400.0),)
    assert (header.burned_in_annotation, header.synthetic, header.preamble) == ("YES", True, "zero")
    assert not header.charset_suspect


def test_almost_nothing() -> None:
    header = header_of(instance())
    assert (header.patient_age_years, header.study_date, header.instance_number) == (None, None, None)
    assert (header.pixel_spacing_mm, header.position_mm, header.orientation) == (None, None, None)
    assert (header.windows, header.body_part, header.synthetic) == ((), "", False)


@pytest.mark.parametrize(
    ("age", "birth", "years"),
    [
        ("018M", "", 1.5),
        ("052W", "", 52 * 7 / 365.25),
        ("010D", "", 10 / 365.25),
        ("61", "", 61.0),
        ("", "19630301", (date(2024, 2, 29) - date(1963, 3, 1)).days / 365.25),
        ("061Y", "19000101", 61.0),
        ("999Y", "", None),
        ("old", "", None),
        ("", "20250101", None),
        ("", "19631301", None),
    ],
)
def test_age(age: str, birth: str, years: float | None) -> None:
    header = header_of(instance(StudyDate="20240229", PatientAge=age, PatientBirthDate=birth))
    assert header.patient_age_years == pytest.approx(years)


@pytest.mark.parametrize(
    ("raw", "day"),
    [("20240229", date(2024, 2, 29)), ("2024.02.29", date(2024, 2, 29)), ("20230229", None), ("x", None)],
)
def test_date(raw: str, day: date | None) -> None:
    assert header_of(instance(StudyDate=raw)).study_date == day


@pytest.mark.parametrize(
    ("keyword", "raw", "field", "value"),
    [
        ("InstanceNumber", b"seven ", "instance_number", None),
        ("InstanceNumber", b"7.0 ", "instance_number", 7),
        ("InstanceNumber", b"1e999 ", "instance_number", None),
        ("PixelSpacing", b"0\\0 ", "pixel_spacing_mm", None),
        ("PixelSpacing", b"-1\\1", "pixel_spacing_mm", None),
        ("PixelSpacing", b"0.5 ", "pixel_spacing_mm", None),
        ("ImagePositionPatient", b"1\\2\\nan", "position_mm", None),
        ("ImagePositionPatient", b"1\\2 ", "position_mm", None),
        ("PatientSex", b"woman ", "patient_sex", ""),
        ("SliceLocation", b"\0\0", "slice_location_mm", None),
    ],
)
def test_values_that_are_none_are_left_out(keyword: str, raw: bytes, field: str, value: Any) -> None:
    """Written as LO, so that the writing library lets any text pass: a wrong VR on top."""
    dataset = instance()
    with config.disable_value_validation():
        dataset.add_new(keyword, "LO", raw.decode().split("\\"))
    header = header_of(dataset)
    assert getattr(header, field) == value


def test_newer_objects_say_in_codes_what_older_ones_say_in_words() -> None:
    header = header_of(
        instance(AnatomicRegionSequence=coded("Breast"), ViewCodeSequence=coded("medio-lateral oblique"))
    )
    assert (header.body_part, header.view_position) == ("BREAST", "MEDIO-LATERAL OBLIQUE")


def test_imager_spacing_stands_in_for_pixel_spacing() -> None:
    assert header_of(instance(ImagerPixelSpacing=[0.14, 0.15])).pixel_spacing_mm == (0.14, 0.15)


def test_enhanced_geometry_comes_from_the_functional_groups() -> None:
    dataset = instance(NumberOfFrames=2)
    dataset.PixelData = bytes(dataset.PixelData) * 2
    frames = [item(PlanePositionSequence=Sequence([item(ImagePositionPatient=[0, 0, z])])) for z in (5, 6)]
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.SharedFunctionalGroupsSequence = Sequence([
        item(
            PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]),
            PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.9, 0.8])]),
        )
    ])
    header = header_of(dataset)
    assert header.n_frames == 2
    assert (header.position_mm, header.pixel_spacing_mm) == ((0.0, 0.0, 5.0), (0.9, 0.8))
    assert header.orientation == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def test_number_of_frames_0_means_one() -> None:
    assert header_of(instance(NumberOfFrames=0)).n_frames == 1


def test_control_characters_do_not_come_through() -> None:
    assert header_of(instance(StudyDescription="a\x00b\x1bc\x07d")).study_description == "abcd"


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("ISO_IR 100", "Äpfel"),
        ("ISO_IR 192", "胸部"),
        ("ISO_IR 144", "грудь"),
        ("GB18030", "胸部"),
        (["", "ISO 2022 IR 149"], "흉부"),
        (["", "ISO 2022 IR 87"], "胸部"),
        ("ISO_IR 13", "ﾔﾏﾀﾞ"),
    ],
)
def test_declared_character_sets(declared: Any, text: str) -> None:
    header = header_of(instance(SpecificCharacterSet=declared, StudyDescription=text))
    assert header.study_description == text
    assert not header.charset_suspect


def test_errors_hold_no_received_text() -> None:
    """A name where a UID belongs must not come out with the refusal."""
    for keyword in ("StudyInstanceUID", "SOPClassUID", "SOPInstanceUID"):
        bent = instance()
        bent.add_new(keyword, "LO", "Jane^Doe")
        with pytest.raises(DecodeError, match="uid|SOP class") as caught:
            header_of(bent)
        assert "Doe" not in str(caught.value)
