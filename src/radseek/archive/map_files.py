"""Maps of an archive on disk, beside what they were made from; each can be deleted at any time.

maps/
  g000012-3f9c0a51d2e4-pictures.npz     study_ids int64 [n], points float32 [n, 2]
  g000012-3f9c0a51d2e4-pictures.json    what it was made from, and its SHA-256; written last: no map without it
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.storage import make_folder, plain_storage_errors, write_whole
from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.records.archive_map import MapKind
from radseek.records.config import build_config

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
"""Raised whenever an older radseek could misread a map."""
REBUILD = "Build the map anew with `radseek map`."
_NAME = re.compile(r"(?P<generation>g(?P<number>\d{6,12})-[0-9a-f]{12})-(?P<kind>pictures|reports)\.json")


@dataclass(frozen=True, slots=True)
class MapNeeded:
    """What a map must have been made from to be shown as that of an index generation."""

    kind: str
    """A `MapKind`."""
    generation: str
    encoder_id: str
    revision: str
    n_studies: int


@dataclass(frozen=True, slots=True)
class MapManifest(MapNeeded):
    """All that is known of a map."""

    format: int
    n_landmarks: int
    n_neighbours: int
    kept_neighbours: float | None
    trustworthiness: float | None
    seed: int
    seconds: float
    written: str
    """Time in UTC, ISO 8601."""
    versions: dict[str, str]
    """Libraries that made it."""
    sha256: str
    """Of the .npz file."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredMap:
    """A map with its points."""

    manifest: MapManifest
    study_ids: NDArray[np.int64]
    """`[n]`, ascending."""
    points: NDArray[np.float32]
    """`[n, 2]`, 0..1."""


def pack_points(study_ids: NDArray[np.int64], points: NDArray[np.float32]) -> bytes:
    """The .npz file of a map."""
    stream = io.BytesIO()
    np.savez(stream, study_ids=study_ids, points=points)
    return stream.getvalue()


def write_map(folder: Path, manifest: MapManifest, content: bytes) -> None:
    """Writes a map for the owner only; after a kill there is the old one, the new one or none.

    Args:
        folder: The archive's folder of maps.
        manifest: With the SHA-256 of `content`.
        content: What `pack_points` gave.

    Raises:
        StorageError: When the disk refuses.
    """
    stem = f"{manifest.generation}-{manifest.kind}"
    text = json.dumps(dataclasses.asdict(manifest), indent=2, sort_keys=True) + "\n"
    with plain_storage_errors("writing the map"):
        make_folder(folder)
        (folder / f"{stem}.json").unlink(missing_ok=True)
        write_whole(folder / f"{stem}.npz", content)
        write_whole(folder / f"{stem}.json", text.encode())


def mapped_generations(folder: Path, kind: MapKind) -> list[str]:
    """Generations of which there is a map of this kind, newest first."""
    if not folder.is_dir():
        return []
    found = [match for path in folder.iterdir() if (match := _NAME.fullmatch(path.name)) and match["kind"] == kind]
    return [match["generation"] for match in sorted(found, key=lambda match: -int(match["number"]))]


def load_map(folder: Path, kind: MapKind, generation: str, needed: MapNeeded | None = None) -> StoredMap:
    """The map of a generation, verified against its SHA-256.

    Args:
        folder: The archive's folder of maps.
        kind: Of the map.
        generation: From which it was made.
        needed: What it must have been made from; None for a map of an older generation.

    Raises:
        MismatchError: When it was made from something else, or its file is another one; its `field` says which.
        ArtifactError: When it is missing or damaged.
    """
    stem = f"{generation}-{kind}"
    manifest = read_manifest(folder, kind, generation)
    own = MapNeeded(kind, generation, manifest.encoder_id, manifest.revision, manifest.n_studies)
    for field in dataclasses.fields(MapNeeded):
        got, wanted = getattr(manifest, field.name), getattr(needed or own, field.name)
        if got != wanted:
            raise MismatchError(field.name, got, wanted, REBUILD)
    content = _read_bytes(folder / f"{stem}.npz")
    digest = hashlib.sha256(content).hexdigest()
    if digest != manifest.sha256:
        raise MismatchError("sha256", digest, manifest.sha256, REBUILD)
    return StoredMap(manifest, *_unpack(content, manifest.n_studies))


def sweep_maps(folder: Path, kind: MapKind, keep: str) -> None:
    """Removes all maps of this kind but that of the generation `keep`, and what killed writers left.

    Raises:
        StorageError: When the disk refuses.
    """
    with plain_storage_errors("removing old maps"):
        for path in folder.iterdir():
            is_other = path.name.endswith((f"-{kind}.npz", f"-{kind}.json")) and not path.name.startswith(f"{keep}-")
            if is_other:
                path.unlink(missing_ok=True)


def read_manifest(folder: Path, kind: MapKind, generation: str) -> MapManifest:
    """What is written down of a map, whose points are not looked at.

    Raises:
        MismatchError: When another format wrote it.
        ArtifactError: When it is missing or damaged.
    """
    try:
        fields = json.loads(_read_bytes(folder / f"{generation}-{kind}.json"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ArtifactError(f"the manifest of the map is not valid JSON. {REBUILD}") from error
    if isinstance(fields, dict) and fields.get("format") != FORMAT:
        raise MismatchError("format", fields.get("format"), FORMAT, REBUILD)
    try:
        return build_config(fields, MapManifest, where="manifest of the map")
    except ConfigError as error:
        raise ArtifactError(f"{error}. {REBUILD}") from error


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ArtifactError(f"the map is missing or incomplete. {REBUILD}") from error
    except OSError as error:
        raise ArtifactError(f"the map cannot be read: {error.strerror}. {REBUILD}") from error


def _unpack(content: bytes, n_studies: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            study_ids, points = arrays["study_ids"], arrays["points"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"the points of the map cannot be read. {REBUILD}") from error
    if study_ids.dtype != np.int64 or points.dtype != np.float32 or points.shape != (study_ids.size, 2):
        raise ArtifactError(f"the points of the map have another type or shape than expected. {REBUILD}")
    if study_ids.shape != (n_studies,):
        raise MismatchError("n_studies", n_studies, study_ids.size, REBUILD)
    if not np.isfinite(points).all() or not (np.diff(study_ids) > 0).all():
        raise ArtifactError(f"the points of the map are not finite or not in order. {REBUILD}")
    return study_ids, points
