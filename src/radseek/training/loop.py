"""The training loop."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor

from radseek.encoders.checkpoint import Checkpoint, write_checkpoint
from radseek.encoders.local_encoder import LocalEncoder
from radseek.encoders.tokenizer import TextTokenizer
from radseek.errors import StorageError
from radseek.records.config import resolved_config
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.training.batches import Batch, BatchMaker
from radseek.training.config import TrainingConfig
from radseek.training.image_cache import adapt_statistics, cache_features
from radseek.training.objective import pair_objective
from radseek.training.optimiser import (
    freeze,
    learning_rate_factor,
    n_frozen_layers,
    parameter_groups,
    set_training,
    update_average,
)
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels
from radseek.training.start import build_start
from radseek.training.state import Progressed, pack, read_state, unpack, write_state
from radseek.training.text_cache import FrozenTextCache
from radseek.training.validation import validate


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
        train_places = [place for place, pair in enumerate(pairs) if pair.split == "train"]
        self.start = build_start(config, pairs)
        self.model = self.start.model
        self.model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze(self.model, config.optim)
        self.features: NDArray[np.float16] | None = None
        if config.optim.cached_views:
            adapt_statistics(self.model, pixels[train_places], config)
            self.features = cache_features(self.model, pixels, config, progress)
        self.texts = FrozenTextCache(self.model, n_frozen_layers(self.model, config.optim))
        self.average = copy.deepcopy(self.model).eval()
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, config.optim))
        tokenizer = TextTokenizer(self.start.pieces, self.start.spec.max_tokens)
        self.batches = BatchMaker(config, pairs, pixels, self.features, tokenizer)
        self.digest = _config_digest(config)
        self.history: list[Mapping[str, float]] = []
        self.steps_per_epoch = self.batches.n_steps

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
        for step, batch in enumerate(self.batches.epoch(epoch)):
            losses.append(self._step(batch, epoch * self.steps_per_epoch + step))
            rate = (time.monotonic() - began) / (step + 1)
            left = rate * (self.config.optim.epochs * self.steps_per_epoch - epoch * self.steps_per_epoch - step - 1)
            note = f"epoch {epoch + 1}, loss {np.mean(losses[-20:]):.3f}, {left / 60:.0f} min left"
            self.progress(Progress("train", step + 1, self.steps_per_epoch, note))
        return float(np.mean(losses))

    def _step(self, batch: Batch, step: int) -> float:
        optim = self.config.optim
        factor = learning_rate_factor(step, self.steps_per_epoch * optim.epochs, optim.warmup_share)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        texts = self.texts.text_vectors(batch.token_lists)
        loss = pair_objective(self.model, self._patches(batch.features), texts, batch, self.config.objective)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), optim.clip_norm)
        self.optimizer.step()
        # the average follows quickly at first, when the weights still move far
        update_average(self.average, self.model, min(optim.ema_decay, (1 + step) / (10 + step)))
        return float(loss.detach())

    def _patches(self, features: Tensor) -> Tensor:
        """Patch vectors `[n, rows, cols, dim]` of a batch's pictures, of any length."""
        done = self.config.optim.frozen_image_blocks if self.features is not None else None
        tower = self.model.image_tower
        patches: Tensor = self.model.aligner(tower(features) if done is None else tower.upper(features, done))
        return patches

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
