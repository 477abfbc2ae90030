"""One batch to its loss, as a module, so that several processes can share it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from radseek.encoders.dual_encoder import DualEncoder
from radseek.training.batches import Batch
from radseek.training.config import ObjectiveConfig
from radseek.training.objective import pair_objective
from radseek.training.placement import Placement
from radseek.training.text_cache import FrozenTextCache


class LossOfBatch(nn.Module):
    """Encodes this process's pictures and texts, and gives the loss of the whole batch.

    Args:
        model: What is trained.
        texts: Runs texts through its text tower.
        remaining: What the image tower has left to do: a batch's `features` to feature maps.
        objective: What the loss is made of.
        placement: Which share is this process's, and in which precision towers compute.
    """

    def __init__(
        self,
        model: DualEncoder,
        texts: FrozenTextCache,
        remaining: Callable[[Tensor], Tensor],
        objective: ObjectiveConfig,
        placement: Placement,
    ) -> None:
        super().__init__()
        self.model = model
        if not objective.patches:  # processes wait for the gradient of everything that has one
            model.patch_log_scale.requires_grad_(False)
            model.patch_bias.requires_grad_(False)
        self._texts, self._objective, self._placement = texts, objective, placement
        self._remaining = [remaining]  # in a list, so that a tower is not registered twice

    def forward(self, batch: Batch) -> Tensor:
        """The loss, a scalar.

        Args:
            batch: Its `features` are this process's pictures only; everything else is of the whole batch.
        """
        placement = self._placement
        batch = _on_device(batch, placement.device)
        written = [*batch.token_lists, *batch.background_lists]
        with placement.autocast():
            vectors = self._texts.text_vectors(written[placement.share.of(len(written))])
            patches = self._patches(batch.features)
        patches = placement.gather(patches.float(), len(batch.targets))
        vectors = placement.gather(vectors.float(), len(written))
        texts, background = vectors[: len(batch.token_lists)], vectors[len(batch.token_lists) :]
        return pair_objective(self.model, patches, texts, background, batch, self._objective)

    def _patches(self, features: Tensor) -> Tensor:
        """Patch vectors `[n, rows, cols, dim]` of pictures, of any length."""
        patches: Tensor = self.model.aligner(self._remaining[0](features))
        return patches


def _on_device(batch: Batch, device: torch.device) -> Batch:
    tensors = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
    moved: dict[str, Any] = {name: value.to(device) for name, value in tensors.items() if isinstance(value, Tensor)}
    return dataclasses.replace(batch, **moved)
