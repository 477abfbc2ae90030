"""The archive on disk: catalogue, sources, ingest, embeddings, index, verify."""

from radseek.archive.catalogue import Catalogue
from radseek.archive.config import ArchiveConfig
from radseek.archive.digest import archive_digest
from radseek.archive.filter_queries import FACETS, allowed_study_ids, count_studies, facet_counts
from radseek.archive.folder import ArchiveFolder
from radseek.archive.indexing import IndexResult, build_index
from radseek.archive.ingest import IngestOptions, PictureSummary, encode_pending, ingest_folder
from radseek.archive.status_queries import (
    ArchiveCounts,
    AuditEvent,
    JobRecord,
    RefusedThing,
    archive_counts,
    audit_list,
    ingest_summary,
    job_list,
    quarantine_list,
    sum_tallies,
)
from radseek.archive.study_queries import (
    ImagePlace,
    StudyRow,
    first_images,
    hydrate_studies,
    image_place,
    images_by_ids,
    images_of_study,
    labels_of_study,
    other_studies,
    reports_of_study,
    sentences_by_ids,
    study_id_by_key,
)
from radseek.archive.verify import Finding, verify_archive

__all__ = [
    "FACETS",
    "ArchiveConfig",
    "ArchiveCounts",
    "ArchiveFolder",
    "AuditEvent",
    "Catalogue",
    "Finding",
    "ImagePlace",
    "IndexResult",
    "IngestOptions",
    "JobRecord",
    "PictureSummary",
    "RefusedThing",
    "StudyRow",
    "allowed_study_ids",
    "archive_counts",
    "archive_digest",
    "audit_list",
    "build_index",
    "count_studies",
    "encode_pending",
    "facet_counts",
    "first_images",
    "hydrate_studies",
    "image_place",
    "images_by_ids",
    "images_of_study",
    "ingest_folder",
    "ingest_summary",
    "job_list",
    "labels_of_study",
    "other_studies",
    "quarantine_list",
    "reports_of_study",
    "sentences_by_ids",
    "study_id_by_key",
    "sum_tallies",
    "verify_archive",
]
