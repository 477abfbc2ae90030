"""Modules that stay in evaluation mode while the model around them is trained."""

from __future__ import annotations

from typing import Self

from torch import nn


class Held(nn.Module):
    """A part of a model that may be held: `train()` then leaves dropout and batch statistics off."""

    held = False

    def train(self, mode: bool = True) -> Self:
        """As torch's, except that a held part goes to evaluation mode only."""
        super().train(mode and not self.held)
        return self
