"""From the feature map to patch vectors in the space of the texts, and the score of a text against them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.aligner_config import AlignerConfig


class AlignerLayer(nn.Module):
    """Self-attention over patches and a feed-forward part, each normalised first; starts as the identity."""

    def __init__(self, width: int, config: AlignerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.attention_norm, self.inner_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mixed = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.inner = nn.Linear(width, config.inner_width)
        self.outer = nn.Linear(config.inner_width, width)
        self.dropout = nn.Dropout(config.dropout)
        for last in (self.attended, self.outer):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, patches: Tensor) -> Tensor:
        """`[n, patches, width]` to the same shape."""
        n, count, width = patches.shape
        mixed = self.mixed(self.attention_norm(patches)).view(n, count, 3, self.heads, width // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)  # each [n, heads, patches, width / heads]
        seen = functional.scaled_dot_product_attention(query, key, value)
        patches = patches + self.dropout(self.attended(seen.transpose(1, 2).reshape(n, count, width)))
        inner = functional.gelu(self.inner(self.inner_norm(patches)))
        shifted: Tensor = patches + self.dropout(self.outer(inner))
        return shifted


class Aligner(nn.Module):
    """One projection of every cell of a feature map, then a few layers in which the patches see each other.

    The picture's vector is the direction of the mean of its patch vectors (before those get unit length), so that the
    picture, its patches and the texts live in one space.
    """

    def __init__(self, channels: int, dim: int, config: AlignerConfig) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, dim, bias=False)
        self.layers = nn.ModuleList([AlignerLayer(dim, config) for _ in range(config.layers)])

    def forward(self, features: Tensor) -> Tensor:
        """Features `[n, channels, rows, cols]` to patch vectors `[n, rows, cols, dim]` of any length."""
        n, _, rows, cols = features.shape
        patches: Tensor = self.projection(features.permute(0, 2, 3, 1)).reshape(n, rows * cols, -1)
        for layer in self.layers:
            patches = layer(patches)
        return patches.view(n, rows, cols, -1)


def unit_vectors(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Patch vectors `[n, rows, cols, dim]` to picture vectors `[n, dim]` and patch vectors, all of unit length."""
    return functional.normalize(patches.mean(dim=(1, 2)), dim=-1), functional.normalize(patches, dim=-1)


def text_conditioned_scores(patches: Tensor, texts: Tensor, temperature: float) -> Tensor:
    """How well each text is answered by the patches that answer it best: `[n, m]` in -1..1.

    The cosines of a text with the patches are averaged with weights softmax(cosine / temperature) over the patches.

    Args:
        patches: Unit vectors `[n, rows, cols, dim]`.
        texts: Unit vectors `[m, dim]`.
        temperature: Above 0.
    """
    cosines = torch.einsum("nrcd,md->nmrc", patches, texts).flatten(2)  # [n, m, rows * cols]
    return (functional.softmax(cosines / temperature, dim=-1) * cosines).sum(-1)
