"""The catalogue: the only truth about an archive, in SQLite or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from radseek.archive.catalogue_writes import CatalogueWriter
from radseek.archive.keys import Keyring, new_secret
from radseek.archive.migrate import migrate, schema_revision
from radseek.archive.schema import SCHEMA_REVISION, meta
from radseek.errors import ArtifactError, BusyError, ConfigError, RadseekError, StorageError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_BUSY_SECONDS = 30
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    "PRAGMA cache_size = -65536",
)
_FULL = "the disk is full; free some space and run the same command again, it goes on where it stopped"
_RIGHTS = "the catalogue cannot be written; check the owner and the rights of the archive folder"


class Catalogue:
    """A connection pool on one catalogue whose schema is this radseek's.

    Args:
        url: `sqlite:////folder/catalogue.sqlite` or `postgresql://user@host/database`.

    Raises:
        ConfigError: When the URL is neither.
    """

    def __init__(self, url: str) -> None:
        self._url = _parse_url(url)
        self._engine = _make_engine(self._url)
        self._keys: Keyring | None = None

    @property
    def keys(self) -> Keyring:
        """The archive's keyed pseudonyms."""
        if self._keys is None:
            with self.reading() as connection:
                secret = connection.execute(select(meta.c.value).where(meta.c.key == "secret")).scalar()
            if secret is None:
                raise ArtifactError("the catalogue has no secret: it was not made by `radseek init`")
            self._keys = Keyring(bytes.fromhex(secret))
        return self._keys

    @property
    def is_sqlite(self) -> bool:
        """Whether the catalogue is a file of the archive folder's own."""
        return self._url.get_backend_name() == "sqlite"

    def create(self) -> None:
        """Makes all tables and a new archive secret in an empty database, or completes an interrupted attempt.

        Raises:
            SchemaError: When the database holds something else, or was written by a newer radseek.
            StorageError: When the disk refuses.
        """
        if self.is_sqlite:
            _make_private_file(Path(self._url.database or ""))
        with self._connect(write=True) as connection:
            migrate(connection)
            if connection.execute(select(meta.c.value).where(meta.c.key == "secret")).scalar() is None:
                connection.execute(insert(meta).values(key="secret", value=new_secret().hex()))

    def needs_migration(self) -> bool:
        """Whether the schema is older (or newer) than this radseek's.

        Raises:
            ArtifactError: When there is no catalogue at the URL.
        """
        self._check_present()
        with self._connect(write=False) as connection:
            revision = schema_revision(connection)
        if revision is None:
            raise ArtifactError("the catalogue is empty; make the archive with `radseek init`")
        return revision != SCHEMA_REVISION

    def migrate(self) -> None:
        """Brings the schema up to date in one transaction.

        Raises:
            SchemaError: When it was written by a newer radseek.
        """
        self._check_present()
        with self._connect(write=True) as connection:
            migrate(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in one read transaction: what it sees does not change meanwhile (on SQLite)."""
        with self._connect(write=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[CatalogueWriter]:
        """A writer in one transaction: all is kept at the end of the block, or nothing when it raises."""
        keys = self.keys
        with self._connect(write=True) as connection:
            yield CatalogueWriter(connection, keys)

    def close(self) -> None:
        """Closes the pool's connections; the catalogue opens them again when used."""
        self._engine.dispose()

    def checkpoint(self) -> None:
        """Folds SQLite's write-ahead log into the catalogue file; nothing to do on PostgreSQL."""
        if self.is_sqlite:
            with plain_catalogue_errors(), self._engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _check_present(self) -> None:
        if self.is_sqlite and not Path(self._url.database or "").is_file():
            raise ArtifactError(
                "the archive's catalogue is missing; restore it, or make a new archive and ingest again"
            )

    @contextmanager
    def _connect(self, *, write: bool) -> Iterator[Connection]:
        with plain_catalogue_errors(), self._engine.connect() as connection:
            options = connection.execution_options(begin="BEGIN IMMEDIATE" if write else "BEGIN")
            with options.begin():
                yield options


@contextmanager
def plain_catalogue_errors() -> Iterator[None]:
    """Turns the database driver's errors into radseek's, without SQL and without values."""
    try:
        yield
    except DBAPIError as error:
        raise _plain_error(error) from error


def _plain_error(error: DBAPIError) -> RadseekError:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    if name.startswith("SQLITE_FULL"):
        return StorageError(f"writing the catalogue: {_FULL}")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(_RIGHTS)
    if name.startswith("SQLITE_IOERR"):
        return StorageError("the disk refused to read or write the catalogue (full, over a size limit, or failing)")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(f"the catalogue was locked by another process for {_BUSY_SECONDS} s; try again later")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return ArtifactError("the catalogue file is damaged; restore it from a backup, or ingest into a new archive")
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state == "53100":  # disk_full, PostgreSQL Appendix A
        return StorageError("the catalogue's PostgreSQL server has no disk space left")
    if isinstance(error, OperationalError) and not name:
        return StorageError("the catalogue's PostgreSQL server cannot be reached or refused the connection")
    return ArtifactError(f"the catalogue refused a statement ({name or state or type(error.orig).__name__})")


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "the catalogue's URL is not valid; use sqlite:////path or postgresql://host/database"
        ) from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ConfigError(f"a catalogue is on sqlite or postgresql, not on {parsed.drivername!r}")
    if parsed.drivername == "sqlite" and not parsed.database:
        raise ConfigError("a sqlite catalogue needs a file: sqlite:////path/catalogue.sqlite")
    return parsed


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    import sqlite3

    # mode=rw: a catalogue that vanished is an error, not a new empty file.
    place = f"file:{quote(str(Path(url.database or '').absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=10, max_overflow=50, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's own connection)
    # The driver must not open transactions by itself: it would leave DDL outside of them.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _make_private_file(path: Path) -> None:
    """Creates the SQLite file for the owner only (its -wal and -shm files take the same rights), in WAL mode."""
    import sqlite3

    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise StorageError(_RIGHTS) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    except sqlite3.DatabaseError as error:
        raise StorageError("the disk refused to make the catalogue file") from error
    finally:
        connection.close()
