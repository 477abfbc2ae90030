"""What `radseek cohort` prints: studies and counts on stdout, notes on stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_table
from radseek.records.cohort_plain import plain_definition

if TYPE_CHECKING:
    from radseek.records.cohort import (
        CohortCheck,
        CohortResult,
        CohortRun,
        CohortStudy,
        CohortSummary,
        CohortVersion,
    )
    from radseek.service.cohort_export import ExportReport

_SHOWN_VALUES = 12


def note_saved(cohort: CohortVersion) -> None:
    """Which version there is now."""
    note(f"{cohort.name} is saved as version {cohort.version}")


def write_cohorts(cohorts: Sequence[CohortSummary]) -> None:
    """One line a cohort."""
    rows = [
        (
            summary.newest.name,
            summary.newest.version,
            *((run.n_members, run.number, run.ran.at) if (run := summary.last_run) else ("-", "-", "never")),
            summary.newest.definition.query or _without_query(summary.newest),
        )
        for summary in cohorts
    ]
    write_table(rows, ("name", "version", "studies", "run", "run at", "query"))
    if not rows:
        note("no cohort is saved yet; `radseek cohort save ARCHIVE NAME QUERY` saves one")


def write_cohort(cohort: CohortVersion, versions: Sequence[CohortVersion], runs: Sequence[CohortRun]) -> None:
    """A definition in full, then its versions and runs."""
    print(f"{cohort.name}, version {cohort.version} of {len(versions)}")
    for name, value in plain_definition(cohort.definition).items():
        if value not in (None, "", [], {}, False):
            print(f"  {name:<12} {_plain(value)}")
    write_table(
        [(entry.version, entry.saved.at, entry.saved.by, entry.saved.radseek_version) for entry in versions],
        ("version", "saved at", "by", "radseek"),
    )
    write_table(
        [(run.number, run.version, run.ran.at, run.ran.by, run.n_members, run.generation, _encoder(run))
         for run in runs],
        ("run", "version", "run at", "by", "studies", "index", "encoder"),
    )  # fmt: skip


def write_result(result: CohortResult, studies: Mapping[str, CohortStudy], *, members: bool) -> None:
    """A run: its members, one a line with `+` before new ones, then the counts; notes and the summary on stderr."""
    if members:
        new = set(result.new)
        for rank, key in enumerate(result.members, start=1):
            print(f"{rank:>5}. {'+' if key in new else ' '} {_study_line(key, studies)}")
    for name, values in result.counts.items():
        shown = [f"{value} {count:,}" for value, count in list(values.items())[:_SHOWN_VALUES]]
        more = f", and {len(values) - _SHOWN_VALUES} more values" if len(values) > _SHOWN_VALUES else ""
        if shown:
            print(f"{name.replace('_', ' '):<11} {', '.join(shown)}{more}")
    write_notes(result)


def write_new(result: CohortResult, studies: Mapping[str, CohortStudy]) -> None:
    """Only the members that the run before did not have, in rank order."""
    for key in result.new:
        print(_study_line(key, studies))
    write_notes(result)


def write_notes(result: CohortResult) -> None:
    """What a reader must know, on stderr."""
    for line in result.run.notes:
        note(line)
    run, since = result.run, result.since
    if since is not None and since.number == run.number:
        note(f"{run.n_members:,} studies in run {run.number}, {run.ran.at}")
        return
    removed = f" ({len(result.removed):,} of them are no longer in the archive)" if result.removed else ""
    compared = (
        "the first run: all are new"
        if since is None
        else f"{len(result.new):,} new and {len(result.gone):,} gone{removed} since run {since.number} of version "
        f"{since.version}, {since.ran.at}"
    )
    note(f"{run.n_members:,} studies; {compared}")


def write_checks(checks: Sequence[CohortCheck]) -> None:
    """One line a cohort."""
    rows = [
        (
            check.name,
            "-" if check.problem else check.n_new,
            "-" if check.problem else check.n_gone,
            "-" if check.problem else check.n_members,
            check.problem or (check.since.ran.at if check.since else "never run"),
        )
        for check in checks
    ]
    write_table(rows, ("name", "new", "gone", "studies", "since"))


def write_export_report(report: ExportReport, identifiers: bool) -> None:
    """The files on stdout; what is in them on stderr."""
    for file in report.files:
        print(file)
    note(f"{report.n_studies:,} studies of run {report.run.number}: {', '.join(report.columns)}")
    if identifiers:
        note("accession numbers and study UIDs identify patients: keep the file where such things may be")


def _study_line(key: str, studies: Mapping[str, CohortStudy]) -> str:
    study = studies.get(key)
    if study is None:
        return f"{key}  no longer in the archive"
    age = "" if study.age_years is None else f"{study.age_years:.0f} y"
    person = " ".join(part for part in (study.sex, age) if part)
    facts = [study.modality, study.body_part, person, str(study.study_year or ""), study.source]
    return f"{key}  {', '.join(fact for fact in facts if fact)}{'  [SYNTHETIC]' if study.synthetic else ''}"


def _without_query(cohort: CohortVersion) -> str:
    return "(chosen by hand)" if cohort.definition.hand_picked else "(filters only)"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(entry)}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _encoder(run: CohortRun) -> str:
    return f"{run.ran.encoder_id} {run.ran.encoder_revision}".strip() or "-"
