"""Which SOP classes are scans, which are reports, and which are neither (PS3.4 Table B.5-1)."""

from __future__ import annotations

import re

from radseek.records.outcomes import Reason

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
STRUCTURED_REPORT_ROOT = STORAGE_ROOT + "88."

KEY_OBJECT_SELECTION = STRUCTURED_REPORT_ROOT + "59"

NOT_NARRATIVE_REPORTS = frozenset(
    STRUCTURED_REPORT_ROOT + suffix
    for suffix in (
        "40",  # procedure log
        "67",  # X-ray radiation dose
        "68",  # radiopharmaceutical radiation dose
        "71",  # acquisition context
        "73",  # patient radiation dose
        "74",  # planned imaging agent administration
        "75",  # performed imaging agent administration
        "76",  # enhanced X-ray radiation dose
        "77",  # waveform annotation
    )
)
"""Structured reports that hold measurements of the procedure, not a reading of the picture."""

DERIVED_PICTURES = frozenset({
    STORAGE_ROOT + "30",  # parametric map
    STORAGE_ROOT + "66.4",  # segmentation
    STORAGE_ROOT + "66.7",  # label map segmentation
    STORAGE_ROOT + "66.8",  # height map segmentation
})
"""Objects with pixels that show labels or computed maps instead of a scan."""

RADIOTHERAPY_ROOT = STORAGE_ROOT + "481."
"""RT image, dose, structure set, plan, beams: pixels of RT dose are gray, not grey."""

_UID = re.compile(r"[0-9.]{1,64}")


def is_uid(text: str) -> bool:
    """Whether `text` has the form of a UID: digits and dots, at most 64 (PS3.5 section 9.1, leading zeros let pass)."""
    return _UID.fullmatch(text) is not None and ".." not in text and not text.startswith(".") and not text.endswith(".")


def refused_class(sop_class_uid: str) -> Reason | None:
    """Why objects of this class are never indexed, or None."""
    if sop_class_uid == MEDIA_STORAGE_DIRECTORY:
        return Reason.DICOMDIR
    if sop_class_uid in DERIVED_PICTURES or sop_class_uid.startswith(RADIOTHERAPY_ROOT):
        return Reason.UNSUPPORTED_SOP_CLASS
    if sop_class_uid in NOT_NARRATIVE_REPORTS:
        return Reason.NOT_AN_IMAGE
    return None


def is_report_class(sop_class_uid: str) -> bool:
    """Whether the class is one of the structured report storage classes, key object selection included."""
    return sop_class_uid.startswith(STRUCTURED_REPORT_ROOT)


def is_image_class(sop_class_uid: str) -> bool:
    """Whether the standard names the class an image storage class, so that its objects should have pixels."""
    from pydicom.uid import UID

    return "Image Storage" in UID(sop_class_uid).name
