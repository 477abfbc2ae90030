"""One transformer layer that CLIP, SigLIP, ViT and DINOv2 share: each part is normalised first, then added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


def _quick_gelu(hidden: Tensor) -> Tensor:
    return hidden * torch.sigmoid(1.702 * hidden)


def _tanh_gelu(hidden: Tensor) -> Tensor:
    return functional.gelu(hidden, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu,
    "quick_gelu": _quick_gelu,
    "gelu_pytorch_tanh": _tanh_gelu,
}
"""By the names that configurations of public checkpoints use."""


@dataclass(frozen=True, slots=True)
class PreNormConfig:
    """Shape of a stack of layers; the defaults are those of a base size."""

    layers: int = 12
    width: int = 768
    heads: int = 12
    inner_width: int = 3072
    activation: str = "gelu"
    """A key of `ACTIVATIONS`."""
    eps: float = 1e-6
    """Of the layer norms."""
    layer_scale: bool = False
    """Each part is multiplied by a learned vector before it is added (DINOv2)."""
    qkv_bias: bool = True


class PreNormLayer(nn.Module):
    """Self-attention and a feed-forward part (Xiong et al., arXiv:2002.04745)."""

    def __init__(self, config: PreNormConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.activation = ACTIVATIONS[config.activation]
        self.attention_norm = nn.LayerNorm(width, eps=config.eps)
        self.query = nn.Linear(width, width, bias=config.qkv_bias)
        self.key = nn.Linear(width, width, bias=config.qkv_bias)
        self.value = nn.Linear(width, width, bias=config.qkv_bias)
        self.attended = nn.Linear(width, width)
        self.inner_norm = nn.LayerNorm(width, eps=config.eps)
        self.inner = nn.Linear(width, config.inner_width)
        self.outer = nn.Linear(config.inner_width, width)
        self.attention_scale = nn.Parameter(torch.ones(width)) if config.layer_scale else None
        self.inner_scale = nn.Parameter(torch.ones(width)) if config.layer_scale else None

    def forward(self, hidden: Tensor, causal: bool = False) -> Tensor:
        """`[n, tokens, width]` to the same shape; with `causal` a token sees itself and those before."""
        normed = self.attention_norm(hidden)
        mixed = self.attended(
            attention(self.query(normed), self.key(normed), self.value(normed), self.heads, causal=causal)
        )
        hidden = hidden + (mixed if self.attention_scale is None else mixed * self.attention_scale)
        inner = self.outer(self.activation(self.inner(self.inner_norm(hidden))))
        result: Tensor = hidden + (inner if self.inner_scale is None else inner * self.inner_scale)
        return result


def attention(query: Tensor, key: Tensor, value: Tensor, heads: int, causal: bool = False) -> Tensor:
    """Scaled dot-product attention over `heads`: `[n, tokens, width]` (keys and values may have other tokens)."""

    def split(tensor: Tensor) -> Tensor:
        n, tokens, width = tensor.shape
        return tensor.view(n, tokens, heads, width // heads).transpose(1, 2)  # [n, heads, tokens, width / heads]

    mixed = functional.scaled_dot_product_attention(split(query), split(key), split(value), is_causal=causal)
    return mixed.transpose(1, 2).flatten(2)  # [n, heads, tokens, width / heads] -> [n, tokens, width]
