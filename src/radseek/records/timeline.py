"""The studies of one patient in time, as a page shows them: years and distances in days, no dates."""

from __future__ import annotations

from dataclasses import dataclass

from radseek.records.reports import Assertion
from radseek.records.search import SentenceView


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """What the reports of a study say of one finding that was asked for."""

    title: str
    """Such as `left pleural effusion`."""
    assertion: Assertion | None
    """None where they do not mention it."""
    sentence: SentenceView | None = None
    """The sentence that says so."""


@dataclass(frozen=True, slots=True)
class PatientStudy:
    """One study of a patient, beside the study that is open."""

    study_key: str
    study_year: int | None
    days: int | None
    """Days after the open study, negative before; None where a date is missing."""
    modality: str
    modalities: tuple[str, ...]
    """All of the study's pictures, in alphabetical order; `modality` is the one that the study goes by."""
    body_part: str
    image_key: str | None
    """Its first picture."""
    has_report: bool
    synthetic: bool
    told: tuple[ToldFinding, ...] = ()
    """One for each finding that was asked for; none where nothing was."""


@dataclass(frozen=True, slots=True)
class PatientTimeline:
    """All studies of a patient in time; those without a date last."""

    studies: tuple[PatientStudy, ...]
    n_left_out: int = 0
    """Studies further away in time than those shown."""
