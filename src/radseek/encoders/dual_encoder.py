"""radseek's own encoder: an image tower and a text tower that meet in one space."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.aligner import Aligner, text_conditioned_scores, unit_vectors
from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.efficientnet_lite import EfficientNetLite, ImageTowerConfig
from radseek.encoders.text_tower import BertTower, TextTowerConfig

# Start values of the sigmoid pair loss (Zhai et al., arXiv:2303.15343): nearly all pairs are negatives at first.
START_SCALE = 10.0
START_BIAS = -10.0


@dataclass(frozen=True, slots=True)
class DualEncoderConfig:
    """Shapes of both towers, of the aligner and of the common space."""

    image: ImageTowerConfig
    text: TextTowerConfig
    dim: int = 256
    aligner: AlignerConfig = field(default_factory=AlignerConfig)


class DualEncoder(nn.Module):
    """An image tower with an aligner, a text tower with a projection, and what turns cosines into pair scores.

    Two cosines score a picture against a text: that of the picture's vector, which an index can search, and that of
    its patches pooled by the text, whose map is the evidence. Each has its own scale and bias of the sigmoid loss.
    """

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = EfficientNetLite(config.image)
        self.text_tower = BertTower(config.text)
        self.aligner = Aligner(config.image.head_channels, config.dim, config.aligner)
        self.text_projection = nn.Linear(config.text.width, config.dim, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.bias = nn.Parameter(torch.tensor(START_BIAS))
        self.patch_log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.patch_bias = nn.Parameter(torch.tensor(START_BIAS))

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """Pictures `[n, 3, size, size]` to unit vectors `[n, dim]`."""
        return self.image_and_patch_vectors(pictures)[0]

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """Pictures `[n, 3, size, size]` to unit vectors `[n, rows, cols, dim]`."""
        return self.image_and_patch_vectors(pictures)[1]

    def image_and_patch_vectors(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """`image_vectors` and `patch_vectors` of one pass through the image tower."""
        return unit_vectors(self.aligner(self.image_tower(pictures)))

    def text_vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask int64 `[n, tokens]` to unit vectors `[n, dim]`."""
        return functional.normalize(self.text_projection(self.text_tower(ids, mask)), dim=-1)

    def patch_scores(self, patches: Tensor, texts: Tensor) -> Tensor:
        """Pooled cosines `[n, m]` of unit patch vectors `[n, rows, cols, dim]` with unit text vectors `[m, dim]`."""
        return text_conditioned_scores(patches, texts, self.config.aligner.temperature)
