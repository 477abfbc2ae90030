"""Features of the image tower's frozen part, computed once for several augmented views of each picture.

The early blocks cost most of a training step. Where they are frozen, their output for a view never changes, so it is
kept in a memory-mapped file and each epoch takes the next view.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.efficientnet_lite import EfficientNetLite
from radseek.encoders.runtime import choose_runtime, compile_openvino
from radseek.errors import StorageError
from radseek.images import augment, normalise
from radseek.records.progress import Progress, ProgressListener
from radseek.training.config import TrainingConfig

_BATCH = 32
ADAPT_BATCHES = 40


def adapt_statistics(model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig) -> None:
    """Replace the batch statistics of the frozen image blocks by those of radiology pictures.

    ImageNet's means and variances are those of colour photographs. Plain averages over `ADAPT_BATCHES` batches.
    """
    tower, n_blocks = model.image_tower, config.optim.frozen_image_blocks
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
    """Features after the frozen blocks, float16 `[views, n, channels, h, w]`, memory-mapped from the cache folder.

    Raises:
        StorageError: When the cache cannot be written.
    """
    n_views, n_blocks = config.optim.cached_views, config.optim.frozen_image_blocks
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
        raise StorageError(f"the feature cache for {n_blocks} blocks has another size; remove the cache folder")
    return features


def _fill(
    file: Path, model: DualEncoder, pixels: NDArray[np.uint8], config: TrainingConfig, progress: ProgressListener
) -> None:
    n_views = config.optim.cached_views
    out: np.memmap[Any, np.dtype[np.float16]] | None = None
    generator = torch.Generator().manual_seed(config.seed)
    lower = _lower_function(model, config)
    for view in range(n_views):
        for start in range(0, len(pixels), _BATCH):
            pictures = _tensor(pixels[start : start + _BATCH], config, generator if view else None)
            features = lower(pictures)
            if out is None:
                shape = (n_views, len(pixels), *features.shape[1:])
                out = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=shape)
            out[view, start : start + _BATCH] = features
            progress(Progress("cache", view * len(pixels) + start + len(features), n_views * len(pixels)))
    if out is not None:
        out.flush()


class _Lower(torch.nn.Module):
    """The frozen part of an image tower as a module of its own, for conversion."""

    def __init__(self, tower: EfficientNetLite, n_blocks: int) -> None:
        super().__init__()
        self.tower, self.n_blocks = tower, n_blocks

    def forward(self, pictures: Tensor) -> Tensor:
        return self.tower.lower(pictures, self.n_blocks)


def _lower_function(model: DualEncoder, config: TrainingConfig) -> Callable[[Tensor], NDArray[np.float32]]:
    lower = _Lower(model.image_tower, config.optim.frozen_image_blocks).eval()
    if choose_runtime("auto") != "cpu-f32":

        def run(pictures: Tensor) -> NDArray[np.float32]:
            with torch.inference_mode():
                features: NDArray[np.float32] = lower(pictures.to(model.bias.device)).cpu().numpy()
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
