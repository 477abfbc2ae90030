"""A BERT encoder for texts (Devlin et al., arXiv:1810.04805), equal to Hugging Face's `BertModel` weight for weight.

Written out because importing transformers costs several seconds, and a search needs only this. A test holds it
against `transformers.BertModel`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class TextTowerConfig:
    """Shape of a BERT encoder; the defaults are MiniLM-L6."""

    vocabulary: int
    layers: int = 6
    width: int = 384
    heads: int = 12
    inner_width: int = 1536
    positions: int = 128
    dropout: float = 0.1


class BertEmbeddings(nn.Module):
    """Word, position and segment vectors, summed and normalised."""

    def __init__(self, config: TextTowerConfig) -> None:
        super().__init__()
        self.word = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Embedding(config.positions, config.width)
        self.segment = nn.Embedding(2, config.width)
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """Token ids `[n, tokens]` to `[n, tokens, width]`; all tokens belong to the first segment."""
        places = torch.arange(ids.shape[1], device=ids.device)
        summed: Tensor = self.word(ids) + self.position(places) + self.segment.weight[0]
        normed: Tensor = self.dropout(self.norm(summed))
        return normed


class BertLayer(nn.Module):
    """Self-attention and a feed-forward part, each followed by a normalised shortcut (post-norm)."""

    def __init__(self, config: TextTowerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query = nn.Linear(config.width, config.width)
        self.key = nn.Linear(config.width, config.width)
        self.value = nn.Linear(config.width, config.width)
        self.attended = nn.Linear(config.width, config.width)
        self.attended_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.inner = nn.Linear(config.width, config.inner_width)
        self.outer = nn.Linear(config.inner_width, config.width)
        self.outer_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """`hidden` `[n, tokens, width]`, `mask` bool `[n, 1, 1, tokens]` (True is a token) to the shape of `hidden`."""
        n, tokens, width = hidden.shape
        split = (n, tokens, self.heads, width // self.heads)
        query, key, value = (
            linear(hidden).view(split).transpose(1, 2)  # [n, heads, tokens, width / heads]
            for linear in (self.query, self.key, self.value)
        )
        chance = self.dropout.p if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=chance)
        mixed = mixed.transpose(1, 2).reshape(n, tokens, width)  # [n, heads, tokens, w] -> [n, tokens, width]
        hidden = self.attended_norm(hidden + self.dropout(self.attended(mixed)))
        result: Tensor = self.outer_norm(hidden + self.dropout(self.outer(functional.gelu(self.inner(hidden)))))
        return result


class BertTower(nn.Module):
    """BERT with mean pooling over the tokens of each text."""

    def __init__(self, config: TextTowerConfig) -> None:
        super().__init__()
        self.width = config.width
        self.embeddings = BertEmbeddings(config)
        self.layers = nn.ModuleList([BertLayer(config) for _ in range(config.layers)])

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids int64 `[n, tokens]` and mask int64 (1 is a token) to one vector a text `[n, width]`."""
        return self.upper(self.lower(ids, mask, 0), mask, 0)

    def lower(self, ids: Tensor, mask: Tensor, n_layers: int) -> Tensor:
        """Embeddings and the first `n_layers` layers: to one vector a token `[n, tokens, width]`."""
        hidden: Tensor = self.embeddings(ids)
        attention = mask[:, None, None, :].bool()
        for layer in list(self.layers)[:n_layers]:
            hidden = layer(hidden, attention)
        return hidden

    def upper(self, hidden: Tensor, mask: Tensor, n_layers: int) -> Tensor:
        """What `lower` left to do, and the pooling: `[n, tokens, width]` to `[n, width]`."""
        attention = mask[:, None, None, :].bool()
        for layer in list(self.layers)[n_layers:]:
            hidden = layer(hidden, attention)
        return self.pool(hidden, mask)

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The mean over the tokens of each text: `[n, tokens, width]` to `[n, width]`."""
        weights = mask[:, :, None].to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
