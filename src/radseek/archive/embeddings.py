"""Embeddings on disk: append-only shards named by content, so that nothing is ever encoded twice.

    embeddings/<encoder>/<kind>/          kind: images, sentences or patches
      000001.keys.npy       uint8 [n, 32], SHA-256 keys
      000001.vectors.npy    [n, values], unit vectors: float32, dim values; of patches float16, rows * cols * dim values
      000001.json           sizes and SHA-256 of both; written last: a shard without it does not exist

A shard whose files do not match its JSON is left out, what it held is encoded again, and it goes when the next shard is
written.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radseek.archive.storage import make_folder, plain_storage_errors, write_whole
from radseek.errors import ArtifactError, MismatchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.encoders.spec import EncoderSpec

IMAGES = "images"
SENTENCES = "sentences"
PATCHES = "patches"
MOST_PATCHES_A_SIDE = 8
"""A grid of 37 x 37 patches of 768 values takes 2 MB a picture; one of 8 x 8 takes 98 KB."""
_FULL_ROWS = 1024
_FULL_SECONDS = 30.0
"""A shard is written when it has this many rows, or its oldest row waited this long: what a kill can cost."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard's JSON."""

    folder: Path
    number: int
    n: int
    dim: int
    """Values a row."""
    sha256: dict[str, str]
    """Of the `keys` and the `vectors` file."""

    def file(self, part: str) -> Path:
        """The `keys` or the `vectors` file."""
        return self.folder / f"{self.number:06d}.{part}.npy"

    def is_whole(self, part: str) -> bool:
        """Whether a file is there with the bytes that the JSON tells of."""
        try:
            return hashlib.sha256(self.file(part).read_bytes()).hexdigest() == self.sha256[part]
        except (OSError, KeyError):
            return False


class EmbeddingStore:
    """The embeddings of one kind by one encoder.

    Args:
        folder: The archive's embeddings folder.
        spec: The encoder; its id, revision and numerics name the folder.
        kind: `images` or `sentences`, of `dim` float32 values a row; or `patches`, of `kept_grid(spec)` times `dim`
            float16 values.
    """

    def __init__(self, folder: Path, spec: EncoderSpec, kind: str) -> None:
        self.folder = folder / encoder_folder_name(spec) / kind
        self.dim = spec.dim if kind != PATCHES else math.prod(kept_grid(spec)) * spec.dim
        self._dtype = np.float16 if kind == PATCHES else np.float32
        self._keys: set[bytes] | None = None
        self._waiting: dict[bytes, NDArray[np.floating]] = {}
        self._oldest_s = 0.0
        self._whole: dict[int, bool] = {}
        self.discarded = 0
        """Damaged shards that made way for new ones."""

    def __contains__(self, key: str) -> bool:
        return bytes.fromhex(key) in self._known()

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Adds embeddings; those known already are left out. They are durable after `flush` or a full shard.

        Args:
            keys: 64 hex digits each.
            vectors: float32 `[n, dim]`, kept as the kind's type.

        Raises:
            MismatchError: When the vectors have another length than the encoder says.
            ArtifactError: When a vector is not finite.
        """
        if vectors.shape != (len(keys), self.dim):
            raise MismatchError("dim", list(vectors.shape), [len(keys), self.dim], "The encoder contradicts its spec.")
        if not np.isfinite(vectors).all():
            raise ArtifactError("the encoder gave embeddings that are not finite; nothing of this batch was kept")
        if not self._waiting:
            self._oldest_s = time.monotonic()
        for key, vector in zip(keys, vectors, strict=True):
            raw = bytes.fromhex(key)
            if raw not in self._known():
                self._known().add(raw)
                self._waiting[raw] = vector.astype(self._dtype)
        if len(self._waiting) >= _FULL_ROWS or time.monotonic() - self._oldest_s > _FULL_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes what waits as one shard.

        Raises:
            StorageError: When the disk refuses.
        """
        if not self._waiting:
            return
        keys = np.frombuffer(b"".join(self._waiting), np.uint8).reshape(-1, 32)  # [n, 32]
        vectors = np.stack(list(self._waiting.values()))  # [n, dim]
        with plain_storage_errors("writing embeddings"):
            make_folder(self.folder)
            self._discard_damaged()
            self._write(self._next_number(), keys, vectors)
        self._waiting = {}

    def read(self, keys: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The vectors of `keys` in their order, and which of them there are.

        Returns:
            float32 `[n, dim]` with zero rows where there is none, and bool `[n]`.
        """
        self.flush()
        wanted: dict[bytes, list[int]] = {}
        for row, key in enumerate(keys):
            wanted.setdefault(bytes.fromhex(key), []).append(row)
        vectors = np.zeros((len(keys), self.dim), np.float32)
        found = np.zeros(len(keys), np.bool_)
        for shard in self._shards():
            stored = np.load(shard.file("vectors"), mmap_mode="r", allow_pickle=False)
            for place, raw in enumerate(read_keys(shard)):
                for row in wanted.get(raw, ()):
                    vectors[row], found[row] = stored[place], True
        return vectors, found

    def _shards(self) -> list[Shard]:
        """All shards that are whole and of this encoder's length."""
        return [shard for shard in list_shards(self.folder) if self._is_whole(shard)]

    def _known(self) -> set[bytes]:
        if self._keys is None:
            self._keys = {raw for shard in self._shards() for raw in read_keys(shard)}
        return self._keys

    def _is_whole(self, shard: Shard) -> bool:
        if shard.number not in self._whole:
            self._whole[shard.number] = shard.dim == self.dim and shard.is_whole("keys") and shard.is_whole("vectors")
        return self._whole[shard.number]

    def _discard_damaged(self) -> None:
        for name in damaged_shards(self.folder, self._is_whole):
            for path in self.folder.glob(f"{name}.*"):
                path.unlink()
            self.discarded += 1

    def _next_number(self) -> int:
        return 1 + max((int(path.name.split(".")[0]) for path in self.folder.glob("[0-9]*.*")), default=0)

    def _write(self, number: int, keys: NDArray[np.uint8], vectors: NDArray[np.floating]) -> None:
        shard = Shard(self.folder, number, len(keys), self.dim, {})
        for part, array in (("keys", keys), ("vectors", vectors)):
            out = io.BytesIO()
            np.save(out, array, allow_pickle=False)
            shard.sha256[part] = hashlib.sha256(out.getvalue()).hexdigest()
            write_whole(shard.file(part), out.getvalue())
        content = {"n": shard.n, "dim": shard.dim, "sha256": shard.sha256}
        write_whole(self.folder / f"{number:06d}.json", json.dumps(content).encode())
        self._whole[number] = True


def list_shards(folder: Path) -> list[Shard]:
    """All shards of a folder whose JSON can be read, by number; whether they are whole is another question."""
    found = []
    for path in sorted(folder.glob("[0-9]*.json")):
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            found.append(Shard(folder, int(path.stem), int(content["n"]), int(content["dim"]), dict(content["sha256"])))
        except (ValueError, KeyError, TypeError, OSError):
            continue  # torn: `damaged_shards` names it, and what it held is encoded again
    return found


def damaged_shards(folder: Path, is_whole: Callable[[Shard], bool]) -> list[str]:
    """Names of the shards that are torn or not whole, such as `000003`."""
    whole = {f"{shard.number:06d}" for shard in list_shards(folder) if is_whole(shard)}
    return sorted({path.name.split(".")[0] for path in folder.glob("[0-9]*.*")} - whole)


def stored_keys(folder: Path) -> set[str]:
    """Keys (64 hex digits) of all embeddings in the whole shards of a folder."""
    return {raw.hex() for shard in list_shards(folder) if shard.is_whole("keys") for raw in read_keys(shard)}


def kept_grid(spec: EncoderSpec) -> tuple[int, int]:
    """Rows and columns of the patch vectors that an archive keeps of each picture: finer grids are pooled."""
    return min(spec.grid[0], MOST_PATCHES_A_SIDE), min(spec.grid[1], MOST_PATCHES_A_SIDE)


def encoder_folder_name(spec: EncoderSpec) -> str:
    """The folder of an encoder's embeddings, made of letters, digits, `.`, `_` and `-` only."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{spec.id}-{spec.revision}-{spec.numerics}").lstrip(".")


def read_keys(shard: Shard) -> Iterator[bytes]:
    """The keys of a shard, 32 bytes each, in the order of its rows."""
    for row in np.load(shard.file("keys"), allow_pickle=False):
        yield row.tobytes()
