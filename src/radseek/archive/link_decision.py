"""Which study a report belongs to: the decision alone, from identifiers as received. Nothing is guessed.

Tried in order, as far as the report has the identifiers: StudyInstanceUID; accession number (of the same site, where
both are known); patient, date and modality. A study stands only when no identifier that both have disagrees, and a
report is linked only when exactly one study stands; otherwise it waits for a person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DAYS_APART = 1
"""A report on a study from late evening often carries the next day's date."""
RECYCLED_DAYS = 92
"""Systems give an accession number again after years; reports are dated weeks after the study at most."""

_SAME_KIND = (frozenset({"CR", "DX", "RG", "XR"}), frozenset({"PT", "PET", "NM"}))
"""Codes that one examination goes by in different systems: projection radiographs; PET."""


class LinkMethod(StrEnum):
    """How a report came to its study."""

    STUDY_UID = "study_uid"
    ACCESSION = "accession"
    PATIENT_DATE_MODALITY = "patient_date_modality"
    TABLE = "table"
    """The source itself says so: a row of a research table, a structured report inside its study."""
    PERSON = "person"
    """A person decided, also when the decision is `no study`."""


class WaitingReason(StrEnum):
    """Why a report waits. `WAITING_EXPLANATIONS` has the sentence people read."""

    NO_IDENTIFIER = "no_identifier"
    NONE = "none"
    SEVERAL = "several"
    CONTRADICTION = "contradiction"


WAITING_EXPLANATIONS: dict[WaitingReason, str] = {
    WaitingReason.NO_IDENTIFIER: "the report names no study, no accession number, and not patient, date and modality",
    WaitingReason.NONE: "no study in the archive matches",
    WaitingReason.SEVERAL: "several studies match",
    WaitingReason.CONTRADICTION: "a study matches by one identifier and differs in another",
}


@dataclass(frozen=True, slots=True)
class ReportIdentifiers:
    """What a report says of its study. Empty where it says nothing."""

    study_uid: str = ""
    accession: str = ""
    site: str = ""
    patient_id: str = ""
    study_date: date | None = None
    modality: str = ""
    mentioned_uids: frozenset[str] = frozenset()
    """UIDs that stand in the report's text."""


@dataclass(frozen=True, slots=True)
class StudyIdentifiers:
    """What the catalogue knows of a study that might be meant."""

    study_key: str
    study_uid: str
    accession: str = ""
    site: str = ""
    patient_id: str = ""
    study_date: date | None = None
    modalities: frozenset[str] = frozenset()
    uid_is_derived: bool = False
    """Whether radseek made the UID up for a research table: another UID then contradicts nothing."""


@dataclass(frozen=True, slots=True)
class Link:
    """The report belongs to this study."""

    study_key: str
    method: LinkMethod


@dataclass(frozen=True, slots=True)
class Waiting:
    """The report waits for a person, or for its study to arrive."""

    reason: WaitingReason
    candidates: tuple[str, ...] = ()
    """Keys of the studies that a person may choose from, sorted."""


def decide_link(report: ReportIdentifiers, candidates: Sequence[StudyIdentifiers]) -> Link | Waiting:
    """The one study that a report belongs to, or why it waits. The order of `candidates` does not matter.

    Args:
        report: What the report says.
        candidates: At least all studies that share the UID (also one mentioned in the text), the accession number or
            the patient ID with the report; others do no harm.
    """
    steps = _steps(report)
    if not steps:
        return Waiting(WaitingReason.NO_IDENTIFIER)
    for method in steps:
        matching = [study for study in candidates if _matches(method, report, study)]
        standing = [study for study in matching if not _contradicts(method, report, study)]
        if method is LinkMethod.PATIENT_DATE_MODALITY:
            standing = [s for s in standing if s.study_date == report.study_date] or standing
        if len(standing) == 1:
            return _unless_other_mentioned(Link(standing[0].study_key, method), report, candidates)
        if matching:
            reason = WaitingReason.SEVERAL if standing else WaitingReason.CONTRADICTION
            return Waiting(reason, _keys(standing or matching))
    return Waiting(WaitingReason.NONE)


def _steps(report: ReportIdentifiers) -> list[LinkMethod]:
    steps = []
    if report.study_uid:
        steps.append(LinkMethod.STUDY_UID)
    if report.accession:
        steps.append(LinkMethod.ACCESSION)
    if report.patient_id and report.study_date and report.modality:
        steps.append(LinkMethod.PATIENT_DATE_MODALITY)
    return steps


def _matches(method: LinkMethod, report: ReportIdentifiers, study: StudyIdentifiers) -> bool:
    if method is LinkMethod.STUDY_UID:
        return study.study_uid == report.study_uid
    if method is LinkMethod.ACCESSION:
        return study.accession == report.accession and not _differ(report.site, study.site)
    return (
        study.patient_id == report.patient_id
        and not _differ(report.site, study.site)
        and _days_apart(report, study) <= DAYS_APART
        and any(same_kind(report.modality, modality) for modality in study.modalities)
    )


def _contradicts(method: LinkMethod, report: ReportIdentifiers, study: StudyIdentifiers) -> bool:
    """Whether a matching study differs in an identifier that it and the report both have.

    A StudyInstanceUID outweighs accession number and date, which are corrected after the fact in practice, and an
    accession number outweighs a date of the same season; a different patient outweighs everything.
    """
    if _differ(report.patient_id, study.patient_id):
        return True
    if method is LinkMethod.STUDY_UID:
        return False
    if not study.uid_is_derived and _differ(report.study_uid, study.study_uid):
        return True
    if method is LinkMethod.ACCESSION:
        return bool(report.study_date and study.study_date) and _days_apart(report, study) > RECYCLED_DAYS
    return _differ(report.accession, study.accession)


def _unless_other_mentioned(
    link: Link, report: ReportIdentifiers, candidates: Sequence[StudyIdentifiers]
) -> Link | Waiting:
    others = [s for s in candidates if s.study_uid in report.mentioned_uids and s.study_key != link.study_key]
    if not others:
        return link
    return Waiting(WaitingReason.CONTRADICTION, tuple(sorted({link.study_key, *_keys(others)})))


def _keys(studies: Sequence[StudyIdentifiers]) -> tuple[str, ...]:
    return tuple(sorted({study.study_key for study in studies}))


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _days_apart(report: ReportIdentifiers, study: StudyIdentifiers) -> float:
    """Whole days between the two dates; infinite when one is absent."""
    if report.study_date is None or study.study_date is None:
        return math.inf
    return abs((report.study_date - study.study_date).days)


def same_kind(one: str, other: str) -> bool:
    """Whether two modality codes can name one examination."""
    return one == other or any(one in kind and other in kind for kind in _SAME_KIND)
