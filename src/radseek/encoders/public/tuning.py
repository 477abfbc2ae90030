"""Which of a public tower's weights move in training, apart from its torch code so that configurations load without."""

from __future__ import annotations

from dataclasses import dataclass

from radseek.errors import ConfigError

TUNINGS = ("frozen", "lora", "all")


@dataclass(frozen=True, slots=True)
class Tuning:
    """Which of a tower's weights move in training."""

    kind: str = "frozen"
    """`frozen`, `lora` (adapters on attention projections only) or `all`."""
    lora_rank: int = 8
    lora_alpha: float = 16.0

    def __post_init__(self) -> None:
        if self.kind not in TUNINGS:
            raise ConfigError(f"tuning is {self.kind!r}; known: {', '.join(TUNINGS)}")
