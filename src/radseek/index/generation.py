"""A generation: what one search needs, loaded together and never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radseek.errors import ArtifactError, MismatchError
from radseek.index.contract import VectorIndex
from radseek.index.current import read_current
from radseek.index.lexical_analyzer import ANALYZER
from radseek.index.lexical_index import LexicalIndex
from radseek.index.manifest import (
    MANIFEST_NAME,
    REBUILD,
    Manifest,
    Needed,
    VectorFacts,
    check_needed,
    parse_manifest,
    verify_files,
)
from radseek.index.owners import ImageOwners, SentenceOwners
from radseek.index.statements import StatementTable, load_statements, reader_name
from radseek.index.stored_arrays import read_array
from radseek.index.vector_index import load_vector_index
from radseek.text import Lexicon, default_lexicon

_LOAD_TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """Everything a search looks at. Goes on working while newer generations are published and this one is swept."""

    manifest: Manifest
    images: VectorIndex
    image_owners: ImageOwners
    sentences: VectorIndex
    sentence_owners: SentenceOwners
    statements: StatementTable
    lexical: LexicalIndex

    @property
    def name(self) -> str:
        """Name of the generation's folder."""
        return self.manifest.generation


def load_generation(index_folder: Path, needed: Needed | None = None, lexicon: Lexicon | None = None) -> Generation:
    """The current generation, every file verified against its SHA-256 (about a second per gigabyte).

    Args:
        index_folder: The archive's `index` folder.
        needed: What the searcher's encoder is; None loads whatever is there (to verify or describe it).
        lexicon: What queries are read with, which must be what the sentences were read with; by default the shipped
            one.

    Raises:
        MismatchError: When a manifest field differs from what is needed; its `field` says which.
        ArtifactError: When there is no generation, or a file is missing, damaged or unknown; the message names it.
    """
    for _ in range(_LOAD_TRIES):
        name, manifest_sha256 = read_current(index_folder)
        try:
            return _load(index_folder / name, manifest_sha256, needed, lexicon or default_lexicon())
        except (ArtifactError, OSError) as error:
            if read_current(index_folder)[0] != name:
                continue  # a newer one was published and this one swept while it was read
            if isinstance(error, ArtifactError):
                raise
            raise ArtifactError(f"a file of index {name} cannot be read: {error.strerror}. {REBUILD}") from error
    raise ArtifactError(f"the index was replaced {_LOAD_TRIES} times while it was loaded; try again")


def load_manifest(index_folder: Path) -> Manifest:
    """The current generation's manifest, itself verified; the files it lists are not looked at.

    Raises:
        ArtifactError: When there is no generation or its manifest is damaged.
    """
    name, manifest_sha256 = read_current(index_folder)
    return _read_manifest(index_folder / name, manifest_sha256)


def _load(folder: Path, manifest_sha256: str, needed: Needed | None, lexicon: Lexicon) -> Generation:
    manifest = _read_manifest(folder, manifest_sha256)
    if needed is not None:
        check_needed(manifest.identity, needed)
    for name, needed_name in (("analyzer", ANALYZER), ("lexicon", reader_name(lexicon))):
        if getattr(manifest, name) != needed_name:
            raise MismatchError(name, getattr(manifest, name), needed_name, REBUILD)
    verify_files(folder, manifest)
    generation = Generation(
        manifest=manifest,
        images=_load_vectors(folder / "images", manifest.images, manifest.identity.dim),
        image_owners=_load_image_owners(folder / "owners"),
        sentences=_load_vectors(folder / "sentences", manifest.sentences, manifest.identity.dim),
        sentence_owners=_load_sentence_owners(folder / "owners"),
        statements=load_statements(folder / "statements", lexicon),
        lexical=LexicalIndex.load(folder / "lexical"),
    )
    _check_together(generation)
    return generation


def _read_manifest(folder: Path, manifest_sha256: str) -> Manifest:
    content = (folder / MANIFEST_NAME).read_bytes() if (folder / MANIFEST_NAME).is_file() else b""
    if hashlib.sha256(content).hexdigest() != manifest_sha256:
        raise ArtifactError(f"{MANIFEST_NAME} of index {folder.name} is missing or damaged. {REBUILD}")
    manifest = parse_manifest(content)
    if manifest.generation != folder.name:
        raise MismatchError("generation", manifest.generation, folder.name, REBUILD)
    return manifest


def _load_vectors(folder: Path, facts: VectorFacts, dim: int) -> VectorIndex:
    index = load_vector_index(facts.kind, folder, facts.facts)
    if (index.count, index.dim) != (facts.count, dim):
        raise ArtifactError(
            f"the {folder.name} index holds {index.count} vectors of {index.dim} values, "
            f"the manifest says {facts.count} of {dim}. {REBUILD}"
        )
    return index


def _load_image_owners(folder: Path) -> ImageOwners:
    return ImageOwners(
        ids=read_array(folder / "image_ids.npy", np.int64, 1),
        study_ids=read_array(folder / "image_study_ids.npy", np.int64, 1),
    )


def _load_sentence_owners(folder: Path) -> SentenceOwners:
    return SentenceOwners(
        ids=read_array(folder / "sentence_ids.npy", np.int64, 1),
        study_ids=read_array(folder / "sentence_study_ids.npy", np.int64, 1),
        report_ids=read_array(folder / "sentence_report_ids.npy", np.int64, 1),
        assertions=read_array(folder / "sentence_assertions.npy", np.uint8, 1),
    )


def _check_together(generation: Generation) -> None:
    """All tables of one kind of thing list the same ids."""
    images, sentences = generation.image_owners, generation.sentence_owners
    sizes = {len(sentences.ids), len(sentences.study_ids), len(sentences.report_ids), len(sentences.assertions)}
    if (
        not np.array_equal(images.ids, generation.images.ids)
        or not np.array_equal(sentences.ids, generation.sentences.ids)
        or len(images.study_ids) != len(images.ids)
        or sizes != {generation.lexical.count}
        or not np.isin(generation.statements.sentence_ids, sentences.ids).all()
    ):
        raise ArtifactError(f"the tables of index {generation.name} do not belong together. {REBUILD}")
