"""The model that a training begins with."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Sequence

import torch

from radseek.encoders.checkpoint import Checkpoint, read_checkpoint
from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
from radseek.encoders.efficientnet_lite import ImageTowerConfig
from radseek.encoders.public.starting import StartedTower, find_preset, start_image_tower, start_text_tower
from radseek.encoders.registry import checkpoint_folder
from radseek.encoders.spec import EncoderSpec, EvidenceScale
from radseek.encoders.text_tower import TextTowerConfig
from radseek.errors import ConfigError
from radseek.records.config import resolved_config
from radseek.training.config import PromptsConfig, StartConfig, TrainingConfig
from radseek.training.pairs import Pair, data_root
from radseek.training.public_weights import prune_vocabulary, read_public_vocabulary, start_from_public
from radseek.training.table_rows import read_cells


def build_start(config: TrainingConfig, pairs: Sequence[Pair]) -> Checkpoint:
    """The model before the first step, with its vocabulary and description; equal seeds give equal models.

    Raises:
        ConfigError: When the start checkpoint's shape is not the configured one, or a public tower cannot be tuned so.
        ArtifactError: When `start` names a checkpoint or encoder that is not on this machine, or is damaged.
    """
    check_start(config)
    torch.manual_seed(config.seed)
    if config.start.weights == "public":
        return _from_public(config, pairs)
    return _from_checkpoint(config)


def check_start(config: TrainingConfig) -> None:
    """Refuse, before any picture is read, what a public image tower does not fit.

    Raises:
        ConfigError: When pictures are to be prepared otherwise than the tower's preset says, or features of a tower
            that moves are to be kept.
        ArtifactError: When `start.image_tower` names a folder without an encoder.
    """
    start = config.start
    if not start.image_tower:
        return
    wanted = find_preset(start.image_tower).preprocessing
    if wanted is not None and wanted != config.preprocessing:
        told = json.dumps(resolved_config(wanted))
        raise ConfigError(f"preprocessing is not that of start: image_tower {start.image_tower}: write {told}")
    if config.optim.cached_views and start.image_tuning != "frozen":
        raise ConfigError("optim: cached_views needs a frozen image tower: set it to 0, or start: image_tuning: frozen")


def _from_checkpoint(config: TrainingConfig) -> Checkpoint:
    checkpoint = read_checkpoint(checkpoint_folder(config.start.weights))
    if checkpoint.spec.dim != config.dim:
        raise ConfigError(f"start.weights has dim {checkpoint.spec.dim}, the configuration has {config.dim}")
    model, known = checkpoint.model.requires_grad_(True), checkpoint.spec
    public = {"image": model.config.public_image, "text": model.config.public_text}
    for (side, tower), tuning in zip(public.items(), config.start.tunings, strict=True):
        if tower is None and tuning.kind != "frozen":
            raise ConfigError(f"start: {side}_tuning is for public towers, and start.weights has our own {side} tower")
    model.retune(*config.start.tunings)
    seen = tuple(sorted({*known.training_sets, *config.training_sets}))
    spec = dataclasses.replace(_describe(config, seen, model), gating=known.gating, sources=known.sources)
    if any(public.values()):  # terms of public towers go on
        spec = dataclasses.replace(spec, licence=f"{spec.licence}; {known.id}: {known.licence}")
    if public["text"]:
        spec = dataclasses.replace(spec, max_tokens=min(spec.max_tokens, known.max_tokens))
    return Checkpoint(spec, model, checkpoint.pieces)


def with_evidence(spec: EncoderSpec, model: DualEncoder, config: TrainingConfig) -> EncoderSpec:
    """`spec` with the scale of the model's maps, where the configuration trains patches; without one where not."""
    if not config.objective.patches:
        return dataclasses.replace(spec, evidence=None)
    scale = EvidenceScale(float(model.patch_log_scale.detach().exp()), float(model.patch_bias.detach()))
    return dataclasses.replace(spec, evidence=scale)


def _from_public(config: TrainingConfig, pairs: Sequence[Pair]) -> Checkpoint:
    image, text = _public_towers(config.start)
    kept, pieces = ([], text.pieces) if text else _own_vocabulary(config, pairs)
    model = DualEncoder(
        DualEncoderConfig(
            image=None if image else ImageTowerConfig(),
            text=None if text else TextTowerConfig(vocabulary=len(kept)),
            dim=config.dim,
            aligner=config.aligner,
            public_image=image.spec if image else None,
            public_text=text.spec if text else None,
        )
    )
    start_from_public(model, kept)
    for tower, started in ((model.image_tower, image), (model.text_tower, text)):
        if started is not None:
            tower.load_state_dict(started.module.state_dict(), assign=True)
    for log_scale, bias in ((model.log_scale, model.bias), (model.patch_log_scale, model.patch_bias)):
        log_scale.data.fill_(math.log(config.objective.start_scale))
        bias.data.fill_(config.objective.start_bias)
    spec = _with_presets(_describe(config, config.training_sets, model), image, text)
    return Checkpoint(spec, model, tuple(pieces))


def _public_towers(start: StartConfig) -> tuple[StartedTower | None, StartedTower | None]:
    """The public image and text tower that a configuration names, with their weights."""
    image, text = start.tunings
    return (
        start_image_tower(start.image_tower, image) if start.image_tower else None,
        start_text_tower(start.text_tower, text) if start.text_tower else None,
    )


def _own_vocabulary(config: TrainingConfig, pairs: Sequence[Pair]) -> tuple[list[int], Sequence[str]]:
    """Ids in MiniLM's vocabulary of the pieces that are kept, and the pieces."""
    public = read_public_vocabulary()
    kept = prune_vocabulary(public, _vocabulary_texts(config, pairs), config.start.n_general_pieces)
    return kept, [public[place] for place in kept]


def _describe(config: TrainingConfig, seen: Sequence[str], model: DualEncoder) -> EncoderSpec:
    side = model.image_tower.grid_side(config.preprocessing.size_px)
    return EncoderSpec(
        id=config.name,
        revision="untrained",
        dim=config.dim,
        grid=(side, side),
        preprocessing=config.preprocessing,
        max_tokens=min(config.max_tokens, model.config.text_shape.positions),
        licence=config.licence,
        training_sets=tuple(sorted({*seen, *(table.name for table in config.tables)})),
    )


def _with_presets(spec: EncoderSpec, image: StartedTower | None, text: StartedTower | None) -> EncoderSpec:
    """`spec` with what the presets of public towers say: terms and training sets hold for what is made of them."""
    started = [tower for tower in (image, text) if tower is not None]
    presets = {tower.preset.name: tower.preset for tower in started}.values()
    limits = [spec.max_tokens] if text is None else [spec.max_tokens, text.max_tokens]
    return dataclasses.replace(
        spec,
        max_tokens=min(limits),
        licence="; ".join([spec.licence, *(f"{preset.name}: {preset.licence}" for preset in presets)]),
        gating="; ".join(f"{preset.name}: {preset.gating}" for preset in presets if preset.gating not in {"", "none"}),
        sources=tuple(dict.fromkeys(tower.spec.source for tower in started)),
        training_sets=tuple(sorted({*spec.training_sets, *(name for p in presets for name in p.training_sets)})),
    )


def _vocabulary_texts(config: TrainingConfig, pairs: Sequence[Pair]) -> Iterator[str]:
    """Texts of the train part, all prompts, and every field of the configured text files."""
    for pair in pairs:
        if pair.split == "train":
            yield from pair.image_texts
            yield from pair.study_texts
    yield from _prompt_texts(config.prompts)
    for path in config.start.vocabulary_texts:
        yield from (" ".join(cells) for cells in read_cells(data_root(config) / path, "vocabulary texts"))


def _prompt_texts(prompts: PromptsConfig) -> Iterator[str]:
    yield from prompts.frames
    for wordings in prompts.findings.values():
        yield from wordings
    yield from (*prompts.denials, *prompts.compositions)
    for kind in prompts.attributes.values():
        yield from kind.frames
        for wordings in kind.values.values():
            yield from wordings
