"""Public encoders, for the command: which there are, who may use them, whether this machine has them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radseek.encoders.public.hub import download, is_here
from radseek.encoders.public.preset import Preset, preset_names, read_preset
from radseek.encoders.registry import shipped_encoders, shipped_spec
from radseek.records.config import resolved_config

if TYPE_CHECKING:
    from radseek.encoders.public.checking import EncoderCheck


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """One line of the list of encoders."""

    name: str
    role: str
    """`pair` (can index an archive), `image tower` or `text tower` (to train with)."""
    here: str
    """`shipped`, `yes` or `no`."""
    licence: str
    gating: str
    source: str
    training_sets: tuple[str, ...]


def list_encoders() -> list[EncoderRow]:
    """All encoders by name: the shipped ones first, then the presets. No network."""
    rows = []
    for name in shipped_encoders():
        spec = shipped_spec(name)
        gating = spec.gating or "none"
        rows.append(EncoderRow(name, "pair", "shipped", spec.licence, gating, "radseek", spec.training_sets))
    for name in preset_names():
        preset = read_preset(name)
        source = preset.source or "your own files"
        here = "yes" if is_here(preset) else "no"
        rows.append(EncoderRow(name, preset.role, here, preset.licence, preset.gating, source, preset.training_sets))
    return rows


def show_encoder(name: str) -> dict[str, Any]:
    """All that is known of a preset (a name or a YAML file) or of a shipped encoder, as plain values.

    Raises:
        ConfigError: When there is none of this name.
    """
    if name in shipped_encoders():
        return resolved_config(shipped_spec(name))
    preset = read_preset(name)
    return {
        **resolved_config(preset),
        "role": preset.role,
        "here": is_here(preset),
        "to_fetch": list(preset.fetched) if preset.hub_id else [],
    }


def check_encoder(name_or_folder: str) -> EncoderCheck:
    """Load an encoder that is on this machine and let it prove itself.

    Raises:
        ArtifactError: When it does not load or behaves wrongly.
        ConfigError: When it is unknown or a needed library is not installed.
    """
    from radseek.encoders.public.checking import check_encoder

    return check_encoder(name_or_folder)


def add_encoder(preset: str, folder: Path) -> EncoderCheck:
    """Describe a local folder as the encoder of a preset, with the SHA-256 of its files, after a check.

    Raises:
        ArtifactError: When it does not load or behaves wrongly.
        ConfigError: When the preset is unknown.
        StorageError: When the folder cannot be written.
    """
    from radseek.encoders.public.checking import add_folder

    return add_folder(read_preset(preset), folder)


def get_encoder(preset: str, revision: str | None, folder: Path | None) -> Path:
    """Download a preset's files at its pinned revision (or `revision`), and say where they are.

    Into `folder` with a manifest, or into the hub's cache.

    Raises:
        ArtifactError: When there is no network, no right or no such revision, or the files are not as they should be.
        ConfigError: When the preset is unknown or pins no revision, or a revision is given without a folder.
        StorageError: When the disk refuses.
    """
    wanted: Preset = read_preset(preset)
    if revision is not None:
        wanted = dataclasses.replace(wanted, revision=revision, files={})
    found = download(wanted, folder)
    if folder is not None:
        from radseek.encoders.public.checking import add_folder

        add_folder(wanted, found)
    return found
