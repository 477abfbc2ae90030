"""The text tower learns the language of radiology before it meets a picture: parts of one text belong together."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from radseek.encoders.public.bert import PooledBert
from radseek.encoders.text_tower import BertTower
from radseek.encoders.tokenizer import TextTokenizer, pad_tokens
from radseek.errors import ConfigError, StorageError
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.text.sentences import sentence_spans
from radseek.training.config import AdaptationConfig, TextSourceConfig, TrainingConfig
from radseek.training.optimiser import learning_rate_factor
from radseek.training.pairs import Pair, data_root
from radseek.training.table_rows import check_columns, read_rows

_MIN_WORDS = 6
"""Shorter texts have no two parts."""
_RANDOM_STATE = "random state"
"""Name beside the tower's tensors in the cache, of which none has a blank."""


def adapt_text_tower(
    tower: BertTower,
    tokenizer: TextTokenizer,
    texts: Sequence[str],
    config: TrainingConfig,
    progress: ProgressListener,
) -> None:
    """Train `tower` in place so that two parts of one text are closer than parts of different ones.

    All of our own tower moves; of a public one what its tuning allows.

    InfoNCE in both directions over a batch (van den Oord et al., arXiv:1807.03748). The result is kept in the cache
    folder of the run under a key of everything it came from, so that a resumed run does not train it again. What comes
    after it finds the same in either case: the state of torch's random generator, and gradients of zero, as the last
    bit of a clipped norm depends on how many gradients it sums.

    Raises:
        ConfigError: When there are fewer texts than a batch, or the tower is frozen.
        StorageError: When the cache cannot be written.
    """
    from safetensors.torch import load_file, save_file

    usable = _usable(tower, texts, config)
    file = config.output / "cache" / f"text-{_key(tower, usable, config)}.safetensors"
    if not file.is_file():
        _train(tower, tokenizer, usable, config, progress)
        kept = {name: tensor.contiguous() for name, tensor in tower.state_dict().items()}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            save_file({**kept, _RANDOM_STATE: torch.get_rng_state()}, part)
            part.replace(file)
        except OSError as error:
            raise StorageError(f"cannot write the text cache: {error.strerror}") from error
    kept = load_file(file)
    torch.set_rng_state(kept.pop(_RANDOM_STATE))
    tower.load_state_dict(kept)
    for parameter in _moving(tower):
        parameter.grad = torch.zeros_like(parameter)


def seconds_of_adaptation(
    tower: BertTower, tokenizer: TextTokenizer, texts: Sequence[str], config: TrainingConfig
) -> float:
    """What `adapt_text_tower` will take, from two steps on a copy of the tower; the first one warms up.

    Raises:
        ConfigError: As `adapt_text_tower`.
    """
    usable, one_step = _usable(tower, texts, config), dataclasses.replace(config.start.adaptation, steps=1)
    once = dataclasses.replace(config, start=dataclasses.replace(config.start, adaptation=one_step))
    trial, began = copy.deepcopy(tower), 0.0
    for _ in range(2):
        began = time.monotonic()
        _train(trial, tokenizer, usable, once, no_progress)
    return (time.monotonic() - began) * config.start.adaptation.steps


def _usable(tower: BertTower, texts: Sequence[str], config: TrainingConfig) -> list[str]:
    """Different texts that have two parts, where they are enough and the tower can move."""
    batch_size = config.start.adaptation.batch_size
    if isinstance(tower, PooledBert) and not any(parameter.requires_grad for parameter in tower.parameters()):
        raise ConfigError("text adaptation: the text tower is frozen: set steps to 0, or start: text_tuning: lora")
    usable = [text for text in dict.fromkeys(texts) if len(text.split()) >= _MIN_WORDS]
    if len(usable) < batch_size:
        raise ConfigError(f"text adaptation: {len(usable)} texts are less than one batch of {batch_size}")
    return usable


def adaptation_texts(config: TrainingConfig, pairs: Sequence[Pair]) -> list[str]:
    """Texts of the train part, and of the configured further files.

    Raises:
        InputError: When a file cannot be read.
        ConfigError: When it lacks a column.
    """
    own = [
        text
        for pair in pairs
        if pair.split == "train" and not pair.synthetic
        for text in (" ".join(pair.image_texts), " ".join(pair.study_texts))
    ]
    return own + [text for source in config.start.adaptation.sources for text in _texts(data_root(config), source)]


def split_text(text: str, rng: np.random.Generator) -> tuple[str, str]:
    """Two parts of `text` that share no word place: some of its sentences and the next, or halves of a single one."""
    spans = sentence_spans(text)
    if len(spans) >= 2:
        cut = int(rng.integers(1, len(spans)))
        first, last = max(0, cut - 2), min(len(spans), cut + 2)
        return text[spans[first][0] : spans[cut - 1][1]], text[spans[cut][0] : spans[last - 1][1]]
    words = text.split()
    cut = int(rng.integers(len(words) // 3, len(words) - len(words) // 3))
    return " ".join(words[:cut]), " ".join(words[cut:])


def _train(
    tower: BertTower,
    tokenizer: TextTokenizer,
    texts: Sequence[str],
    config: TrainingConfig,
    progress: ProgressListener,
) -> None:
    settings = config.start.adaptation
    rng = np.random.default_rng([config.seed, 2])
    torch.manual_seed(config.seed)
    moving = _moving(tower)
    tower.train()
    optimizer = torch.optim.AdamW(moving, lr=settings.lr, weight_decay=0.01)
    began = time.monotonic()
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * learning_rate_factor(step, settings.steps, 0.1)
        chosen = rng.choice(len(texts), settings.batch_size, replace=False)
        halves = [split_text(texts[int(place)], rng) for place in chosen]
        loss = _loss(tower, tokenizer, halves, settings)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        left = (time.monotonic() - began) / (step + 1) * (settings.steps - step - 1)
        progress(Progress("adapt text", step + 1, settings.steps, f"loss {float(loss.detach()):.3f}", left))
    tower.eval()


def _moving(tower: BertTower) -> list[torch.nn.Parameter]:
    """What adaptation moves: all of our own tower, of a public one what its tuning allows."""
    if not isinstance(tower, PooledBert):
        tower.requires_grad_(True)
    return [parameter for parameter in tower.parameters() if parameter.requires_grad]


def _loss(
    tower: BertTower, tokenizer: TextTokenizer, halves: Sequence[tuple[str, str]], settings: AdaptationConfig
) -> Tensor:
    sides = []
    for side in (0, 1):
        lists = tokenizer.token_lists([half[side] for half in halves])
        ids, mask = pad_tokens([tokens[: settings.max_tokens] for tokens in lists])
        sides.append(functional.normalize(tower(torch.from_numpy(ids), torch.from_numpy(mask)), dim=-1))
    logits = sides[0] @ sides[1].T / settings.temperature  # [n, n]
    own = torch.arange(len(halves))
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2


def _texts(root: Path, source: TextSourceConfig) -> Iterator[str]:
    rows = read_rows(root / source.path, "text adaptation", source.header)
    check_columns(rows, [*source.columns, *filter(None, [source.split_column])], "text adaptation")
    for row in rows:
        text = " ".join(row[column] for column in source.columns).strip()
        is_held_out = source.split_column and row[source.split_column] not in source.splits
        if text and not is_held_out and not (source.skip_if_contains and source.skip_if_contains in text):
            yield text


def _key(tower: BertTower, texts: Sequence[str], config: TrainingConfig) -> str:
    digest = hashlib.sha256(repr((config.start.adaptation, config.seed, _RANDOM_STATE)).encode())
    if isinstance(tower, PooledBert):
        digest.update(repr(config.start.tunings[1]).encode())
    for text in texts:
        digest.update(text.encode() + b"\0")
    for name, tensor in tower.state_dict().items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()[:16]
