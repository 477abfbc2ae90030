"""A BERT text tower with the pooling that a checkpoint was trained for."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from radseek.encoders.public.held import Held
from radseek.encoders.text_tower import BertTower, TextTowerConfig
from radseek.errors import ConfigError

POOLINGS = ("mean", "cls")


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Shape of a BERT tower and what becomes of its token vectors."""

    shape: TextTowerConfig
    pooling: str = "mean"
    """`mean` over the tokens of a text, or the first token, `cls`."""

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ConfigError(f"pooling is {self.pooling!r}; known: {', '.join(POOLINGS)}")


class PooledBert(Held, BertTower):
    """Our BERT with a choice of pooling; its layers and their names are those of `BertTower`."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config.shape)
        self.config = config
        self.pooling = config.pooling

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The mean over tokens or the first one, as trained: `[n, tokens, width]` to `[n, width]`."""
        return super().pool(hidden, mask) if self.pooling == "mean" else hidden[:, 0]
