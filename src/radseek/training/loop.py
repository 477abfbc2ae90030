"""The training loop."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray

from radseek.encoders.checkpoint import Checkpoint, write_checkpoint
from radseek.encoders.local_encoder import LocalEncoder
from radseek.errors import ConfigError, StorageError
from radseek.records.config import resolved_config
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.training.batches import Batch, BatchMaker
from radseek.training.config import TOWERS, TrainingConfig
from radseek.training.image_cache import adapt_statistics, cache_features, remaining_part
from radseek.training.logs import NoLog, TrainingLog, as_json, write_text
from radseek.training.optimiser import (
    freeze,
    learning_rate_factor,
    n_frozen_layers,
    parameter_groups,
    set_training,
    update_average,
)
from radseek.training.pace import Clock, Pace
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels
from radseek.training.placement import Placement, place
from radseek.training.provenance import check_same_data, describe_run
from radseek.training.start import build_start, check_start, with_evidence
from radseek.training.state import Progressed, pack, read_state, unpack, write_state
from radseek.training.step import LossOfBatch
from radseek.training.text_adaptation import adapt_text_tower, adaptation_texts
from radseek.training.text_cache import FrozenTextCache
from radseek.training.validation import check_validation, validate

_SHOWN_LOSSES = 20
"""Steps over which the loss that is shown is averaged."""


_SHOWN_FIGURES = (
    "loss",
    "caption_to_case/success@1",
    "caption_to_case/success@10",
    "caption_to_case/ndcg@10",
    "findings/macro_auroc",
    "choice",
)
"""Figures that an epoch's line shows; `history.csv` has all."""


def train(config: TrainingConfig, progress: ProgressListener = no_progress) -> Path:
    """Train as `config` says and return the folder of the best epoch's checkpoint, `config.output / "checkpoint"`.

    A state is kept after each epoch in `config.output / "state"`: a run that was killed goes on from there and ends
    with the same bytes (on the same machine, with the same numbers of threads and processes).

    Beside the checkpoint are `metrics.json` (figures of the best epoch), `history.json` and `history.csv` (of all),
    `config.yaml` (as resolved), `run.json` (versions, machine, digests, time) and `logs/` (TensorBoard).

    Where several processes run this together (see `radseek.training.placement`), each does its share.

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used, or the loss is not finite.
        InputError: When a table or picture cannot be read.
        StorageError: When the output folder cannot be written.
        MismatchError: When the output folder holds the state of another configuration, or of other pictures or tables.
    """
    placement = place(config.optim.precision)
    told = progress if placement.is_main else no_progress
    check_start(config)
    pairs = read_pairs(config)
    check_validation(config, pairs)
    with placement.main_first():
        pixels = load_pixels(pairs, config.preprocessing, config.output / "cache", told)
    return TrainingRun(config, pairs, pixels, placement, told).finish()


class TrainingRun:
    """One training run: the model, its moving average, the optimiser and where it stands."""

    def __init__(
        self,
        config: TrainingConfig,
        pairs: Sequence[Pair],
        pixels: NDArray[np.uint8],
        placement: Placement,
        progress: ProgressListener,
    ) -> None:
        self.config, self.pairs, self.pixels = config, pairs, pixels
        self.placement, self.progress = placement, progress
        self.start = build_start(config, pairs)
        tokenizer = self.start.tokenizer()
        if config.start.adaptation.steps:
            texts_alone = adaptation_texts(config, pairs)
            with placement.main_first():
                adapt_text_tower(self.start.model.text_tower, tokenizer, texts_alone, config, progress)
        self.model = self.start.model.to(placement.device)
        self.model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze(self.model, config.optim)
        features = self._features()
        self.average = copy.deepcopy(self.model).eval()
        placement.join(self.model)
        texts = FrozenTextCache(self.model, n_frozen_layers(self.model, config.optim))
        remaining = remaining_part(self.model, config, features is not None)
        self.loss = placement.spread(LossOfBatch(self.model, texts, remaining, config.objective, placement))
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, config.optim))
        self.batches = BatchMaker(config, pairs, pixels, features, tokenizer)
        self.digest = _config_digest(config)
        self.history: list[Mapping[str, float]] = []
        self.steps_per_epoch = math.ceil(self.batches.n_steps / config.optim.accumulate)
        self.n_steps = self.steps_per_epoch * config.optim.epochs

    def _features(self) -> NDArray[np.float16] | None:
        """What the frozen blocks make of each view of each picture, where the configuration wants that kept."""
        if not self.config.optim.cached_views:
            return None
        train_places = [place for place, pair in enumerate(self.pairs) if pair.split == "train"]
        adapt_statistics(self.model, self.pixels[train_places], self.config)
        with self.placement.main_first():
            return cache_features(self.model, self.pixels, self.config, self.progress)

    def finish(self) -> Path:
        """Run the epochs that are left and return the checkpoint's folder."""
        optim, output = self.config.optim, self.config.output
        self._resume()
        n_before = len(self.history)
        clock = Clock(output, n_before)
        about = describe_run(self.config, self.pairs, self.pixels, self.placement)
        if n_before:
            check_same_data(output, about)
        log = TrainingLog(output, self.config.logs, n_before * self.steps_per_epoch) if self._is_main else NoLog()
        self._write("config.yaml", yaml.safe_dump(resolved_config(self.config), sort_keys=False))
        if self.history:  # a kill may have come between an epoch's state and its tables
            log.epoch(self.history, n_before * self.steps_per_epoch)
        pace = Pace()
        while len(self.history) < optim.epochs and not is_stale(self.history, optim.patience):
            epoch = len(self.history)
            loss = self._run_epoch(epoch, pace, log)
            with pace.measuring():
                self._close_epoch(epoch, loss, about)
            log.epoch(self.history, (epoch + 1) * self.steps_per_epoch)
            self._write("run.json", as_json({**about, "sessions": clock.sessions(len(self.history))}))
        log.close()
        best = max(self.history, key=lambda figures: figures.get("choice", figures["epoch"]))
        self._write("metrics.json", as_json({"epochs": len(self.history), **best}))
        return output / "checkpoint"

    @property
    def _is_main(self) -> bool:
        return self.placement.is_main

    def _write(self, name: str, text: str) -> None:
        if self._is_main:
            write_text(self.config.output / name, text)

    def _resume(self) -> None:
        known = read_state(self.config.output / "state", self.digest)
        if known:
            unpack(known[0], self.model, self.average, self.optimizer)
            self.history = list(known[1].history)

    def _run_epoch(self, epoch: int, pace: Pace, log: TrainingLog) -> float:
        """Train one epoch and return its mean loss."""
        share = self.placement.share
        # dropout and skipped blocks; every process its own
        torch.manual_seed((self.config.seed * 100_003 + epoch) * share.world + share.rank)
        set_training(self.model, self.config.optim)
        losses: list[float] = []
        batches = self.batches.epoch(epoch, share)
        for step in range(self.steps_per_epoch):
            number = epoch * self.steps_per_epoch + step
            size = self.config.optim.accumulate
            count = min(size, self.batches.n_steps - step * size)
            with pace.stepping():
                loss, norm = self.step(itertools.islice(batches, count), count, number)
            losses.append(loss)
            log.step(number, {"loss": loss, "gradient_norm": norm, "rate_share": self._rate_share(number)})
            left = pace.seconds_left(self.n_steps - number - 1, self.config.optim.epochs - epoch)
            shown = float(np.mean(losses[-_SHOWN_LOSSES:]))
            note = f"epoch {epoch + 1} of {self.config.optim.epochs}, loss {shown:.3f}"
            self.progress(Progress("train", number + 1, self.n_steps, note, left))
        return float(np.mean(losses))

    def _rate_share(self, step: int) -> float:
        return learning_rate_factor(step, self.n_steps, self.config.optim.warmup_share)

    def step(self, batches: Iterator[Batch], count: int, step: int) -> tuple[float, float]:
        """One step of the optimiser over `count` batches: their mean loss, and the gradient's norm before clipping."""
        optim = self.config.optim
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * self._rate_share(step)
        self.optimizer.zero_grad()
        total = 0.0
        for place_, batch in enumerate(batches):
            with self.placement.held_back(self.loss, place_ < count - 1):
                loss = self.loss(batch) / count
                loss.backward()
            total += float(loss.detach())
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), optim.clip_norm))
        if not (math.isfinite(total) and math.isfinite(norm)):
            what = f"the loss is {total}" if not math.isfinite(total) else "the gradient is not finite"
            raise ConfigError(_not_finite(what, step // self.steps_per_epoch + 1, step % self.steps_per_epoch + 1))
        self.optimizer.step()
        # the average follows quickly at first, when the weights still move far
        update_average(self.average, self.model, min(optim.ema_decay, (1 + step) / (10 + step)))
        return total, norm

    def _close_epoch(self, epoch: int, loss: float, about: Mapping[str, Any]) -> None:
        """Measure the average model, keep it when it is the best so far, and keep the state last."""
        if not all(tensor.isfinite().all() for tensor in self.average.state_dict().values()):
            raise ConfigError(_not_finite("a weight is not finite", epoch + 1, self.steps_per_epoch))
        figures: dict[str, float] = {}
        if self._is_main:
            model = copy.deepcopy(self.average).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
            checkpoint = Checkpoint(with_evidence(self.start.spec, model, self.config), model, self.start.pieces)
            encoder = LocalEncoder(checkpoint, self.placement.runtime)
            figures = validate(self.config, encoder, self.pairs, self.pixels)
        self.history.append(self.placement.agree({"epoch": epoch + 1, "loss": loss, **figures}))
        if not self._is_main:
            return
        self.progress(Progress("validate", epoch + 1, self.config.optim.epochs, _summary(self.history[-1])))
        if _epochs_since_best(self.history) == 0:
            extra = {
                "metrics.json": as_json({"best_epoch": epoch + 1, "history": self.history, "run": about}),
                "config.yaml": yaml.safe_dump(stored_config(self.config), sort_keys=False),
            }
            _replace_checkpoint(self.config.output, checkpoint, extra)
        state = Progressed(epoch + 1, tuple(self.history), self.digest)
        write_state(self.config.output / "state", pack(self.model, self.average, self.optimizer), state)


def is_stale(history: Sequence[Mapping[str, float]], patience: int) -> bool:
    """Whether `patience` epochs have passed since the best `choice`; never with a patience of 0."""
    return patience > 0 and bool(history) and _epochs_since_best(history) >= patience


def _epochs_since_best(history: Sequence[Mapping[str, float]]) -> int:
    """Epochs after the first one with the best `choice`; without a choice the last epoch is the best."""
    choices = [figures.get("choice", figures["epoch"]) for figures in history]
    return len(choices) - 1 - choices.index(max(choices))


def _not_finite(what: str, epoch: int, step: int) -> str:
    return (
        f"{what} in epoch {epoch}, step {step}: nothing sensible can be learned from here. Lower the learning rates "
        "(optim: lr_image, lr_projections, lr_text) or clip_norm, or take precision f32, in another output folder; "
        "epochs before this one are kept"
    )


def _replace_checkpoint(output: Path, checkpoint: Checkpoint, extra: Mapping[str, str]) -> None:
    """Put a new checkpoint in the place of the old one; a kill leaves one or the other whole, or none for a moment."""
    beside, final, old = (output / name for name in ("checkpoint.part", "checkpoint", "checkpoint.old"))
    try:
        for folder in (beside, old):
            shutil.rmtree(folder, ignore_errors=True)
        write_checkpoint(beside, checkpoint, extra)
        if final.exists():
            final.replace(old)
        beside.replace(final)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"cannot write the checkpoint: {error.strerror}") from error


def stored_config(config: TrainingConfig) -> dict[str, object]:
    """The resolved configuration without this machine's folders, as it is kept inside the checkpoint."""
    plain = resolved_config(config)
    machine = {"output", "data_root", "phantoms_root", "logs"}
    return {name: value for name, value in plain.items() if name not in machine}


def _config_digest(config: TrainingConfig) -> str:
    plain = stored_config(config)
    if config.start.is_without_public_towers:  # runs that began before there were any go on
        plain["start"] = {name: value for name, value in resolved_config(config.start).items() if name not in TOWERS}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _summary(figures: Mapping[str, float]) -> str:
    shown = [name for name in _SHOWN_FIGURES if name in figures]
    return ", ".join(f"{name.rpartition('/')[2].replace('_', ' ')} {figures[name]:.3f}" for name in shown)
