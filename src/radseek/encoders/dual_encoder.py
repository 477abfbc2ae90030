"""radseek's own encoder: an image tower and a text tower that meet in one space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.efficientnet_lite import EfficientNetLite, ImageTowerConfig
from radseek.encoders.text_tower import BertTower, TextTowerConfig

# Start values of the sigmoid pair loss (Zhai et al., arXiv:2303.15343): nearly all pairs are negatives at first.
START_SCALE = 10.0
START_BIAS = -10.0


@dataclass(frozen=True, slots=True)
class DualEncoderConfig:
    """Shapes of both towers and of the common space."""

    image: ImageTowerConfig
    text: TextTowerConfig
    dim: int = 256


class DualEncoder(nn.Module):
    """Two towers, a linear projection each, and the scale and bias of the sigmoid pair loss.

    One projection serves the pooled feature and every cell of the feature map. It is linear, so a picture's vector is
    the direction of the mean of its patch vectors (before those get unit length): both live in the space of the texts.
    """

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = EfficientNetLite(config.image)
        self.text_tower = BertTower(config.text)
        self.image_projection = nn.Linear(config.image.head_channels, config.dim, bias=False)
        self.text_projection = nn.Linear(config.text.width, config.dim, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.bias = nn.Parameter(torch.tensor(START_BIAS))

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """Pictures `[n, 3, size, size]` to unit vectors `[n, dim]`."""
        pooled = self.image_tower(pictures).mean(dim=(2, 3))  # [n, channels, rows, cols] -> [n, channels]
        return functional.normalize(self.image_projection(pooled), dim=-1)

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """Pictures `[n, 3, size, size]` to unit vectors `[n, rows, cols, dim]`."""
        features = self.image_tower(pictures).permute(0, 2, 3, 1)  # -> [n, rows, cols, channels]
        return functional.normalize(self.image_projection(features), dim=-1)

    def image_and_patch_vectors(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """`image_vectors` and `patch_vectors` of one pass through the image tower."""
        projected = self.image_projection(self.image_tower(pictures).permute(0, 2, 3, 1))  # [n, rows, cols, dim]
        return functional.normalize(projected.mean(dim=(1, 2)), dim=-1), functional.normalize(projected, dim=-1)

    def text_vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask int64 `[n, tokens]` to unit vectors `[n, dim]`."""
        return functional.normalize(self.text_projection(self.text_tower(ids, mask)), dim=-1)
