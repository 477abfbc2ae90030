"""Convolutional and windowed image towers: MONAI's ResNet, DenseNet and Swin, 2-D, as feature maps."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.public.held import Held
from radseek.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ResNetConfig:
    """Shape of a ResNet with bottlenecks; the defaults are ResNet-50 (He et al., arXiv:1512.03385)."""

    layers: tuple[int, ...] = (3, 4, 6, 3)
    widths: tuple[int, ...] = (64, 128, 256, 512)
    temporal_width: int = 0
    """BioViL-T: features are reduced to so many channels, and as many that say `no prior image` follow; 0: plain."""


@dataclass(frozen=True, slots=True)
class DenseNetConfig:
    """Shape of a DenseNet; the defaults are DenseNet-121 (Huang et al., arXiv:1608.06993)."""

    first_width: int = 64
    growth: int = 32
    blocks: tuple[int, ...] = (6, 12, 24, 16)


@dataclass(frozen=True, slots=True)
class SwinConfig:
    """Shape of SwinUNETR's encoder (Hatamizadeh et al., arXiv:2201.01266)."""

    width: int = 48
    depths: tuple[int, ...] = (2, 2, 2, 2)
    heads: tuple[int, ...] = (3, 6, 12, 24)
    window: int = 7

    def __post_init__(self) -> None:
        if not len(self.depths) == len(self.heads) == 4:
            raise ConfigError(f"swin: {len(self.depths)} depths and {len(self.heads)} heads; four of each are needed")


class ResNetTower(Held):
    """A 2-D ResNet without its classifier: each side of the map is a 32nd of the picture's."""

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        from monai.networks.nets.resnet import ResNet

        self.net = ResNet(
            "bottleneck",
            list(config.layers),
            list(config.widths),
            spatial_dims=2,
            n_input_channels=3,
            conv1_t_stride=2,
            feed_forward=False,
            bias_downsample=False,
        )
        deep = config.widths[-1] * 4
        self.channels = 2 * config.temporal_width or deep
        self.reduce = nn.Conv2d(deep, config.temporal_width, 1, bias=False) if config.temporal_width else None
        self.no_prior = nn.Parameter(torch.zeros(config.temporal_width, 1, 1)) if config.temporal_width else None

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square: five strides of 2, rounded up."""
        return -(-size_px // 32)

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures `[n, 3, size, size]` to features `[n, channels, rows, cols]`."""
        net = self.net
        features: Tensor = net.maxpool(net.act(net.bn1(net.conv1(pictures))))
        for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
            features = layer(features)
        if self.reduce is None or self.no_prior is None:
            return features
        reduced = self.reduce(features)
        return torch.cat([reduced, self.no_prior.expand_as(reduced)], dim=1)


class DenseNetTower(Held):
    """A 2-D DenseNet without its classifier: each side of the map is a 32nd of the picture's."""

    def __init__(self, config: DenseNetConfig) -> None:
        super().__init__()
        self.config = config
        from monai.networks.nets.densenet import DenseNet

        net = DenseNet(2, 3, 1, config.first_width, config.growth, config.blocks)
        self.features = net.features
        self.channels: int = net.class_layers.out.in_features
        self.n_halvings = 1 + len(config.blocks)

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square."""
        side = -(-size_px // 2)  # the first convolution
        side = -(-side // 2)  # the first pooling
        for _ in range(self.n_halvings - 2):
            side //= 2  # transitions round down
        return side

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures `[n, 3, size, size]` to features `[n, channels, rows, cols]`, at least 0."""
        return functional.relu(self.features(pictures))


class SwinTower(Held):
    """The encoder of a 2-D SwinUNETR: its deepest map, each side a 2^(stages + 1)th of the picture's."""

    def __init__(self, config: SwinConfig) -> None:
        super().__init__()
        self.config = config
        if importlib.util.find_spec("einops") is None:
            raise ConfigError("MONAI's Swin needs einops: install radseek[public-encoders]")
        from monai.networks.nets.swin_unetr import SwinTransformer

        self.net = SwinTransformer(
            in_chans=3,
            embed_dim=config.width,
            window_size=(config.window, config.window),
            patch_size=(2, 2),
            depths=config.depths,
            num_heads=config.heads,
            spatial_dims=2,
        )
        self.n_stages = len(config.depths)
        self.channels = config.width * 2**self.n_stages

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the feature map of a `size_px` square: every stage halves, rounded up."""
        side = -(-size_px // 2)
        for _ in range(self.n_stages):
            side = -(-side // 2)
        return side

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures `[n, 3, size, size]` to features `[n, channels, rows, cols]`."""
        deepest: Tensor = self.net(pictures)[-1]
        return deepest
