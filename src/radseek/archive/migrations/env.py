"""Alembic's entry: runs the steps on the connection that `radseek.archive.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from radseek.archive.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
