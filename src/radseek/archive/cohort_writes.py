"""Writing cohorts into the catalogue, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from radseek.archive.catalogue_writes import clean_text
from radseek.archive.cohort_queries import cohort_id, cohort_version, last_run, next_numbers, run_members
from radseek.archive.schema import cohort_members, cohort_runs, cohort_versions, cohorts
from radseek.errors import InputError
from radseek.records.cohort import CohortDefinition, CohortRun, CohortVersion, Provenance, check_cohort_name
from radseek.records.cohort_plain import plain_definition

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 5_000


@dataclasses.dataclass(frozen=True, slots=True)
class KeptRun:
    """A run as it was kept, and the one before it."""

    run: CohortRun
    before: CohortRun | None
    members_before: tuple[str, ...]


def add_cohort(connection: Connection, name: str, definition: CohortDefinition, saved: Provenance) -> CohortVersion:
    """Adds a cohort with its version 1.

    Raises:
        InputError: When the name is taken or cannot be one.
    """
    check_cohort_name(name)
    if connection.execute(select(cohorts.c.id).where(cohorts.c.name == name)).scalar() is not None:
        raise InputError("a cohort has this name already; choose another name")
    connection.execute(insert(cohorts).values(name=name))
    return _insert_version(connection, CohortVersion(name, 1, _clean(definition), saved))


def add_version(connection: Connection, name: str, definition: CohortDefinition, saved: Provenance) -> CohortVersion:
    """Adds the next version of a cohort; one that says the same as the newest is not added, and that one comes back.

    Raises:
        InputError: When there is no such cohort.
    """
    the_cohort = cohort_id(connection, name, for_change=True)
    newest, definition = cohort_version(connection, name), _clean(definition)
    if newest.definition == definition:
        return newest
    number, _ = next_numbers(connection, the_cohort)
    return _insert_version(connection, CohortVersion(name, number, definition, saved))


def newest_for_change(connection: Connection, name: str) -> CohortVersion:
    """The newest version of a cohort, which nobody else can change until the transaction ends.

    Raises:
        InputError: When there is no such cohort.
    """
    cohort_id(connection, name, for_change=True)
    return cohort_version(connection, name)


def add_run(connection: Connection, cohort: CohortVersion, run: CohortRun, members: Sequence[str]) -> KeptRun:
    """Keeps a run with all its members; its number is given here.

    Args:
        connection: In a write transaction: run and members are kept together or not at all.
        cohort: The version that was run.
        run: What is known of it; its number does not count.
        members: Study keys in rank order, each once.

    Raises:
        InputError: When the cohort or the version is gone.
    """
    the_cohort = cohort_id(connection, cohort.name, for_change=True)
    before = last_run(connection, cohort)
    members_before = () if before is None else run_members(connection, cohort.name, before.number)
    kept = dataclasses.replace(run, number=next_numbers(connection, the_cohort)[1])
    run_id = _insert_run(connection, the_cohort, kept)
    rows = [{"run_id": run_id, "rank": rank, "study_key": key} for rank, key in enumerate(members, start=1)]
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(cohort_members), rows[start : start + _BATCH])
    return KeptRun(kept, before, members_before)


def delete_cohort(connection: Connection, name: str) -> int:
    """Removes a cohort with all versions, runs and members, and returns the id it had.

    Raises:
        InputError: When there is no such cohort.
    """
    the_cohort = cohort_id(connection, name, for_change=True)
    connection.execute(delete(cohorts).where(cohorts.c.id == the_cohort))
    return the_cohort


def members_digest(members: Sequence[str]) -> str:
    """SHA-256 (64 hex digits) of study keys in their order, a line each."""
    return hashlib.sha256("".join(f"{key}\n" for key in members).encode()).hexdigest()


def _insert_version(connection: Connection, version: CohortVersion) -> CohortVersion:
    saved = version.saved
    connection.execute(
        insert(cohort_versions).values(
            cohort_id=cohort_id(connection, version.name),
            version=version.version,
            definition=plain_definition(version.definition),
            saved_by=saved.by,
            saved_at=saved.at,
            radseek_version=saved.radseek_version,
            encoder_id=saved.encoder_id,
            encoder_revision=saved.encoder_revision,
        )
    )
    return version


def _insert_run(connection: Connection, the_cohort: int, run: CohortRun) -> int:
    of_version = (cohort_versions.c.cohort_id == the_cohort, cohort_versions.c.version == run.version)
    version_id = connection.execute(select(cohort_versions.c.id).where(*of_version)).scalar()
    if version_id is None:
        raise InputError("this version of the cohort is gone; run the cohort again")
    values = {
        "cohort_id": the_cohort,
        "version_id": version_id,
        "number": run.number,
        "run_by": run.ran.by,
        "run_at": run.ran.at,
        "radseek_version": run.ran.radseek_version,
        "encoder_id": run.ran.encoder_id,
        "encoder_revision": run.ran.encoder_revision,
        "generation": run.generation,
        "n_members": run.n_members,
        "members_sha256": run.members_sha256,
        "notes": list(run.notes),
    }
    key = connection.execute(insert(cohort_runs).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def _clean(definition: CohortDefinition) -> CohortDefinition:
    """As a database takes it."""
    return dataclasses.replace(definition, query=clean_text(definition.query), note=clean_text(definition.note))
