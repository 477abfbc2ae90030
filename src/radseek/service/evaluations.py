"""`Evaluations`: how good an archive's encoder was found to be here, as commands, viewer and Python use it."""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.evaluation_queries import TestableSource, testable_sources
from radseek.archive.storage import plain_storage_errors, write_whole
from radseek.errors import ArtifactError, BusyError
from radseek.records.progress import ProgressListener, no_progress
from radseek.service.cohort_members import indexed_by
from radseek.service.evaluation.archive_lookup import WAYS, way_task
from radseek.service.evaluation.embedding import VectorCache
from radseek.service.evaluation.outcomes import (
    PairedDifference,
    outcomes_json,
    paired_differences,
    paired_ways,
    read_outcomes,
)
from radseek.service.evaluation.output import JSON_NAME, PAGE_NAME, write_evaluation
from radseek.service.evaluation.page import report_page
from radseek.service.evaluation.report import EvaluationReport, read_report, report_json
from radseek.service.evaluation.run import Evaluated, measure
from radseek.service.evaluation.target import EvaluateOptions, archive_material
from radseek.service.evaluation_child import start_child
from radseek.service.evaluation_choices import EvaluationChoices, choices_of, options_of
from radseek.service.evaluation_running import NotedRun, stopping_when
from radseek.service.evaluation_runs import EvaluationRun, EvaluationStore
from radseek.service.principal import Permission

if TYPE_CHECKING:
    from radseek.service.archive import Archive

OUTCOMES_NAME = "outcomes.json"


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """One evaluation as a list shows it."""

    run: EvaluationRun
    title: str = ""
    """Of its report; empty where there is none (yet)."""
    headline_key: str = ""
    headline: str = ""
    """What its first figure is, and below the figure itself."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    n_studies: int = 0
    n_patients: int = 0
    leaks: bool = False
    stale: str = ""
    """Why it does not hold for the archive as it is now, in a sentence; empty when it does."""
    trouble: str = ""
    """Why its report cannot be read."""


class Evaluations:
    """The evaluations of one archive; get it as `archive.evaluations`.

    Who may search may look at them; to run, stop, import or delete one needs `Permission.EVALUATE`, and each such
    action leaves an audit event with a key that stands for the evaluation's name.

    Args:
        archive: The open archive.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._store = EvaluationStore(archive.folder.evaluations_folder)

    # Looking

    def all(self) -> list[EvaluationSummary]:
        """Every evaluation, the newest first; one that is damaged says so in its place."""
        self._archive.principal.require(Permission.SEARCH)
        found = [self._summary(name) for name in self._store.names()]
        return sorted(found, key=lambda one: (one.run.started_at, one.run.name), reverse=True)

    def runs(self) -> list[EvaluationRun]:
        """What is written down of every evaluation while it runs and after, the newest first; no figures are read."""
        self._archive.principal.require(Permission.SEARCH)
        found = [self._noted(name)[0] for name in self._store.names()]
        return sorted(found, key=lambda run: (run.started_at, run.name), reverse=True)

    def get(self, name: str) -> EvaluationSummary:
        """One of them.

        Raises:
            InputError: When there is none of this name.
        """
        self._archive.principal.require(Permission.SEARCH)
        self._store.folder_of(name)
        return self._summary(name)

    def report(self, name: str) -> EvaluationReport:
        """Its figures.

        Raises:
            InputError: When there is no evaluation of this name.
            ArtifactError: When it has none, or they are damaged; says which field.
            MismatchError: When a newer radseek wrote them.
        """
        self._archive.principal.require(Permission.SEARCH)
        return self._report(name)

    def running(self) -> EvaluationRun | None:
        """The evaluation that runs now, in whatever process; None without one."""
        self._archive.principal.require(Permission.SEARCH)
        return self._store.running()

    def sources(self) -> list[TestableSource]:
        """What of each source can be tested, by name."""
        self._archive.principal.require(Permission.SEARCH)
        with self._archive.folder.catalogue.reading() as connection:
            return testable_sources(connection)

    def differences(self, before: str, after: str) -> tuple[PairedDifference, ...]:
        """How two evaluations differ on the texts that both asked; empty where one does not hold its texts.

        Raises:
            InputError: When there is no evaluation of a name.
            ArtifactError: When what it holds is damaged.
        """
        self._archive.principal.require(Permission.SEARCH)
        earlier, later = (read_outcomes(self._store.folder_of(name) / OUTCOMES_NAME) for name in (before, after))
        return paired_differences(earlier, later)

    def ways(self, name: str) -> tuple[PairedDifference, ...]:
        """How the ways of searching of one evaluation differ on the same texts; empty where it does not hold its texts.

        Raises:
            InputError: When there is no evaluation of this name.
            ArtifactError: When what it holds is damaged.
        """
        self._archive.principal.require(Permission.SEARCH)
        outcomes = read_outcomes(self._store.folder_of(name) / OUTCOMES_NAME)
        return paired_ways(outcomes, [way_task(way) for way in WAYS])

    def files(self, name: str) -> dict[str, bytes]:
        """The figures as JSON, and the page of them, to be taken along: file name -> content.

        Raises:
            InputError: When there is no evaluation of this name.
            ArtifactError: As `report`.
        """
        report = self.report(name)
        return {f"{name}.json": report_json(report).encode(), f"{name}.html": report_page(report).encode()}

    # Changing

    def require_evaluate(self) -> None:
        """Passes when the principal may run, import and delete evaluations.

        Raises:
            PrivacyError: When not; says who may.
        """
        self._archive.principal.require(Permission.EVALUATE)

    def run(
        self, options: EvaluateOptions | None = None, name: str = "", progress: ProgressListener = no_progress
    ) -> Evaluated:
        """Evaluates here and now, and keeps what was found.

        Args:
            options: What to test; `encoder` and `out` must be empty.
            name: Of the evaluation; one of encoder and day when empty.
            progress: Told how far it is.

        Raises:
            BusyError: When this archive is being evaluated already.
            LeakError: On any leak, unless leaks are allowed.
            InputError: When the name is taken, or nothing can be tested.
            ArtifactError: When nothing is indexed.
            StorageError: When the disk refuses.
        """
        options = options or EvaluateOptions()
        self.require_evaluate()
        with self._store.claim():
            return self._run(self._added(choices_of(options), name), options, progress)

    def start(self, choices: EvaluationChoices | None = None, name: str = "") -> EvaluationRun:
        """Evaluates in a process of its own, which ends with this one; look at `running` and `get` for how far it is.

        Raises:
            BusyError: When this archive is being evaluated already.
            InputError: When the name is taken.
            ArtifactError: When nothing is indexed.
            StorageError: When the disk refuses.
        """
        self.require_evaluate()
        with self._store.claim() as claimed:
            run = self._added(choices or EvaluationChoices(), name)
            start_child(self._archive.folder.path, run.name, claimed)
        return run

    def run_started(self, name: str, orphaned: Callable[[], bool]) -> None:
        """What the child of `start` does; it holds the claim already.

        Args:
            name: Of the run, which `start` has written down.
            orphaned: Says when nobody waits for it any more; it then ends.

        Raises:
            RadseekError: As `run`; it is written down, too.
        """
        run = self._store.read(name)
        self._run(run, options_of(run.choices), no_progress, orphaned)

    def stop(self, name: str) -> None:
        """Asks the evaluation that runs to end; it does within seconds.

        Raises:
            InputError: When there is none of this name.
            StorageError: When the disk refuses.
        """
        self.require_evaluate()
        self._store.ask_to_stop(name)
        self._audit("stop evaluation", name)

    def import_file(self, content: bytes, name: str = "") -> EvaluationRun:
        """Keeps an `evaluation.json` that was made elsewhere.

        Args:
            content: Of the file.
            name: Of the evaluation here; one of what was tested when empty.

        Raises:
            ArtifactError: When it is damaged; says which field.
            MismatchError: When a newer radseek wrote it.
            InputError: When the name is taken.
            StorageError: When the disk refuses.
        """
        self.require_evaluate()
        with plain_storage_errors("reading the evaluation"), tempfile.TemporaryDirectory(prefix="radseek-") as folder:
            file = Path(folder) / JSON_NAME
            file.write_bytes(content)
            report = read_report(file)
        header = report.header
        made = EvaluationRun(
            name=name or self._store.free_name(header.title),
            by=self._archive.principal.name,
            started_at=utc_now(),
            encoder=header.encoder,
            revision=header.revision,
            made_elsewhere=True,
        ).ended("done")
        _keep(self._store.add(made), report)
        self._audit("import evaluation", made.name)
        return made

    def delete(self, name: str) -> None:
        """Deletes an evaluation; `undelete` takes that back until the next is deleted.

        Raises:
            InputError: When there is none of this name.
            BusyError: When it runs.
            StorageError: When the disk refuses.
        """
        self.require_evaluate()
        running = self.running()
        if running is not None and running.name == name:
            raise BusyError("this evaluation runs; stop it first")
        self._store.remove(name)
        self._audit("delete evaluation", name)

    def undelete(self, name: str) -> None:
        """Takes back that an evaluation was deleted.

        Raises:
            InputError: When that cannot be any more.
            StorageError: When the disk refuses.
        """
        self.require_evaluate()
        self._store.bring_back(name)
        self._audit("bring evaluation back", name)

    # The rest is for these methods only

    def _added(self, choices: EvaluationChoices, name: str) -> EvaluationRun:
        indexed = indexed_by(self._archive.folder)
        if not indexed.generation:
            raise ArtifactError("nothing is indexed yet, so there is nothing to evaluate; run `radseek index`")
        now = utc_now()
        run = EvaluationRun(
            name=name or self._store.free_name(f"{Path(indexed.encoder_id).name}-{now[:10]}"),
            by=self._archive.principal.name,
            started_at=now,
            generation=indexed.generation,
            encoder=indexed.encoder_id,
            revision=indexed.encoder_revision,
            choices=choices,
        )
        self._store.add(run)
        self._audit("evaluate", run.name)
        return run

    def _run(
        self,
        run: EvaluationRun,
        options: EvaluateOptions,
        progress: ProgressListener,
        orphaned: Callable[[], bool] | None = None,
    ) -> Evaluated:
        """Measures and keeps; `orphaned` is given by a process of its own, which ends when it says so."""
        folder = self._store.folder_of(run.name)

        def asked() -> bool:
            return self._store.is_asked_to_stop(run.name) or (orphaned is not None and orphaned())

        with NotedRun(self._store, run, progress) as noted, stopping_when(asked, by_force=orphaned is not None):
            material = archive_material(self._archive, options)
            report, outcomes = measure(material, options, VectorCache(self._store.cache_file), noted)
            with plain_storage_errors("writing the evaluation"):
                write_whole(folder / OUTCOMES_NAME, outcomes_json(outcomes).encode())
            _keep(folder, report)
        return Evaluated(report, folder)

    def _report(self, name: str) -> EvaluationReport:
        file = self._store.folder_of(name) / JSON_NAME
        try:
            state = file.stat()
        except OSError as error:
            raise ArtifactError("this evaluation has no figures: it did not end well, or still runs") from error
        return _read_once(file, state.st_mtime_ns, state.st_size)

    def _noted(self, name: str) -> tuple[EvaluationRun, str]:
        """A run as it is written down, and why that cannot be read."""
        try:
            return self._store.read(name), ""
        except ArtifactError as error:
            return EvaluationRun(name, "", "", state="failed"), str(error)

    def _summary(self, name: str) -> EvaluationSummary:
        run, trouble = self._noted(name)
        if trouble or run.state != "done":
            return EvaluationSummary(run, trouble=trouble)
        try:
            report = self._report(name)
        except ArtifactError as error:
            return EvaluationSummary(run, trouble=str(error))
        return _summed_up(run, report, self._stale(run))

    def _stale(self, run: EvaluationRun) -> str:
        if run.made_elsewhere:
            return ""
        now = indexed_by(self._archive.folder)
        if (run.encoder, run.revision) != (now.encoder_id, now.encoder_revision):
            return "The archive is searched by another encoder now."
        if run.generation != now.generation:
            return "The archive was indexed again since: studies or texts may have come or gone."
        return ""

    def _audit(self, action: str, name: str) -> None:
        catalogue = self._archive.folder.catalogue
        with catalogue.writing() as writer:
            writer.audit(self._archive.principal.name, action, {"evaluation": catalogue.keys.query(name)})


def _keep(folder: Path, report: EvaluationReport) -> None:
    """Writes report and page, for the owner only like all of an archive."""
    write_evaluation(folder, report)
    with plain_storage_errors("writing the evaluation"):
        for name in (JSON_NAME, PAGE_NAME):
            (folder / name).chmod(0o600)


@functools.lru_cache(maxsize=32)
def _read_once(file: Path, changed_ns: int, size: int) -> EvaluationReport:
    """The report in `file`, read again only when the file has changed."""
    del changed_ns, size
    return read_report(file)


def _summed_up(run: EvaluationRun, report: EvaluationReport, stale: str) -> EvaluationSummary:
    summary = EvaluationSummary(
        run=run,
        title=report.header.title,
        n_studies=sum(line.n_studies for line in report.header.datasets),
        n_patients=sum(line.n_patients for line in report.header.datasets),
        leaks=bool(report.leaks),
        stale=stale,
    )
    figure = next((one for key in report.headlines if (one := report.figure(key)) is not None), None)
    if figure is None:
        return summary
    return dataclasses.replace(
        summary,
        headline_key=figure.key,
        headline=report.caption(figure.key),
        value=figure.value,
        low=figure.low,
        high=figure.high,
        chance=figure.random,
    )
