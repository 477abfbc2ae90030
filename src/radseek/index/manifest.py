"""manifest.json of a generation: what it was made of and by, and the checksum of every file."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.index.durable_files import sha256_of
from radseek.records.config import build_config, resolved_config

FORMAT = 2
"""Version of the folder's layout and of the manifest. Raised whenever an older radseek could misread a generation."""

MANIFEST_NAME = "manifest.json"
_PASSING = frozenset({".tantivy-meta.lock", ".tantivy-writer.lock"})
"""Locks that tantivy lays into its folder for a moment, whoever opens it: no part of a generation."""
REBUILD = "Run `radseek index` to build the index again; nothing has to be encoded twice."


@dataclass(frozen=True, slots=True)
class Needed:
    """What a searcher needs of an index: the encoder of its queries must be the one of the indexed vectors."""

    encoder_id: str
    revision: str
    """Revision or weights digest of the encoder."""
    dim: int
    preprocessing: str
    """Digest of the image preprocessing."""
    runtime: str
    """Numeric kind of the encoder's run time, as in its spec."""


@dataclass(frozen=True, slots=True)
class Identity(Needed):
    """What an index is made from."""

    catalogue_digest: str
    """Digest of the catalogue's content at the time."""


@dataclass(frozen=True, slots=True)
class VectorFacts:
    """One vector index of a generation."""

    kind: str
    count: int
    facts: dict[str, float]
    """What the index decided or measured when it was built."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of a generation."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a generation."""

    format: int
    generation: str
    written: str
    """Time in UTC, ISO 8601."""
    identity: Identity
    content_digest: str
    """See `radseek.index.parts.content_digest`."""
    images: VectorFacts
    sentences: VectorFacts
    n_studies: int
    """Studies with any picture or linked sentence."""
    analyzer: str
    """Name of the lexical analyser."""
    lexicon: str
    """Name of what read the sentences' findings."""
    versions: dict[str, str]
    """Libraries that wrote the files."""
    files: dict[str, FileFacts]
    """Path inside the generation, with `/` -> checksum. All files but the manifest."""


def read_identity(identity: Mapping[str, object]) -> Identity:
    """`identity` as a record.

    Raises:
        ConfigError: On an unknown, missing or mistyped key; the message lists the known keys.
    """
    return build_config(identity, Identity, where="index identity")


def format_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON text."""
    return (json.dumps(resolved_config(manifest), indent=2, sort_keys=True) + "\n").encode()


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in `content`.

    Raises:
        MismatchError: When it has another format number.
        ArtifactError: When it is no JSON, or has an unknown, missing or mistyped field.
    """
    try:
        fields = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ArtifactError(f"{MANIFEST_NAME} of the index is not valid JSON. {REBUILD}") from error
    if isinstance(fields, dict) and fields.get("format") != FORMAT:
        raise MismatchError("format", fields.get("format"), FORMAT, REBUILD)
    try:
        return build_config(fields, Manifest, where=MANIFEST_NAME)
    except ConfigError as error:
        raise ArtifactError(f"{error}. {REBUILD}") from error


def check_needed(identity: Identity, needed: Needed) -> None:
    """Compares field by field.

    Raises:
        MismatchError: At the first field that differs.
    """
    for field in dataclasses.fields(Needed):
        got, wanted = getattr(identity, field.name), getattr(needed, field.name)
        if got != wanted:
            raise MismatchError(field.name, got, wanted, REBUILD)


def list_files(folder: Path) -> dict[str, FileFacts]:
    """Checksum of every file under `folder` but the manifest, by path inside it.

    Raises:
        ArtifactError: When there is anything but plain files and folders (a link could lead outside).
    """
    return {name: FileFacts(sha256_of(folder / name), (folder / name).stat().st_size) for name in _walk(folder)}


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Compares every file under `folder` with the manifest, sizes first.

    Raises:
        ArtifactError: When a file is missing, not in the manifest, or damaged; the message names it.
    """
    present = set(_walk(folder))
    for name in sorted(present ^ set(manifest.files)):
        what = "is not in the manifest" if name in present else "is missing"
        raise ArtifactError(f"{name} of index {manifest.generation} {what}. {REBUILD}")
    for by_content in (False, True):
        for name, facts in sorted(manifest.files.items()):
            path = folder / name
            if path.stat().st_size != facts.n_bytes or (by_content and sha256_of(path) != facts.sha256):
                raise ArtifactError(f"{name} of index {manifest.generation} is damaged. {REBUILD}")


def _walk(folder: Path) -> list[str]:
    """Paths of all files under `folder` but its manifest, with `/`, sorted."""
    names = []
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *(file for file in files if file not in _PASSING)]:
            path = Path(parent) / name
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise ArtifactError(f"{name} in the index folder is no plain file; remove it. {REBUILD}")
            if stat.S_ISREG(mode):
                names.append(path.relative_to(folder).as_posix())
    return sorted(name for name in names if name != MANIFEST_NAME)
