"""Token vectors after the text tower's frozen layers, kept by token list: captions and prompts come back each epoch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.tokenizer import pad_tokens

Tokens = tuple[int, ...]
_BATCH = 32
# Texts of one batch are cut into so many groups of alike length, so that short ones are not padded to the longest.
_GROUPS = 3


class FrozenTextCache:
    """Runs texts through a text tower whose embeddings and first layers do not change."""

    def __init__(self, model: DualEncoder, n_frozen_layers: int) -> None:
        self._model = model
        self._n_frozen = n_frozen_layers
        self._known: dict[Tokens, Tensor] = {}

    def text_vectors(self, token_lists: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors `[n, dim]` of the texts, in order, with gradients for the trained layers and the projection."""
        tokens = [tuple(tokens) for tokens in token_lists]
        self._learn({text for text in tokens if text not in self._known})
        by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        size = -(-len(tokens) // _GROUPS)
        groups = [by_length[start : start + size] for start in range(0, len(tokens), size)]
        vectors = torch.cat([self._group([tokens[place] for place in group]) for group in groups])
        back = torch.empty(len(tokens), dtype=torch.long, device=vectors.device)
        back[torch.tensor(by_length, device=vectors.device)] = torch.arange(len(tokens), device=vectors.device)
        return vectors[back]

    def _learn(self, unknown: set[Tokens]) -> None:
        """Store the frozen layers' output of each text as float16 `[tokens, width]`."""
        tower, device = self._model.text_tower, self._model.bias.device
        ordered = sorted(unknown, key=lambda text: (len(text), text))
        with torch.no_grad():
            for start in range(0, len(ordered), _BATCH):
                batch = ordered[start : start + _BATCH]
                ids, mask = pad_tokens(batch)
                hidden = tower.lower(
                    torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device), self._n_frozen
                )
                for text, row in zip(batch, hidden.half(), strict=True):
                    self._known[text] = row[: len(text)].clone()

    def _group(self, texts: Sequence[Tokens]) -> Tensor:
        _, mask = pad_tokens(texts)
        hidden = torch.nn.utils.rnn.pad_sequence([self._known[text].float() for text in texts], batch_first=True)
        pooled = self._model.text_tower.upper(hidden, torch.from_numpy(mask).to(hidden.device), self._n_frozen)
        return torch.nn.functional.normalize(self._model.text_projection(pooled), dim=-1)
