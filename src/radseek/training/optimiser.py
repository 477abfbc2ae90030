"""What is trained, how fast, and the moving average that is kept."""

from __future__ import annotations

import math

import torch

from radseek.encoders.dual_encoder import DualEncoder
from radseek.training.config import OptimConfig


def n_frozen_layers(model: DualEncoder, optim: OptimConfig) -> int:
    """How many of the text tower's first layers stay as they start."""
    return max(0, len(model.text_tower.layers) - optim.trained_text_layers)


def freeze(model: DualEncoder, optim: OptimConfig) -> None:
    """Switch gradients off for the parts that stay as they start."""
    layers = list(model.text_tower.layers)
    model.text_tower.embeddings.requires_grad_(False)
    for layer in layers[: n_frozen_layers(model, optim)]:
        layer.requires_grad_(False)
    for module in _frozen_image_parts(model, optim):
        module.requires_grad_(False)


def set_training(model: DualEncoder, optim: OptimConfig) -> None:
    """Training mode, except for the parts that stay as they start: no dropout and no batch statistics there."""
    model.train()
    layers = list(model.text_tower.layers)
    for layer in layers[: n_frozen_layers(model, optim)]:
        layer.eval()
    model.text_tower.embeddings.eval()
    for module in _frozen_image_parts(model, optim):
        module.eval()


def _frozen_image_parts(model: DualEncoder, optim: OptimConfig) -> list[torch.nn.Module]:
    tower = model.image_tower
    if optim.freeze_image_tower:
        return [tower]
    if optim.frozen_image_blocks == 0:
        return []
    return [tower.stem, tower.stem_norm, *list(tower.blocks)[: optim.frozen_image_blocks]]


def parameter_groups(model: DualEncoder, optim: OptimConfig) -> list[dict[str, object]]:
    """Trained parameters by peak learning rate; vectors (norms, biases, scale) get no weight decay."""
    rates = {"image_tower": optim.lr_image, "text_tower": optim.lr_text}
    rates |= dict.fromkeys(("log_scale", "bias", "patch_log_scale", "patch_bias"), optim.lr_scales)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = rates.get(name.split(".")[0], optim.lr_projections)
            decay = optim.weight_decay if parameter.ndim > 1 else 0.0
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
