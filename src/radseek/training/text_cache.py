"""What the text tower's frozen layers make of a text, kept by token list: captions and prompts come back each epoch."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.tokenizer import pad_tokens

Tokens = tuple[int, ...]
# Texts of one batch are cut into so many groups of alike length, so that short ones are not padded to the longest.
_GROUPS = 3
_MAX_BYTES = 2 * 1024**3


class FrozenTextCache:
    """Runs texts through a text tower, the layers that do not change only once for each text.

    Args:
        model: Its text tower is used.
        n_frozen_layers: Its embeddings and so many first layers stay. All of them: one pooled vector a text is kept.
            None: nothing is kept, as everything may change.
        max_bytes: Of what is kept; beyond that the texts that were asked for the longest ago are forgotten.
    """

    def __init__(self, model: DualEncoder, n_frozen_layers: int | None, max_bytes: int = _MAX_BYTES) -> None:
        self._model = model
        self._n_frozen = n_frozen_layers
        self._max_bytes, self._n_bytes = max_bytes, 0
        self._known: dict[Tokens, Tensor] = {}  # the longest unused first

    def text_vectors(self, token_lists: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors `[n, dim]` of the texts, in order, with gradients for the trained layers and the projection."""
        tokens = [tuple(tokens) for tokens in token_lists]
        if not tokens:  # pictures of which nothing is said
            return self._model.text_projection.weight.new_empty(0, self._model.config.dim)
        if self._n_frozen is not None:
            self._learn(dict.fromkeys(tokens), self._n_frozen)
        by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        size = -(-len(tokens) // _GROUPS)
        groups = [by_length[start : start + size] for start in range(0, len(tokens), size)]
        vectors = torch.cat([self._group([tokens[place] for place in group]) for group in groups])
        back = torch.empty(len(tokens), dtype=torch.long, device=vectors.device)
        back[torch.tensor(by_length, device=vectors.device)] = torch.arange(len(tokens), device=vectors.device)
        return vectors[back]

    def _learn(self, texts: Collection[Tokens], n_frozen: int) -> None:
        """Have ready what the frozen layers make of each of the different `texts`."""
        for text in texts:
            kept = self._known.pop(text, None)
            if kept is None:
                kept = self._of_frozen(text, n_frozen)
                self._n_bytes += kept.nbytes
            self._known[text] = kept
        while self._n_bytes > self._max_bytes and len(self._known) > len(texts):
            self._n_bytes -= self._known.pop(next(iter(self._known))).nbytes

    @torch.no_grad()
    def _of_frozen(self, text: Tokens, n_frozen: int) -> Tensor:
        """What the frozen layers make of a text: float16 `[tokens, width]`; all of the layers float32 `[width]`.

        Alone: in company, a text's rounding depends on the others, and a resumed run, which meets the same text among
        other ones, would end with other bytes. Alone it takes 8 ms and not 4, once a run.
        """
        tower = self._model.text_tower
        ids, mask = self._padded([text])
        if n_frozen == len(tower.layers):
            pooled: Tensor = tower(ids, mask)
            return pooled.float()[0]
        return tower.lower(ids, mask, n_frozen).half()[0]

    def _group(self, texts: Sequence[Tokens]) -> Tensor:
        return torch.nn.functional.normalize(self._model.text_projection(self._pooled(texts)), dim=-1)

    def _pooled(self, texts: Sequence[Tokens]) -> Tensor:
        """Vectors `[n, width]` of texts that are known, or of any where nothing is kept."""
        tower = self._model.text_tower
        ids, mask = self._padded(texts)
        if self._n_frozen is None:
            pooled: Tensor = tower(ids, mask)
            return pooled
        known = [self._known[text].float() for text in texts]
        if self._n_frozen == len(tower.layers):
            return torch.stack(known)
        return tower.upper(torch.nn.utils.rnn.pad_sequence(known, batch_first=True), mask, self._n_frozen)

    def _padded(self, texts: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
        ids, mask = (torch.from_numpy(part).to(self._model.bias.device) for part in pad_tokens(texts))
        return ids, mask
