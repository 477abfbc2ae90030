"""Encoders by name or folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radseek.errors import ArtifactError

if TYPE_CHECKING:
    from radseek.encoders.local_encoder import LocalEncoder

_SHIPPED = Path(__file__).parent / "weights"


def shipped_encoders() -> tuple[str, ...]:
    """Names of the encoders inside the package."""
    return tuple(sorted(path.parent.name for path in _SHIPPED.glob("*/manifest.json")))


def load_encoder(name_or_folder: str | Path, runtime: str = "auto") -> LocalEncoder:
    """The encoder shipped under a name (`radseek-mini`), or the checkpoint in a folder, verified byte by byte.

    Args:
        name_or_folder: A `str` that is a shipped name wins over a folder of that name; write `./name` for the folder.
        runtime: `auto`, or one of `radseek.encoders.runtime.RUNTIMES`.

    Raises:
        ArtifactError: When there is no such encoder, or its checkpoint is damaged.
        MismatchError: When a field of its manifest does not match.
        ConfigError: When the runtime is unknown or not installed.
    """
    from radseek.encoders.checkpoint import read_checkpoint
    from radseek.encoders.local_encoder import LocalEncoder

    if isinstance(name_or_folder, str) and name_or_folder in shipped_encoders():
        folder = _SHIPPED / name_or_folder
    else:
        folder = Path(name_or_folder)
    if not folder.is_dir():
        known = ", ".join(shipped_encoders()) or "none"
        raise ArtifactError(f"no encoder {str(name_or_folder)!r}: neither shipped ({known}) nor a checkpoint folder")
    return LocalEncoder(read_checkpoint(folder), runtime)
