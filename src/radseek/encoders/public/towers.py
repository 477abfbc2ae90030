"""Public towers for our dual encoder: what they are, in a record from which the module can be built again.

An image tower takes prepared pictures `[n, 3, size, size]` to features `[n, channels, rows, cols]` and has `channels`
and `grid_side(size_px)`. A text tower takes token ids and mask `[n, tokens]` to `[n, width]` and has `width`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from radseek.encoders.public.bert import BertConfig, PooledBert
from radseek.encoders.public.convolutional import (
    DenseNetConfig,
    DenseNetTower,
    ResNetConfig,
    ResNetTower,
    SwinConfig,
    SwinTower,
)
from radseek.encoders.public.held import Held
from radseek.encoders.public.lora import add_lora, merge_lora
from radseek.encoders.public.tuning import Tuning
from radseek.encoders.public.vision import VisionConfig, VisionTransformer
from radseek.errors import ConfigError
from radseek.records.config import build_config, resolved_config

IMAGE_FAMILIES: dict[str, tuple[type[Any], type[Any]]] = {
    "vision": (VisionConfig, VisionTransformer),
    "resnet": (ResNetConfig, ResNetTower),
    "densenet": (DenseNetConfig, DenseNetTower),
    "swin": (SwinConfig, SwinTower),
}
TEXT_FAMILIES: dict[str, tuple[type[Any], type[Any]]] = {"bert": (BertConfig, PooledBert)}
"""Family -> its configuration and its module."""


@dataclass(frozen=True, slots=True)
class TowerSpec:
    """Enough to build a tower without the hub; its weights come from a checkpoint of ours."""

    family: str
    """A key of `IMAGE_FAMILIES` or `TEXT_FAMILIES`."""
    shape: Mapping[str, Any]
    """The family's configuration as plain values."""
    tuning: Tuning = field(default_factory=Tuning)
    lowercase: bool = True
    """Text towers: whether the tokenizer lowercases."""
    source: str = ""
    """Where the weights came from: `hub-id@revision`, `local folder`, or `random`."""


def describe_tower(family: str, config: object, tuning: Tuning | None = None) -> TowerSpec:
    """The spec of a tower with this configuration."""
    return TowerSpec(family, resolved_config(config), tuning or Tuning())


def build_tower(spec: TowerSpec) -> nn.Module:
    """The tower of a spec, with random weights.

    Raises:
        ConfigError: When the family is unknown, the shape is not the family's, or it cannot be tuned so.
    """
    families = {**IMAGE_FAMILIES, **TEXT_FAMILIES}
    if spec.family not in families:
        raise ConfigError(f"tower family is {spec.family!r}; known: {', '.join(families)}")
    config_class, module_class = families[spec.family]
    tower: nn.Module = module_class(build_config(dict(spec.shape), config_class, where=f"{spec.family} tower"))
    tune(tower, spec.tuning)
    return tower


def retune(tower: nn.Module, spec: TowerSpec, tuning: Tuning) -> TowerSpec:
    """Tune `tower`, whatever moved before, and return the spec that it has now; its adapters are folded in first.

    Raises:
        ConfigError: When LoRA is asked of a tower without attention.
    """
    merge_lora(tower)
    tower.requires_grad_(True)
    tune(tower, tuning)
    return dataclasses.replace(spec, tuning=tuning)


def tune(tower: nn.Module, tuning: Tuning) -> None:
    """Switch gradients off where weights stay, and keep those parts in evaluation mode (no dropout, no statistics).

    Raises:
        ConfigError: When LoRA is asked of a tower without attention.
    """
    if tuning.kind == "frozen":
        tower.requires_grad_(False)
    elif tuning.kind == "lora":
        add_lora(tower, tuning.lora_rank, tuning.lora_alpha)
    if isinstance(tower, Held):
        tower.held = tuning.kind != "all"
        tower.train(tower.training)


def merge_tower(tower: nn.Module, spec: TowerSpec) -> TowerSpec:
    """Fold the adapters of `tower` into its weights, and return the spec that it has now."""
    merge_lora(tower)
    if spec.tuning.kind != "lora":
        return spec
    return dataclasses.replace(spec, tuning=Tuning("frozen"))
