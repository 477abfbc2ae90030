"""Removes generations that are no longer needed and what killed writers left."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from radseek.errors import InputError, StorageError
from radseek.index.current import list_generations, read_current
from radseek.index.publish import TEMPORARY_PREFIX


def sweep_generations(index_folder: Path, keep: int = 2) -> list[str]:
    """Removes all but the current generation and the newest others, `keep` in all, and every temporary folder.

    Searchers that hold a removed generation go on working: their files stay mapped. The caller holds the archive's
    lock, so that no writer's temporary folder is taken for a leftover.

    Args:
        index_folder: The archive's `index` folder.
        keep: Generations to keep, the current one included, at least 1.

    Returns:
        Names of the removed generations, oldest first.

    Raises:
        InputError: When `keep` is below 1.
        ArtifactError: When CURRENT is missing or damaged: nothing is removed while it is unknown what is needed.
        StorageError: When the disk refuses.
    """
    if keep < 1:
        raise InputError(f"keep: expected at least 1, got {keep}")
    current, _ = read_current(index_folder)
    others = [name for name in list_generations(index_folder) if name != current]
    removed = others[: len(others) - (keep - 1)] if keep > 1 else others
    try:
        for name in removed:
            # Renamed first: a half-removed generation must not look like a whole one.
            grave = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=index_folder))
            (index_folder / name).rename(grave / name)
        for leftover in sorted(index_folder.glob(f"{TEMPORARY_PREFIX}*")):
            shutil.rmtree(leftover)
        (index_folder / ".new-CURRENT").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot remove old index generations: {error.strerror or error}") from error
    return removed
