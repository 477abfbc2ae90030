"""Checkpoint folders: weights, vocabulary and a manifest that vouches for every byte. Nothing is unpickled.

FOLDER/
  manifest.json         format, encoder description, tower shapes, SHA-256 of every other file
  weights.safetensors   fp16
  vocabulary.txt        one word piece a line
  *.json, *.yaml        metrics and resolved configuration, when training wrote them
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
from radseek.encoders.spec import EncoderSpec
from radseek.encoders.tokenizer import TextTokenizer, read_vocabulary
from radseek.errors import ArtifactError, ConfigError, MismatchError, StorageError
from radseek.records.config import build_config, resolved_config

if TYPE_CHECKING:
    import torch

FORMAT = 1
MANIFEST, WEIGHTS, VOCABULARY = "manifest.json", "weights.safetensors", "vocabulary.txt"
_ALLOWED_NAME = re.compile(r"[A-Za-z0-9_-]+\.(safetensors|txt|json|yaml)")
_WAY_OUT = "Restore the checkpoint folder from where it came, or train again."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a checkpoint says of itself."""

    format: int
    spec: EncoderSpec
    towers: DualEncoderConfig
    files: Mapping[str, str]
    """File name -> SHA-256 (hex), for every file besides the manifest."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint in memory. `spec.revision` is derived from the weights when it is written."""

    spec: EncoderSpec
    model: DualEncoder
    pieces: tuple[str, ...]

    def tokenizer(self) -> TextTokenizer:
        """What makes token ids for the text tower."""
        return TextTokenizer(self.pieces, self.spec.max_tokens, self.model.config.lowercase)


def write_checkpoint(folder: Path, checkpoint: Checkpoint, extra: Mapping[str, str] | None = None) -> EncoderSpec:
    """Write `checkpoint` into the new or empty `folder`, manifest last, and return its spec with the true revision.

    Args:
        folder: A checkpoint that is there already is replaced.
        checkpoint: Weights are stored in fp16, adapters folded into their towers.
        extra: Further text files by name (`metrics.json`, `config.yaml`).

    Raises:
        ArtifactError: When an extra file's name is not plain.
        StorageError: When the disk refuses.
    """
    from safetensors.torch import save

    model = checkpoint.model.merged()
    weights = {name: _as_stored(tensor) for name, tensor in model.state_dict().items()}
    contents = {
        WEIGHTS: save(weights),
        VOCABULARY: ("\n".join(checkpoint.pieces) + "\n").encode(),
        **{name: text.encode() for name, text in (extra or {}).items()},
    }
    for name in contents:
        _check_name(name)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    spec = dataclasses.replace(checkpoint.spec, revision=digests[WEIGHTS][:12], runtime="none")
    manifest = Manifest(FORMAT, spec, model.config, digests)
    contents[MANIFEST] = (json.dumps(resolved_config(manifest), indent=2) + "\n").encode()
    try:
        _write_files(folder, contents)
    except OSError as error:
        raise StorageError(f"cannot write the checkpoint: {error.strerror}") from error
    return spec


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the checkpoint in `folder`.

    Raises:
        ArtifactError: When it is missing, no JSON, or has an unknown or missing field (the message names it).
        MismatchError: When its format is of another radseek.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"no checkpoint here: {MANIFEST} is missing in {folder}") from error
    except ValueError as error:
        raise ArtifactError(f"the checkpoint's {MANIFEST} is not valid JSON. {_WAY_OUT}") from error
    if isinstance(content, dict) and content.get("format", FORMAT) != FORMAT:
        raise MismatchError("format", content["format"], FORMAT, "Update radseek, or train again.")
    try:
        manifest = build_config(content, Manifest, where=MANIFEST)
    except (ConfigError, TypeError) as error:
        raise ArtifactError(f"the checkpoint's manifest is not usable: {error}. {_WAY_OUT}") from error
    for name in (WEIGHTS, VOCABULARY):
        if name not in manifest.files:
            raise ArtifactError(f"the checkpoint's manifest does not list {name}. {_WAY_OUT}")
    return manifest


def read_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in `folder`, every byte verified, weights as float32, the model in evaluation mode.

    Raises:
        ArtifactError: When a file is missing, not listed in the manifest, or not what its name says.
        MismatchError: When a digest, revision, vocabulary size, dim, grid or a tensor's shape is not the manifest's.
    """
    manifest = read_manifest(folder)
    contents = _read_verified(folder, manifest.files)
    revision = manifest.files[WEIGHTS][:12]
    if manifest.spec.revision != revision:
        raise MismatchError("spec.revision", manifest.spec.revision, revision, _WAY_OUT)
    pieces = read_vocabulary(folder / VOCABULARY)
    tensors = _read_tensors(contents[WEIGHTS])
    model = _empty_model(manifest.towers)
    _check_shapes(manifest, model, len(pieces))
    _fill(model, tensors)
    return Checkpoint(manifest.spec, model.eval().requires_grad_(False), tuple(pieces))


def _as_stored(tensor: torch.Tensor) -> torch.Tensor:
    import torch

    return tensor.detach().to(torch.float16 if tensor.is_floating_point() else tensor.dtype).contiguous()


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # a half-written checkpoint has no manifest and does not load
    for name, content in contents.items():
        beside = folder / f"{name}.part"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)


def _check_name(name: str) -> None:
    if not _ALLOWED_NAME.fullmatch(name):
        raise ArtifactError(f"a checkpoint may not hold {name!r}: only .safetensors, .txt, .json and .yaml files")


def _read_verified(folder: Path, files: Mapping[str, str]) -> dict[str, bytes]:
    unlisted = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST and path.name not in files)
    if unlisted:
        raise ArtifactError(f"the checkpoint folder holds {unlisted[0]!r}, which its manifest does not list; remove it")
    contents = {}
    for name, digest in files.items():
        _check_name(name)
        try:
            contents[name] = (folder / name).read_bytes()
        except OSError as error:
            raise ArtifactError(f"the checkpoint lacks {name}. {_WAY_OUT}") from error
        got = hashlib.sha256(contents[name]).hexdigest()
        if got != digest:
            raise MismatchError(f"files.{name}", got, digest, _WAY_OUT)
    return contents


def _read_tensors(weights: bytes) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        tensors: dict[str, torch.Tensor] = load(weights)
    except SafetensorError as error:
        raise ArtifactError(f"the checkpoint's {WEIGHTS} is not a safetensors file. {_WAY_OUT}") from error
    return tensors


def _empty_model(towers: DualEncoderConfig) -> DualEncoder:
    import torch

    # Initial values are drawn for nothing, which takes 0.3 s; torch's meta device would spare them and import for 5 s.
    with torch.random.fork_rng(devices=[]):
        try:
            return DualEncoder(towers)
        except ConfigError as error:
            raise ArtifactError(f"the checkpoint's manifest is not usable: {error}. {_WAY_OUT}") from error


def _check_shapes(manifest: Manifest, model: DualEncoder, n_pieces: int) -> None:
    spec, towers, text = manifest.spec, manifest.towers, manifest.towers.text_shape
    side = model.image_tower.grid_side(spec.preprocessing.size_px)
    where = "towers.text" if towers.public_text is None else "towers.public_text.shape.shape"
    pairs = {
        f"{where}.vocabulary": (text.vocabulary, n_pieces),
        "spec.dim": (spec.dim, towers.dim),
        "spec.grid": (spec.grid, (side, side)),
    }
    for field, (got, needed) in pairs.items():
        if got != needed:
            raise MismatchError(field, got, needed, _WAY_OUT)
    if not 2 <= spec.max_tokens <= text.positions:
        raise MismatchError("spec.max_tokens", spec.max_tokens, f"2 to {text.positions}", _WAY_OUT)


def _fill(model: DualEncoder, tensors: Mapping[str, torch.Tensor]) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    for name in sorted(expected.keys() | tensors.keys()):
        got = tuple(tensors[name].shape) if name in tensors else None
        if got != expected.get(name):
            raise MismatchError(f"weights.{name}", got, expected.get(name), _WAY_OUT)
    full = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    model.load_state_dict(full, assign=True)
