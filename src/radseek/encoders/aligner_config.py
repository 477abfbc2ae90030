"""Shape of an aligner, apart from its torch code so that configurations load without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlignerConfig:
    """Shape of an aligner; without layers it is one linear projection."""

    layers: int = 0
    heads: int = 4
    inner_width: int = 512
    temperature: float = 0.1
    """Of the softmax over patches that pools a text's cosines: small looks at the best patch, large at the mean."""
    dropout: float = 0.1
