"""`Cohorts`: named, versioned sets of studies of one archive, as commands, viewer and Python use them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.cohort_queries import (
    cohort_id,
    cohort_names,
    cohort_version,
    last_run,
    list_cohorts,
    list_runs,
    list_versions,
    run_members,
)
from radseek.archive.cohort_studies import cohort_studies, key_pictures
from radseek.archive.cohort_writes import (
    add_cohort,
    add_run,
    add_version,
    delete_cohort,
    members_digest,
    newest_for_change,
)
from radseek.errors import InputError, RadseekError
from radseek.records.cohort import (
    CohortCheck,
    CohortDefinition,
    CohortResult,
    CohortRun,
    CohortStudy,
    CohortSummary,
    CohortVersion,
    Grouping,
    Provenance,
    Sampling,
    check_cohort_name,
    count_fields,
    decided_by_hand,
    is_study_key,
)
from radseek.service.cohort_documents import CohortDocument, localised, read_document
from radseek.service.cohort_export import ExportOptions, ExportReport, write_export
from radseek.service.cohort_members import IndexedBy, Members, find_members, indexed_by, needs_search
from radseek.service.principal import Permission

if TYPE_CHECKING:
    from radseek.service.archive import Archive


@dataclasses.dataclass(frozen=True, slots=True)
class ImportedCohort:
    """A cohort that came from a file."""

    cohort: CohortVersion
    n_missing: int
    """Studies chosen by hand that this archive does not have: the definition keeps them, runs leave them out."""


class Cohorts:
    """The cohorts of one archive; get it as `archive.cohorts`.

    Who may search may look at cohorts; to save, run, export or delete them needs `Permission.COHORTS`, and each such
    action leaves an audit event with the cohort's number, never its name or query.

    Args:
        archive: The open archive.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._catalogue = archive.folder.catalogue

    # Looking

    def all(self) -> list[CohortSummary]:
        """Every cohort with its newest version and its last run, by name."""
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return list_cohorts(connection)

    def get(self, name: str, version: int | None = None) -> CohortVersion:
        """One version of a cohort, the newest by default.

        Raises:
            InputError: When there is no such cohort or version.
        """
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return cohort_version(connection, name, version)

    def versions(self, name: str) -> list[CohortVersion]:
        """All versions, oldest first.

        Raises:
            InputError: When there is no such cohort.
        """
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return list_versions(connection, name)

    def runs(self, name: str, limit: int = 20) -> list[CohortRun]:
        """The newest runs of all versions, newest first.

        Raises:
            InputError: When there is no such cohort.
        """
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return list_runs(connection, name, limit)

    def last(self, name: str, version: int | None = None) -> CohortResult | None:
        """What the last kept run of a version brought, beside itself (nothing new, nothing gone); None before any.

        Raises:
            InputError: When there is no such cohort or version.
        """
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            cohort = cohort_version(connection, name, version)
            run = last_run(connection, cohort, earlier=False)
            if run is None:
                return None
            members = run_members(connection, name, run.number)
            studies = cohort_studies(connection, members).values()
            return CohortResult(cohort, run, members, (), (), (), run, count_fields(studies))

    def studies(self, keys: Iterable[str]) -> dict[str, CohortStudy]:
        """Study key -> what is known of it, in the order asked; those no longer in the archive are left out."""
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return cohort_studies(connection, keys)

    def pictures(self, keys: Iterable[str]) -> dict[str, str]:
        """Study key -> key of the picture that stands for it; studies without pictures are left out."""
        self._require(Permission.SEARCH)
        with self._catalogue.reading() as connection:
            return key_pictures(connection, keys)

    # Defining

    def save(self, name: str, definition: CohortDefinition) -> CohortVersion:
        """Saves a new cohort, or the next version of the one of this name; what says the same adds no version.

        Raises:
            InputError: When the name cannot be one, the query cannot be used, or a study chosen by hand is unknown.
        """
        self._require(Permission.COHORTS)
        check_cohort_name(name)
        needs_search(definition)
        self._check_known((*definition.include, *definition.exclude))
        with self._catalogue.reading() as connection:
            known = name in cohort_names(connection)
        return self._edit(name, lambda _: definition) if known else self._add(name, definition)

    def include(self, name: str, keys: Sequence[str], undo: bool = False) -> CohortVersion:
        """The next version, with these studies in it whatever the query finds; with `undo`, as the query decides.

        Raises:
            InputError: When there is no such cohort, or a study is unknown.
        """
        return self._choose(name, "include", keys, undo)

    def exclude(self, name: str, keys: Sequence[str], undo: bool = False) -> CohortVersion:
        """The next version, without these studies whatever the query finds; with `undo`, as the query decides.

        Raises:
            InputError: When there is no such cohort, or a study is unknown.
        """
        return self._choose(name, "exclude", keys, undo)

    def sample(self, name: str, sampling: Sampling | None, grouping: Grouping = Grouping.PATIENT) -> CohortVersion:
        """The next version, drawn as told; without `sampling`, not drawn from.

        Raises:
            InputError: When there is no such cohort.
        """
        self._require(Permission.COHORTS)
        return self._edit(name, lambda now: dataclasses.replace(now, sampling=sampling, grouping=grouping))

    def delete(self, name: str) -> None:
        """Removes a cohort with all its versions and runs.

        Raises:
            InputError: When there is no such cohort.
        """
        self._require(Permission.COHORTS)
        with self._catalogue.writing() as writer:
            number = delete_cohort(writer.connection, name)
            writer.audit(self._archive.principal.name, "delete cohort", {"cohort": number})

    # Running

    def run(self, name: str, version: int | None = None, keep: bool = True) -> CohortResult:
        """Which studies belong now, and which of them are new or gone since the run before.

        Args:
            name: Which cohort.
            version: The newest by default.
            keep: Keeps the run with all its members, so that the next one is compared with it.

        Raises:
            InputError: When there is no such cohort or version, or its query cannot be used any more.
            ArtifactError: When there is a query and nothing is indexed yet, or the index is damaged.
        """
        self._require(Permission.COHORTS if keep else Permission.SEARCH)
        cohort = self.get(name, version)
        members = find_members(self._archive, cohort.definition)
        run = self._run_of(cohort, members)
        return self._kept(cohort, run, members) if keep else self._compared(cohort, run, members)

    def check(self) -> list[CohortCheck]:
        """What every cohort would bring now. Nothing is kept, so what is new stays new until `run`.

        A cohort that cannot be run is listed with its problem; the others are run all the same.
        """
        self._require(Permission.SEARCH)
        return [self._check(summary.newest) for summary in self.all()]

    # Files

    def export(self, name: str, path: Path, options: ExportOptions | None = None) -> ExportReport:
        """Writes the last run of a version as CSV, Parquet or JSON, with the definition and the counts in it.

        A version that was never run is run first.

        Raises:
            InputError: When there is no such cohort, it is empty, or the file's ending is not a known one.
            PrivacyError: When identifiers are asked for and the principal may not export them.
            StorageError: When the disk refuses.
        """
        options = options or ExportOptions()
        self._require(Permission.COHORTS)
        if options.identifiers:
            self._require(Permission.IDENTIFIERS)
        result = self.last(name, options.version) or self.run(name, options.version)
        if not result.members:
            raise InputError("the cohort had no studies when it was last run; there is nothing to export")
        return write_export(self._archive, result, path, options)

    def import_file(self, path: Path, name: str | None = None) -> ImportedCohort:
        """The cohort defined in an exported JSON or Parquet file (or in the JSON beside a CSV), saved as version 1.

        Studies chosen by hand are known by their keys in the archive that wrote the file, in others by the
        StudyInstanceUIDs that an export with identifiers holds.

        Raises:
            InputError: When the file is no export of a cohort, or a different cohort has the name.
            PrivacyError: When the file holds identifiers and the principal may not deal with them.
        """
        self._require(Permission.COHORTS)
        document = read_document(path)
        if document.study_uids:
            self._require(Permission.IDENTIFIERS)
        definition, n_missing = self._localised(document)
        needs_search(definition)
        wanted = check_cohort_name(name or document.name)
        for summary in self.all():
            if summary.newest.name == wanted and summary.newest.definition == definition:
                return ImportedCohort(summary.newest, n_missing)
        return ImportedCohort(self._add(wanted, definition), n_missing)

    # The rest is for these methods only

    def _require(self, permission: Permission) -> None:
        self._archive.principal.require(permission)

    def _localised(self, document: CohortDocument) -> tuple[CohortDefinition, int]:
        with self._catalogue.reading() as connection:
            return localised(connection, document)

    def _check_known(self, keys: Sequence[str]) -> None:
        with self._catalogue.reading() as connection:
            known = cohort_studies(connection, keys)
        unknown = [key for key in keys if key not in known]
        if unknown:
            shown = ", ".join(key for key in unknown[:3] if is_study_key(key)) or "they begin with st_"
            raise InputError(f"{len(unknown)} of {len(keys)} study keys are not in this archive: {shown}")

    def _add(self, name: str, definition: CohortDefinition) -> CohortVersion:
        with self._catalogue.writing() as writer:
            cohort = add_cohort(writer.connection, name, definition, self._provenance(self._indexed()))
            detail = {"cohort": cohort_id(writer.connection, name), "version": cohort.version}
            writer.audit(self._archive.principal.name, "save cohort", detail)
        return cohort

    def _edit(self, name: str, change: Callable[[CohortDefinition], CohortDefinition]) -> CohortVersion:
        saved = self._provenance(self._indexed())
        with self._catalogue.writing() as writer:
            newest = newest_for_change(writer.connection, name)
            cohort = add_version(writer.connection, name, change(newest.definition), saved)
            if cohort.version != newest.version:
                detail = {"cohort": cohort_id(writer.connection, name), "version": cohort.version}
                writer.audit(self._archive.principal.name, "save cohort", detail)
        return cohort

    def _choose(self, name: str, side: Literal["include", "exclude"], keys: Sequence[str], undo: bool) -> CohortVersion:
        self._require(Permission.COHORTS)
        wanted = tuple(dict.fromkeys(keys))
        if not undo:
            self._check_known(wanted)

        return self._edit(name, lambda now: decided_by_hand(now, side, wanted, undo))

    def _indexed(self) -> IndexedBy:
        return indexed_by(self._archive.folder)

    def _provenance(self, indexed: IndexedBy) -> Provenance:
        from radseek import __version__

        return Provenance(
            by=self._archive.principal.name,
            at=utc_now(),
            radseek_version=__version__,
            encoder_id=indexed.encoder_id,
            encoder_revision=indexed.encoder_revision,
        )

    def _run_of(self, cohort: CohortVersion, members: Members) -> CohortRun:
        return CohortRun(
            number=0,
            version=cohort.version,
            ran=self._provenance(members.indexed),
            generation=members.indexed.generation,
            n_members=len(members.keys),
            members_sha256=members_digest(members.keys),
            notes=members.notes,
        )

    def _kept(self, cohort: CohortVersion, run: CohortRun, members: Members) -> CohortResult:
        with self._catalogue.writing() as writer:
            kept = add_run(writer.connection, cohort, run, members.keys)
            detail = {"cohort": cohort_id(writer.connection, cohort.name), "version": cohort.version}
            detail |= {"run": kept.run.number, "studies": kept.run.n_members}
            writer.audit(self._archive.principal.name, "run cohort", detail)
        return self._result(cohort, kept.run, members, (kept.before, kept.members_before))

    def _compared(self, cohort: CohortVersion, run: CohortRun, members: Members) -> CohortResult:
        with self._catalogue.reading() as connection:
            before = last_run(connection, cohort)
            members_before = () if before is None else run_members(connection, cohort.name, before.number)
        return self._result(cohort, run, members, (before, members_before))

    def _result(
        self, cohort: CohortVersion, run: CohortRun, members: Members, before: tuple[CohortRun | None, tuple[str, ...]]
    ) -> CohortResult:
        since, members_before = before
        had, has = set(members_before), set(members.keys)
        gone = tuple(key for key in members_before if key not in has)
        there = self.studies(gone)
        return CohortResult(
            cohort=cohort,
            run=run,
            members=members.keys,
            new=tuple(key for key in members.keys if key not in had),
            gone=gone,
            removed=tuple(key for key in gone if key not in there),
            since=since,
            counts=count_fields(members.studies),
        )

    def _check(self, cohort: CohortVersion) -> CohortCheck:
        try:
            result = self.run(cohort.name, keep=False)
        except RadseekError as error:
            return CohortCheck(cohort.name, cohort.version, 0, 0, 0, None, str(error))
        sizes = (len(result.members), len(result.new), len(result.gone))
        return CohortCheck(cohort.name, cohort.version, *sizes, result.since)
