"""Encoders by name or folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.encoders.public.preset import MANIFEST, open_folder, preset_names, read_preset
from radseek.encoders.spec import EncoderSpec
from radseek.errors import ArtifactError, ConfigError
from radseek.records.config import build_config

if TYPE_CHECKING:
    from radseek.encoders.public.preset import Located
    from radseek.encoders.spec import PreparedEncoder

_SHIPPED = Path(__file__).parent / "weights"


def shipped_encoders() -> tuple[str, ...]:
    """Names of the encoders inside the package."""
    return tuple(sorted(path.parent.name for path in _SHIPPED.glob("*/manifest.json")))


def checkpoint_folder(name_or_folder: str) -> Path:
    """The folder of one of radseek's own checkpoints, by a shipped name or its folder; its content is not read.

    Raises:
        ArtifactError: When there is none.
    """
    if name_or_folder in shipped_encoders():
        return _SHIPPED / name_or_folder
    folder = Path(name_or_folder)
    if not (folder / "weights.safetensors").is_file():
        known = ", ".join(shipped_encoders())
        raise ArtifactError(f"{name_or_folder!r} is no shipped encoder ({known}) and no folder of a radseek checkpoint")
    return folder


def shipped_spec(name: str) -> EncoderSpec:
    """What a shipped encoder says of itself; its weights are not read.

    Raises:
        ArtifactError: When there is none of this name, or its manifest is damaged.
    """
    try:
        content = json.loads((_SHIPPED / name / "manifest.json").read_text(encoding="utf-8"))
        return build_config(content["spec"], EncoderSpec, where=name)
    except (OSError, ValueError, KeyError, TypeError, ConfigError) as error:
        raise ArtifactError(f"the shipped encoder {name!r} is missing or damaged; reinstall radseek") from error


def load_encoder(name_or_folder: str | Path, runtime: str = "auto") -> PreparedEncoder:
    """The encoder of a name or in a folder, every byte of it verified. Nothing is downloaded.

    Args:
        name_or_folder: A `str` that is a shipped name (`radseek-mini`) or a preset's (`biomedclip`, see
            `radseek encoders`) wins over a folder of that name; write `./name` for the folder. A folder holds one of
            radseek's checkpoints, or a public encoder that `radseek encoders add` has described.
        runtime: `auto`, or one of `radseek.encoders.runtime.RUNTIMES`.

    Raises:
        ArtifactError: When there is no such encoder on this machine, or its files are damaged.
        MismatchError: When a field of its manifest does not match.
        ConfigError: When the runtime is unknown, or a library that the encoder needs is not installed.
    """
    if isinstance(name_or_folder, str) and name_or_folder in shipped_encoders():
        return _load_checkpoint(_SHIPPED / name_or_folder, runtime)
    if isinstance(name_or_folder, str) and name_or_folder in preset_names():
        from radseek.encoders.public.hub import locate

        return _load_public(locate(read_preset(name_or_folder)), runtime)
    folder = Path(name_or_folder)
    if not folder.is_dir():
        known = ", ".join((*shipped_encoders(), *preset_names()))
        raise ArtifactError(f"no encoder {str(name_or_folder)!r}: neither a known name ({known}) nor a folder")
    if (folder / MANIFEST).is_file():
        return _load_public(open_folder(folder), runtime)
    return _load_checkpoint(folder, runtime)


def _load_checkpoint(folder: Path, runtime: str) -> PreparedEncoder:
    from radseek.encoders.checkpoint import read_checkpoint
    from radseek.encoders.local_encoder import LocalEncoder

    return LocalEncoder(read_checkpoint(folder), runtime)


def _load_public(located: Located, runtime: str) -> PreparedEncoder:
    from radseek.encoders.public.encoder import PublicEncoder
    from radseek.encoders.public.loading import load_pair

    return PublicEncoder(load_pair(located), runtime)
