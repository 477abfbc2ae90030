"""The text towers of CLIP and SigLIP: pre-norm transformers that read the vector of one token."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from radseek.encoders.public.prenorm import PreNormConfig, PreNormLayer


@dataclass(frozen=True, slots=True)
class CaptionConfig:
    """Shape of a caption tower."""

    vocabulary: int
    positions: int
    stack: PreNormConfig = field(default_factory=PreNormConfig)
    end_id: int | None = None
    """CLIP: tokens see those before only, and the first token with this id is read. None (SigLIP): all see all, and
    the last one is read, which may be padding."""


class CaptionTower(nn.Module):
    """Token ids to one vector a text."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        width = config.stack.width
        self.end_id, self.width = config.end_id, width
        self.words = nn.Embedding(config.vocabulary, width)
        self.positions = nn.Parameter(torch.randn(config.positions, width) * 0.02)
        self.layers = nn.ModuleList([PreNormLayer(config.stack) for _ in range(config.stack.layers)])
        self.last_norm = nn.LayerNorm(width, eps=config.stack.eps)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids int64 `[n, tokens]` to `[n, width]`; the mask is not used, as these models never learned one."""
        hidden: Tensor = self.words(ids) + self.positions[: ids.shape[1]]
        for layer in self.layers:
            hidden = layer(hidden, causal=self.end_id is not None)
        normed: Tensor = self.last_norm(hidden)
        if self.end_id is None:
            return normed[:, -1]
        ends = (ids == self.end_id).int().argmax(dim=1)
        return normed[torch.arange(len(ids), device=ids.device), ends]
