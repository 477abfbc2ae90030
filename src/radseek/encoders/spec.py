"""What an encoder is for the rest of radseek: a contract and a description that goes into every index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from radseek.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

Picture = Path | str | NDArray[np.generic]
"""A PNG or JPEG path, or a 2-D array in display order (1 is white): uint8, uint16 or float in 0..1."""


@dataclass(frozen=True, slots=True)
class EvidenceScale:
    """What turns a patch's cosine with a text into a chance that it shows it, as learned by the sigmoid pair loss."""

    scale: float
    bias: float


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Which encoder made an embedding. Two embeddings may be compared when `id`, `revision` and `numerics` agree."""

    id: str
    revision: str
    """First 12 hex digits of the SHA-256 of the weights file; for a public encoder, of all its files."""
    dim: int
    grid: tuple[int, int]
    """Rows and columns of the patch grid."""
    preprocessing: Preprocessing
    max_tokens: int
    """Longer texts are cut here, special tokens included."""
    licence: str
    training_sets: tuple[str, ...]
    """Names of the data sets that the weights have seen, for contamination checks."""
    runtime: str = "none"
    """What computes: one of `radseek.encoders.runtime.RUNTIMES`; `none` inside a checkpoint's manifest."""
    gating: str = ""
    """What stands before getting or using the weights, in plain words; empty for nothing."""
    sources: tuple[str, ...] = ()
    """Public weights that are inside, as `hub-id@revision`, or `local folder` where that is not proved."""
    evidence: EvidenceScale | None = None
    """For maps; None where patches were never trained against texts."""

    def evidence_maps(self, cosines: NDArray[np.floating]) -> NDArray[np.float64]:
        """Cosines of patches with texts, of any shape, as map values in 0..1 of the same shape; 0 is dark.

        With an evidence scale sigmoid(scale * cosine + bias), else the cosine itself, 0 where it is negative.
        """
        wide = cosines.astype(np.float64)
        if self.evidence is None:
            return np.clip(wide, 0.0, 1.0)
        return np.asarray(1 / (1 + np.exp(-(self.evidence.scale * wide + self.evidence.bias))))

    @property
    def numerics(self) -> str:
        """Numeric kind of the runtime, f32 or bf16: runtimes of one kind agree to 1e-4, so their vectors may be mixed.

        An archive that was indexed on a GPU can be searched on a laptop.
        """
        return self.runtime.rpartition("-")[2]


class Encoder(Protocol):
    """Pictures and texts to unit vectors in one space. Rows come back in input order; nothing gives `[0, dim]`."""

    @property
    def spec(self) -> EncoderSpec:
        """Which encoder this is."""

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as float32 `[n, dim]`, rows of unit length."""

    def encode_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Pictures as float32 `[n, dim]`, rows of unit length."""

    def encode_patches(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Pictures as float32 `[n, rows, cols, dim]`, unit vectors in the space of the texts, top row first."""

    def encode_pictures(self, images: Sequence[Picture]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What `encode_images` and `encode_patches` give, from one pass where the encoder can."""


class PreparedEncoder(Encoder, Protocol):
    """An encoder that also takes pictures already prepared, as training and evaluation keep them."""

    def encode_prepared(self, pictures: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]` of `radseek.images.prepare`'s tensors."""
