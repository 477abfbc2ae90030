"""The catalogue on a real PostgreSQL server: the same archive, the same digest."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from archive_kit import HashEncoder, write_source
from cohort_kit import add_studies, check_cohorts_in
from sqlalchemy import text

from radseek.archive import (
    ArchiveConfig,
    ArchiveFolder,
    Catalogue,
    archive_digest,
    build_index,
    facet_counts,
    hydrate_studies,
    images_of_study,
    ingest_folder,
    ingest_summary,
    reports_of_study,
    verify_archive,
)
from radseek.archive.schema import metadata
from radseek.errors import SchemaError, StorageError
from radseek.records.cohort import CohortDefinition
from radseek.records.search import Where
from radseek.service import Archive

pytestmark = pytest.mark.postgres


def find_server():
    """The newest PostgreSQL's folder of programs, or None."""
    found = shutil.which("initdb")
    folders = [
        *([Path(found).parent] if found else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    ]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def person_without_rights():
    """postgres refuses to run as root: user and group id to run it as, or None for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    pytest.skip("this process is root and there is no other person to run PostgreSQL as")


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of our own on a socket in a short folder (a socket's path may have 107 bytes)."""
    programs = find_server()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    folder = Path("/tmp") / f"radseek-pg-{os.getpid()}"
    folder.mkdir(mode=0o700)
    person = person_without_rights()
    rights = {} if person is None else {"user": person[0], "group": person[1], "extra_groups": []}
    if person is not None:
        os.chown(folder, *person)
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    run = {"cwd": folder, "env": environment, **rights}
    init = [programs / "initdb", "-D", folder / "data", "-U", "radseek", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(init, check=True, capture_output=True, **run)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [programs / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port), "-c", "listen_addresses="]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, **run)
        try:
            yield wait_until_ready(folder, port, process)
        finally:
            process.terminate()
            process.wait(30)
    shutil.rmtree(folder)


def wait_until_ready(folder, port, process):
    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(host=str(folder), port=port, user="radseek", dbname="postgres").close()
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        else:
            return folder, port
    raise TimeoutError("PostgreSQL did not start within 60 s")


@pytest.fixture
def database(server, request):
    """The URL of an empty database."""
    import psycopg

    folder, port = server
    name = request.node.name.split("[")[0][:40]
    with psycopg.connect(host=str(folder), port=port, user="radseek", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql://radseek@/{name}?host={folder}&port={port}"


def test_same_archive_as_on_sqlite(database, tmp_path):
    (tmp_path / "source").mkdir()
    write_source(tmp_path / "source")
    digests = []
    for name, url in (("sqlite", ""), ("postgres", database)):
        config = ArchiveConfig(catalogue=url, workers=1, key_slices=5, index="exact", thumbnail_px=32)
        ArchiveFolder.create(tmp_path / name, config).close()
        with ArchiveFolder.open(tmp_path / name) as archive:
            tally = ingest_folder(archive, tmp_path / "source", "kit", HashEncoder())
            again = ingest_folder(archive, tmp_path / "source", "kit", HashEncoder())
            assert (again.ingested, again.seen) == (0, tally.seen)
            assert build_index(archive, HashEncoder()).n_images == 21
            assert verify_archive(archive) == []
            digests.append((archive_digest(archive), answers_of(archive)))
            archive.catalogue.checkpoint()
    assert digests[0] == digests[1]
    assert not (tmp_path / "postgres" / "catalogue.sqlite").exists()


def answers_of(archive):
    """What the viewer would ask, without keys and ids, which differ between archives."""
    with archive.catalogue.reading() as connection:
        wheres = [Where(), Where(modality=("CT",)), Where(view_position=("PA",), has_report=True, sex=("F",))]
        facets = [facet_counts(connection, where) for where in wheres]
        rows = hydrate_studies(connection, range(1, 20))
        shown = sorted(
            (
                row.modality,
                row.n_images,
                row.age_years,
                [(image.position, image.window) for image in images_of_study(connection, row.id)],
                [report.text for report in reports_of_study(connection, row.id)],
            )
            for row in rows
        )
        return facets, shown, ingest_summary(connection)


def test_migrations_make_the_same_schema(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    catalogue = Catalogue(database)
    catalogue.create()
    with catalogue.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with catalogue.writing() as writer:
        writer.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer one"):
        catalogue.migrate()
    catalogue.close()


def test_cohorts_are_kept_as_on_sqlite(database):
    catalogue = Catalogue(database)
    catalogue.create()
    check_cohorts_in(catalogue)
    catalogue.close()


def test_a_grown_cohort_is_compared_as_on_sqlite(database, tmp_path):
    ArchiveFolder.create(tmp_path / "archive", ArchiveConfig(catalogue=database)).close()
    with Archive.open(tmp_path / "archive") as archive:
        add_studies(archive, range(7))
        archive.cohorts.save("women", CohortDefinition(where=Where(sex=("F",))))
        first = archive.cohorts.run("women")
        add_studies(archive, range(7, 10))
        second = archive.cohorts.run("women")
        assert (len(first.members), len(second.members), len(second.gone)) == (7, 10, 0)
        assert second.new == second.members[7:]
        assert [check.n_new for check in archive.cohorts.check()] == [0]


def test_an_older_schema_is_brought_up_to_date(database):
    from alembic import command

    from radseek.archive.migrate import _config

    catalogue = Catalogue(database)
    with catalogue._connect(write=True) as connection:
        command.upgrade(_config(connection), "0001")
    assert catalogue.needs_migration()
    catalogue.create()
    assert not catalogue.needs_migration()
    check_cohorts_in(catalogue)
    catalogue.close()


def test_server_that_is_gone_is_said_plainly(server):
    catalogue = Catalogue(f"postgresql://radseek@/nothing?host={server[0]}&port={server[1]}")
    with pytest.raises(StorageError, match="PostgreSQL"):
        catalogue.create()
