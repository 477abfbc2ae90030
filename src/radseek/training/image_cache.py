"""Features of the image tower's frozen part, computed once for several augmented views of each picture.

The early blocks cost most of a training step. Where they are frozen, their output for a view never changes, so it is
kept in a memory-mapped file and each epoch takes the next view. Of a frozen public tower it is the whole feature map.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.efficientnet_lite import EfficientNetLite
from radseek.encoders.public.vision import VisionTransformer
from radseek.encoders.runtime import OPENVINO_PAYS_FROM, choose_runtime, compile_openvino
from radseek.errors import ConfigError, StorageError
from radseek.images import augment, normalise
from radseek.records.progress import Progress, ProgressListener
from radseek.training.config import TrainingConfig

_BATCH = 32
ADAPT_BATCHES = 40

TensorFunction = Callable[[Tensor], Tensor]


def frozen_part(model: DualEncoder, config: TrainingConfig) -> TensorFunction:
    """What of the image tower gives one picture the same features at every step: pictures to what is kept of them.

    Raises:
        ConfigError: When the tower is a public one that moves.
    """
    tower, public = model.image_tower, model.config.public_image
    if isinstance(tower, EfficientNetLite):
        return partial(tower.lower, n_blocks=config.optim.frozen_image_blocks)
    if public is None or public.tuning.kind != "frozen":
        raise ConfigError("optim: cached_views needs a frozen image tower: set it to 0, or start: image_tuning: frozen")
    return tower


def remaining_part(model: DualEncoder, config: TrainingConfig, is_cached: bool) -> TensorFunction:
    """What is left to do at every step: a batch's `features` to feature maps `[n, channels, rows, cols]`."""
    tower = model.image_tower
    if not is_cached:
        return tower
    if isinstance(tower, EfficientNetLite):
        return partial(tower.upper, n_blocks=config.optim.frozen_image_blocks)
    return torch.nn.Identity()


def adapt_statistics(model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig) -> None:
    """Replace the batch statistics of our tower's frozen blocks by those of radiology pictures.

    ImageNet's means and variances are those of colour photographs. Plain averages over `ADAPT_BATCHES` batches. Public
    towers keep theirs.
    """
    tower, n_blocks = model.image_tower, config.optim.frozen_image_blocks
    if not isinstance(tower, EfficientNetLite):
        return
    parts = [tower.stem_norm, *list(tower.blocks)[:n_blocks]]
    norms = [layer for part in parts for layer in part.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average
        norm.train()
    rng = np.random.default_rng([config.seed, 1])
    with torch.no_grad():
        for _ in range(min(ADAPT_BATCHES, -(-len(pixels) // _BATCH))):
            places = rng.choice(len(pixels), min(_BATCH, len(pixels)), replace=False)
            tower.lower(_tensor(pixels[places], config).to(model.bias.device), n_blocks)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
        norm.eval()


def cache_features(
    model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig, progress: ProgressListener
) -> NDArray[np.float16]:
    """Features after the frozen part, float16 `[views, n, channels, h, w]`, memory-mapped from the cache folder.

    Raises:
        ConfigError: When nothing of the tower is frozen.
        StorageError: When the cache cannot be written.
    """
    n_views = config.optim.cached_views
    file = config.output / "cache" / f"features-{_key(model, pixels, config)}.npy"
    if not file.is_file():
        part = file.with_suffix(".part.npy")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _fill(part, model, pixels, config, progress)
            part.replace(file)
        except OSError as error:
            raise StorageError(f"cannot write the feature cache: {error.strerror}") from error
    features: NDArray[np.float16] = np.load(file, mmap_mode="r", allow_pickle=False)
    if features.shape[:2] != (n_views, len(pixels)):
        raise StorageError("the feature cache has another size; remove the cache folder")
    return features


def _fill(
    file: Path, model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig, progress: ProgressListener
) -> None:
    n_views = config.optim.cached_views
    out: np.memmap[Any, np.dtype[np.float16]] | None = None
    generator = torch.Generator().manual_seed(config.seed)
    lower = _frozen_function(model, config, n_views * len(pixels))
    for view in range(n_views):
        for start in range(0, len(pixels), _BATCH):
            pictures = _tensor(pixels[start : start + _BATCH], config, generator if view else None)
            features = lower(pictures)
            if out is None:
                shape = (n_views, len(pixels), *features.shape[1:])
                _check_room(file.parent, 2 * int(np.prod(shape)))
                out = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=shape)
            out[view, start : start + _BATCH] = features
            progress(Progress("cache", view * len(pixels) + start + len(features), n_views * len(pixels)))
    if out is not None:
        out.flush()


def _check_room(folder: Path, n_bytes: int) -> None:
    """A full disk under a memory-mapped file ends the process without a word, so it is asked before."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise StorageError(
            f"the feature cache needs {n_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are free in the output folder: "
            "lower optim: cached_views, or set it to 0"
        )


class _FrozenPart(torch.nn.Module):
    """The frozen part of an image tower as a module of its own, for conversion."""

    def __init__(self, tower: torch.nn.Module, part: TensorFunction) -> None:
        super().__init__()
        self.tower, self._part = tower, [part]  # in a list, so that a tower is not registered twice

    def forward(self, pictures: Tensor) -> Tensor:
        return self._part[0](pictures)


def _frozen_function(
    model: DualEncoder, config: TrainingConfig, n_pictures: int
) -> Callable[[Tensor], NDArray[np.float32]]:
    """The frozen part on what is fastest for so many pictures, conversion included."""
    part = frozen_part(model, config)
    lower = _FrozenPart(model.image_tower, part).eval()
    convertible = isinstance(model.image_tower, (EfficientNetLite, VisionTransformer))
    if choose_runtime("auto") != "cpu-f32" or not convertible or n_pictures < OPENVINO_PAYS_FROM:

        def run(pictures: Tensor) -> NDArray[np.float32]:
            with torch.inference_mode():
                features: NDArray[np.float32] = lower(pictures.to(model.bias.device)).float().cpu().numpy()
            return features

        return run
    compiled = compile_openvino(lower, config.preprocessing.size_px, "f32")
    return lambda pictures: np.asarray(compiled([pictures.contiguous().numpy()])[0], dtype=np.float32)


def _tensor(pixels: NDArray[np.uint8], config: TrainingConfig, generator: torch.Generator | None = None) -> Tensor:
    grey = torch.from_numpy(pixels).float() / 255
    if generator is not None:
        grey = augment(grey, config.augmentation, generator)
    return normalise(grey, config.preprocessing).contiguous(memory_format=torch.channels_last)


def _key(model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig) -> str:
    optim = config.optim
    settings = (optim.cached_views, optim.frozen_image_blocks, config.seed, config.augmentation)
    digest = hashlib.sha256(repr((settings, config.preprocessing.digest)).encode())
    digest.update(hashlib.sha256(pixels.tobytes()).digest())
    for name, tensor in model.image_tower.state_dict().items():
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
