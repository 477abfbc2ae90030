"""Reports, their sections, sentences and assertions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Section(StrEnum):
    """Sections of a radiology report; `OTHER` is text under no known heading."""

    INDICATION = "indication"
    COMPARISON = "comparison"
    TECHNIQUE = "technique"
    FINDINGS = "findings"
    IMPRESSION = "impression"
    OTHER = "other"


class Assertion(StrEnum):
    """What a sentence says of its finding."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report, with its place in `Report.text`."""

    section: Section
    ordinal: int
    """Place in the report, from 0."""
    text: str
    start: int
    end: int
    """`report_text[start:end] == text`."""
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report's text and its sentences in order."""

    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """A report as a source gives it, before it is linked to a study. Identifiers are as received."""

    text: str
    source: str
    """Kind of source: csv, jsonl, text, openi_xml, dicom_sr, table."""
    report_id: str = ""
    study_uid: str = ""
    accession: str = ""
    site: str = ""
    patient_id: str = ""
    study_date: date | None = None
    modality: str = ""
    labels: tuple[str, ...] = field(default=())
