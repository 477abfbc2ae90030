"""The training loop."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor

from radseek.encoders.checkpoint import Checkpoint, write_checkpoint
from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.local_encoder import LocalEncoder
from radseek.encoders.losses import sigmoid_pair_loss
from radseek.encoders.tokenizer import TextTokenizer
from radseek.errors import ConfigError, StorageError
from radseek.images import augment, normalise
from radseek.records.config import resolved_config
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.training.config import OptimConfig, TrainingConfig
from radseek.training.drawing import DrawnText, TextDrawer
from radseek.training.image_cache import adapt_statistics, cache_features
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels
from radseek.training.start import build_start
from radseek.training.state import Progressed, pack, read_state, unpack, write_state
from radseek.training.targets import build_targets
from radseek.training.text_cache import FrozenTextCache
from radseek.training.validation import validate


@dataclass(frozen=True, slots=True)
class _Batch:
    features: Tensor
    """Augmented pictures, after the frozen blocks where views are cached: `[n, channels, h, w]`."""
    token_lists: list[list[int]]
    targets: Tensor
    """`[n, m]`: 1, 0, or -1 for unknown."""


def train(config: TrainingConfig, progress: ProgressListener = no_progress) -> Path:
    """Train as `config` says and return the folder of the best epoch's checkpoint, `config.output / "checkpoint"`.

    A state is kept after each epoch in `config.output / "state"`: a run that was killed goes on from there and ends
    with the same weights (on the same machine, with the same number of threads).

    Beside the checkpoint are `metrics.json` (figures of the best epoch) and `history.json` (of all).

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used.
        InputError: When a table or picture cannot be read.
        StorageError: When the output folder cannot be written.
        MismatchError: When the output folder holds the state of another configuration.
    """
    pairs = read_pairs(config)
    pixels = load_pixels(pairs, config.preprocessing, config.output / "cache", progress)
    return _Run(config, pairs, pixels, progress).finish()


class _Run:
    """One training run: the model, its moving average, the optimiser and where it stands."""

    def __init__(
        self, config: TrainingConfig, pairs: Sequence[Pair], pixels: NDArray[np.uint8], progress: ProgressListener
    ) -> None:
        self.config, self.pairs, self.pixels, self.progress = config, pairs, pixels, progress
        self.train_places = [place for place, pair in enumerate(pairs) if pair.split == "train"]
        self.start = build_start(config, pairs)
        self.model = self.start.model
        self.model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze(self.model, config.optim)
        self.features: NDArray[np.float16] | None = None
        if config.optim.cached_views:
            adapt_statistics(self.model, pixels[self.train_places], config)
            self.features = cache_features(self.model, pixels, config, progress)
        self.texts = FrozenTextCache(self.model, n_frozen_layers(self.model, config.optim))
        self.average = copy.deepcopy(self.model).eval()
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, config.optim))
        self.tokenizer = TextTokenizer(self.start.pieces, self.start.spec.max_tokens)
        self.drawer = TextDrawer(config.prompts)
        self.digest = _config_digest(config)
        self.history: list[Mapping[str, float]] = []
        if len(self.train_places) < config.optim.batch_size:
            raise ConfigError(f"{len(self.train_places)} training pictures are less than one batch")
        self.steps_per_epoch = len(self.train_places) // config.optim.batch_size

    def finish(self) -> Path:
        """Run the epochs that are left and return the checkpoint's folder."""
        folder = self.config.output / "state"
        known = read_state(folder, self.digest)
        if known:
            unpack(known[0], self.model, self.average, self.optimizer)
            self.history = list(known[1].history)
        for epoch in range(len(self.history), self.config.optim.epochs):
            loss = self._run_epoch(epoch)
            self._close_epoch(epoch, loss)
            state = Progressed(epoch + 1, tuple(self.history), self.digest)
            write_state(folder, pack(self.model, self.average, self.optimizer), state)
        best = max(self.history, key=lambda figures: figures.get("choice", figures["epoch"]))
        _write_json(self.config.output / "metrics.json", {"epochs": len(self.history), **best})
        _write_json(self.config.output / "history.json", self.history)
        return self.config.output / "checkpoint"

    def _run_epoch(self, epoch: int) -> float:
        torch.manual_seed(self.config.seed * 100_003 + epoch)  # dropout and skipped blocks
        set_training(self.model, self.config.optim)
        losses = []
        began = time.monotonic()
        for step, batch in enumerate(self._batches(epoch)):
            losses.append(self._step(batch, epoch * self.steps_per_epoch + step))
            rate = (time.monotonic() - began) / (step + 1)
            left = rate * (self.config.optim.epochs * self.steps_per_epoch - epoch * self.steps_per_epoch - step - 1)
            note = f"epoch {epoch + 1}, loss {np.mean(losses[-20:]):.3f}, {left / 60:.0f} min left"
            self.progress(Progress("train", step + 1, self.steps_per_epoch, note))
        return float(np.mean(losses))

    def _step(self, batch: _Batch, step: int) -> float:
        optim = self.config.optim
        factor = learning_rate_factor(step, self.steps_per_epoch * optim.epochs, optim.warmup_share)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        images = self._image_vectors(batch.features)
        texts = self.texts.text_vectors(batch.token_lists)
        loss = sigmoid_pair_loss(images, texts, batch.targets, self.model.log_scale, self.model.bias)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), optim.clip_norm)
        self.optimizer.step()
        # the average follows quickly at first, when the weights still move far
        update_average(self.average, self.model, min(optim.ema_decay, (1 + step) / (10 + step)))
        return float(loss.detach())

    def _image_vectors(self, features: Tensor) -> Tensor:
        done = self.config.optim.frozen_image_blocks if self.features is not None else None
        tower = self.model.image_tower
        mapped = tower(features) if done is None else tower.upper(features, done)
        return torch.nn.functional.normalize(self.model.image_projection(mapped.mean(dim=(2, 3))), dim=-1)

    def _batches(self, epoch: int) -> Iterator[_Batch]:
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(self.train_places)
        size = self.config.optim.batch_size
        for step in range(self.steps_per_epoch):
            yield self._batch(order[step * size : (step + 1) * size], epoch, rng)

    def _batch(self, places: NDArray[np.int64], epoch: int, rng: np.random.Generator) -> _Batch:
        pairs = [self.pairs[place] for place in places]
        texts: list[DrawnText] = []
        for owner, pair in enumerate(pairs):
            texts += self.drawer.draw(pair, owner, self.config.optim.texts_per_image, rng)
        texts += self.drawer.prompts_for_all(rng)
        return _Batch(
            features=self._view(places, epoch, rng).contiguous(memory_format=torch.channels_last),
            token_lists=self.tokenizer.token_lists([drawn.text for drawn in texts]),
            targets=torch.from_numpy(build_targets(pairs, texts, self.config.prompts.normal)),
        )

    def _view(self, places: NDArray[np.int64], epoch: int, rng: np.random.Generator) -> Tensor:
        """Pictures for one step: cached features of a view that differs between epochs, or freshly augmented."""
        if self.features is not None:
            # each picture starts at another view, so that an epoch mixes all of them
            views = (places + epoch) % len(self.features)
            return torch.from_numpy(self.features[views, places].astype(np.float32))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        grey = torch.from_numpy(self.pixels[places]).float() / 255
        return normalise(augment(grey, self.config.augmentation, generator), self.config.preprocessing)

    def _close_epoch(self, epoch: int, loss: float) -> None:
        """Measure the average model and keep it when it is the best so far."""
        model = copy.deepcopy(self.average).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        checkpoint = Checkpoint(self.start.spec, model, self.start.pieces)
        figures = validate(self.config, LocalEncoder(checkpoint, "torch-f32"), self.pairs, self.pixels)
        best = max((past.get("choice", past["epoch"]) for past in self.history), default=-math.inf)
        self.history.append({"epoch": epoch + 1, "loss": loss, **figures})
        self.progress(Progress("validate", epoch + 1, self.config.optim.epochs, _summary(figures)))
        if self.history[-1].get("choice", epoch + 1) > best:
            extra = {
                "metrics.json": json.dumps({"best_epoch": epoch + 1, "history": self.history}, indent=1) + "\n",
                "config.yaml": yaml.safe_dump(stored_config(self.config), sort_keys=False),
            }
            write_checkpoint(self.config.output / "checkpoint", checkpoint, extra)


def n_frozen_layers(model: DualEncoder, optim: OptimConfig) -> int:
    """How many of the text tower's first layers stay as they start."""
    return max(0, len(model.text_tower.layers) - optim.trained_text_layers)


def freeze(model: DualEncoder, optim: OptimConfig) -> None:
    """Switch gradients off for the parts that stay as they start."""
    layers = list(model.text_tower.layers)
    model.text_tower.embeddings.requires_grad_(False)
    for layer in layers[: n_frozen_layers(model, optim)]:
        layer.requires_grad_(False)
    for module in _frozen_image_parts(model, optim):
        module.requires_grad_(False)


def set_training(model: DualEncoder, optim: OptimConfig) -> None:
    """Training mode, except for the parts that stay as they start: no dropout and no batch statistics there."""
    model.train()
    layers = list(model.text_tower.layers)
    for layer in layers[: n_frozen_layers(model, optim)]:
        layer.eval()
    model.text_tower.embeddings.eval()
    for module in _frozen_image_parts(model, optim):
        module.eval()


def _frozen_image_parts(model: DualEncoder, optim: OptimConfig) -> list[torch.nn.Module]:
    if optim.frozen_image_blocks == 0:
        return []
    tower = model.image_tower
    return [tower.stem, tower.stem_norm, *list(tower.blocks)[: optim.frozen_image_blocks]]


def parameter_groups(model: DualEncoder, optim: OptimConfig) -> list[dict[str, object]]:
    """Trained parameters by peak learning rate; vectors (norms, biases, scale) get no weight decay."""
    rates = {"image_tower": optim.lr_image, "text_tower": optim.lr_text}
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = rates.get(name.split(".")[0], optim.lr_projections)
            decay = optim.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": members, "peak_lr": rate, "lr": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]


def learning_rate_factor(step: int, n_steps: int, warmup_share: float) -> float:
    """Share of the peak rate at `step` (from 0): a linear rise, then half a cosine down to 0."""
    warmup = max(1, round(n_steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))


@torch.no_grad()
def update_average(average: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Move each tensor of `average` towards `model`: average = decay * average + (1 - decay) * model."""
    for mean, current in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)


def _write_json(path: Path, content: object) -> None:
    try:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path.name}: {error.strerror}") from error


def stored_config(config: TrainingConfig) -> dict[str, object]:
    """The resolved configuration without this machine's folders, as it is kept inside the checkpoint."""
    plain = resolved_config(config)
    return {name: value for name, value in plain.items() if name not in {"output", "data_root", "phantoms_root"}}


def _config_digest(config: TrainingConfig) -> str:
    return hashlib.sha256(json.dumps(stored_config(config), sort_keys=True).encode()).hexdigest()


def _summary(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if "auroc/" not in name)
