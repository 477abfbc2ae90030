"""Checks an archive for damage and loss. Nothing is repaired; each finding names our key, never a file name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, text

from radseek.archive.embeddings import damaged_shards
from radseek.archive.folder import CATALOGUE_NAME, CONFIG_NAME, OWN_FOLDERS, OWN_NAMES
from radseek.archive.schema import images, instances, jobs, outcomes, reports, sources
from radseek.archive.source_paths import locator_of
from radseek.dicom import SandboxReader
from radseek.errors import ArtifactError
from radseek.index import load_generation
from radseek.records.outcomes import Outcome, Reason
from radseek.records.progress import Progress, no_progress

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from radseek.archive.folder import ArchiveFolder
    from radseek.records.progress import ProgressListener

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    kind: str
    """catalogue, outcome, source, thumbnail, embeddings, index or leftover."""
    key: str
    """Our key of the thing: a picture, an instance's outcome, a shard, a generation."""
    message: str
    """What is wrong and what to do, in a sentence."""


def verify_archive(
    archive: ArchiveFolder, *, deep: bool = False, progress: ProgressListener = no_progress
) -> list[Finding]:
    """Everything found wrong, empty when all is well. Reads only; may run beside searches and ingests.

    Args:
        archive: Which archive.
        deep: Also reads every source file again and compares its SHA-256; else only presence and size.
        progress: Hears how far it is.

    Raises:
        ArtifactError: When the catalogue cannot even be opened.
    """
    steps: dict[str, Callable[[], Iterator[Finding]]] = {
        "catalogue": lambda: _check_catalogue(archive),
        "outcomes": lambda: _check_outcomes(archive),
        "sources": lambda: _check_sources(archive, deep=deep, progress=progress),
        "thumbnails": lambda: _check_thumbnails(archive),
        "embeddings": lambda: _check_embeddings(archive),
        "index": lambda: _check_index(archive),
        "leftovers": lambda: _check_leftovers(archive),
    }
    findings: list[Finding] = []
    for done, (name, check) in enumerate(steps.items()):
        progress(Progress("verify", done, len(steps), name))
        findings += check()
    progress(Progress("verify", len(steps), len(steps)))
    return findings


def _check_catalogue(archive: ArchiveFolder) -> Iterator[Finding]:
    if not archive.catalogue.is_sqlite:
        return
    with archive.catalogue.reading() as connection:
        for line in connection.execute(text("PRAGMA integrity_check")).scalars():
            if line != "ok":
                yield Finding("catalogue", "integrity", "the catalogue file is damaged; restore it from a backup")
                return
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield Finding("catalogue", f"{row[0]} row {row[1]}", f"refers to a row of {row[2]} that is not there")


def _check_outcomes(archive: ArchiveFolder) -> Iterator[Finding]:
    """Each thing in exactly one known bin, and each bin in step with what was written."""
    with archive.catalogue.reading() as connection:
        for row in connection.execute(_things(outcomes.c.outcome.not_in([o.value for o in Outcome]))):
            yield _outcome_finding(archive, row, "is in no known bin")
        refused = outcomes.c.outcome.in_(["skipped", "quarantined"])
        unknown = outcomes.c.reason.not_in([r.value for r in Reason])
        for row in connection.execute(_things(refused & unknown)):
            yield _outcome_finding(archive, row, "was refused without a known reason")
        brought = exists().where(instances.c.outcome_id == outcomes.c.id, instances.c.refused.is_(False)) | (
            exists().where(reports.c.outcome_id == outcomes.c.id)
        )
        ingested = (outcomes.c.outcome == "ingested") & (outcomes.c.kind != "row")
        for row in connection.execute(_things(ingested & ~brought)):
            yield _outcome_finding(archive, row, "counts as ingested and brought neither picture nor report")
        in_use = exists().where(instances.c.outcome_id == outcomes.c.id, instances.c.refused.is_(False))
        for row in connection.execute(_things((outcomes.c.outcome != "ingested") & in_use)):
            yield _outcome_finding(archive, row, "is in use and does not count as ingested")


def _things(condition: Any) -> Any:  # noqa: ANN401  (SQL expressions)
    columns = (sources.c.name, outcomes.c.locator_sha256)
    return select(*columns).join(sources, sources.c.id == outcomes.c.source_id).where(condition)


def _outcome_finding(archive: ArchiveFolder, row: Row[Any], problem: str) -> Finding:
    key = archive.catalogue.keys.thing(row.name, row.locator_sha256)
    return Finding("outcome", key, f"{key} {problem}; ingest its source again")


def _check_sources(archive: ArchiveFolder, *, deep: bool, progress: ProgressListener) -> Iterator[Finding]:
    """Every instance in use can be read again from where it was."""
    if deep:
        yield from _compare_contents(archive, progress)
        return
    for row in _instances_in_use(archive):
        locator = locator_of(row.root, row.path, row.member)
        try:
            n_bytes = locator.path.stat().st_size
        except OSError:
            yield _source_finding(archive, row, "cannot be found or opened; mount its source, or ingest it again")
            continue
        if not row.member and n_bytes != row.n_bytes:
            yield _source_finding(archive, row, "has another size than when it was ingested")


def _compare_contents(archive: ArchiveFolder, progress: ProgressListener) -> Iterator[Finding]:
    with archive.catalogue.reading() as connection:
        total = connection.execute(select(func.count()).where(instances.c.refused.is_(False))).scalar_one()
    rows: list[Row[Any]] = []

    def locators() -> Iterator[Any]:
        for row in _instances_in_use(archive):
            rows.append(row)
            yield locator_of(row.root, row.path, row.member)

    with SandboxReader(archive.config.limits, n_workers=archive.config.workers) as reader:
        for done, read in enumerate(reader.read_headers(locators()), start=1):
            row = rows.pop(0)
            if not read.sha256:
                yield _source_finding(archive, row, "cannot be read; mount its source, or ingest it again")
            elif read.sha256 != row.content_sha256:
                yield _source_finding(archive, row, "holds other bytes than when it was ingested")
            progress(Progress("source files", done, total))


def _instances_in_use(archive: ArchiveFolder) -> Iterator[Row[Any]]:
    after = 0
    while True:
        with archive.catalogue.reading() as connection:
            statement = (
                select(instances, sources.c.root, sources.c.name, outcomes.c.locator_sha256)
                .join(sources, sources.c.id == instances.c.source_id)
                .join(outcomes, outcomes.c.id == instances.c.outcome_id)
                .where(instances.c.refused.is_(False), instances.c.id > after)
                .order_by(instances.c.id)
                .limit(_PAGE)
            )
            page = connection.execute(statement).all()
        if not page:
            return
        after = page[-1].id
        yield from page


def _source_finding(archive: ArchiveFolder, row: Row[Any], problem: str) -> Finding:
    key = archive.catalogue.keys.thing(row.name, row.locator_sha256)
    return Finding("source", key, f"{key} of source {row.name} {problem}")


def _check_thumbnails(archive: ArchiveFolder) -> Iterator[Finding]:
    with archive.catalogue.reading() as connection:
        pictures = connection.execute(select(images.c.image_key, images.c.content_key, images.c.ready)).all()
    for row in pictures:
        path = archive.thumbnail_path(row.content_key)
        if row.ready and not (path.is_file() and path.stat().st_size):
            yield Finding("thumbnail", row.image_key, f"{row.image_key} has no thumbnail; run `radseek index`")
    known = {row.content_key for row in pictures}
    for path in sorted(archive.thumbnails_folder.glob("*/*")):
        if path.stem not in known:
            yield Finding(
                "leftover", f"thumbnail {path.stem[:12]}", "belongs to no picture; `radseek index` removes it"
            )


def _check_embeddings(archive: ArchiveFolder) -> Iterator[Finding]:
    for folder in sorted(archive.embeddings_folder.glob("*/*")):
        for name in damaged_shards(folder, lambda shard: shard.is_whole("keys") and shard.is_whole("vectors")):
            key = f"{folder.parent.name}/{folder.name}/{name}"
            yield Finding("embeddings", key, f"shard {name} is damaged or torn; `radseek index` encodes it again")


def _check_index(archive: ArchiveFolder) -> Iterator[Finding]:
    if not any(not path.name.startswith(".") for path in archive.index_folder.iterdir()):
        return  # none was published yet
    try:
        generation = load_generation(archive.index_folder, lexicon=archive.read_lexicon())
    except ArtifactError as error:
        yield Finding("index", "current", str(error))
        return
    owners = generation.image_owners
    indexed = dict(zip(owners.ids.tolist(), owners.study_ids.tolist(), strict=True))
    with archive.catalogue.reading() as connection:
        known = _study_by_image(connection)
    gone = sum(known.get(image_id) != study_id for image_id, study_id in indexed.items())
    if gone:
        message = f"{gone} indexed pictures are gone from the catalogue or moved; run `radseek index`"
        yield Finding("index", generation.name, message)


def _study_by_image(connection: Connection) -> dict[int, int]:
    return dict(connection.execute(select(images.c.id, images.c.study_id)).all())


def _check_leftovers(archive: ArchiveFolder) -> Iterator[Finding]:
    own = OWN_NAMES | OWN_FOLDERS | {CONFIG_NAME, CATALOGUE_NAME, archive.config.lexicon}
    for entry in sorted(archive.path.iterdir()):
        if entry.name not in own:
            yield Finding("leftover", "archive folder", "holds a file or folder that radseek did not make")
    for folder in (archive.embeddings_folder, archive.index_folder):
        for path in sorted(_temporary(folder)):
            yield Finding("leftover", path.name[:20], "was left by an interrupted run; the next one overwrites it")
    with archive.catalogue.reading() as connection:
        running = connection.execute(select(jobs.c.id).where(jobs.c.state == "running")).scalars().all()
    if len(running) > 1:
        yield Finding("leftover", f"job {running[0]}", "counts as running beside another one")


def _temporary(folder: Path) -> Iterator[Path]:
    yield from folder.rglob(".new-*")
    yield from folder.glob(".tmp-*")
