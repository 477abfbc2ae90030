"""CURRENT: the small file that says which generation is searched, and vouches for its manifest."""

from __future__ import annotations

import re
from pathlib import Path

from radseek.errors import ArtifactError
from radseek.index.durable_files import write_durably

CURRENT_NAME = "CURRENT"

NAME_PATTERN = re.compile(r"g(\d{6,12})-([0-9a-f]{12})")
"""A generation's name: a counter, and the start of its content digest."""

_LINE = re.compile(rf"({NAME_PATTERN.pattern}) ([0-9a-f]{{64}})\n")


def read_current(index_folder: Path) -> tuple[str, str]:
    """Name of the current generation and SHA-256 (hex) of its manifest.

    Raises:
        ArtifactError: When there is none yet, or the file is damaged.
    """
    try:
        content = (index_folder / CURRENT_NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArtifactError("there is no index yet; run `radseek index`") from error
    except OSError as error:
        raise ArtifactError(f"{CURRENT_NAME} of the index cannot be read: {error.strerror}") from error
    match = _LINE.fullmatch(content.decode("latin-1"))
    if match is None:
        raise ArtifactError(f"{CURRENT_NAME} of the index is damaged; run `radseek index`")
    return match[1], match[4]


def list_generations(index_folder: Path) -> list[str]:
    """Names of all published generations, oldest first; none when the folder is missing."""
    if not index_folder.is_dir():
        return []
    names = (path.name for path in index_folder.iterdir() if path.is_dir())
    return sorted((name for name in names if NAME_PATTERN.fullmatch(name)), key=generation_number)


def generation_number(name: str) -> int:
    """The counter in a generation's name."""
    return int(name[1:].partition("-")[0])


def swap_current(index_folder: Path, name: str, manifest_sha256: str) -> None:
    """Makes `name` the current generation, atomically.

    Raises:
        OSError: When the disk refuses; the old one stays current.
    """
    write_durably(index_folder / CURRENT_NAME, f"{name} {manifest_sha256}\n".encode("ascii"))
