"""The studies of a patient beside the one that is open: how far away, and what each report says of what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from radseek.archive.study_queries import first_images, hydrate_studies, reports_of_study, study_id_by_key
from radseek.archive.timeline_queries import studies_of_patients
from radseek.records.reports import Assertion
from radseek.records.timeline import PatientStudy, PatientTimeline, ToldFinding
from radseek.search.agreement import ANSWERING_SIDES, DENYING_SIDES
from radseek.service.timelines import patients_of
from radseek.text import stated_findings
from radseek.text.findings import NOT_SEARCHED

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.archive.timeline_queries import DatedStudy
    from radseek.records.findings import StatedFinding
    from radseek.records.search import ReportView
    from radseek.text import Lexicon

MOST_STUDIES = 200
"""Of one patient; more are no timeline any more."""

_WEIGHTIEST_FIRST = (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT, Assertion.HISTORICAL)
"""What stands for a report that says several things of a finding."""


def read_timeline(
    connection: Connection, study_key: str, asked: Iterable[StatedFinding], lexicon: Lexicon
) -> PatientTimeline:
    """All studies of the patient of the study with this key; of more than `MOST_STUDIES` the nearest in time.

    Args:
        connection: The catalogue's.
        study_key: Of the open study.
        asked: Findings to look for in every report: those of the same name and side once, unknown ones not at all.
        lexicon: Reads the reports.

    Raises:
        InputError: When there is no such study.
    """
    study_id = study_id_by_key(connection, study_key)
    patient = patients_of(connection, [study_id])[study_id]
    everything = studies_of_patients(connection, [patient])[patient]
    here = next(place for place, study in enumerate(everything) if study.id == study_id)
    shown = _around(everything, here)
    rows = {row.id: row for row in hydrate_studies(connection, [study.id for study in shown])}
    pictures = first_images(connection, list(rows))
    wanted = {(mention.finding, mention.side): mention for mention in asked if mention.finding in lexicon.findings}
    studies = []
    for study in shown:
        row = rows[study.id]
        reports = reports_of_study(connection, study.id) if wanted and row.has_report else []
        studies.append(
            PatientStudy(
                study_key=row.study_key,
                study_year=row.study_year,
                days=_days_between(everything[here], study),
                modality=row.modality,
                modalities=row.modalities,
                body_part=row.body_part,
                image_key=pictures[study.id].image_key if study.id in pictures else None,
                has_report=row.has_report,
                synthetic=row.synthetic,
                told=tuple(told_of(mention, reports, lexicon) for mention in wanted.values()),
            )
        )
    return PatientTimeline(tuple(studies), len(everything) - len(shown))


def told_of(asked: StatedFinding, reports: Sequence[ReportView], lexicon: Lexicon) -> ToldFinding:
    """What `reports` say of the finding `asked`, on its side: the weightiest statement, the first of equal ones.

    A kind of the finding affirms it, and what it is a kind of denies it, as in a search. A denial for one side only
    does not deny a finding that was asked for without a side.
    """
    found = {
        mention.assertion: sentence
        for report in reversed(reports)
        for sentence in reversed(report.sentences)
        if sentence.section not in NOT_SEARCHED
        for mention in stated_findings(sentence.text, lexicon, place=sentence.place)
        if _is_about(asked, mention, lexicon)
    }
    told = next((assertion for assertion in _WEIGHTIEST_FIRST if assertion in found), None)
    words = [asked.side.value] if asked.side else []
    title = " ".join([*words, lexicon.findings[asked.finding].title])
    return ToldFinding(title, told, found[told] if told else None)


def _is_about(asked: StatedFinding, mention: StatedFinding, lexicon: Lexicon) -> bool:
    if mention.assertion is Assertion.ABSENT:
        return mention.finding in lexicon.with_parents(asked.finding) and mention.side in DENYING_SIDES[asked.side]
    return asked.finding in lexicon.with_parents(mention.finding) and mention.side in ANSWERING_SIDES[asked.side]


def _around(studies: Sequence[DatedStudy], here: int) -> Sequence[DatedStudy]:
    first = max(0, min(here - MOST_STUDIES // 2, len(studies) - MOST_STUDIES))
    return studies[first : first + MOST_STUDIES]


def _days_between(opened: DatedStudy, other: DatedStudy) -> int | None:
    if other.id == opened.id:
        return 0
    if opened.study_date is None or other.study_date is None:
        return None
    return (other.study_date - opened.study_date).days
