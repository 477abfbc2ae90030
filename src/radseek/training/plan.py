"""What a training will do and about how long it takes, from one trial step, before anything is trained."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from radseek.encoders.runtime import OPENVINO_PAYS_FROM, choose_runtime
from radseek.images import normalise
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.training.batches import count_batches
from radseek.training.config import TrainingConfig
from radseek.training.image_cache import frozen_part, remaining_part
from radseek.training.logs import NO_TENSORBOARD, has_tensorboard
from radseek.training.loop import TrainingRun
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import fit_pixels
from radseek.training.placement import Placement
from radseek.training.start import check_start
from radseek.training.text_adaptation import adaptation_texts, seconds_of_adaptation
from radseek.training.validation import check_validation

_OPENVINO_GAIN = 2.0
"""How much faster features are cached where OpenVINO is installed (see `radseek.encoders.runtime`)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The training or the val part."""

    pictures: int
    studies: int
    patients: int
    texts: int
    """Different texts; prompts are not counted."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A training that has not begun."""

    name: str
    train: Part
    val: Part
    epochs: int
    """At most: it ends early where nothing gets better."""
    steps: int
    batch_size: int
    """Pictures of a step; with accumulation, of all its batches."""
    trained_parameters: int
    parameters: int
    device: str
    precision: str
    seconds: float
    """An estimate from one step on this machine as busy as it is now."""
    notes: tuple[str, ...] = ()


def plan_training(config: TrainingConfig, progress: ProgressListener = no_progress) -> TrainingPlan:
    """Reads the tables, looks at a batch of pictures and takes one step that is thrown away.

    Raises:
        ConfigError: As `radseek.training.train`.
        InputError: As `radseek.training.train`.
    """
    check_start(config)
    pairs = read_pairs(config)
    check_validation(config, pairs)
    n_batches = count_batches(config, pairs)
    progress(Progress("plan", 0, 1, "one trial step"))
    trial = _Trial(config, pairs)
    model, n_val = trial.run.model, sum(pair.split == "val" for pair in pairs)
    size = config.optim.batch_size * config.optim.accumulate
    steps = math.ceil(n_batches / config.optim.accumulate) * config.optim.epochs
    progress(Progress("plan", 1, 1))
    return TrainingPlan(
        name=config.name,
        train=_part(pairs, "train"),
        val=_part(pairs, "val"),
        epochs=config.optim.epochs,
        steps=steps,
        batch_size=size,
        trained_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        parameters=sum(p.numel() for p in model.parameters()),
        device=str(trial.run.placement.device),
        precision=trial.run.placement.precision,
        seconds=trial.adaptation_s(pairs) + trial.seconds(len(pairs), n_batches * config.optim.epochs, n_val),
        notes=() if has_tensorboard() or not config.logs.tensorboard else (NO_TENSORBOARD,),
    )


class _Trial:
    """One batch through everything that a training does with it, timed."""

    def __init__(self, config: TrainingConfig, pairs: Sequence[Pair]) -> None:
        self.config = config
        chosen = _some(pairs, config)
        began = time.monotonic()
        pixels = fit_pixels(chosen, config.preprocessing, no_progress)
        self.prepare_s = (time.monotonic() - began) / len(chosen)
        optim = dataclasses.replace(config.optim, cached_views=0, epochs=1, accumulate=1, max_normal_share=1.0)
        adaptation = dataclasses.replace(config.start.adaptation, steps=0)
        start = dataclasses.replace(config.start, adaptation=adaptation)
        alone = dataclasses.replace(config, optim=optim, start=start)
        self.run = TrainingRun(alone, chosen, pixels, Placement(config.optim.precision), no_progress)
        grey = torch.from_numpy(pixels[: config.optim.batch_size]).float() / 255
        pictures = normalise(grey, config.preprocessing).to(self.run.placement.device)
        tower = remaining_part(self.run.model, config, is_cached=False)
        with torch.no_grad():
            self.whole_s = _timed(lambda: tower(pictures))
            self.lower_s = 0.0
            if config.optim.cached_views:
                lower = frozen_part(self.run.model, config)
                self.lower_s = _timed(lambda: lower(pictures))
        self.step_s = _timed(lambda: self.run.step(itertools.islice(self.run.batches.epoch(0), 1), 1, 0))

    def adaptation_s(self, pairs: Sequence[Pair]) -> float:
        """Of the text tower's training on texts alone."""
        if not self.config.start.adaptation.steps:
            return 0.0
        start, texts = self.run.start, adaptation_texts(self.config, pairs)
        return seconds_of_adaptation(start.model.text_tower, start.tokenizer(), texts, self.config)

    def seconds(self, n_pictures: int, n_batches: int, n_val: int) -> float:
        """Of all the rest."""
        size, optim = self.config.optim.batch_size, self.config.optim
        n_views = optim.cached_views * n_pictures
        converted = choose_runtime("auto") == "cpu-f32" and n_views >= OPENVINO_PAYS_FROM
        caching = n_views * self.lower_s / size / (_OPENVINO_GAIN if converted else 1.0)
        measuring = optim.epochs * n_val * self.whole_s / size
        stepping = n_batches * max(self.step_s - self.lower_s, self.step_s / 10)
        return n_pictures * self.prepare_s + caching + stepping + measuring


def _some(pairs: Sequence[Pair], config: TrainingConfig) -> list[Pair]:
    """A batch of training pictures, drawn at random; all where there are fewer."""
    train = [pair for pair in pairs if pair.split == "train"]
    order = np.random.default_rng(config.seed).permutation(len(train))
    return [dataclasses.replace(train[place], weight=1) for place in order[: config.optim.batch_size]]


def _timed(work: Callable[[], object]) -> float:
    """Seconds of the second of two runs: the first one warms up."""
    taken = 0.0
    for _ in range(2):
        began = time.monotonic()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken = time.monotonic() - began
    return taken


def _part(pairs: Sequence[Pair], split: str) -> Part:
    chosen = [pair for pair in pairs if pair.split == split]
    texts = {text for pair in chosen for text in (*pair.image_texts, *pair.study_texts)}
    return Part(len(chosen), len({p.study for p in chosen}), len({p.patient for p in chosen}), len(texts))
