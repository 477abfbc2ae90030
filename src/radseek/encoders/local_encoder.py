"""A dual encoder loaded from a checkpoint, ready to encode."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.encoders.batched_encoder import BatchedEncoder, Vectors
from radseek.encoders.checkpoint import Checkpoint
from radseek.encoders.runtime import ImageFunction, build_image_function, choose_runtime

_FEW_TOKENS = 256
"""Up to this many tokens one thread is used: on an idle machine two save a millisecond or two, on a busy one they wait
for each other (one query beside two busy processes: at worst 15 ms with one thread, 170 ms with two)."""


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Torch uses `count` threads inside; None leaves it as it is."""
    before = torch.get_num_threads()
    if count is None or before <= count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class LocalEncoder(BatchedEncoder):
    """Implements `radseek.encoders.Encoder` with a checkpoint's towers.

    Texts always run in torch float32: a query takes milliseconds there, and nothing has to be converted first. The
    image side is built on its first use.
    """

    def __init__(self, checkpoint: Checkpoint, runtime: str = "auto") -> None:
        self._runtime = choose_runtime(runtime)
        self._model = checkpoint.model
        self._image_function: ImageFunction | None = None
        super().__init__(dataclasses.replace(checkpoint.spec, runtime=self._runtime), checkpoint.tokenizer())

    def _text_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        device = self._model.bias.device
        with torch.inference_mode(), _threads(1 if ids.size <= _FEW_TOKENS else None):
            vectors = self._model.text_vectors(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
        return vectors.cpu().numpy()

    def _image_vectors(self, pictures: torch.Tensor) -> Vectors:
        return self._image_and_patch_vectors(pictures)[0]

    def _patch_vectors(self, pictures: torch.Tensor) -> Vectors:
        return self._image_and_patch_vectors(pictures)[1]

    def _image_and_patch_vectors(self, pictures: torch.Tensor) -> tuple[Vectors, Vectors]:
        if self._image_function is None:
            size = self._spec.preprocessing.size_px
            self._image_function = build_image_function(self._model, self._runtime, size)
        return self._image_function(pictures)
