"""A vision transformer (Dosovitskiy et al., arXiv:2010.11929) as CLIP, SigLIP, timm and DINOv2 build it.

Written out, so that a checkpoint of ours does not depend on how another library names its parts, and a search need not
import that library. Tests hold it against the originals in transformers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.public.held import Held
from radseek.encoders.public.prenorm import PreNormConfig, PreNormLayer, attention


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """Shape of a vision transformer; the defaults are ViT-B/16 at 224 px."""

    size_px: int = 224
    """Side of the pictures for which the positions were learned; other sizes interpolate them."""
    patch_px: int = 16
    stack: PreNormConfig = field(default_factory=PreNormConfig)
    summary_token: bool = True
    """Whether a learned token (CLS) stands before the patches."""
    first_norm: bool = False
    """Whether tokens are normalised before the first layer (CLIP)."""
    patch_bias: bool = True

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the patch grid of a `size_px` square."""
        return size_px // self.patch_px


class VisionTransformer(Held):
    """An image tower: `forward` gives the patches after the last norm as a feature map."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width = config.stack.width
        self.config = config
        self.channels = width
        self.patches = nn.Conv2d(3, width, config.patch_px, config.patch_px, bias=config.patch_bias)
        self.summary = nn.Parameter(torch.zeros(width)) if config.summary_token else None
        n_positions = config.grid_side(config.size_px) ** 2 + config.summary_token
        self.positions = nn.Parameter(torch.randn(n_positions, width) * 0.02)
        self.first_norm = nn.LayerNorm(width, eps=config.stack.eps) if config.first_norm else None
        self.layers = nn.ModuleList([PreNormLayer(config.stack) for _ in range(config.stack.layers)])
        self.last_norm = nn.LayerNorm(width, eps=config.stack.eps)

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square."""
        return self.config.grid_side(size_px)

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures `[n, 3, size, size]` to features `[n, width, rows, cols]`."""
        return _as_grid(self._patches_of(self.all_tokens(pictures)))

    def all_tokens(self, pictures: Tensor) -> Tensor:
        """Pictures to tokens after the last norm `[n, tokens, width]`, the summary token (if any) first."""
        normed: Tensor = self.last_norm(self._through(pictures, len(self.layers)))
        return normed

    def local_tokens(self, pictures: Tensor) -> Tensor:
        """Patches `[n, patches, width]` as if each attended to itself alone in the last layer, after the last norm.

        The last layer of a model that was trained on its summary token spreads what the picture is over all patches.
        Without that mixing a patch speaks for its own place (Zhou et al., arXiv:2112.01071, section 3.2).
        """
        tokens = self._patches_of(self._through(pictures, len(self.layers) - 1))
        n, count, width = tokens.shape
        alone = self.layers[-1](tokens.reshape(n * count, 1, width))  # each token is a sequence of its own
        normed: Tensor = self.last_norm(alone.view(n, count, width))
        return normed

    def _through(self, pictures: Tensor, n_layers: int) -> Tensor:
        """Pictures to tokens `[n, tokens, width]` after the first `n_layers` layers."""
        tokens: Tensor = self.patches(pictures).flatten(2).transpose(1, 2)  # [n, width, r, c] -> [n, r * c, width]
        if self.summary is not None:
            tokens = torch.cat([self.summary.expand(tokens.shape[0], 1, -1), tokens], dim=1)
        tokens = tokens + self._positions_for(self.grid_side(pictures.shape[-1]))
        if self.first_norm is not None:
            tokens = self.first_norm(tokens)
        for layer in list(self.layers)[:n_layers]:
            tokens = layer(tokens)
        return tokens

    def _patches_of(self, tokens: Tensor) -> Tensor:
        return tokens if self.summary is None else tokens[:, 1:]

    def _positions_for(self, side: int) -> Tensor:
        """Positions `[tokens, width]` of a grid of another side: bicubic, as DINOv2's authors do it."""
        known = self.config.grid_side(self.config.size_px)
        if side == known:
            return self.positions
        n_before = int(self.config.summary_token)
        grid = self.positions[n_before:].view(1, known, known, -1).permute(0, 3, 1, 2)  # [1, width, known, known]
        resized = functional.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
        return torch.cat([self.positions[:n_before], resized[0].flatten(1).T])


def _as_grid(patches: Tensor) -> Tensor:
    n, count, width = patches.shape
    side = math.isqrt(count)
    return patches.transpose(1, 2).reshape(n, width, side, side)  # [n, r * c, width] -> [n, width, r, c]


class AttentionPool(nn.Module):
    """SigLIP's head: a learned probe attends to the patches, then a feed-forward part (arXiv:2303.15343)."""

    def __init__(self, config: PreNormConfig) -> None:
        super().__init__()
        inner = PreNormLayer(config)
        self.heads, self.activation = config.heads, inner.activation
        self.probe = nn.Parameter(torch.randn(config.width) * 0.02)
        self.query, self.key, self.value, self.attended = inner.query, inner.key, inner.value, inner.attended
        self.inner_norm, self.inner, self.outer = inner.inner_norm, inner.inner, inner.outer

    def forward(self, tokens: Tensor) -> Tensor:
        """`[n, tokens, width]` to one vector a picture `[n, width]`."""
        probe = self.probe.expand(tokens.shape[0], 1, -1)
        mixed = attention(self.query(probe), self.key(tokens), self.value(tokens), self.heads)
        pooled = self.attended(mixed)
        result: Tensor = pooled + self.outer(self.activation(self.inner(self.inner_norm(pooled))))
        return result[:, 0]

    def each(self, tokens: Tensor) -> Tensor:
        """What the pool would say if it saw one token only, for every token: `[n, tokens, width]`."""
        n, count, width = tokens.shape
        alone: Tensor = self(tokens.reshape(n * count, 1, width))
        return alone.view(n, count, width)
