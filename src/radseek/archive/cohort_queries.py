"""What the catalogue knows of cohorts: their versions, their runs, who belonged at each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from radseek.archive.schema import cohort_members, cohort_runs, cohort_versions, cohorts
from radseek.errors import InputError
from radseek.records.cohort import CohortRun, CohortSummary, CohortVersion, Provenance
from radseek.records.cohort_plain import parse_definition

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_SHOWN_NAMES = 10


def cohort_id(connection: Connection, name: str, *, for_change: bool = False) -> int:
    """The cohort's id.

    Args:
        connection: To read with, or to write when `for_change`.
        name: The cohort's name.
        for_change: Also keeps others from changing the cohort until the transaction ends.

    Raises:
        InputError: When there is no such cohort; the message lists some that there are.
    """
    statement = select(cohorts.c.id).where(cohorts.c.name == name)
    found = connection.execute(statement.with_for_update() if for_change else statement).scalar()
    if found is not None:
        return int(found)
    names = cohort_names(connection)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    known = f"cohorts: {', '.join(names[:_SHOWN_NAMES])}{more}" if names else "none is saved yet"
    raise InputError(f"no cohort has this name; {known}")


def cohort_names(connection: Connection) -> list[str]:
    """The names of all cohorts, in alphabetical order."""
    return sorted(connection.execute(select(cohorts.c.name)).scalars())


def cohort_version(connection: Connection, name: str, version: int | None = None) -> CohortVersion:
    """One version of a cohort, the newest by default.

    Raises:
        InputError: When there is no such cohort or version.
        ArtifactError: When the catalogue is damaged.
    """
    versions = _versions(connection, cohort_id(connection, name), version)
    if not versions:
        newest = _versions(connection, cohort_id(connection, name))[-1].version
        raise InputError(f"the cohort has versions 1 to {newest}, not {version}")
    return versions[-1]


def list_versions(connection: Connection, name: str) -> list[CohortVersion]:
    """All versions of a cohort, oldest first.

    Raises:
        InputError: When there is no such cohort.
    """
    return _versions(connection, cohort_id(connection, name))


def list_cohorts(connection: Connection) -> list[CohortSummary]:
    """Every cohort with its newest version and its last run, by name."""
    found = []
    for name in cohort_names(connection):
        runs = list_runs(connection, name, limit=1)
        found.append(CohortSummary(cohort_version(connection, name), runs[0] if runs else None))
    return found


def list_runs(connection: Connection, name: str, limit: int = 20) -> list[CohortRun]:
    """The newest runs of a cohort, of all its versions, newest first.

    Raises:
        InputError: When there is no such cohort.
    """
    statement = _select_runs().where(cohort_runs.c.cohort_id == cohort_id(connection, name))
    return [_run(row) for row in connection.execute(statement.order_by(cohort_runs.c.number.desc()).limit(limit))]


def last_run(connection: Connection, cohort: CohortVersion, *, earlier: bool = True) -> CohortRun | None:
    """The last run of this version; with `earlier`, else of the newest earlier version that was run."""
    statement = _select_runs().where(
        cohort_runs.c.cohort_id == cohort_id(connection, cohort.name),
        cohort_versions.c.version <= cohort.version if earlier else cohort_versions.c.version == cohort.version,
    )
    newest = statement.order_by(cohort_versions.c.version.desc(), cohort_runs.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else _run(row)


def run_members(connection: Connection, name: str, number: int) -> tuple[str, ...]:
    """Study keys of a run in rank order.

    Raises:
        InputError: When there is no such cohort or run.
    """
    found = select(cohort_runs.c.id).where(
        cohort_runs.c.cohort_id == cohort_id(connection, name), cohort_runs.c.number == number
    )
    run_id = connection.execute(found).scalar()
    if run_id is None:
        raise InputError(f"the cohort has no run {number}")
    members = select(cohort_members.c.study_key).where(cohort_members.c.run_id == run_id)
    return tuple(connection.execute(members.order_by(cohort_members.c.rank)).scalars())


def next_numbers(connection: Connection, the_cohort: int) -> tuple[int, int]:
    """The numbers that the next version and the next run of a cohort get."""
    versions = select(func.max(cohort_versions.c.version)).where(cohort_versions.c.cohort_id == the_cohort)
    runs = select(func.max(cohort_runs.c.number)).where(cohort_runs.c.cohort_id == the_cohort)
    return 1 + (connection.execute(versions).scalar() or 0), 1 + (connection.execute(runs).scalar() or 0)


def _versions(connection: Connection, the_cohort: int, version: int | None = None) -> list[CohortVersion]:
    statement = (
        select(cohort_versions, cohorts.c.name)
        .join(cohorts, cohorts.c.id == cohort_versions.c.cohort_id)
        .where(cohort_versions.c.cohort_id == the_cohort)
        .order_by(cohort_versions.c.version)
    )
    if version is not None:
        statement = statement.where(cohort_versions.c.version == version)
    return [_version(row) for row in connection.execute(statement)]


def _version(row: Row[Any]) -> CohortVersion:
    saved = Provenance(row.saved_by, row.saved_at, row.radseek_version, row.encoder_id, row.encoder_revision)
    return CohortVersion(row.name, row.version, parse_definition(row.definition), saved)


def _select_runs() -> Select[Any]:
    return select(cohort_runs, cohort_versions.c.version).join(
        cohort_versions, cohort_versions.c.id == cohort_runs.c.version_id
    )


def _run(row: Row[Any]) -> CohortRun:
    return CohortRun(
        number=row.number,
        version=row.version,
        ran=Provenance(row.run_by, row.run_at, row.radseek_version, row.encoder_id, row.encoder_revision),
        generation=row.generation,
        n_members=row.n_members,
        members_sha256=row.members_sha256,
        notes=tuple(row.notes),
    )
