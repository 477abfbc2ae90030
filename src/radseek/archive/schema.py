"""The catalogue's tables, as the newest migration leaves them. SQLAlchemy Core, for SQLite and PostgreSQL.

Identifiers as received (patient IDs, UIDs, accession numbers) and report texts live here, nowhere else in an archive.
Paths are bytes, as the operating system has them, relative to their source's root.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_REVISION = "0002"
"""The revision that this radseek reads and writes; a test holds it equal to the newest migration."""

metadata = MetaData()
_ID = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True, autoincrement=True)


def _to(table: str, name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, _ID, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=nullable)


def _text(name: str, *, unique: bool = False, index: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, unique=unique, index=index)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), _text("value"))

jobs = Table(
    "jobs",
    metadata,
    _id(),
    _text("kind"),
    _text("state"),
    _text("started_at"),
    Column("finished_at", Text),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("summary", JSON, nullable=False),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _text("at"),
    _text("principal"),
    _text("action"),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)

sources = Table(
    "sources",
    metadata,
    _id(),
    _text("name"),
    _text("kind"),
    _text("site"),
    Column("root", LargeBinary, nullable=False),
    _text("root_sha256"),
    UniqueConstraint("name", "kind", "root_sha256", name="uq_sources_place"),
    sqlite_autoincrement=True,
)

patients = Table(
    "patients",
    metadata,
    _id(),
    _text("patient_key", unique=True),
    _text("patient_id", index=True),
    _text("issuer"),
    _text("site"),
    _text("sex", index=True),
    sqlite_autoincrement=True,
)

studies = Table(
    "studies",
    metadata,
    _id(),
    _text("study_key", unique=True),
    _text("study_uid", unique=True),
    Column("patient_id", _ID, ForeignKey("patients.id"), nullable=False, index=True),
    Column("source_id", _ID, ForeignKey("sources.id"), nullable=False, index=True),
    _text("accession", index=True),
    _text("site"),
    Column("study_date", Date, index=True),
    _text("modality", index=True),
    _text("body_part", index=True),
    _text("description"),
    Column("age_years", Float, index=True),
    Column("synthetic", Boolean, nullable=False),
    Column("needs_plan", Boolean, nullable=False, index=True),
    sqlite_autoincrement=True,
)

series = Table(
    "series",
    metadata,
    _id(),
    _text("series_key", unique=True),
    _text("series_uid", unique=True),
    _to("studies", "study_id"),
    _text("modality"),
    _text("body_part"),
    _text("description"),
    Column("series_number", BigInteger),
    Index("ix_series_study_id", "study_id", "modality"),
    Index("ix_series_modality", "modality", "study_id"),
    sqlite_autoincrement=True,
)

outcomes = Table(
    "outcomes",
    metadata,
    _id(),
    Column("source_id", _ID, ForeignKey("sources.id"), nullable=False),
    _text("locator_sha256"),
    _text("content_sha256"),
    Column("path", LargeBinary, nullable=False),
    Column("member", LargeBinary, nullable=False),
    _text("kind"),
    _text("outcome"),
    _text("reason"),
    _text("detail"),
    UniqueConstraint("source_id", "locator_sha256", "content_sha256", name="uq_outcomes_thing"),
    Index("ix_outcomes_bin", "outcome", "reason", "source_id"),
    sqlite_autoincrement=True,
)

instances = Table(
    "instances",
    metadata,
    _id(),
    _text("instance_uid", unique=True),
    _to("series", "series_id"),
    Column("source_id", _ID, ForeignKey("sources.id"), nullable=False),
    Column("outcome_id", _ID, ForeignKey("outcomes.id"), nullable=False, index=True),
    Column("path", LargeBinary, nullable=False),
    Column("member", LargeBinary, nullable=False),
    _text("content_sha256", index=True),
    Column("n_bytes", BigInteger, nullable=False),
    _text("kind"),
    Column("refused", Boolean, nullable=False),
    _text("sop_class_uid"),
    _text("transfer_syntax_uid"),
    _text("view_position"),
    _text("laterality"),
    Column("rows", Integer, nullable=False),
    Column("cols", Integer, nullable=False),
    Column("n_frames", Integer, nullable=False),
    _text("photometric"),
    Column("bits_stored", Integer, nullable=False),
    Column("instance_number", BigInteger),
    Column("position_mm", JSON(none_as_null=True)),
    Column("orientation", JSON(none_as_null=True)),
    Column("slice_location_mm", Float),
    Column("spacing_mm", JSON(none_as_null=True)),
    _text("manufacturer"),
    _text("burned_in_annotation"),
    _text("preamble"),
    Column("charset_suspect", Boolean, nullable=False),
    Index("ix_instances_series_id", "series_id", "view_position"),
    Index("ix_instances_view", "view_position", "series_id"),
    sqlite_autoincrement=True,
)

images = Table(
    "images",
    metadata,
    _id(),
    _text("image_key", unique=True),
    _to("instances", "instance_id"),
    _to("studies", "study_id"),
    _to("series", "series_id"),
    Column("frame_index", Integer, nullable=False),
    _text("window"),
    Column("ordinal", Integer, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    _text("position"),
    _text("content_key", index=True),
    Column("ready", Boolean, nullable=False),
    UniqueConstraint("instance_id", "frame_index", "window", name="uq_images_place"),
    Index("ix_images_study_id", "study_id", "ready", "ordinal"),
    Index("ix_images_series_id", "series_id"),
    Index("ix_images_ready", "ready", "instance_id"),
    sqlite_autoincrement=True,
)

reports = Table(
    "reports",
    metadata,
    _id(),
    _text("report_key", unique=True),
    _to("studies", "study_id", nullable=True),
    Column("source_id", _ID, ForeignKey("sources.id"), nullable=False),
    Column("outcome_id", _ID, ForeignKey("outcomes.id"), nullable=False, index=True),
    _text("source_kind"),
    _text("report_id"),
    _text("study_uid", index=True),
    _text("accession", index=True),
    _text("site"),
    _text("patient_id", index=True),
    Column("study_date", Date),
    _text("modality"),
    _text("text"),
    _text("text_sha256", index=True),
    _text("link_method"),
    _text("link_state"),
    _text("link_note"),
    Column("labels", JSON, nullable=False),
    Index("ix_reports_study_id", "study_id"),
    Index("ix_reports_link_state", "link_state"),
    sqlite_autoincrement=True,
)

sentences = Table(
    "sentences",
    metadata,
    _id(),
    _to("reports", "report_id"),
    Column("ordinal", Integer, nullable=False),
    _text("section"),
    Column("start_char", Integer, nullable=False),
    Column("end_char", Integer, nullable=False),
    _text("text"),
    _text("assertion"),
    UniqueConstraint("report_id", "ordinal", name="uq_sentences_place"),
    sqlite_autoincrement=True,
)

labels = Table(
    "labels",
    metadata,
    _id(),
    _to("studies", "study_id"),
    _to("instances", "instance_id", nullable=True),
    _text("name", index=True),
    Index("ix_labels_study_id", "study_id"),
    Index("ix_labels_instance_id", "instance_id"),
    sqlite_autoincrement=True,
)

cohorts = Table("cohorts", metadata, _id(), _text("name", unique=True), sqlite_autoincrement=True)

cohort_versions = Table(
    "cohort_versions",
    metadata,
    _id(),
    _to("cohorts", "cohort_id"),
    Column("version", Integer, nullable=False),
    Column("definition", JSON, nullable=False),
    _text("saved_by"),
    _text("saved_at"),
    _text("radseek_version"),
    _text("encoder_id"),
    _text("encoder_revision"),
    UniqueConstraint("cohort_id", "version", name="uq_cohort_versions_number"),
    sqlite_autoincrement=True,
)

cohort_runs = Table(
    "cohort_runs",
    metadata,
    _id(),
    _to("cohorts", "cohort_id"),
    _to("cohort_versions", "version_id"),
    Column("number", Integer, nullable=False),
    _text("run_by"),
    _text("run_at"),
    _text("radseek_version"),
    _text("encoder_id"),
    _text("encoder_revision"),
    _text("generation"),
    Column("n_members", Integer, nullable=False),
    _text("members_sha256"),
    Column("notes", JSON, nullable=False),
    UniqueConstraint("cohort_id", "number", name="uq_cohort_runs_number"),
    Index("ix_cohort_runs_version_id", "version_id"),
    sqlite_autoincrement=True,
)

cohort_members = Table(
    "cohort_members",
    metadata,
    Column("run_id", _ID, ForeignKey("cohort_runs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    _text("study_key", index=True),
)
"""Study keys rather than ids: what a run found stays known when a study is removed."""
