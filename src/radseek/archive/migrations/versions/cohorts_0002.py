"""Cohorts: named definitions with all their versions, their runs, and who belonged at each run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the tables of cohorts; nothing that is there changes."""
    _create_cohorts()
    _create_versions()
    _create_runs()
    _create_members()


def _create_cohorts() -> None:
    op.create_table(
        "cohorts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )


def _create_versions() -> None:
    op.create_table(
        "cohort_versions",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("cohort_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.Column("radseek_version", sa.Text(), nullable=False),
        sa.Column("encoder_id", sa.Text(), nullable=False),
        sa.Column("encoder_revision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cohort_id", "version", name="uq_cohort_versions_number"),
        sqlite_autoincrement=True,
    )


def _create_runs() -> None:
    op.create_table(
        "cohort_runs",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("cohort_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_by", sa.Text(), nullable=False),
        sa.Column("run_at", sa.Text(), nullable=False),
        sa.Column("radseek_version", sa.Text(), nullable=False),
        sa.Column("encoder_id", sa.Text(), nullable=False),
        sa.Column("encoder_revision", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("n_members", sa.Integer(), nullable=False),
        sa.Column("members_sha256", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["cohort_versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cohort_id", "number", name="uq_cohort_runs_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cohort_runs_version_id", "cohort_runs", ["version_id"], unique=False)


def _create_members() -> None:
    op.create_table(
        "cohort_members",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("study_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["cohort_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "rank"),
    )
    op.create_index("ix_cohort_members_study_key", "cohort_members", ["study_key"], unique=False)
