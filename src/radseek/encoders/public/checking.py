"""Does a public encoder load, and does it behave as one? And the manifest that vouches for its files."""

from __future__ import annotations

import fnmatch
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.encoders.public.encoder import PublicEncoder
from radseek.encoders.public.files import file_digest
from radseek.encoders.public.hub import locate
from radseek.encoders.public.loading import load_pair
from radseek.encoders.public.preset import MANIFEST, Located, Preset, open_folder, read_preset, write_manifest
from radseek.encoders.public.starting import StartedTower, start_image_tower, start_text_tower
from radseek.errors import ArtifactError
from radseek.images import prepare

_TEXTS = ("Small left pleural effusion.", "No pneumothorax.")


@dataclass(frozen=True, slots=True)
class EncoderCheck:
    """What a self-check found; that there is one means that it passed."""

    name: str
    role: str
    licence: str
    gating: str
    sources: tuple[str, ...]
    training_sets: tuple[str, ...]
    revision: str
    """Empty for a tower, which gets one inside a checkpoint of ours."""
    dim: int
    """Of a pair's vectors, or channels (width) of a tower."""
    grid: tuple[int, int] | None
    seconds_per_picture: float | None
    seconds_per_text: float | None
    notes: tuple[str, ...]


def check_encoder(name_or_folder: str | Path) -> EncoderCheck:
    """Load a preset that is on this machine, or a folder with a manifest, and run two pictures and two texts.

    Raises:
        ArtifactError: When it does not load, or its vectors are not finite, not of unit length, all the same, or
            depend on what else is in the batch.
        ConfigError: When the preset is unknown or a needed library is not installed.
        MismatchError: When a digest, an architecture or a size differs from the preset's.
    """
    folder = Path(name_or_folder)
    located = open_folder(folder) if folder.is_dir() else None
    preset = located.preset if located else read_preset(name_or_folder)
    if preset.role == "pair":
        return _check_pair(located or locate(preset))
    if preset.role == "image tower":
        return _check_image_tower(start_image_tower(name_or_folder))
    return _check_text_tower(start_text_tower(name_or_folder))


def add_folder(preset: Preset, folder: Path) -> EncoderCheck:
    """Write the manifest of a local folder: `preset` with the SHA-256 of each of its files, after a self-check.

    A digest that the preset knows must fit. A folder that fails the check is left without a manifest.

    Raises:
        ArtifactError: When a file is missing, or as `check_encoder`.
        MismatchError: As `check_encoder`.
        StorageError: When the folder cannot be written.
    """
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is no folder")
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and _belongs(path.name, preset))
    measured = {name: file_digest(folder / name) for name in names}
    known = {name: digest for name, digest in preset.files.items() if digest}
    write_manifest(folder, replace(preset, files={**measured, **known}))
    try:
        return check_encoder(folder)
    except BaseException:
        (folder / MANIFEST).unlink()
        raise


def _belongs(name: str, preset: Preset) -> bool:
    patterns = (*preset.fetched, "model-*.safetensors", "pytorch_model-*.bin", "added_tokens.json")
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _pictures() -> list[NDArray[np.float64]]:
    return [np.random.default_rng(seed).random((64, 48)) for seed in (1, 2)]


def _check_pair(located: Located) -> EncoderCheck:
    encoder = PublicEncoder(load_pair(located))
    began = time.perf_counter()
    images = encoder.encode_images(_pictures())
    per_picture = (time.perf_counter() - began) / len(images)
    began = time.perf_counter()
    texts = encoder.encode_texts(_TEXTS)
    per_text = (time.perf_counter() - began) / len(texts)
    patches = encoder.encode_patches(_pictures()[:1])
    for what, vectors in (("pictures", images), ("texts", texts), ("patches", patches)):
        if not np.allclose(np.linalg.norm(vectors, axis=-1), 1, atol=1e-4):
            raise ArtifactError(f"the vectors of {what} are not of unit length")
    for what, vectors in (("pictures", images), ("texts", texts)):
        if np.allclose(vectors[0], vectors[1], atol=1e-6):
            raise ArtifactError(f"different {what} get the same vector: the weights are not those of a trained encoder")
    if not np.allclose(encoder.encode_texts(_TEXTS[:1]), texts[:1], atol=1e-4):
        raise ArtifactError("the vector of a text depends on what else is in the batch")
    spec = encoder.spec
    return EncoderCheck(
        spec.id, "pair", spec.licence, spec.gating, spec.sources, spec.training_sets, spec.revision, spec.dim,
        spec.grid, per_picture, per_text, encoder.notes,
    )  # fmt: skip


def _check_image_tower(started: StartedTower) -> EncoderCheck:
    if started.preprocessing is None:
        raise ArtifactError(f"preset {started.preset.name} says nothing of its pictures")
    prepared = prepare(_pictures(), started.preprocessing)
    began = time.perf_counter()
    with torch.inference_mode():
        features = started.module.eval()(prepared)
    seconds = (time.perf_counter() - began) / 2
    _check_distinct(features, "pictures")
    return _tower_check(started, features.shape[1], tuple(features.shape[2:]), per_picture=seconds)


def _check_text_tower(started: StartedTower) -> EncoderCheck:
    tokenizer = started.tokenizer()
    ids, mask = tokenizer.batch(tokenizer.token_lists(_TEXTS))
    began = time.perf_counter()
    with torch.inference_mode():
        pooled = started.module.eval()(torch.from_numpy(ids), torch.from_numpy(mask))
    seconds = (time.perf_counter() - began) / 2
    _check_distinct(pooled, "texts")
    return _tower_check(started, pooled.shape[1], None, per_text=seconds)


def _check_distinct(features: torch.Tensor, what: str) -> None:
    if not torch.isfinite(features).all():
        raise ArtifactError(f"the features of {what} are not finite")
    if torch.allclose(features[0], features[1], atol=1e-6):
        raise ArtifactError(f"different {what} get the same features: the weights are not those of a trained tower")


def _tower_check(
    started: StartedTower,
    dim: int,
    grid: tuple[int, int] | None,
    per_picture: float | None = None,
    per_text: float | None = None,
) -> EncoderCheck:
    preset = started.preset
    return EncoderCheck(
        preset.name, preset.role, preset.licence, preset.gating, (started.spec.source,), preset.training_sets, "", dim,
        grid, per_picture, per_text, started.notes,
    )  # fmt: skip
