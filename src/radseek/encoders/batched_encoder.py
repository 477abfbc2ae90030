"""What our own and public encoders do alike: batches, each distinct text once, checks of what comes in and out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.encoders.spec import EncoderSpec, Picture
from radseek.encoders.tokenizer import Tokenizes
from radseek.errors import ArtifactError, InputError
from radseek.images import prepare, read_raster

IMAGE_BATCH = 16
TEXT_BATCH = 64

Vectors = NDArray[np.float32]


class BatchedEncoder(ABC):
    """Implements `radseek.encoders.PreparedEncoder` over what a subclass makes of one batch.

    Args:
        spec: Which encoder this is, with the runtime that computes.
        tokenizer: Of its text tower.
    """

    def __init__(self, spec: EncoderSpec, tokenizer: Tokenizes) -> None:
        self._spec = spec
        self._tokenizer = tokenizer

    @property
    def spec(self) -> EncoderSpec:
        """Which encoder this is, with the runtime that computes."""
        return self._spec

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts as float32 `[n, dim]`, rows of unit length. Equal texts are computed once; long ones are cut.

        Raises:
            ArtifactError: When the weights give vectors that are not finite.
            InputError: When something else than text is given.
        """
        lists = [tuple(tokens) for tokens in self._tokenizer.token_lists(texts)]
        unique = sorted(set(lists), key=lambda tokens: (len(tokens), tokens))  # alike lengths share a batch
        starts = range(0, len(unique), TEXT_BATCH)
        parts = [self._tokenizer.batch(unique[start : start + TEXT_BATCH]) for start in starts]
        vectors = self._gather([self._text_vectors(ids, mask) for ids, mask in parts])
        place = {tokens: row for row, tokens in enumerate(unique)}
        return vectors[[place[tokens] for tokens in lists]]

    def encode_images(self, images: Sequence[Picture]) -> Vectors:
        """Pictures (paths, or 2-D arrays in display order) as float32 `[n, dim]`, rows of unit length.

        Raises:
            ArtifactError: When the weights give vectors that are not finite.
            InputError: When an array is not 2-D, not finite or out of range, or a file cannot be read.
            DecodeError: When a file is no readable PNG or JPEG.
        """
        return self._gather([self._image_vectors(batch) for batch in self._prepared(images)])

    def encode_patches(self, images: Sequence[Picture]) -> Vectors:
        """Pictures as float32 `[n, rows, cols, dim]`, unit vectors in the space of the texts, top row first.

        Raises:
            ArtifactError: As `encode_images`.
            InputError: As `encode_images`.
            DecodeError: As `encode_images`.
        """
        return self._gather([self._patch_vectors(batch) for batch in self._prepared(images)], *self._spec.grid)

    def encode_pictures(self, images: Sequence[Picture]) -> tuple[Vectors, Vectors]:
        """What `encode_images` and `encode_patches` give, from one pass where the encoder can.

        Raises:
            ArtifactError: As `encode_images`.
            InputError: As `encode_images`.
            DecodeError: As `encode_images`.
        """
        parts = [self._image_and_patch_vectors(batch) for batch in self._prepared(images)]
        return self._gather([part[0] for part in parts]), self._gather([part[1] for part in parts], *self._spec.grid)

    def encode_prepared(self, pictures: torch.Tensor) -> tuple[Vectors, Vectors]:
        """Image vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]` of what `radseek.images.prepare` made.

        Raises:
            ArtifactError: As `encode_images`.
            InputError: When the tensor is not `[n, 3, size, size]` with this encoder's size.
        """
        size = self._spec.preprocessing.size_px
        if tuple(pictures.shape[1:]) != (3, size, size):
            raise InputError(f"prepared pictures must be [n, 3, {size}, {size}]; got {list(pictures.shape)}")
        starts = range(0, len(pictures), IMAGE_BATCH)
        parts = [self._image_and_patch_vectors(pictures[start : start + IMAGE_BATCH]) for start in starts]
        return self._gather([part[0] for part in parts]), self._gather([part[1] for part in parts], *self._spec.grid)

    @abstractmethod
    def _text_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        """Unit vectors `[n, dim]` of one batch of the tokenizer."""

    @abstractmethod
    def _image_vectors(self, pictures: torch.Tensor) -> Vectors:
        """Unit vectors `[n, dim]` of one batch of prepared pictures."""

    @abstractmethod
    def _patch_vectors(self, pictures: torch.Tensor) -> Vectors:
        """Unit vectors `[n, rows, cols, dim]` of one batch of prepared pictures."""

    def _image_and_patch_vectors(self, pictures: torch.Tensor) -> tuple[Vectors, Vectors]:
        return self._image_vectors(pictures), self._patch_vectors(pictures)

    def _prepared(self, images: Sequence[Picture]) -> Iterator[torch.Tensor]:
        if isinstance(images, (str, Path)):
            raise InputError("images must be a sequence of paths or 2-D arrays; got a single path")
        for start in range(0, len(images), IMAGE_BATCH):
            batch = images[start : start + IMAGE_BATCH]
            arrays = [read_raster(Path(image)) if isinstance(image, (str, Path)) else image for image in batch]
            yield prepare(arrays, self._spec.preprocessing)

    def _gather(self, batches: Sequence[Vectors], *between: int) -> Vectors:
        vectors = np.concatenate([np.empty((0, *between, self._spec.dim), dtype=np.float32), *batches])
        if not np.isfinite(vectors).all():
            raise ArtifactError("the encoder's weights give vectors that are not finite")
        return vectors
