"""An archive's indexed pictures as tested pictures: vectors from embeddings, texts and labels from the catalogue."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from radseek.archive.embeddings import IMAGES, EmbeddingStore
from radseek.archive.schema import images, instances
from radseek.archive.study_queries import StudyRow, hydrate_studies, labels_of_study, reports_of_study
from radseek.errors import InputError
from radseek.records.reports import Section
from radseek.service.archive import Archive
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.pictures import Picture
from radseek.service.principal import Permission
from radseek.text import one_line
from radseek.training.config import PromptsConfig

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

SECTIONS = (Section.FINDINGS, Section.IMPRESSION, Section.OTHER)
TESTED, TRAINED = "tested", "trained"


def embed_archive(archive: Archive, prompts: PromptsConfig, trained_on: Sequence[str]) -> Embedded:
    """All indexed pictures; those of the sources `trained_on` have the split `trained`, the others `tested`.

    A label that the prompts know counts as stated; nothing is known to be absent, because labels of an archive need not
    be complete. A picture's file is its thumbnail.

    Raises:
        PrivacyError: When the principal may not evaluate.
        ArtifactError: When nothing is indexed.
        InputError: When a source does not exist, or nothing is left to test.
    """
    archive.principal.require(Permission.EVALUATE)
    archive.require_index()
    with archive.folder.catalogue.reading() as connection:
        rows = connection.execute(_pictures()).all()
        studies = {row.id: row for row in hydrate_studies(connection, sorted({row.study_id for row in rows}))}
        unknown = sorted(set(trained_on) - {study.source for study in studies.values()})
        if unknown:
            known = ", ".join(sorted({study.source for study in studies.values()}))
            raise InputError(f"no indexed picture is from {', '.join(unknown)}; sources: {known}")
        told = {study_id: _told(connection, study, prompts) for study_id, study in studies.items()}
    store = EmbeddingStore(archive.folder.embeddings_folder, archive.retriever.encoder().spec, IMAGES)
    vectors, found = store.read([row.content_key for row in rows])
    kept = [place for place in np.flatnonzero(found).tolist() if rows[place].study_id in studies]
    pictures = [
        dataclasses.replace(
            told[rows[place].study_id],
            key=f"picture {rows[place].image_key}",
            image=archive.folder.thumbnail_path(rows[place].content_key),
            view=rows[place].view_position,
            split=TRAINED if studies[rows[place].study_id].source in trained_on else TESTED,
        )
        for place in kept
    ]
    if not any(picture.split == TESTED for picture in pictures):
        raise InputError("no indexed picture is left to test")
    return Embedded(tuple(pictures), vectors[kept])


def _pictures() -> Select[Any]:
    return (
        select(images.c.study_id, images.c.image_key, images.c.content_key, instances.c.view_position)
        .join(instances, instances.c.id == images.c.instance_id)
        .where(images.c.ready.is_(True))
        .order_by(images.c.id)
    )


def _told(connection: Connection, study: StudyRow, prompts: PromptsConfig) -> Picture:
    """What holds for every picture of a study."""
    labels = labels_of_study(connection, study.id)
    return Picture(
        key="",
        source=study.source,
        study=study.study_key,
        patient=study.patient_key,
        split=TESTED,
        study_texts=tuple(section_texts(connection, study.id, SECTIONS)),
        findings=frozenset(f for label in labels for f in prompts.stated_by(label)) & set(prompts.findings),
        modality=study.modality,
        sex=study.sex,
        age_years=study.age_years,
        origin=study.source,
        synthetic=study.synthetic,
    )


def section_texts(connection: Connection, study_id: int, sections: Sequence[Section]) -> list[str]:
    """The text of each of `sections` that the study's reports have, on one line."""
    sentences = [sentence for report in reports_of_study(connection, study_id) for sentence in report.sentences]
    texts = (" ".join(s.text for s in sentences if s.section is section) for section in sections)
    return [one_line(text) for text in texts if text.strip()]
