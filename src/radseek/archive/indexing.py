"""From catalogue and embeddings to a published index generation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from radseek.archive.embeddings import IMAGES, SENTENCES, EmbeddingStore
from radseek.archive.ingest import work_off_pictures
from radseek.archive.jobs import run_job
from radseek.archive.keys import text_key
from radseek.archive.schema import images, reports, sentences
from radseek.archive.shared_words import words_of_generation
from radseek.errors import ArtifactError, MismatchError
from radseek.index import (
    ASSERTION_CODES,
    NO_STUDY,
    GenerationParts,
    ImageParts,
    SentenceParts,
    load_generation,
    load_manifest,
    sweep_generations,
    write_generation,
)
from radseek.records.progress import Progress, no_progress
from radseek.records.reports import Assertion, Section
from radseek.text import report_place

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.encoders.spec import Encoder, EncoderSpec
    from radseek.records.progress import ProgressListener
    from radseek.text import Lexicon

NOT_SEARCHED = (Section.TECHNIQUE.value, Section.COMPARISON.value)
"""Sections that say how it was scanned and beside what, not what it shows: read by people, never a reason for a hit."""
NOT_SHOWN = Section.INDICATION.value
"""The section that says why the study was made: searched by its words and meaning, but what it names states nothing."""
_TEXTS = 256
"""Sentences encoded between two progress messages."""


@dataclass(frozen=True, slots=True)
class IndexResult:
    """What `build_index` left behind."""

    generation: str
    """Name of the current generation."""
    changed: bool
    """False when the current generation holds exactly this already, so that nothing was written."""
    n_images: int
    n_sentences: int
    n_pending: int
    """Pictures that the index does not hold, because their files cannot be read at present."""
    encoded_images: int
    """Pictures encoded now."""
    encoded_sentences: int
    """Distinct sentences encoded now."""


def build_index(
    archive: ArchiveFolder, encoder: Encoder, kind: str | None = None, progress: ProgressListener = no_progress
) -> IndexResult:
    """Encodes what is new and publishes a generation that holds all pictures and sentences of the archive.

    Nothing is encoded twice. Killed anywhere, the previous generation stays current, and the next call goes on.

    Args:
        archive: Which archive.
        encoder: Its spec goes into the manifest; only it can be used to search the generation.
        kind: auto, exact or faiss; None for the archive's configuration.
        progress: Hears how far it is.

    Raises:
        BusyError: When another process writes to the archive.
        StorageError: When the disk refuses.
        ConfigError: When the site's lexicon cannot be used.
    """
    kind = kind or archive.config.index
    with run_job(archive, "index", progress) as job:
        pictures = work_off_pictures(archive, encoder, job)
        encoded_sentences = encode_sentences(archive, encoder, job)
        with archive.catalogue.reading() as connection:
            image_parts, n_pending = _image_parts(archive, connection, encoder.spec)
            sentence_parts = _sentence_parts(archive, connection, encoder.spec)
        parts = GenerationParts(image_parts, sentence_parts)
        generation, changed = _publish(archive, parts, encoder.spec, kind, job)
        words_of_generation(archive, generation)
        result = IndexResult(
            generation=generation,
            changed=changed,
            n_images=len(image_parts.ids),
            n_sentences=len(sentence_parts.ids),
            n_pending=n_pending,
            encoded_images=pictures.encoded,
            encoded_sentences=encoded_sentences,
        )
        job.summary = {"generation": generation, "n_images": result.n_images, "n_sentences": result.n_sentences}
    return result


def encode_sentences(archive: ArchiveFolder, encoder: Encoder, progress: ProgressListener) -> int:
    """Encodes every distinct sentence without embedding, returns how many there were. The caller holds the lock."""
    store = EmbeddingStore(archive.embeddings_folder, encoder.spec, SENTENCES)
    with archive.catalogue.reading() as connection:
        statement = select(sentences.c.text).where(sentences.c.section.not_in(NOT_SEARCHED)).distinct()
        texts = set(connection.execute(statement).scalars())
    # Texts of like length are encoded together, because a batch costs as much as its longest.
    missing = sorted((text for text in texts if text_key(text) not in store), key=lambda text: (len(text), text))
    for start in range(0, len(missing), _TEXTS):
        batch = missing[start : start + _TEXTS]
        store.add([text_key(text) for text in batch], encoder.encode_texts(batch))
        progress(Progress("sentences", start + len(batch), len(missing)))
    store.flush()
    return len(missing)


def _image_parts(archive: ArchiveFolder, connection: Connection, spec: EncoderSpec) -> tuple[ImageParts, int]:
    """All pictures with an embedding, and how many have none."""
    statement = select(images.c.id, images.c.study_id, images.c.content_key).order_by(images.c.id)
    rows = connection.execute(statement.where(images.c.ready.is_(True))).all()
    vectors, found = EmbeddingStore(archive.embeddings_folder, spec, IMAGES).read([row.content_key for row in rows])
    ids = _int64([row.id for row in rows])
    study_ids = _int64([row.study_id for row in rows])
    return ImageParts(ids[found], study_ids[found], vectors[found]), int((~found).sum())


def _sentence_parts(archive: ArchiveFolder, connection: Connection, spec: EncoderSpec) -> SentenceParts:
    statement = (
        select(reports.c.study_id, *(sentences.c[name] for name in ("id", "report_id", "section", "assertion", "text")))
        .join(reports, reports.c.id == sentences.c.report_id)
        .where(sentences.c.section.not_in(NOT_SEARCHED))
        .order_by(sentences.c.id)
    )
    rows = connection.execute(statement).all()
    vectors, found = EmbeddingStore(archive.embeddings_folder, spec, SENTENCES).read([
        text_key(row.text) for row in rows
    ])
    told = connection.execute(select(reports.c.id, reports.c.text))
    place_of_report = {report.id: report_place(report.text) for report in told}
    if not found.all():
        raise ArtifactError("sentence embeddings are missing after encoding; run `radseek verify`")
    return SentenceParts(
        ids=_int64([row.id for row in rows]),
        study_ids=_int64([NO_STUDY if row.study_id is None else row.study_id for row in rows]),
        report_ids=_int64([row.report_id for row in rows]),
        assertions=np.array([ASSERTION_CODES[Assertion(row.assertion)] for row in rows], np.uint8),
        vectors=vectors,
        texts=[row.text for row in rows],
        states=np.array([row.section != NOT_SHOWN for row in rows], bool),
        places=[place_of_report[row.report_id] for row in rows],
    )


def _publish(
    archive: ArchiveFolder, parts: GenerationParts, spec: EncoderSpec, kind: str, progress: ProgressListener
) -> tuple[str, bool]:
    """The current generation's name, and whether it is a new one."""
    identity = {
        "encoder_id": spec.id,
        "revision": spec.revision,
        "dim": spec.dim,
        "preprocessing": spec.preprocessing.digest,
        "runtime": spec.numerics,
        "catalogue_digest": _parts_digest(parts, kind),
    }
    lexicon = archive.read_lexicon()
    current = _current_if_made_from(archive, identity, lexicon)
    if current:
        return current, False
    name = write_generation(archive.index_folder, parts, identity, kind, progress, lexicon)
    sweep_generations(archive.index_folder)
    return name, True


def _current_if_made_from(archive: ArchiveFolder, identity: dict[str, object], lexicon: Lexicon) -> str:
    """The current generation's name when it is whole and was made from just this; else empty."""
    try:
        manifest = load_manifest(archive.index_folder)
        made_from = manifest.identity
        if any(getattr(made_from, name) != value for name, value in identity.items()):
            return ""
        load_generation(archive.index_folder, lexicon=lexicon)
    except (ArtifactError, MismatchError):
        return ""  # none yet, damaged, or read with another lexicon: it is built again
    return manifest.generation


def _parts_digest(parts: GenerationParts, kind: str) -> str:
    """SHA-256 (hex) of what goes into a generation; the vectors follow from contents and encoder, and do not count."""
    digest = hashlib.sha256(f"radseek archive 1 {kind}\n".encode())
    arrays: Sequence[NDArray[np.generic]] = (
        parts.images.ids,
        parts.images.study_ids,
        parts.sentences.ids,
        parts.sentences.study_ids,
        parts.sentences.report_ids,
        parts.sentences.assertions,
    )
    if parts.sentences.states is not None:
        arrays = (*arrays, parts.sentences.states)
    for array in arrays:
        digest.update(f"{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    digest.update(" ".join(place or "-" for place in parts.sentences.places or ()).encode())
    for text in parts.sentences.texts:
        digest.update(text_key(text).encode())
    return digest.hexdigest()


def _int64(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64).reshape(-1)
