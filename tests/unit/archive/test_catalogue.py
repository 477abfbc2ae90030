"""Catalogue and folder: schema, migrations, rights, one writer, errors that name the way out."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from radseek.archive import ArchiveConfig, ArchiveFolder, Catalogue
from radseek.archive.config import check_windows
from radseek.archive.migrate import known_revisions
from radseek.archive.schema import SCHEMA_REVISION, audit, meta, metadata, patients
from radseek.errors import ArtifactError, BusyError, ConfigError, InputError, RadseekError, SchemaError, StorageError
from radseek.records.config import config_folder, read_config, resolved_config

RELEASED = {revision: Path(__file__).with_name(f"catalogue_{revision}.sql") for revision in ("0001", "0002")}


def schema_of(path):
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    connection.close()
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in rows}


def released_catalogue(tmp_path, revision):
    path = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(RELEASED[revision].read_text())
    connection.close()
    return path


def test_newest_migration_is_the_schema_that_the_code_knows(catalogue):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert known_revisions()[-1] == SCHEMA_REVISION
    with catalogue.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("revision", RELEASED)
def test_released_schema_is_brought_up_to_date_and_keeps_its_secret(tmp_path, revision):
    path = released_catalogue(tmp_path, revision)
    before = schema_of(path)
    catalogue = Catalogue(f"sqlite:///{path}")
    if catalogue.needs_migration():
        catalogue.migrate()
    assert not catalogue.needs_migration()
    assert catalogue.keys.study("1.2.3") == Catalogue(f"sqlite:///{path}").keys.study("1.2.3")
    with catalogue.reading() as connection:
        assert connection.execute(select(meta.c.value).where(meta.c.key == "secret")).scalar() == "00" * 32
    catalogue.close()
    fresh = Catalogue(f"sqlite:///{tmp_path}/fresh.sqlite")
    fresh.create()
    fresh.close()
    assert schema_of(path) == schema_of(tmp_path / "fresh.sqlite")
    assert revision != known_revisions()[0] or set(before) <= set(schema_of(path))


@pytest.mark.parametrize("revision", RELEASED)
def test_each_migration_still_makes_what_was_released(tmp_path, revision):
    from alembic import command

    from radseek.archive.migrate import _config

    path = released_catalogue(tmp_path, revision)
    (tmp_path / "fresh.sqlite").touch()
    fresh = Catalogue(f"sqlite:///{tmp_path}/fresh.sqlite")
    with fresh._connect(write=True) as connection:
        command.upgrade(_config(connection), revision)
    fresh.close()
    assert list(RELEASED) == known_revisions()
    assert schema_of(path) == schema_of(tmp_path / "fresh.sqlite")


def test_failed_creation_leaves_nothing_and_is_completed_later(tmp_path, monkeypatch):
    from radseek.archive import catalogue as module

    def fail():
        raise OSError("the machine stops here")

    url = f"sqlite:///{tmp_path}/catalogue.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(module, "new_secret", fail)
        with pytest.raises(OSError, match="stops here"):
            Catalogue(url).create()
    assert schema_of(tmp_path / "catalogue.sqlite") == {}
    catalogue = Catalogue(url)
    catalogue.create()
    assert catalogue.keys.study("1") == catalogue.keys.study("1")
    catalogue.close()


def test_newer_schema_is_refused_and_untouched(tmp_path):
    path = released_catalogue(tmp_path, "0001")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = schema_of(path)
    catalogue = Catalogue(f"sqlite:///{path}")
    assert catalogue.needs_migration()
    with pytest.raises(SchemaError, match=r"schema 9999.* up to .*newer one"):
        catalogue.migrate()
    assert schema_of(path) == before


def test_foreign_database_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("CREATE TABLE something (id INTEGER)")
    connection.close()
    with pytest.raises(SchemaError, match="not a radseek catalogue"):
        Catalogue(f"sqlite:///{tmp_path}/other.sqlite").create()


def test_missing_catalogue_is_not_made_by_looking(tmp_path):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    with pytest.raises(ArtifactError, match="missing"):
        catalogue.needs_migration()
    with pytest.raises(StorageError, match="cannot be written"), catalogue.reading():
        pass
    assert list(tmp_path.iterdir()) == []


def test_empty_catalogue_is_not_an_archive(tmp_path):
    (tmp_path / "catalogue.sqlite").touch()
    with pytest.raises(ArtifactError, match="radseek init"):
        Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").needs_migration()


def test_damaged_catalogue_is_said_plainly(tmp_path):
    (tmp_path / "catalogue.sqlite").write_bytes(b"this is not a database" * 1000)
    with pytest.raises(ArtifactError, match="damaged"):
        Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").needs_migration()


@pytest.mark.parametrize(
    ("url", "message"),
    [("mysql://host/db", "not on 'mysql'"), ("sqlite://", "needs a file"), ("no url", "not valid")],
)
def test_url_must_be_of_a_known_database(url, message):
    with pytest.raises(ConfigError, match=message):
        Catalogue(url)


def test_sqlite_is_durable_and_private(catalogue, tmp_path):
    with catalogue.writing() as writer:
        writer.audit("test", "look", {})
        got = {
            name: writer.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert got == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
    assert len(list(tmp_path.iterdir())) == 3


def test_writing_keeps_all_or_nothing(catalogue):
    def write_and_stop():
        with catalogue.writing() as writer:
            writer.audit("test", "vanishes", {})
            raise InputError("stop")

    with pytest.raises(InputError, match="stop"):
        write_and_stop()
    with catalogue.writing() as writer:
        writer.audit("test", "stays", {"n": 1})
    with catalogue.reading() as connection:
        assert [tuple(row) for row in connection.execute(select(audit.c.action, audit.c.detail))] == [
            ("stays", {"n": 1})
        ]


def test_errors_carry_no_values(catalogue):
    row = {"patient_key": "pt_1", "patient_id": "DOE-JANE-4711", "issuer": "", "site": "", "sex": ""}
    with pytest.raises(RadseekError, match="refused a statement") as caught, catalogue.writing() as writer:
        writer.connection.execute(insert(patients), [row, row])
    chain = f"{caught.value} {caught.value.__cause__}"
    assert "DOE-JANE" not in chain


def test_folder_is_private_and_reopens_with_its_configuration(tmp_path):
    config = ArchiveConfig(workers=3, ct_windows={"DEFAULT": ("bone",)}, key_slices=7)
    with ArchiveFolder.create(tmp_path / "new" / "archive", config) as archive:
        assert archive.path.stat().st_mode & 0o777 == 0o700
    with ArchiveFolder.open(tmp_path / "new" / "archive") as archive:
        assert archive.config == config
    for path in (tmp_path / "new" / "archive").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_folder_must_be_new_or_empty(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        ArchiveFolder.create(tmp_path)
    with pytest.raises(InputError, match="a file where"):
        ArchiveFolder.create(tmp_path / "notes.txt")
    ArchiveFolder.create(tmp_path / "archive").close()
    with pytest.raises(InputError, match="archive already"):
        ArchiveFolder.create(tmp_path / "archive")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_interrupted_creation_is_completed(tmp_path):
    ArchiveFolder.create(tmp_path / "archive").close()
    (tmp_path / "archive" / "radseek.yaml").unlink()
    with pytest.raises(ArtifactError, match="radseek init"):
        ArchiveFolder.open(tmp_path / "archive")
    ArchiveFolder.create(tmp_path / "archive").close()
    ArchiveFolder.open(tmp_path / "archive").close()


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_archive_is_said_plainly(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="not a radseek archive"):
        ArchiveFolder.open(tmp_path / name)


def as_nobody(work):
    """What `work` raises when an ordinary person without rights does it: (type name, message)."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            work()
            text = "no error"
        except RadseekError as error:
            text = f"{type(error).__name__}: {error}"
        os.write(write_end, text.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def test_folder_without_rights_is_said_plainly(tmp_path):
    closed = tmp_path / "closed"
    ArchiveFolder.create(closed / "archive").close()
    closed.chmod(0o000)
    try:
        assert as_nobody(lambda: ArchiveFolder.open(closed / "archive")).startswith("StorageError: reading the archive")
        message = as_nobody(lambda: ArchiveFolder.create(closed / "other"))
        assert message.startswith("StorageError: making the archive folder: no right")
    finally:
        closed.chmod(0o700)


def test_shipped_configuration_is_the_default():
    shipped = read_config(config_folder() / "archives" / "default.yaml", ArchiveConfig)
    assert shipped == ArchiveConfig()
    assert resolved_config(shipped) == resolved_config(ArchiveConfig())
    check_windows(shipped)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wrokers: 2", "unknown key wrokers; known keys: .*workers"),
        ("workers: 0", "workers: expected 1 to 64, got 0"),
        ("index: hnsw", "expected one of .*exact.*'hnsw'"),
        ("ct_windows: {CHEST: [lung]}", "DEFAULT is missing"),
        ("limits: {second: 3}", "unknown key second"),
    ],
)
def test_configuration_is_strict(tmp_path, text, message):
    (tmp_path / "archive.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path / "archive.yaml", ArchiveConfig)


def test_unknown_window_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(ConfigError, match="unknown window lungs; known: .*lung"):
        ArchiveFolder.create(tmp_path / "archive", ArchiveConfig(ct_windows={"DEFAULT": ("lungs",)}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("modality", "body_part", "windows"),
    [
        ("CT", "CHEST", ("soft_tissue", "lung")),
        ("CT", "ChestAbdPelvis", ("soft_tissue", "lung")),
        ("CT", "HEAD", ("brain", "bone")),
        ("CT", "CSPINE", ("soft_tissue", "bone")),
        ("CT", "", ("soft_tissue",)),
        ("CT", "KNEE", ("soft_tissue",)),
        ("DX", "CHEST", ("default",)),
        ("", "", ("default",)),
    ],
)
def test_windows_follow_modality_and_body_part(modality, body_part, windows):
    assert ArchiveConfig().windows_for(modality, body_part) == windows


def test_writer_lock_nests_and_keeps_other_threads_out(tmp_path):
    archive = ArchiveFolder.create(tmp_path / "archive")
    caught = []

    def other():
        try:
            with archive.writer_lock("other"):
                caught.append("held")
        except BusyError as error:
            caught.append(str(error))

    with archive.writer_lock("one"), archive.writer_lock("two"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    other()
    archive.close()
    assert len(caught) == 2
    assert "another thread" in caught[0]
    assert caught[1] == "held"


def hold_lock(path, ready, end):
    with ArchiveFolder.open(path) as archive, archive.writer_lock("ingest"):
        ready.set()
        end.wait(60)


def test_writer_lock_names_the_holder_and_ends_with_it(tmp_path, monkeypatch):
    from radseek.archive import writer_lock

    monkeypatch.setattr(writer_lock, "_GRACE_SECONDS", 0.1)
    ArchiveFolder.create(tmp_path / "archive").close()
    spawn = multiprocessing.get_context("spawn")
    ready, end = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=hold_lock, args=(tmp_path / "archive", ready, end))
    holder.start()
    assert ready.wait(60)
    with ArchiveFolder.open(tmp_path / "archive") as archive:
        expected = rf"process {holder.pid} \(`ingest`, since .*stop it"
        with pytest.raises(BusyError, match=expected), archive.writer_lock("index"):
            pass
        holder.kill()
        holder.join()
        monkeypatch.setattr(writer_lock, "_GRACE_SECONDS", 10.0)
        with archive.writer_lock("index"):
            pass


def test_import_stays_cheap():
    heavy = "{'torch', 'faiss', 'alembic', 'monai', 'tantivy'}"
    code = f"import sys, radseek.archive; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
