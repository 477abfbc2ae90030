"""Low-rank adapters (Hu et al., arXiv:2106.09685) on the attention projections of a tower."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.errors import ConfigError

TARGETS = ("query", "key", "value", "attended", "qkv", "proj")
"""Names of attention projections in our towers and, last two, in MONAI's Swin."""


class LoraLinear(nn.Module):
    """A linear layer whose own weights stay, plus a trained product of two narrow ones that starts at zero."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Parameter(torch.empty(rank, base.in_features, device=base.weight.device))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank, device=base.weight.device))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, hidden: Tensor) -> Tensor:
        """`[..., in]` to `[..., out]`."""
        shift: Tensor = functional.linear(functional.linear(hidden, self.down), self.up) * self.scale
        return self.base(hidden) + shift  # type: ignore[no-any-return]

    def merged(self) -> nn.Linear:
        """One plain linear layer that does the same."""
        plain = nn.Linear(self.base.in_features, self.base.out_features, bias=self.base.bias is not None)
        with torch.no_grad():
            plain.weight.copy_(self.base.weight + self.up @ self.down * self.scale)
            if self.base.bias is not None:
                plain.bias.copy_(self.base.bias)
        return plain.to(self.base.weight.device).requires_grad_(False)


def add_lora(tower: nn.Module, rank: int, alpha: float) -> None:
    """Freeze `tower` and put adapters on its attention projections (`TARGETS`); only they are trained.

    Raises:
        ConfigError: When the rank is below 1, or the tower has no attention (a convolutional one).
    """
    if rank < 1:
        raise ConfigError(f"lora_rank is {rank}; at least 1 is needed")
    tower.requires_grad_(False)
    found = [
        (owner, name)
        for owner in list(tower.modules())
        for name, part in list(owner.named_children())
        if name in TARGETS and isinstance(part, nn.Linear)
    ]
    if not found:
        raise ConfigError("this tower has no attention to adapt by LoRA: freeze it, or train all of it")
    for owner, name in found:
        setattr(owner, name, LoraLinear(getattr(owner, name), rank, alpha))


def merge_lora(tower: nn.Module) -> None:
    """Fold every adapter of `tower` into its layer: the same vectors to rounding, no adapters left."""
    for owner in list(tower.modules()):
        for name, part in list(owner.named_children()):
            if isinstance(part, LoraLinear):
                setattr(owner, name, part.merged())
