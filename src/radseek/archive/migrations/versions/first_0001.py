"""The first catalogue: patients, studies, series, instances, pictures, reports, outcomes, jobs, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates all tables in an empty database."""
    _create_audit()
    _create_jobs()
    _create_meta()
    _create_patients()
    _create_sources()
    _create_outcomes()
    _create_studies()
    _create_reports()
    _create_series()
    _create_instances()
    _create_sentences()
    _create_images()
    _create_labels()


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _create_patients() -> None:
    op.create_table(
        "patients",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("patient_key", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("patient_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_patients_patient_id", "patients", ["patient_id"], unique=False)
    op.create_index("ix_patients_sex", "patients", ["sex"], unique=False)


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("root_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "kind", "root_sha256", name="uq_sources_place"),
        sqlite_autoincrement=True,
    )


def _create_outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("locator_sha256", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "locator_sha256", "content_sha256", name="uq_outcomes_thing"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outcomes_bin", "outcomes", ["outcome", "reason", "source_id"], unique=False)


def _create_studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("study_key", sa.Text(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("accession", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("study_date", sa.Date(), nullable=True),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("body_part", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("age_years", sa.Float(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("needs_plan", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patients.id"],
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("study_key"),
        sa.UniqueConstraint("study_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_studies_accession", "studies", ["accession"], unique=False)
    op.create_index("ix_studies_age_years", "studies", ["age_years"], unique=False)
    op.create_index("ix_studies_body_part", "studies", ["body_part"], unique=False)
    op.create_index("ix_studies_modality", "studies", ["modality"], unique=False)
    op.create_index("ix_studies_needs_plan", "studies", ["needs_plan"], unique=False)
    op.create_index("ix_studies_patient_id", "studies", ["patient_id"], unique=False)
    op.create_index("ix_studies_source_id", "studies", ["source_id"], unique=False)
    op.create_index("ix_studies_study_date", "studies", ["study_date"], unique=False)


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("report_key", sa.Text(), nullable=False),
        sa.Column("study_id", _ID, nullable=True),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("outcome_id", _ID, nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("accession", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("study_date", sa.Date(), nullable=True),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("link_method", sa.Text(), nullable=False),
        sa.Column("link_state", sa.Text(), nullable=False),
        sa.Column("link_note", sa.Text(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["outcomes.id"],
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_accession", "reports", ["accession"], unique=False)
    op.create_index("ix_reports_link_state", "reports", ["link_state"], unique=False)
    op.create_index("ix_reports_outcome_id", "reports", ["outcome_id"], unique=False)
    op.create_index("ix_reports_patient_id", "reports", ["patient_id"], unique=False)
    op.create_index("ix_reports_study_id", "reports", ["study_id"], unique=False)
    op.create_index("ix_reports_study_uid", "reports", ["study_uid"], unique=False)
    op.create_index("ix_reports_text_sha256", "reports", ["text_sha256"], unique=False)


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("series_key", sa.Text(), nullable=False),
        sa.Column("series_uid", sa.Text(), nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("body_part", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("series_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("series_key"),
        sa.UniqueConstraint("series_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_series_modality", "series", ["modality", "study_id"], unique=False)
    op.create_index("ix_series_study_id", "series", ["study_id", "modality"], unique=False)


def _create_instances() -> None:
    op.create_table(
        "instances",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("instance_uid", sa.Text(), nullable=False),
        sa.Column("series_id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("outcome_id", _ID, nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("sop_class_uid", sa.Text(), nullable=False),
        sa.Column("transfer_syntax_uid", sa.Text(), nullable=False),
        sa.Column("view_position", sa.Text(), nullable=False),
        sa.Column("laterality", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cols", sa.Integer(), nullable=False),
        sa.Column("n_frames", sa.Integer(), nullable=False),
        sa.Column("photometric", sa.Text(), nullable=False),
        sa.Column("bits_stored", sa.Integer(), nullable=False),
        sa.Column("instance_number", sa.BigInteger(), nullable=True),
        sa.Column("position_mm", sa.JSON(), nullable=True),
        sa.Column("orientation", sa.JSON(), nullable=True),
        sa.Column("slice_location_mm", sa.Float(), nullable=True),
        sa.Column("spacing_mm", sa.JSON(), nullable=True),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("burned_in_annotation", sa.Text(), nullable=False),
        sa.Column("preamble", sa.Text(), nullable=False),
        sa.Column("charset_suspect", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["outcomes.id"],
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_instances_content_sha256", "instances", ["content_sha256"], unique=False)
    op.create_index("ix_instances_outcome_id", "instances", ["outcome_id"], unique=False)
    op.create_index("ix_instances_series_id", "instances", ["series_id", "view_position"], unique=False)
    op.create_index("ix_instances_view", "instances", ["view_position", "series_id"], unique=False)


def _create_sentences() -> None:
    op.create_table(
        "sentences",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("start_char", sa.Integer(), nullable=False),
        sa.Column("end_char", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assertion", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report_id", "ordinal", name="uq_sentences_place"),
        sqlite_autoincrement=True,
    )


def _create_images() -> None:
    op.create_table(
        "images",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("image_key", sa.Text(), nullable=False),
        sa.Column("instance_id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("series_id", _ID, nullable=False),
        sa.Column("frame_index", sa.Integer(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("image_key"),
        sa.UniqueConstraint("instance_id", "frame_index", "window", name="uq_images_place"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_images_content_key", "images", ["content_key"], unique=False)
    op.create_index("ix_images_ready", "images", ["ready", "instance_id"], unique=False)
    op.create_index("ix_images_series_id", "images", ["series_id"], unique=False)
    op.create_index("ix_images_study_id", "images", ["study_id", "ready", "ordinal"], unique=False)


def _create_labels() -> None:
    op.create_table(
        "labels",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("instance_id", _ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_labels_instance_id", "labels", ["instance_id"], unique=False)
    op.create_index("ix_labels_name", "labels", ["name"], unique=False)
    op.create_index("ix_labels_study_id", "labels", ["study_id"], unique=False)
