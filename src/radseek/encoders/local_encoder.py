"""A dual encoder loaded from a checkpoint, ready to encode."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radseek.encoders.checkpoint import Checkpoint
from radseek.encoders.runtime import ImageFunction, build_image_function, choose_runtime
from radseek.encoders.spec import EncoderSpec, Picture
from radseek.encoders.tokenizer import pad_tokens
from radseek.errors import InputError
from radseek.images import prepare, read_raster

if TYPE_CHECKING:
    import torch

IMAGE_BATCH = 16
TEXT_BATCH = 64


class LocalEncoder:
    """Implements `radseek.encoders.Encoder` with a checkpoint's towers.

    Texts always run in torch float32: a query takes milliseconds there, and nothing has to be converted first. The
    image side is built on its first use.
    """

    def __init__(self, checkpoint: Checkpoint, runtime: str = "auto") -> None:
        self._runtime = choose_runtime(runtime)
        self._model = checkpoint.model
        self._tokenizer = checkpoint.tokenizer()
        self._spec = dataclasses.replace(checkpoint.spec, runtime=self._runtime)
        self._image_function: ImageFunction | None = None

    @property
    def spec(self) -> EncoderSpec:
        """Which encoder this is, with the runtime that computes."""
        return self._spec

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as float32 `[n, dim]`, rows of unit length. Equal texts are computed once; long ones are cut.

        Raises:
            InputError: When something else than text is given.
        """
        lists = [tuple(tokens) for tokens in self._tokenizer.token_lists(texts)]
        unique = sorted(set(lists), key=lambda tokens: (len(tokens), tokens))  # alike lengths share a batch
        vectors = np.empty((len(unique), self._spec.dim), dtype=np.float32)
        for start in range(0, len(unique), TEXT_BATCH):
            vectors[start : start + TEXT_BATCH] = self._text_batch(unique[start : start + TEXT_BATCH])
        place = {tokens: row for row, tokens in enumerate(unique)}
        return vectors[[place[tokens] for tokens in lists]]

    def encode_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Pictures (paths, or 2-D arrays in display order) as float32 `[n, dim]`, rows of unit length.

        Raises:
            InputError: When an array is not 2-D, not finite or out of range, or a file cannot be read.
            DecodeError: When a file is no readable PNG or JPEG.
        """
        return self._gather([self.encode_prepared(batch)[0] for batch in self._prepared(images)])

    def encode_patches(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Pictures as float32 `[n, rows, cols, dim]`, unit vectors in the space of the texts, top row first.

        Raises:
            InputError: As `encode_images`.
            DecodeError: As `encode_images`.
        """
        batches = [self.encode_prepared(batch)[1] for batch in self._prepared(images)]
        return self._gather(batches, *self._spec.grid)

    def encode_prepared(self, pictures: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Image vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]` of what `radseek.images.prepare` made.

        Raises:
            InputError: When the tensor is not `[n, 3, size, size]` with this encoder's size.
        """
        size = self._spec.preprocessing.size_px
        if tuple(pictures.shape[1:]) != (3, size, size):
            raise InputError(f"prepared pictures must be [n, 3, {size}, {size}]; got {list(pictures.shape)}")
        if self._image_function is None:
            self._image_function = build_image_function(self._model, self._runtime, size)
        starts = range(0, len(pictures), IMAGE_BATCH)
        parts = [self._image_function(pictures[start : start + IMAGE_BATCH]) for start in starts]
        return self._gather([part[0] for part in parts]), self._gather([part[1] for part in parts], *self._spec.grid)

    def _prepared(self, images: Sequence[Picture]) -> Iterator[torch.Tensor]:
        if isinstance(images, (str, Path)):
            raise InputError("images must be a sequence of paths or 2-D arrays; got a single path")
        for start in range(0, len(images), IMAGE_BATCH):
            batch = images[start : start + IMAGE_BATCH]
            arrays = [read_raster(Path(image)) if isinstance(image, (str, Path)) else image for image in batch]
            yield prepare(arrays, self._spec.preprocessing)

    def _text_batch(self, token_lists: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        import torch

        ids, mask = pad_tokens(token_lists)
        device = self._model.bias.device
        with torch.inference_mode():
            vectors = self._model.text_vectors(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
        return vectors.cpu().numpy()

    def _gather(self, batches: Sequence[NDArray[np.float32]], *between: int) -> NDArray[np.float32]:
        return np.concatenate([np.empty((0, *between, self._spec.dim), dtype=np.float32), *batches])
