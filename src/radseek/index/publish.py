"""New generations: written beside, made durable, renamed, and only then made current."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from radseek.errors import StorageError
from radseek.index.contract import VectorIndex
from radseek.index.current import generation_number, list_generations, swap_current
from radseek.index.durable_files import sync_path, sync_tree, write_durably
from radseek.index.lexical_analyzer import ANALYZER
from radseek.index.lexical_index import write_lexical_index
from radseek.index.manifest import (
    FORMAT,
    MANIFEST_NAME,
    Manifest,
    VectorFacts,
    format_manifest,
    list_files,
    read_identity,
)
from radseek.index.owners import NO_STUDY
from radseek.index.parts import GenerationParts, content_digest, order_parts
from radseek.index.statements import read_statements, reader_name, write_statements
from radseek.index.stored_arrays import write_array
from radseek.index.vector_index import build_vector_index
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.text import Lexicon

TEMPORARY_PREFIX = ".tmp-"
"""Start of the names of folders that are being written or removed; none is ever read."""

_STAGES = ("check", "image vectors", "sentence vectors", "words", "findings", "publish")
_LIBRARIES = ("radseek", "numpy", "faiss-cpu", "faiss-gpu", "tantivy")


def write_generation(
    index_folder: Path,
    parts: GenerationParts,
    identity: Mapping[str, object],
    kind: str = "auto",
    progress: ProgressListener = no_progress,
    lexicon: Lexicon | None = None,
) -> str:
    """Builds a generation from `parts`, makes it current, and returns its name.

    Killed anywhere, the previous generation stays current and whole; `sweep_generations` removes what was left.
    One writer at a time: the caller holds the archive's lock.

    Args:
        index_folder: The archive's `index` folder; made when missing.
        parts: Vectors, texts and owners, in any order.
        identity: The fields of `Identity`: encoder_id, revision, dim, preprocessing, runtime, catalogue_digest.
        kind: Kind of the vector indexes: auto, exact or faiss.
        progress: Told at each stage.
        lexicon: What the sentences are read with; the shipped one by default.

    Raises:
        ConfigError: When `identity` has an unknown, missing or mistyped key, or the kind is unknown.
        InputError: When `parts` are not as their classes say; the message names the field.
        StorageError: When the disk refuses; the previous generation stays current.
    """
    made_from = read_identity(identity)
    _tell(progress, 0)
    ordered = order_parts(parts, made_from.dim)
    digest = content_digest(ordered)
    with _temporary_folder(index_folder) as folder:
        images, sentences = _write_indexes(folder, ordered, kind, progress, lexicon)
        manifest = Manifest(
            format=FORMAT,
            generation=_next_name(index_folder, digest),
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            identity=made_from,
            content_digest=digest,
            images=images,
            sentences=sentences,
            n_studies=_count_studies(ordered),
            analyzer=ANALYZER,
            lexicon=reader_name(lexicon),
            versions=_versions(),
            files=list_files(folder),
        )
        _tell(progress, 5)
        _publish(index_folder, folder, manifest)
    _tell(progress, 6)
    return manifest.generation


@contextmanager
def _temporary_folder(index_folder: Path) -> Iterator[Path]:
    """A folder beside the generations, removed unless it was renamed; disk errors become plain sentences."""
    try:
        index_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=index_folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"cannot write the index: {error.strerror or error}; the previous one stays") from error


def _write_indexes(
    folder: Path, parts: GenerationParts, kind: str, progress: ProgressListener, lexicon: Lexicon | None
) -> tuple[VectorFacts, VectorFacts]:
    """Writes all files but the manifest and returns what the two vector indexes say of themselves."""
    images, sentences = parts.images, parts.sentences
    _tell(progress, 1)
    # Pictures are asked by text: sentence vectors are the honest trial, pictures' own vectors lie elsewhere.
    image_facts = _write_vectors(
        folder / "images", build_vector_index(kind, images.ids, images.vectors, sentences.vectors)
    )
    _tell(progress, 2)
    sentence_facts = _write_vectors(folder / "sentences", build_vector_index(kind, sentences.ids, sentences.vectors))
    _tell(progress, 3)
    (folder / "lexical").mkdir()
    write_lexical_index(folder / "lexical", sentences.ids, sentences.texts)
    _tell(progress, 4)
    (folder / "statements").mkdir()
    ids, texts, places = sentences.stating()
    write_statements(folder / "statements", read_statements(ids, texts, progress, lexicon, places))
    (folder / "owners").mkdir()
    for name, array in (
        ("image_ids", images.ids),
        ("image_study_ids", images.study_ids),
        ("sentence_ids", sentences.ids),
        ("sentence_study_ids", sentences.study_ids),
        ("sentence_report_ids", sentences.report_ids),
        ("sentence_assertions", sentences.assertions),
    ):
        write_array(folder / "owners" / f"{name}.npy", array)
    return image_facts, sentence_facts


def _write_vectors(folder: Path, index: VectorIndex) -> VectorFacts:
    folder.mkdir()
    index.write(folder)
    return VectorFacts(kind=index.kind, count=index.count, facts=dict(index.facts))


def _publish(index_folder: Path, folder: Path, manifest: Manifest) -> None:
    """Durable first, then renamed, then current: at no moment does CURRENT name what could still be lost."""
    content = format_manifest(manifest)
    write_durably(folder / MANIFEST_NAME, content)
    sync_tree(folder)
    folder.rename(index_folder / manifest.generation)
    sync_path(index_folder)
    swap_current(index_folder, manifest.generation, hashlib.sha256(content).hexdigest())


def _next_name(index_folder: Path, digest: str) -> str:
    number = max(map(generation_number, list_generations(index_folder)), default=0) + 1
    return f"g{number:06d}-{digest[:12]}"


def _count_studies(parts: GenerationParts) -> int:
    studies = np.union1d(parts.images.study_ids, parts.sentences.study_ids)
    return int(np.count_nonzero(studies != NO_STUDY))


def _versions() -> dict[str, str]:
    """Versions of the libraries that wrote the files; absent ones are left out."""
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _tell(progress: ProgressListener, done: int) -> None:
    note = _STAGES[done] if done < len(_STAGES) else ""
    progress(Progress("index", done, len(_STAGES), note))
