"""EfficientNet-Lite: a convolutional image tower without squeeze-excitation, for CPUs.

The block table is that of EfficientNet-B0 (Tan and Le, arXiv:1905.11946, table 1) with the Lite changes: no
squeeze-excitation, ReLU6 instead of swish. Padding is TensorFlow's SAME, which the public ImageNet weights expect.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Stage:
    """Equal blocks in a row; only the first one has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


LITE0_STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


@dataclass(frozen=True, slots=True)
class ImageTowerConfig:
    """Shape of an EfficientNet-Lite; the defaults are Lite0."""

    stem_channels: int = 32
    stages: tuple[Stage, ...] = LITE0_STAGES
    head_channels: int = 1280
    drop_path: float = 0.1
    """Chance, in training, that the last block with a shortcut is skipped; earlier blocks proportionally less."""

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square: each stride halves, rounded up."""
        side = -(-size_px // 2)
        for stage in self.stages:
            side = -(-side // stage.stride)
        return side


class SameConv(nn.Conv2d):
    """A bias-free convolution with TensorFlow's SAME padding: output side is ceil(side / stride)."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """`[n, channels_in, h, w]` to `[n, channels_out, ceil(h / stride), ceil(w / stride)]`."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in input.shape[-2:]]
        top, left = missing[0] // 2, missing[1] // 2
        padded = functional.pad(input, [left, missing[1] - left, top, missing[0] - top]) if any(missing) else input
        return functional.conv2d(padded, self.weight, None, self.stride, 0, 1, self.groups)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.05)


class InvertedBottleneck(nn.Module):
    """Expand, depthwise, project (MobileNetV2's block), with a shortcut where shapes allow."""

    def __init__(self, channels_in: int, stage: Stage, stride: int, drop_path: float) -> None:
        super().__init__()
        width = channels_in * stage.expansion
        self.expand: SameConv | None = None
        if stage.expansion != 1:
            self.expand, self.expand_norm = SameConv(channels_in, width, 1), _norm(width)
        self.depthwise, self.depthwise_norm = SameConv(width, width, stage.kernel, stride, width), _norm(width)
        self.project, self.project_norm = SameConv(width, stage.channels, 1), _norm(stage.channels)
        self.shortcut = stride == 1 and channels_in == stage.channels
        self.drop_path = drop_path

    def forward(self, features: Tensor) -> Tensor:
        """`[n, channels_in, h, w]` to `[n, channels, h / stride, w / stride]`."""
        inner = features
        if self.expand is not None:
            inner = functional.relu6(self.expand_norm(self.expand(inner)))
        inner = functional.relu6(self.depthwise_norm(self.depthwise(inner)))
        inner = self.project_norm(self.project(inner))
        return features + self._maybe_drop(inner) if self.shortcut else inner

    def _maybe_drop(self, inner: Tensor) -> Tensor:
        if not self.training or self.drop_path == 0:
            return inner
        keep = 1 - self.drop_path
        kept = torch.rand(inner.shape[0], 1, 1, 1, device=inner.device) < keep
        return inner * kept / keep


class EfficientNetLite(nn.Module):
    """The convolutional part of EfficientNet-Lite, ending in the head convolution; no pooling, no classifier."""

    def __init__(self, config: ImageTowerConfig) -> None:
        super().__init__()
        self.config = config
        self.channels = config.head_channels
        self.stem, self.stem_norm = SameConv(3, config.stem_channels, 3, 2), _norm(config.stem_channels)
        total = sum(stage.repeats for stage in config.stages)
        blocks: list[nn.Module] = []
        channels = config.stem_channels
        for stage in config.stages:
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                blocks.append(InvertedBottleneck(channels, stage, stride, config.drop_path * len(blocks) / total))
                channels = stage.channels
        self.blocks = nn.Sequential(*blocks)
        self.head, self.head_norm = SameConv(channels, config.head_channels, 1), _norm(config.head_channels)

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square."""
        return self.config.grid_side(size_px)

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures `[n, 3, size, size]` to features `[n, head_channels, rows, cols]`, in 0..6."""
        return self.upper(self.lower(pictures, 0), 0)

    def lower(self, pictures: Tensor, n_blocks: int) -> Tensor:
        """The stem and the first `n_blocks` blocks: normalised pictures to inner features `[n, channels, h, w]`."""
        features = functional.relu6(self.stem_norm(self.stem(pictures)))
        for block in list(self.blocks)[:n_blocks]:
            features = block(features)
        return features

    def upper(self, features: Tensor, n_blocks: int) -> Tensor:
        """What `lower` left to do: its features to `[n, head_channels, rows, cols]`, in 0..6."""
        for block in list(self.blocks)[n_blocks:]:
            features = block(features)
        return functional.relu6(self.head_norm(self.head(features)))
