"""Pairs, sampler and loop that make an encoder checkpoint. Importing this package is cheap; `train` imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radseek.training.config import TrainingConfig

if TYPE_CHECKING:
    from radseek.training.loop import train
    from radseek.training.validation import evaluate_pairs

__all__ = ["TrainingConfig", "evaluate_pairs", "train"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any exported name)
    if name == "train":
        from radseek.training.loop import train

        return train
    if name == "evaluate_pairs":
        from radseek.training.validation import evaluate_pairs

        return evaluate_pairs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
