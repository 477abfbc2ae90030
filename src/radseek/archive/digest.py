"""One number for everything an archive knows, whatever the order, the time or the machine on which it learned it.

Row ids, the archive's secret and keys made with it, times, jobs, audit events and the roots of sources do not count.
So a run that was killed and resumed can be held against one that was not. Cohorts do not count either: they are what
people made of the archive, by study keys of its own and at times of their own, not what it learned from its sources.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Select, select

from radseek.archive.embeddings import IMAGES, PATCHES, SENTENCES, stored_keys
from radseek.archive.keys import text_key
from radseek.archive.schema import (
    images,
    instances,
    labels,
    outcomes,
    patients,
    reports,
    sentences,
    series,
    sources,
    studies,
)
from radseek.errors import ArtifactError
from radseek.index import load_generation

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

    from radseek.archive.folder import ArchiveFolder

_LEFT_OUT = {"id", "source_id", "patient_id", "study_id", "series_id", "instance_id", "outcome_id", "report_id"}
_KEYS = {"patient_key", "study_key", "series_key", "image_key", "report_key"}


def archive_digest(archive: ArchiveFolder) -> str:
    """SHA-256 (64 hex digits) over all facts of the catalogue, which pictures and sentences are encoded, and the index.

    Embeddings and the index count by what they hold, not by the vectors' last bits, which depend on the batch.

    Raises:
        ArtifactError: When the catalogue is damaged.
    """
    with archive.catalogue.reading() as connection:
        lines = [
            *_catalogue_lines(connection),
            *_embedding_lines(archive, connection),
            *_index_lines(archive, connection),
        ]
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line)
    return digest.hexdigest()


def _catalogue_lines(connection: Connection) -> Iterator[bytes]:
    for name, statement in _statements().items():
        for row in connection.execute(statement):
            yield _line(name, *row)


def _statements() -> dict[str, Select[Any]]:
    """For each table its facts, with natural names in place of row ids."""
    study = (studies.c.id == reports.c.study_id,)
    return {
        "study": select(*_facts(studies), *_facts(patients, "patient_id"), sources.c.name)
        .join(patients, patients.c.id == studies.c.patient_id)
        .join(sources, sources.c.id == studies.c.source_id),
        "series": select(*_facts(series), studies.c.study_uid).join(studies, studies.c.id == series.c.study_id),
        "instance": select(*_facts(instances), series.c.series_uid, sources.c.name, outcomes.c.outcome)
        .join(series, series.c.id == instances.c.series_id)
        .join(sources, sources.c.id == instances.c.source_id)
        .join(outcomes, outcomes.c.id == instances.c.outcome_id),
        "image": select(*_facts(images), instances.c.instance_uid).join(
            instances, instances.c.id == images.c.instance_id
        ),
        "report": select(*_facts(reports, "report_id", "patient_id"), studies.c.study_uid, sources.c.name)
        .join(studies, *study, isouter=True)
        .join(sources, sources.c.id == reports.c.source_id),
        "sentence": select(*_facts(sentences), reports.c.text_sha256, reports.c.report_id, studies.c.study_uid)
        .join(reports, reports.c.id == sentences.c.report_id)
        .join(studies, *study, isouter=True),
        "label": select(*_facts(labels), studies.c.study_uid, instances.c.instance_uid)
        .join(studies, studies.c.id == labels.c.study_id)
        .join(instances, instances.c.id == labels.c.instance_id, isouter=True),
        "outcome": select(*_facts(outcomes), sources.c.name).join(sources, sources.c.id == outcomes.c.source_id),
    }


def _facts(table: Table, *kept: str) -> list[Column[Any]]:
    return [column for column in table.c if column.name not in (_LEFT_OUT - set(kept)) | _KEYS]


def _embedding_lines(archive: ArchiveFolder, connection: Connection) -> Iterator[bytes]:
    contents = set(connection.execute(select(images.c.content_key)).scalars())
    wanted = {
        IMAGES: contents,
        PATCHES: contents,
        SENTENCES: {text_key(text) for text in connection.execute(select(sentences.c.text).distinct()).scalars()},
    }
    for encoder in sorted(path for path in archive.embeddings_folder.iterdir() if path.is_dir()):
        for kind, keys in wanted.items():
            for key in stored_keys(encoder / kind) & keys:
                yield _line("embedding", encoder.name, kind, key)


def _index_lines(archive: ArchiveFolder, connection: Connection) -> Iterator[bytes]:
    try:
        generation = load_generation(archive.index_folder, lexicon=archive.read_lexicon())
    except ArtifactError as error:
        yield _line("no index", type(error).__name__)
        return
    identity = generation.manifest.identity
    yield _line("index", identity.encoder_id, identity.revision, identity.runtime)
    studied = dict(connection.execute(select(studies.c.id, studies.c.study_uid)).all())
    named = dict(connection.execute(select(images.c.id, images.c.content_key)).all())
    for image_id, study_id in _pairs(generation.image_owners.ids, generation.image_owners.study_ids):
        yield _line("indexed picture", named.get(image_id), studied.get(study_id))
    texts = dict(connection.execute(select(sentences.c.id, sentences.c.text)).all())
    for sentence_id, study_id in _pairs(generation.sentence_owners.ids, generation.sentence_owners.study_ids):
        yield _line("indexed sentence", text_key(texts.get(sentence_id, "")), studied.get(study_id))


def _pairs(ids: np.ndarray[Any, np.dtype[np.int64]], owners: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[Any]:
    return zip(ids.tolist(), owners.tolist(), strict=True)


def _line(name: str, *values: object) -> bytes:
    return hashlib.sha256(json.dumps([name, *map(_plain, values)]).encode()).digest()


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, date) else value
