"""Files of a preset from the Hugging Face hub: found in the local cache, or downloaded when asked, never in passing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from radseek.encoders.public.preset import Located, Preset, encoders_root, open_folder
from radseek.errors import ArtifactError, ConfigError, RadseekError, StorageError


def locate(preset: Preset) -> Located:
    """Where this machine has the files of `preset`: under RADSEEK_ENCODERS, else in the hub's cache. No network.

    Raises:
        ArtifactError: When it has none; the message says what to fetch and where to put it.
    """
    root = encoders_root()
    if root is not None and (root / preset.name).is_dir():
        return open_folder(root / preset.name, preset)
    cached = _cached_snapshot(preset)
    if cached is None:
        raise ArtifactError(_missing(preset))
    return Located(preset, cached, has_manifest=False)


def is_here(preset: Preset) -> bool:
    """Whether `locate` would find the preset's files."""
    try:
        locate(preset)
    except RadseekError:
        return False
    return True


def download(preset: Preset, folder: Path | None = None, endpoint: str | None = None) -> Path:
    """Fetch the files of `preset` at its pinned revision, into `folder` or the hub's cache, and say where they are.

    Args:
        preset: With `hub_id` and `revision`.
        folder: Made when missing; None takes the hub's own cache.
        endpoint: Address of a mirror of the hub; None takes the hub, or what HF_ENDPOINT says.

    Raises:
        ConfigError: When the preset has no hub id or revision, or huggingface_hub is not installed.
        ArtifactError: When there is no network, no right, or no such revision.
        StorageError: When the disk refuses.
    """
    if not preset.hub_id:
        raise ConfigError(f"preset {preset.name} comes from no hub: bring the weights, see `radseek encoders show`")
    if not preset.revision:
        raise ConfigError(f"preset {preset.name} pins no revision of {preset.hub_id}: give one with --revision")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise ConfigError("downloads need huggingface_hub: install radseek[public-encoders]")
    from huggingface_hub import errors, snapshot_download

    try:
        found = snapshot_download(
            preset.hub_id,
            revision=preset.revision,
            allow_patterns=list(preset.fetched),
            local_dir=folder,
            endpoint=endpoint,
        )
    except errors.GatedRepoError as error:
        raise ArtifactError(f"{preset.hub_id} is gated ({preset.gating}): accept its terms, `hf auth login`") from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise ArtifactError(f"the hub has no {preset.source}, or shows it to others only") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, ConnectionError) as error:
        raise ArtifactError(f"the hub cannot be reached. {_missing(preset)}") from error
    except OSError as error:
        raise StorageError(f"cannot store the download: {error.strerror}") from error
    return Path(found)


def _cached_snapshot(preset: Preset) -> Path | None:
    if not preset.hub_id or not preset.revision or importlib.util.find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import errors, snapshot_download

    try:
        return Path(snapshot_download(preset.hub_id, revision=preset.revision, local_files_only=True))
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        return None


def _missing(preset: Preset) -> str:
    """What to fetch and where to put it."""
    if not preset.hub_id:
        return f"{preset.name} is not on this machine; `radseek encoders show {preset.name}` says what it needs"
    wanted = ", ".join(preset.fetched)
    return (
        f"{preset.name} is not on this machine. Where there is a network: `radseek encoders get {preset.name}`. "
        f"By hand: put {wanted} (those that are there) of https://huggingface.co/{preset.hub_id}/tree/"
        f"{preset.revision or 'main'} into a folder, then `radseek encoders add {preset.name} FOLDER`"
    )
