"""Presets: what a public encoder is, where it comes from, who may use it, and what it has seen. No torch here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from radseek.errors import ArtifactError, ConfigError, StorageError
from radseek.images.preprocessing import Preprocessing
from radseek.records.config import config_folder, read_config, resolved_config

MANIFEST = "radseek-encoder.yaml"
"""Beside a checkpoint's files: its preset with the SHA-256 of every file. `radseek encoders add` writes it."""

PAIRS = ("clip", "siglip", "biomedclip", "biovil")
IMAGE_TOWERS = ("dinov2", "monai")
TEXT_TOWERS = ("bert",)
KINDS = (*PAIRS, *IMAGE_TOWERS, *TEXT_TOWERS)

_BERT_FILES = ("config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json")
_FETCHED: dict[str, tuple[str, ...]] = {
    "clip": ("config.json", "vocab.json", "merges.txt", "tokenizer*.json", "special_tokens_map.json"),
    "siglip": ("config.json", "tokenizer*", "spiece.model", "special_tokens_map.json"),
    "biomedclip": ("open_clip_config.json", "vocab.txt", "tokenizer*.json"),
    "biovil": _BERT_FILES,
    "bert": _BERT_FILES,
    "dinov2": ("config.json",),
    "monai": (),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """One public encoder or tower."""

    name: str
    kind: str
    """One of `KINDS`: how its files are laid out."""
    title: str
    licence: str
    """In plain words, with what the model's own card says on use."""
    gating: str
    """What stands before the download, in plain words."""
    training_sets: tuple[str, ...]
    """Data sets that the weights have seen. Figures on those are no proof of anything."""
    hub_id: str = ""
    revision: str = ""
    """Commit of the hub's repository; without one, a download must be told which."""
    weights: tuple[str, ...] = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
    """File names of the weights, the first that is there is taken."""
    image_weights: str = ""
    """`biovil`: file name of the image model."""
    files: Mapping[str, str] = field(default_factory=dict)
    """File name -> SHA-256 (hex), where known."""
    preprocessing: Preprocessing | None = None
    """None for text towers."""
    dim: int = 0
    """Of a pair's vectors, or the channels (width) of a tower."""
    max_tokens: int = 0
    """Of a text; 0 where there are no texts."""
    pooling: str = "cls"
    """`bert`: `cls` or `mean`."""
    lowercase: bool | None = None
    """Whether texts are lowercased first; None leaves it to the tokenizer's files."""
    tower: Mapping[str, Any] = field(default_factory=dict)
    """`monai`: `family` (resnet, densenet, swin) and its shape."""
    notes: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"preset {self.name}: kind is {self.kind!r}; known: {', '.join(KINDS)}")
        if self.kind not in TEXT_TOWERS and self.preprocessing is None:
            raise ConfigError(f"preset {self.name}: kind {self.kind} needs `preprocessing`")
        if self.kind == "biovil" and not self.image_weights:
            raise ConfigError(f"preset {self.name}: kind biovil needs `image_weights`")
        if self.kind == "monai" and "family" not in self.tower:
            raise ConfigError(f"preset {self.name}: kind monai needs `tower` with a `family`")
        wrong = sorted(name for name in (*self.files, *self.weights, self.image_weights) if Path(name).name != name)
        if wrong:
            raise ConfigError(f"preset {self.name}: {wrong[0]!r} is no plain file name")

    @property
    def role(self) -> str:
        """`pair`, `image tower` or `text tower`."""
        return "pair" if self.kind in PAIRS else "image tower" if self.kind in IMAGE_TOWERS else "text tower"

    @property
    def source(self) -> str:
        """Where the weights come from, as `hub-id@revision`; empty when from nowhere in particular."""
        return f"{self.hub_id}@{self.revision or 'not pinned'}" if self.hub_id else ""

    @property
    def fetched(self) -> tuple[str, ...]:
        """Names and patterns of the files to download."""
        return tuple(dict.fromkeys((*_FETCHED[self.kind], *self.weights, *filter(None, [self.image_weights]))))


def preset_names() -> tuple[str, ...]:
    """Names of the shipped presets."""
    return tuple(sorted(path.stem for path in (config_folder() / "encoders").glob("*.yaml")))


def read_preset(name_or_file: str | Path) -> Preset:
    """The shipped preset of a name, or the one in a YAML file.

    Raises:
        ConfigError: When there is none, or the file is no preset.
    """
    if isinstance(name_or_file, str) and name_or_file in preset_names():
        return read_config(config_folder() / "encoders" / f"{name_or_file}.yaml", Preset)
    file = Path(name_or_file)
    if file.suffix not in {".yaml", ".yml"}:
        raise ConfigError(f"no preset {str(name_or_file)!r}; known: {', '.join(preset_names())}, or a YAML file")
    return read_config(file, Preset)


def write_manifest(folder: Path, preset: Preset) -> None:
    """Write `preset` into `folder` as its manifest.

    Raises:
        StorageError: When the disk refuses.
    """
    text = yaml.safe_dump(resolved_config(preset), sort_keys=False, allow_unicode=True)
    try:
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {MANIFEST}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Located:
    """A preset and the folder that holds its files."""

    preset: Preset
    folder: Path
    has_manifest: bool
    """Whether every file's SHA-256 is known, and must fit."""


def encoders_root() -> Path | None:
    """The folder of encoder folders that the environment variable RADSEEK_ENCODERS names, or None."""
    named = os.environ.get("RADSEEK_ENCODERS", "")
    return Path(named) if named else None


def open_folder(folder: Path, preset: Preset | None = None) -> Located:
    """The encoder in a local folder, by its manifest, or by `preset` where it has none.

    Raises:
        ArtifactError: When the folder is missing, or has no manifest and `preset` is None.
        ConfigError: When the manifest is no preset.
    """
    if not folder.is_dir():
        raise ArtifactError(f"no encoder here: {folder} is no folder")
    if (folder / MANIFEST).is_file():
        return Located(read_config(folder / MANIFEST, Preset), folder, has_manifest=True)
    if preset is None:
        raise ArtifactError(f"{folder} has no {MANIFEST}; `radseek encoders add PRESET FOLDER` writes one")
    return Located(preset, folder, has_manifest=False)
