"""What calibration asks of the catalogue: whose study it is, where it came from, and what label-only studies show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from radseek.archive.schema import labels, sentences, sources, studies

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 500


def patients_of_studies(connection: Connection) -> dict[int, int]:
    """Study id -> id of its patient."""
    rows = connection.execute(select(studies.c.id, studies.c.patient_id)).all()
    return {int(row.id): int(row.patient_id) for row in rows}


def sources_of_studies(connection: Connection) -> dict[int, str]:
    """Study id -> name of its source."""
    rows = connection.execute(select(studies.c.id, sources.c.name).join(sources, sources.c.id == studies.c.source_id))
    return {int(row.id): str(row.name) for row in rows}


def labels_of_studies(connection: Connection) -> dict[int, tuple[str, ...]]:
    """Study id -> its labels, each once, in alphabetical order; studies without any are left out."""
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(labels.c.study_id, labels.c.name)):
        found.setdefault(int(row.study_id), set()).add(str(row.name))
    return {study: tuple(sorted(names)) for study, names in found.items()}


def texts_of_sentences(connection: Connection, sentence_ids: Sequence[int]) -> dict[int, str]:
    """Sentence id -> its text; ids that are gone are left out."""
    texts: dict[int, str] = {}
    for start in range(0, len(sentence_ids), _BATCH):
        part = [int(one) for one in sentence_ids[start : start + _BATCH]]
        statement = select(sentences.c.id, sentences.c.text).where(sentences.c.id.in_(part))
        texts |= {int(row.id): str(row.text) for row in connection.execute(statement)}
    return texts
