"""The words that reports of several patients share: what may be offered to people for a misspelt one."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select

from radseek.archive.schema import reports, sentences
from radseek.archive.storage import write_whole
from radseek.text.spelling import count_words

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder

FEWEST_PATIENTS = 3
"""A word of fewer patients may be a name; it is offered to nobody."""


_FORMAT = "radseek-words/1"


def words_of_generation(archive: ArchiveFolder, generation: str) -> dict[str, int]:
    """The shared words of the reports that an index generation was made from, see `shared_words`.

    They are kept in the archive's folder: to count half a million sentences takes seconds, which the first person at a
    new server would wait for. A file of another generation, or one that cannot be read, is made anew.

    Args:
        archive: Which archive.
        generation: Name of its current generation.
    """
    kept = _read(archive.words_path, generation)
    if kept is not None:
        return kept
    with archive.catalogue.reading() as connection:
        words = shared_words(connection)
    content = {"format": _FORMAT, "generation": generation, "words": words}
    with contextlib.suppress(OSError):  # a folder that may only be read, or a full disk: counted again the next time
        write_whole(archive.words_path, json.dumps(content).encode())
    return words


def _read(path: Path, generation: str) -> dict[str, int] | None:
    """The words of a generation as they were kept; None where there are none that can be used."""
    try:
        content = json.loads(path.read_bytes())
        if (content["format"], content["generation"]) != (_FORMAT, generation):
            return None
        return {str(word): int(count) for word, count in content["words"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def shared_words(connection: Connection) -> dict[str, int]:
    """Word -> number of patients whose reports hold it, for words of at least `FEWEST_PATIENTS`."""
    statement = (
        select(reports.c.id, reports.c.patient_id, reports.c.site, sentences.c.text)
        .join(reports, reports.c.id == sentences.c.report_id)
        .order_by(reports.c.patient_id, reports.c.site, reports.c.id)
    )
    counts: Counter[str] = Counter()
    # a report without patient stands for one of its own
    for _, told in groupby(
        connection.execute(statement), key=lambda row: (row.patient_id, row.site, None if row.patient_id else row.id)
    ):
        counts.update(set(count_words(row.text for row in told)))
    return {word: count for word, count in counts.items() if count >= FEWEST_PATIENTS}
