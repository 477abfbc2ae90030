"""Batches of an epoch: which pictures, in which view, with which texts and targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radseek.encoders.tokenizer import TextTokenizer
from radseek.errors import ConfigError
from radseek.images import augment, normalise
from radseek.training.background import background_targets, read_background
from radseek.training.config import TrainingConfig
from radseek.training.drawing import DrawnText, TextDrawer
from radseek.training.pairs import Pair
from radseek.training.placement import WHOLE, Share
from radseek.training.sentence_pool import read_pool
from radseek.training.targets import TargetRules, build_targets

# Pictures of one batch for which a sentence over several attributes is composed.
_COMPOSED_SHARE = 0.25
# Background texts of a batch for each of its pictures.
_BACKGROUND_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step sees."""

    features: Tensor
    """Augmented pictures, after the frozen blocks where views are cached: `[n, channels, h, w]`."""
    token_lists: list[list[int]]
    targets: Tensor
    """`[n, m]`: see `radseek.training.targets`."""
    is_prompt: Tensor
    """bool `[m]`: texts that claim or deny prompted findings and attributes."""
    owners: Tensor
    """int64 `[m]`: place in the batch of the picture whose true text this is; -1 for prompts and wrong texts."""
    denied_at: Tensor
    """int64 `[m]`: of a denial, the place of the prompt for the same finding; -1 for every other text."""
    background_lists: list[list[int]]
    """Tokens of `b` texts of no picture: see `radseek.training.background`."""
    background_targets: Tensor
    """`[b, n_prompts]`: of those with all prompts, in the order of the texts."""


class BatchMaker:
    """Makes the batches of an epoch from its number alone: an interrupted run sees the same ones again."""

    def __init__(
        self,
        config: TrainingConfig,
        pairs: Sequence[Pair],
        pixels: NDArray[np.uint8],
        features: NDArray[np.float16] | None,
        tokenizer: TextTokenizer,
    ) -> None:
        self.n_steps = count_batches(config, pairs)
        self._config, self._pairs, self._pixels, self._features = config, pairs, pixels, features
        self._tokenizer = tokenizer
        self._drawer = TextDrawer(config.prompts, read_pool(config), config.objective.sentence_share)
        self._rules = _rules(config, pairs)
        self._background = read_background(config, pairs) if config.objective.background else []
        train = [place for place, pair in enumerate(pairs) if pair.split == "train"]
        self._shown = np.repeat(train, [pairs[place].weight for place in train])
        self._normal = np.array([config.prompts.normal in pairs[place].findings for place in self._shown], dtype=bool)

    def epoch(self, epoch: int, share: Share = WHOLE) -> Iterator[Batch]:
        """`n_steps` batches; with a share, `features` holds only that part's pictures."""
        rng = np.random.default_rng([self._config.seed, epoch])
        order = self._order(rng)
        size = self._config.optim.batch_size
        for step in range(self.n_steps):
            yield self._batch(order[step * size : (step + 1) * size], epoch, rng, share)

    def _order(self, rng: np.random.Generator) -> NDArray[np.int64]:
        normal, other = self._shown[self._normal], self._shown[~self._normal]
        kept = rng.permutation(normal)[: self._config.optim.n_normal_shown(len(normal), len(other))]
        return rng.permutation(np.concatenate([other, kept]))

    def _batch(self, places: NDArray[np.int64], epoch: int, rng: np.random.Generator, share: Share) -> Batch:
        pairs = [self._pairs[place] for place in places]
        texts = self._texts(pairs, rng)
        prompts = [drawn for drawn in texts if drawn.is_prompt]
        told = [self._background[place] for place in self._draw_background(len(places), rng)]
        return Batch(
            features=self._view(places[share.of(len(places))], epoch, rng, share).contiguous(
                memory_format=torch.channels_last
            ),
            token_lists=self._tokenizer.token_lists([drawn.text for drawn in texts]),
            targets=torch.from_numpy(build_targets(pairs, texts, self._rules)),
            is_prompt=torch.tensor([drawn.is_prompt for drawn in texts], dtype=torch.bool),
            owners=torch.tensor([-1 if drawn.is_wrong else drawn.owner for drawn in texts], dtype=torch.long),
            denied_at=torch.tensor(_places_of_denied(texts), dtype=torch.long),
            background_lists=self._tokenizer.token_lists([background.text for background in told]),
            background_targets=torch.from_numpy(background_targets(told, prompts)),
        )

    def _texts(self, pairs: Sequence[Pair], rng: np.random.Generator) -> list[DrawnText]:
        texts: list[DrawnText] = []
        for owner, pair in enumerate(pairs):
            own = self._drawer.draw(pair, owner, self._config.optim.texts_per_image, rng)
            texts += own
            reports = [drawn for drawn in own if not drawn.claims]
            if reports and rng.random() < self._config.objective.counterfactual_share:
                texts += _given(self._drawer.counterfactual(reports[0], rng))
            if rng.random() < _COMPOSED_SHARE:
                texts += _given(self._drawer.compose(pair, owner, rng))
        return texts + self._drawer.prompts_for_all(rng)

    def _draw_background(self, n_pictures: int, rng: np.random.Generator) -> NDArray[np.int64]:
        if not self._background:
            return np.zeros(0, dtype=np.int64)
        return rng.integers(len(self._background), size=round(_BACKGROUND_SHARE * n_pictures))

    def _view(self, places: NDArray[np.int64], epoch: int, rng: np.random.Generator, share: Share) -> Tensor:
        """Pictures for one step: cached features of a view that differs between epochs, or freshly augmented."""
        if self._features is not None:
            # each picture starts at another view, so that an epoch mixes all of them
            views = (places + epoch) % len(self._features)
            return torch.from_numpy(self._features[views, places].astype(np.float32))
        # every process draws the same number, so that the next batch is the same in all
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)) + share.rank)
        grey = torch.from_numpy(self._pixels[places]).float() / 255
        return normalise(augment(grey, self._config.augmentation, generator), self._config.preprocessing)


def count_batches(config: TrainingConfig, pairs: Sequence[Pair]) -> int:
    """Batches of an epoch.

    Raises:
        ConfigError: When the pictures that an epoch shows are less than one.
    """
    train = [pair for pair in pairs if pair.split == "train"]
    n_normal = sum(pair.weight for pair in train if config.prompts.normal in pair.findings)
    n_other = sum(pair.weight for pair in train) - n_normal
    n_shown = n_other + config.optim.n_normal_shown(n_normal, n_other)
    if n_shown < config.optim.batch_size:
        held = n_normal + n_other - n_shown
        why = f" ({held} normal ones are held back by max_normal_share {config.optim.max_normal_share})" if held else ""
        raise ConfigError(
            f"{n_shown} training pictures{why} are less than one batch of {config.optim.batch_size}: "
            "lower optim: batch_size" + (", or raise max_normal_share" if held else "")
        )
    return n_shown // config.optim.batch_size


def _places_of_denied(texts: Sequence[DrawnText]) -> list[int]:
    affirming = {next(iter(text.claims)): place for place, text in enumerate(texts) if len(text.claims) == 1}
    return [affirming.get(next(iter(text.denies)), -1) if text.denies else -1 for text in texts]


def _given(drawn: DrawnText | None) -> list[DrawnText]:
    return [] if drawn is None else [drawn]


def _rules(config: TrainingConfig, pairs: Sequence[Pair]) -> TargetRules:
    opinions: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.split == "train":
            for finding, probability in pair.teacher.items():
                opinions.setdefault(finding, []).append(probability)
    return TargetRules(
        normal=config.prompts.normal,
        findings=frozenset(config.prompts.findings),
        shared_findings=config.objective.shared_findings,
        teacher=config.objective.teacher,
        teacher_priors={finding: float(np.mean(values)) for finding, values in opinions.items()},
    )
