"""What became of each thing that ingest has seen, and why.

The outcome law: seen = ingested + duplicate + skipped(reason) + quarantined(reason). There is no fifth bin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """The four bins."""

    INGESTED = "ingested"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"


class Reason(StrEnum):
    """Why something was skipped or quarantined. `EXPLANATIONS` has the sentence people read."""

    # skipped: in order, but not something radseek indexes
    NOT_DICOM = "not_dicom"
    NOT_AN_IMAGE = "not_an_image"
    NO_PIXELS = "no_pixels"
    DICOMDIR = "dicomdir"
    SPECIAL_FILE = "special_file"
    EMPTY_FILE = "empty_file"
    EMPTY_REPORT = "empty_report"
    UNSUPPORTED_SOP_CLASS = "unsupported_sop_class"
    FILTERED = "filtered"
    NOT_A_REPORT = "not_a_report"
    # quarantined: should have worked, a person should look
    UNREADABLE_HEADER = "unreadable_header"
    MISSING_UID = "missing_uid"
    BAD_UID = "bad_uid"
    BAD_PIXEL_HEADER = "bad_pixel_header"
    DECODE_FAILED = "decode_failed"
    UNSUPPORTED_TRANSFER_SYNTAX = "unsupported_transfer_syntax"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_SLOW = "too_slow"
    DECODER_DIED = "decoder_died"
    OUT_OF_MEMORY = "out_of_memory"
    UNSAFE_PATH = "unsafe_path"
    BAD_ARCHIVE_FILE = "bad_archive_file"
    NOT_READABLE = "not_readable"
    MISSING_FILE = "missing_file"
    CONFLICTING_INSTANCE = "conflicting_instance"
    CONFLICTING_PATIENT = "conflicting_patient"
    CONFLICTING_REPORT = "conflicting_report"
    BAD_ROW = "bad_row"
    BAD_ENCODING = "bad_encoding"
    BAD_XML = "bad_xml"


EXPLANATIONS: dict[Reason, str] = {
    Reason.NOT_DICOM: "not a DICOM file",
    Reason.NOT_AN_IMAGE: "a DICOM object without a picture or report text (waveform, plan, presentation state, ...)",
    Reason.NO_PIXELS: "an image object whose pixel data is absent",
    Reason.DICOMDIR: "a DICOMDIR: read for its references, not an image itself",
    Reason.SPECIAL_FILE: "a link, pipe, socket or device: not followed",
    Reason.EMPTY_FILE: "an empty file",
    Reason.EMPTY_REPORT: "a report without any text",
    Reason.UNSUPPORTED_SOP_CLASS: "a kind of object that radseek does not index",
    Reason.FILTERED: "a table row that the column map's filter leaves out",
    Reason.NOT_A_REPORT: "a file of another kind in a folder of reports",
    Reason.UNREADABLE_HEADER: "the DICOM header cannot be read",
    Reason.MISSING_UID: "a study, series or instance UID is missing",
    Reason.BAD_UID: "a UID has other characters than digits and dots, or more than 64",
    Reason.BAD_PIXEL_HEADER: "the pixel description contradicts itself or the pixel data",
    Reason.DECODE_FAILED: "the pixel data does not decode",
    Reason.UNSUPPORTED_TRANSFER_SYNTAX: "no decoder for this transfer syntax is installed",
    Reason.TOO_LARGE: "larger than the configured limit once decoded or inflated",
    Reason.TOO_DEEP: "sequences nested deeper than the limit",
    Reason.TOO_SLOW: "took longer than the time limit",
    Reason.DECODER_DIED: "the decoder process crashed on it",
    Reason.OUT_OF_MEMORY: "needed more memory than the limit",
    Reason.UNSAFE_PATH: "a path that leaves its folder or archive",
    Reason.BAD_ARCHIVE_FILE: "a zip archive that is damaged, encrypted, nested or too large",
    Reason.NOT_READABLE: "the file cannot be opened (rights or disk error)",
    Reason.MISSING_FILE: "a table or DICOMDIR names a file that is not there",
    Reason.CONFLICTING_INSTANCE: "an instance UID that is known already, with other content",
    Reason.CONFLICTING_PATIENT: "a study or series UID that is known already, with another patient or study",
    Reason.CONFLICTING_REPORT: "a report identifier that is known already, with other text",
    Reason.BAD_ROW: "a table row lacks a needed value or has a value that cannot be used",
    Reason.BAD_ENCODING: "text that is no known character encoding",
    Reason.BAD_XML: "XML that cannot be parsed safely",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one thing was not ingested."""

    outcome: Outcome
    reason: Reason
    detail: str = ""
    """Technical addition without patient values or file names, such as `Rows x Columns = 65535 x 65535`."""


def skipped(reason: Reason, detail: str = "") -> Refusal:
    """A refusal into the `skipped` bin."""
    return Refusal(Outcome.SKIPPED, reason, detail)


def quarantined(reason: Reason, detail: str = "") -> Refusal:
    """A refusal into the `quarantined` bin."""
    return Refusal(Outcome.QUARANTINED, reason, detail)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one ingest run. `seen` always equals the sum of the bins."""

    ingested: int = 0
    duplicate: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """All that was looked at: the sum of the four bins."""
        return self.ingested + self.duplicate + sum(self.skipped.values()) + sum(self.quarantined.values())
