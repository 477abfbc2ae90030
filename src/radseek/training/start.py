"""The model that a training begins with."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from radseek.encoders.checkpoint import Checkpoint, read_checkpoint
from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
from radseek.encoders.efficientnet_lite import ImageTowerConfig
from radseek.encoders.registry import checkpoint_folder
from radseek.encoders.spec import EncoderSpec, EvidenceScale
from radseek.encoders.text_tower import TextTowerConfig
from radseek.errors import ConfigError, InputError
from radseek.training.config import PromptsConfig, TrainingConfig
from radseek.training.pairs import Pair, data_root
from radseek.training.public_weights import prune_vocabulary, read_public_vocabulary, start_from_public


def build_start(config: TrainingConfig, pairs: Sequence[Pair]) -> Checkpoint:
    """The model before the first step, with its vocabulary and description; equal seeds give equal models.

    Raises:
        ConfigError: When the start checkpoint's shape is not the configured one.
        ArtifactError: When `start.weights` names no checkpoint, or it is damaged.
    """
    torch.manual_seed(config.seed)
    if config.start.weights == "public":
        return _from_public(config, pairs)
    checkpoint = read_checkpoint(checkpoint_folder(config.start.weights))
    if checkpoint.spec.dim != config.dim:
        raise ConfigError(f"start.weights has dim {checkpoint.spec.dim}, the configuration has {config.dim}")
    checkpoint.model.requires_grad_(True)
    seen = tuple(sorted({*checkpoint.spec.training_sets, *config.training_sets}))
    spec = _describe(config, seen, checkpoint.model.config)
    return Checkpoint(spec, checkpoint.model, checkpoint.pieces)


def with_evidence(spec: EncoderSpec, model: DualEncoder, config: TrainingConfig) -> EncoderSpec:
    """`spec` with the scale of the model's maps, where the configuration trains patches; without one where not."""
    if not config.objective.patches:
        return dataclasses.replace(spec, evidence=None)
    scale = EvidenceScale(float(model.patch_log_scale.detach().exp()), float(model.patch_bias.detach()))
    return dataclasses.replace(spec, evidence=scale)


def _from_public(config: TrainingConfig, pairs: Sequence[Pair]) -> Checkpoint:
    public = read_public_vocabulary()
    kept = prune_vocabulary(public, _vocabulary_texts(config, pairs), config.start.n_general_pieces)
    towers = DualEncoderConfig(ImageTowerConfig(), TextTowerConfig(vocabulary=len(kept)), config.dim, config.aligner)
    model = DualEncoder(towers)
    start_from_public(model, kept)
    for log_scale, bias in ((model.log_scale, model.bias), (model.patch_log_scale, model.patch_bias)):
        log_scale.data.fill_(math.log(config.objective.start_scale))
        bias.data.fill_(config.objective.start_bias)
    return Checkpoint(_describe(config, config.training_sets, towers), model, tuple(public[place] for place in kept))


def _describe(config: TrainingConfig, seen: Sequence[str], towers: DualEncoderConfig) -> EncoderSpec:
    side = towers.image.grid_side(config.preprocessing.size_px)
    return EncoderSpec(
        id=config.name,
        revision="untrained",
        dim=config.dim,
        grid=(side, side),
        preprocessing=config.preprocessing,
        max_tokens=min(config.max_tokens, towers.text.positions),
        licence=config.licence,
        training_sets=tuple(sorted({*seen, *(table.name for table in config.tables)})),
    )


def _vocabulary_texts(config: TrainingConfig, pairs: Sequence[Pair]) -> Iterator[str]:
    """Texts of the train part, all prompts, and every field of the configured text files."""
    for pair in pairs:
        if pair.split == "train":
            yield from pair.image_texts
            yield from pair.study_texts
    yield from _prompt_texts(config.prompts)
    for path in config.start.vocabulary_texts:
        yield from _fields(data_root(config) / path)


def _prompt_texts(prompts: PromptsConfig) -> Iterator[str]:
    yield from prompts.frames
    for wordings in prompts.findings.values():
        yield from wordings
    yield from (*prompts.denials, *prompts.compositions)
    for kind in prompts.attributes.values():
        yield from kind.frames
        for wordings in kind.values.values():
            yield from wordings


def _fields(path: Path) -> Iterator[str]:
    delimiter = "\t" if ".tsv" in path.suffixes else ","
    try:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
        with opened as file:
            for row in csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL):
                yield " ".join(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"the vocabulary text {path.name} cannot be read") from error
