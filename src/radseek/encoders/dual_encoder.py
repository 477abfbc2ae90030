"""radseek's own encoder: an image tower and a text tower that meet in one space."""

from __future__ import annotations

import copy
import dataclasses
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.aligner import Aligner, text_conditioned_scores, unit_vectors
from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.efficientnet_lite import EfficientNetLite, ImageTowerConfig
from radseek.encoders.public.bert import BertConfig, PooledBert
from radseek.encoders.public.convolutional import DenseNetTower, ResNetTower, SwinTower
from radseek.encoders.public.towers import TowerSpec, build_tower, merge_tower, retune
from radseek.encoders.public.tuning import Tuning
from radseek.encoders.public.vision import VisionTransformer
from radseek.encoders.text_tower import BertTower, TextTowerConfig
from radseek.errors import ConfigError
from radseek.records.config import build_config

# Start values of the sigmoid pair loss (Zhai et al., arXiv:2303.15343): nearly all pairs are negatives at first.
START_SCALE = 10.0
START_BIAS = -10.0


PublicImageTower = VisionTransformer | ResNetTower | DenseNetTower | SwinTower
ImageTower = EfficientNetLite | PublicImageTower


@dataclass(frozen=True, slots=True)
class DualEncoderConfig:
    """Shapes of both towers, of the aligner and of the common space. Each side has a tower of ours or a public one."""

    image: ImageTowerConfig | None = None
    text: TextTowerConfig | None = None
    dim: int = 256
    aligner: AlignerConfig = field(default_factory=AlignerConfig)
    public_image: TowerSpec | None = None
    public_text: TowerSpec | None = None

    def __post_init__(self) -> None:
        for side, own, public in (("image", self.image, self.public_image), ("text", self.text, self.public_text)):
            if (own is None) == (public is None):
                raise ConfigError(f"towers: give one of {side} and public_{side}")

    @property
    def text_shape(self) -> TextTowerConfig:
        """Vocabulary, positions and so on of the text tower.

        Raises:
            ConfigError: When the public text tower is no BERT.
        """
        if self.text is not None:
            return self.text
        if self.public_text is None or self.public_text.family != "bert":
            raise ConfigError("towers: public_text must be of the family bert")
        return build_config(dict(self.public_text.shape), BertConfig, where="towers: public_text").shape

    @property
    def lowercase(self) -> bool:
        """Whether texts are lowercased before they are tokenized."""
        return self.public_text is None or self.public_text.lowercase


class DualEncoder(nn.Module):
    """An image tower with an aligner, a text tower with a projection, and what turns cosines into pair scores.

    Two cosines score a picture against a text: that of the picture's vector, which an index can search, and that of
    its patches pooled by the text, whose map is the evidence. Each has its own scale and bias of the sigmoid loss.
    """

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = _image_tower(config)
        self.text_tower = _text_tower(config)
        self.aligner = Aligner(self.image_tower.channels, config.dim, config.aligner)
        self.text_projection = nn.Linear(self.text_tower.width, config.dim, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.bias = nn.Parameter(torch.tensor(START_BIAS))
        self.patch_log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))
        self.patch_bias = nn.Parameter(torch.tensor(START_BIAS))

    def image_and_patch_vectors(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures `[n, 3, size, size]` to unit vectors `[n, dim]` and of patches `[n, rows, cols, dim]`."""
        return unit_vectors(self.aligner(self.image_tower(pictures)))

    def text_vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask int64 `[n, tokens]` to unit vectors `[n, dim]`."""
        return functional.normalize(self.text_projection(self.text_tower(ids, mask)), dim=-1)

    def patch_scores(self, patches: Tensor, texts: Tensor) -> Tensor:
        """Pooled cosines `[n, m]` of unit patch vectors `[n, rows, cols, dim]` with unit text vectors `[m, dim]`."""
        return text_conditioned_scores(patches, texts, self.config.aligner.temperature)

    def retune(self, image: Tuning, text: Tuning) -> None:
        """Say which weights of public towers move in training; a tower of ours is not touched.

        Raises:
            ConfigError: When LoRA is asked of a tower without attention.
        """
        config = self.config
        if config.public_image is not None:
            config = dataclasses.replace(config, public_image=retune(self.image_tower, config.public_image, image))
        if config.public_text is not None:
            config = dataclasses.replace(config, public_text=retune(self.text_tower, config.public_text, text))
        self.config = config

    def merged(self) -> DualEncoder:
        """The same vectors to rounding without adapters: a copy with them folded in, or this model if it has none."""
        specs = (self.config.public_image, self.config.public_text)
        if not any(spec is not None and spec.tuning.kind == "lora" for spec in specs):
            return self
        model = copy.deepcopy(self)
        towers = (model.image_tower, model.text_tower)
        image, text = (spec and merge_tower(tower, spec) for tower, spec in zip(towers, specs, strict=True))
        model.config = dataclasses.replace(self.config, public_image=image, public_text=text)
        return model


def _image_tower(config: DualEncoderConfig) -> ImageTower:
    if config.image is not None:
        return EfficientNetLite(config.image)
    tower = None if config.public_image is None else build_tower(config.public_image)
    if not isinstance(tower, PublicImageTower):
        raise ConfigError("towers: public_image is no image tower")
    return tower


def _text_tower(config: DualEncoderConfig) -> BertTower:
    if config.text is not None:
        return BertTower(config.text)
    tower = None if config.public_text is None else build_tower(config.public_text)
    if not isinstance(tower, PooledBert):
        raise ConfigError("towers: public_text is no text tower")
    return tower
