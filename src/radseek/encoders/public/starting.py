"""Towers to start a training from: a preset's weights in a module of ours, with what the model around needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from radseek.encoders.public import naming, shapes
from radseek.encoders.public.bert import PooledBert
from radseek.encoders.public.files import EncoderFiles
from radseek.encoders.public.hub import is_here, locate
from radseek.encoders.public.loading import check_vocabulary, load_pair, open_files, source_of
from radseek.encoders.public.preset import MANIFEST, PAIRS, Located, Preset, open_folder, read_preset
from radseek.encoders.public.tokenizing import read_wordpieces
from radseek.encoders.public.towers import IMAGE_FAMILIES, TowerSpec, build_tower, describe_tower, tune
from radseek.encoders.public.tuning import Tuning
from radseek.encoders.tokenizer import TextTokenizer
from radseek.errors import ConfigError, MismatchError
from radseek.images.preprocessing import Preprocessing
from radseek.records.config import build_config

_MONAI_RULES = {"resnet": naming.MONAI_RESNET, "densenet": naming.MONAI_DENSENET, "swin": naming.MONAI_SWIN}
RANDOM = "random"


@dataclass(frozen=True, slots=True)
class StartedTower:
    """A tower with its start weights, tuned as asked."""

    spec: TowerSpec
    module: nn.Module
    preset: Preset
    """Licence, gating and training sets go from here into the encoder's spec."""
    pieces: tuple[str, ...] = ()
    """Text towers: the word pieces."""
    max_tokens: int = 0
    """Text towers: what it can take."""
    preprocessing: Preprocessing | None = None
    """Image towers: what it was trained with."""
    notes: tuple[str, ...] = ()

    def tokenizer(self) -> TextTokenizer:
        """Text towers: what makes their token ids."""
        return TextTokenizer(self.pieces, self.max_tokens, self.spec.lowercase)


def start_image_tower(name: str | Path, tuning: Tuning | None = None) -> StartedTower:
    """The image tower of a preset (`rad-dino`), of a pair's preset (`biomedclip`), or in an encoder's folder.

    A `monai` preset without weights on this machine starts at random, and must then be trained whole.

    Raises:
        ArtifactError: When the files are missing, damaged or of another model.
        ConfigError: When it has no image tower, or cannot be tuned so.
        MismatchError: When a digest, an architecture or a shape differs from the preset's.
    """
    preset, located = _find(name)
    tuning = tuning or Tuning()
    if preset.kind == "monai":
        return _start_monai(preset, located, tuning)
    if preset.kind == "dinov2":
        files = open_files(_present(preset, located))
        config = files.json("config.json")
        shapes.check_model_type(config, ("dinov2",))
        spec = describe_tower("vision", shapes.dinov2(config))
        module = _filled(spec, naming.rename(files.weights(preset.weights), naming.DINOV2))
        return _image_start(spec, module, files, preset, tuning)
    if preset.kind in PAIRS:
        pair = load_pair(_present(preset, located))
        module = pair.model.image_tower
        family = next(family for family, (_, kind) in IMAGE_FAMILIES.items() if isinstance(module, kind))
        spec = replace(describe_tower(family, module.config, tuning), source=pair.sources[0])
        return _tuned(StartedTower(spec, module, preset, preprocessing=preset.preprocessing, notes=pair.notes))
    raise ConfigError(f"preset {preset.name} is a {preset.role}: it has no image tower")


def start_text_tower(name: str | Path, tuning: Tuning | None = None) -> StartedTower:
    """The BERT text tower of a preset (`bio-clinicalbert`), of a pair's preset, or in an encoder's folder.

    Raises:
        ArtifactError: When the files are missing, damaged or of another model.
        ConfigError: When it has no BERT text tower.
        MismatchError: When a digest, an architecture or a shape differs from the preset's.
    """
    preset, located = _find(name)
    tuning = tuning or Tuning()
    if preset.kind == "bert":
        return _start_bert(preset, open_files(_present(preset, located)), tuning)
    if preset.kind in PAIRS:
        pair = load_pair(_present(preset, located))
        module, tokenizer = pair.model.text_tower, pair.tokenizer
        if isinstance(module, PooledBert) and isinstance(tokenizer, TextTokenizer):
            spec = describe_tower("bert", module.config, tuning)
            spec = replace(spec, lowercase=tokenizer.lowercase, source=pair.sources[0])
            return _tuned(StartedTower(spec, module, preset, tokenizer.pieces, pair.max_tokens, notes=pair.notes))
    raise ConfigError(f"preset {preset.name} ({preset.kind}) has no BERT text tower: take bio-clinicalbert or cxr-bert")


def find_preset(name: str | Path) -> Preset:
    """The preset of a name, or the one that describes an encoder's folder; its weights are not read.

    Raises:
        ConfigError: When there is none.
    """
    return _find(name)[0]


def _find(name: str | Path) -> tuple[Preset, Located | None]:
    """The preset, and the files if `name` is a folder."""
    folder = Path(name)
    if (folder / MANIFEST).is_file():
        located = open_folder(folder)
        return located.preset, located
    return read_preset(name), None


def _present(preset: Preset, located: Located | None) -> Located:
    return located or locate(preset)


def _filled(spec: TowerSpec, tensors: Mapping[str, torch.Tensor]) -> nn.Module:
    """The tower of an untuned spec with these weights."""
    with torch.random.fork_rng(devices=[]):  # initial values are drawn for nothing
        module = build_tower(replace(spec, tuning=Tuning("all")))
    naming.fill(module, tensors)
    return module.eval()


def _tuned(started: StartedTower) -> StartedTower:
    preset, module = started.preset, started.module
    side = getattr(module, "width", None) or getattr(module, "channels", None)
    if preset.role != "pair" and preset.dim and preset.dim != side:
        raise MismatchError("dim", side, preset.dim, "The preset describes another model; mend it or take other files.")
    started.module.requires_grad_(True)
    tune(started.module, started.spec.tuning)
    return started


def _image_start(
    spec: TowerSpec, module: nn.Module, files: EncoderFiles, preset: Preset, tuning: Tuning
) -> StartedTower:
    spec = replace(spec, tuning=tuning, source=source_of(files, preset))
    return _tuned(StartedTower(spec, module, preset, preprocessing=preset.preprocessing, notes=tuple(files.notes)))


def _start_monai(preset: Preset, located: Located | None, tuning: Tuning) -> StartedTower:
    shape = dict(preset.tower)
    family = str(shape.pop("family"))
    if family not in _MONAI_RULES:
        raise ConfigError(f"preset {preset.name}: tower family is {family!r}; known: {', '.join(_MONAI_RULES)}")
    spec = describe_tower(family, build_config(shape, IMAGE_FAMILIES[family][0], where=f"preset {preset.name}: tower"))
    if located is None and not is_here(preset):
        if tuning.kind != "all":
            raise ConfigError(
                f"{preset.name} has no weights on this machine, so it starts at random: train `all` of it"
            )
        spec = replace(spec, tuning=tuning, source=RANDOM)
        return StartedTower(spec, build_tower(spec), preset, preprocessing=preset.preprocessing)
    files = open_files(_present(preset, located))
    module = _filled(spec, naming.rename(files.weights(preset.weights), _MONAI_RULES[family]))
    return _image_start(spec, module, files, preset, tuning)


def _start_bert(preset: Preset, files: EncoderFiles, tuning: Tuning) -> StartedTower:
    config = files.json("config.json")
    shapes.check_model_type(config, ("bert", "cxr-bert"))
    shape = shapes.bert(config, preset.pooling)
    weights = naming.rename(_without_heads(files, preset), naming.BERT)
    pieces, lowercase = read_wordpieces(files, preset.lowercase)
    check_vocabulary(len(pieces), shape.shape.vocabulary)
    spec = replace(describe_tower("bert", shape), lowercase=lowercase)
    module = _filled(spec, weights)
    spec = replace(spec, tuning=tuning, source=source_of(files, preset))
    max_tokens = min(preset.max_tokens or shape.shape.positions, shape.shape.positions)
    return _tuned(StartedTower(spec, module, preset, tuple(pieces), max_tokens, notes=tuple(files.notes)))


def _without_heads(files: EncoderFiles, preset: Preset) -> dict[str, torch.Tensor]:
    """The weights without CXR-BERT's projection, which belongs to its own pair."""
    tensors = files.weights(preset.weights)
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("cls_projection_head.")}
