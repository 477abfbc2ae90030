"""What is trained, how fast, and the moving average that is kept."""

from __future__ import annotations

import math

import torch

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.efficientnet_lite import EfficientNetLite
from radseek.training.config import OptimConfig

_UNDECAYED = (".up", ".down", ".positions", ".position.weight")
"""Adapters start at nothing and learned places have no scale to keep, so weight decay would only blur them."""


def n_frozen_layers(model: DualEncoder, optim: OptimConfig) -> int | None:
    """How many of the text tower's first layers stay as they start, word vectors included; None when even these move.

    All layers: the whole tower stays, its pooling too.
    """
    n_layers = len(model.text_tower.layers)
    public = model.config.public_text
    if public is None:
        return max(0, n_layers - optim.trained_text_layers)
    return n_layers if public.tuning.kind == "frozen" else None


def freeze(model: DualEncoder, optim: OptimConfig) -> None:
    """Switch gradients off for the parts of our towers that stay as they start; public towers were tuned when built."""
    for module in (*_frozen_text_parts(model, optim), *_frozen_image_parts(model, optim)):
        module.requires_grad_(False)


def set_training(model: DualEncoder, optim: OptimConfig) -> None:
    """Training mode, except for the parts that stay as they start: no dropout and no batch statistics there."""
    model.train()
    for module in (*_frozen_text_parts(model, optim), *_frozen_image_parts(model, optim)):
        module.eval()


def _frozen_text_parts(model: DualEncoder, optim: OptimConfig) -> list[torch.nn.Module]:
    if model.config.public_text is not None:
        return []
    return [model.text_tower.embeddings, *list(model.text_tower.layers)[: n_frozen_layers(model, optim)]]


def _frozen_image_parts(model: DualEncoder, optim: OptimConfig) -> list[torch.nn.Module]:
    tower = model.image_tower
    if not isinstance(tower, EfficientNetLite):
        return []
    if optim.freeze_image_tower:
        return [tower]
    if optim.frozen_image_blocks == 0:
        return []
    return [tower.stem, tower.stem_norm, *list(tower.blocks)[: optim.frozen_image_blocks]]


def parameter_groups(model: DualEncoder, optim: OptimConfig) -> list[dict[str, object]]:
    """Trained parameters by peak learning rate; no weight decay on vectors (norms, biases, scale) and `_UNDECAYED`."""
    rates = {"image_tower": optim.lr_image, "text_tower": optim.lr_text}
    rates |= dict.fromkeys(("log_scale", "bias", "patch_log_scale", "patch_bias"), optim.lr_scales)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = rates.get(name.split(".")[0], optim.lr_projections)
            decay = optim.weight_decay if parameter.ndim > 1 and not name.endswith(_UNDECAYED) else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": members, "peak_lr": rate, "lr": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]


def learning_rate_factor(step: int, n_steps: int, warmup_share: float) -> float:
    """Share of the peak rate at `step` (from 0): a linear rise, then half a cosine down to 0."""
    warmup = max(1, round(n_steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))


@torch.no_grad()
def update_average(average: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Move each tensor of `average` towards `model`: average = decay * average + (1 - decay) * model."""
    for mean, current in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)
