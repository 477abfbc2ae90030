"""Brings a catalogue's schema to the revision that this radseek reads and writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from radseek.archive.schema import SCHEMA_REVISION
from radseek.errors import SchemaError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection


def schema_revision(connection: Connection) -> str | None:
    """The catalogue's revision, or None for an empty database.

    Raises:
        SchemaError: When the database holds tables and no revision: it is not a catalogue.
    """
    names = inspect(connection).get_table_names()
    if "alembic_version" in names:
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision is not None:
            return revision
    if names:
        raise SchemaError("the database holds tables that are not a radseek catalogue; give an empty one")
    return None


def known_revisions() -> list[str]:
    """All revisions that this radseek can read, oldest first."""
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    return [step.revision for step in steps][::-1]


def migrate(connection: Connection) -> str:
    """Runs the missing steps inside the connection's open transaction and returns the revision reached.

    All steps or none: the caller commits, and a failure or a kill leaves the old schema.

    Raises:
        SchemaError: When the catalogue was written by a newer radseek.
    """
    current = schema_revision(connection)
    if current == SCHEMA_REVISION:
        return current
    if current is not None and current not in known_revisions():
        raise SchemaError(
            f"the catalogue has schema {current}, and this radseek knows schemas up to {SCHEMA_REVISION}; "
            "install the radseek that wrote it, or a newer one"
        )
    from alembic import command

    command.upgrade(_config(connection), SCHEMA_REVISION)
    return SCHEMA_REVISION


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
