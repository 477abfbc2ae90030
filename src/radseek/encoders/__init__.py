"""Image and text encoders: the contract, radseek's dual encoder, checkpoints and runtimes.

Importing this package is cheap; torch is imported by `load_encoder` and by the names that need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radseek.encoders.registry import load_encoder, shipped_encoders
from radseek.encoders.spec import Encoder, EncoderSpec, Picture

if TYPE_CHECKING:
    from radseek.encoders.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
    from radseek.encoders.local_encoder import LocalEncoder

__all__ = [
    "Checkpoint",
    "Encoder",
    "EncoderSpec",
    "LocalEncoder",
    "Picture",
    "load_encoder",
    "read_checkpoint",
    "shipped_encoders",
    "write_checkpoint",
]

_HEAVY = {
    "Checkpoint": "checkpoint",
    "read_checkpoint": "checkpoint",
    "write_checkpoint": "checkpoint",
    "LocalEncoder": "local_encoder",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any exported name)
    if name in _HEAVY:
        import importlib

        return getattr(importlib.import_module(f"radseek.encoders.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
