"""What searches read of pictures beside their vectors, made up: vectors of their parts, and thumbnails."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radseek.archive.embeddings import IMAGES, PATCHES, EmbeddingStore, kept_grid
from radseek.archive.folder import ArchiveFolder
from radseek.encoders.spec import EncoderSpec
from radseek.records.progress import Progress, ProgressListener

PATCH_NOISE = 1.0
"""Length of what is each part's own, beside its picture's vector of length 1."""
N_THUMBNAILS = 400
"""Distinct thumbnails; each stands in the archive many times, as links to one file."""
_THUMBNAIL_PX = 256
_PICTURES_A_STEP = 1000


def fill_patches(archive: ArchiveFolder, keys: Sequence[str], spec: EncoderSpec, progress: ProgressListener) -> None:
    """Writes the vectors of the parts of pictures that have none: each picture's own vector and noise.

    Args:
        archive: The archive; its picture vectors are read.
        keys: Content keys of all pictures.
        spec: The encoder.
        progress: Hears of each step.
    """
    pictures = EmbeddingStore(archive.embeddings_folder, spec, IMAGES)
    parts = EmbeddingStore(archive.embeddings_folder, spec, PATCHES)
    missing = [place for place, key in enumerate(keys) if key not in parts]
    vectors = pictures.read(keys)[0] if missing else np.zeros((0, spec.dim), np.float32)
    for start in range(0, len(missing), _PICTURES_A_STEP):
        places = missing[start : start + _PICTURES_A_STEP]
        parts.add([keys[place] for place in places], _parts_of(vectors[places], kept_grid(spec), places[0]))
        progress(Progress("parts", start + len(places), len(missing)))
    parts.flush()


def _parts_of(vectors: NDArray[np.float32], grid: tuple[int, int], seed: int) -> NDArray[np.float32]:
    """Unit vectors of the parts of pictures `[n, dim]`, flattened: `[n, rows * cols * dim]`."""
    n, dim = vectors.shape
    own = np.random.default_rng([8, seed]).standard_normal((n, math.prod(grid), dim), dtype=np.float32)
    parts = vectors[:, None] + own * np.float32(PATCH_NOISE / np.sqrt(dim))  # [n, rows * cols, dim]
    parts /= np.linalg.norm(parts, axis=-1, keepdims=True)
    return parts.reshape(n, -1)


def fill_thumbnails(archive: ArchiveFolder, keys: Sequence[str], progress: ProgressListener) -> None:
    """Gives each picture one of `N_THUMBNAILS` JPEGs of blurred noise, about 9 KB each."""
    if archive.thumbnail_path(keys[-1]).exists():
        return
    made: dict[int, Path] = {}
    for number, key in enumerate(keys):
        path, which = archive.thumbnail_path(key), int(key[:8], 16) % N_THUMBNAILS
        path.parent.mkdir(parents=True, exist_ok=True)
        if which not in made:
            path.write_bytes(_thumbnail(which))
            made[which] = path
        elif not path.exists():
            os.link(made[which], path)
        if number % _PICTURES_A_STEP == 0:
            progress(Progress("thumbnails", number, len(keys)))


def _thumbnail(which: int) -> bytes:
    coarse = np.random.default_rng([9, which]).integers(0, 255, (20, 20), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.BICUBIC)
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
