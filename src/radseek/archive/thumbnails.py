"""Small pictures for result walls, made once, named by content."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.storage import make_folder, plain_storage_errors, write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUALITY = 85


def thumbnail_jpeg(shown: NDArray[np.float32], longest_px: int) -> bytes:
    """A grey JPEG of a display picture, never enlarged.

    Args:
        shown: `[rows, cols]` in 0..1, 1 is white; no side may be 0.
        longest_px: Longest side of the result.
    """
    from PIL import Image

    rows, cols = shown.shape
    scale = min(1.0, longest_px / max(rows, cols))
    size = (max(1, round(cols * scale)), max(1, round(rows * scale)))
    grey = (np.clip(shown, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    picture = Image.fromarray(grey)
    if size != (cols, rows):
        picture = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def read_square(path: Path, side_px: int) -> NDArray[np.uint8]:
    """A thumbnail squeezed to a square, uint8 `[side_px, side_px]`, read no larger than needed.

    Raises:
        OSError: When it is missing or no picture.
    """
    from PIL import Image

    with Image.open(path) as picture:
        picture.draft("L", (side_px, side_px))
        return np.asarray(picture.convert("L").resize((side_px, side_px), Image.Resampling.BOX))


def sweep_thumbnails(folder: Path, content_keys: set[str]) -> int:
    """Removes thumbnails of pictures that are no longer used, and what killed runs left; returns how many files.

    Args:
        folder: The archive's thumbnails folder.
        content_keys: Of the pictures in use.

    Raises:
        StorageError: When the disk refuses.
    """
    removed = 0
    with plain_storage_errors("removing old thumbnails"):
        for path in folder.glob("*/*"):
            if path.stem not in content_keys:
                path.unlink()
                removed += 1
    return removed


def write_thumbnail(path: Path, shown: NDArray[np.float32], longest_px: int) -> None:
    """Writes the thumbnail, unless a complete one is there already.

    Raises:
        StorageError: When the disk refuses.
    """
    with plain_storage_errors("writing a thumbnail"):
        if path.exists() and path.stat().st_size > 0:
            return
        make_folder(path.parent)
        write_whole(path, thumbnail_jpeg(shown, longest_px))
