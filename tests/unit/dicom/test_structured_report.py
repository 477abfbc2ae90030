"""Structured reports as text."""

from __future__ import annotations

from typing import Any

import pytest
from dicom_instances import SR, coded, header_of, instance, item
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radseek.errors import DecodeError
from radseek.records.instances import InstanceKind


def content(kind: str, name: str, relationship: str = "CONTAINS", **elements: Any) -> Dataset:
    return item(ValueType=kind, ConceptNameCodeSequence=coded(name), RelationshipType=relationship, **elements)


def text(name: str, said: str, **elements: Any) -> Dataset:
    return content("TEXT", name, TextValue=said, **elements)


def section(name: str, *items: Dataset, **elements: Any) -> Dataset:
    return content("CONTAINER", name, ContentSequence=Sequence(items), **elements)


def number(name: str, value: str, unit: str) -> Dataset:
    units = Sequence([item(CodeValue=unit, CodingSchemeDesignator="UCUM", CodeMeaning=unit)])
    measured = Sequence([item(NumericValue=value, MeasurementUnitsCodeSequence=units)])
    return content("NUM", name, MeasuredValueSequence=measured)


def told(*items: Dataset, **elements: Any) -> str:
    report = instance(SOPClassUID=SR, Modality="SR", ContentSequence=Sequence(items), **elements)
    del report.PixelData
    header = header_of(report)
    assert header.kind == InstanceKind.REPORT
    assert header.rows == 0
    return header.report_text


def test_sections_get_headings_on_lines_of_their_own() -> None:
    report = told(
        section("History", text("Finding", "Cough.")),
        section("Findings", text("Finding", "Small left effusion."), text("Finding", "No pneumothorax.")),
        section("Impressions", text("Impression", "Effusion.")),
    )
    assert report == ("HISTORY:\nCough.\nFINDINGS:\nSmall left effusion.\nNo pneumothorax.\nIMPRESSIONS:\nEffusion.")


def test_texts_named_as_sections_under_the_root() -> None:
    assert (
        told(text("Findings", "Clear."), text("Conclusions", "Normal.")) == "FINDINGS:\nClear.\nCONCLUSIONS:\nNormal."
    )


def test_codes_and_numbers_are_told_with_their_names() -> None:
    finding = content("CODE", "Morphology", ConceptCodeSequence=coded("Nodule"))
    assert told(section("Findings", finding, number("Diameter", "12", "mm"), number("Count", "2", "1"))) == (
        "FINDINGS:\nMorphology: Nodule\nDiameter: 12 mm\nCount: 2"
    )


def test_people_and_context_stay_out() -> None:
    person = content("PNAME", "Person Observer Name", "HAS OBS CONTEXT", PersonName="Doe^Jane")
    subject = content("TEXT", "Subject Name", "HAS OBS CONTEXT", TextValue="Jane Doe")
    dictator = content("PNAME", "Dictated by", PersonName="Doe^Jane")
    report = told(person, subject, dictator, section("Findings", text("Finding", "Clear.")))
    assert report == "FINDINGS:\nClear."


def test_running_text_is_one_paragraph() -> None:
    running = section(
        "Findings", text("Text", "A mass of"), number("Diameter", "3", "cm"), text("Text", "was seen."),
        ContinuityOfContent="CONTINUOUS",
    )  # fmt: skip
    assert told(running, section("Impression", text("Text", "Mass."))) == (
        "FINDINGS:\nA mass of 3 cm was seen.\nIMPRESSION:\nMass."
    )


def test_headings_without_text_are_left_out() -> None:
    assert told(section("Technique"), section("Findings", text("Finding", "Clear.")), section("Summary")) == (
        "FINDINGS:\nClear."
    )


def test_a_spoken_line_that_looks_like_a_heading_stays() -> None:
    assert told(section("Findings", text("Finding", "NOTE:"), text("Finding", "Clear."))) == "FINDINGS:\nNOTE:\nClear."


def test_line_ends_are_unified() -> None:
    assert told(section("Findings", text("Finding", "One.\r\nTwo.\rThree."))) == "FINDINGS:\nOne.\nTwo.\nThree."


def test_character_set_of_the_report_holds_in_its_items() -> None:
    assert told(text("Findings", "Größe"), SpecificCharacterSet="ISO_IR 100") == "FINDINGS:\nGröße"


@pytest.mark.parametrize("items", [[], [section("Findings")], [text("Finding", "  ")]])
def test_no_text_is_a_reason(items: list[Dataset]) -> None:
    with pytest.raises(DecodeError, match="no text"):
        told(*items)
