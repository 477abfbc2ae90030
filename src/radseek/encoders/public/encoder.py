"""A public pair, ready to encode an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.encoders.public.loading import LoadedPair
from radseek.encoders.runtime import choose_runtime, compile_openvino
from radseek.encoders.spec import EncoderSpec, Picture
from radseek.errors import ArtifactError, InputError
from radseek.images import prepare, read_raster

IMAGE_BATCH = 16
TEXT_BATCH = 64

Vectors = NDArray[np.float32]


class PublicEncoder:
    """Implements `radseek.encoders.Encoder` with a public pair.

    Texts run in torch float32; pictures on the runtime, patches apart from pictures as they may cost a pass of their
    own. Runtime `cpu-f32` is torch here.
    """

    def __init__(self, pair: LoadedPair, runtime: str = "auto") -> None:
        self._runtime = choose_runtime(runtime)
        self._device = torch.device("cuda" if self._runtime.startswith("cuda") else "cpu")
        self._pair = pair
        self._model = pair.model.to(self._device)
        self._functions: dict[str, Callable[[torch.Tensor], Vectors]] = {}
        self.notes = pair.notes
        """Plain sentences about what was left alone while loading."""
        self._spec = describe_pair(pair, self._runtime)

    @property
    def spec(self) -> EncoderSpec:
        """Which encoder this is, with the runtime that computes."""
        return self._spec

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts as float32 `[n, dim]`, rows of unit length. Equal texts are computed once; long ones are cut.

        Raises:
            InputError: When something else than text is given.
        """
        lists = [tuple(tokens) for tokens in self._pair.tokenizer.token_lists(texts)]
        unique = sorted(set(lists), key=lambda tokens: (len(tokens), tokens))  # alike lengths share a batch
        vectors = np.empty((len(unique), self._spec.dim), dtype=np.float32)
        for start in range(0, len(unique), TEXT_BATCH):
            ids, mask = self._pair.tokenizer.batch(unique[start : start + TEXT_BATCH])
            with torch.inference_mode():
                there = self._model.text_vectors(self._tensor(ids), self._tensor(mask))
            vectors[start : start + TEXT_BATCH] = there.cpu().numpy()
        place = {tokens: row for row, tokens in enumerate(unique)}
        return _finite(vectors[[place[tokens] for tokens in lists]])

    def encode_images(self, images: Sequence[Picture]) -> Vectors:
        """Pictures (paths, or 2-D arrays in display order) as float32 `[n, dim]`, rows of unit length.

        Raises:
            ArtifactError: When the weights give vectors that are not finite.
            InputError: When an array is not 2-D, not finite or out of range, or a file cannot be read.
            DecodeError: When a file is no readable PNG or JPEG.
        """
        return self._gather([self._run("image_vectors", batch) for batch in self._prepared(images)])

    def encode_patches(self, images: Sequence[Picture]) -> Vectors:
        """Pictures as float32 `[n, rows, cols, dim]`, unit vectors in the space of the texts, top row first.

        Raises:
            ArtifactError: As `encode_images`.
            InputError: As `encode_images`.
            DecodeError: As `encode_images`.
        """
        return self._gather([self._run("patch_vectors", batch) for batch in self._prepared(images)], *self._spec.grid)

    def encode_prepared(self, pictures: torch.Tensor) -> tuple[Vectors, Vectors]:
        """Image vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]` of what `radseek.images.prepare` made.

        Raises:
            ArtifactError: As `encode_images`.
            InputError: When the tensor is not `[n, 3, size, size]` with this encoder's size.
        """
        size = self._spec.preprocessing.size_px
        if tuple(pictures.shape[1:]) != (3, size, size):
            raise InputError(f"prepared pictures must be [n, 3, {size}, {size}]; got {list(pictures.shape)}")
        batches = [pictures[start : start + IMAGE_BATCH] for start in range(0, len(pictures), IMAGE_BATCH)]
        whole = [self._run("image_vectors", batch) for batch in batches]
        patches = [self._run("patch_vectors", batch) for batch in batches]
        return self._gather(whole), self._gather(patches, *self._spec.grid)

    def _prepared(self, images: Sequence[Picture]) -> Iterator[torch.Tensor]:
        if isinstance(images, (str, Path)):
            raise InputError("images must be a sequence of paths or 2-D arrays; got a single path")
        for start in range(0, len(images), IMAGE_BATCH):
            batch = images[start : start + IMAGE_BATCH]
            arrays = [read_raster(Path(image)) if isinstance(image, (str, Path)) else image for image in batch]
            yield prepare(arrays, self._spec.preprocessing)

    def _run(self, name: str, pictures: torch.Tensor) -> Vectors:
        if name not in self._functions:
            self._functions[name] = self._function(name)
        return _finite(self._functions[name](pictures))

    def _function(self, name: str) -> Callable[[torch.Tensor], Vectors]:
        method: Callable[[torch.Tensor], torch.Tensor] = getattr(self._model, name)
        if not self._runtime.startswith("openvino"):

            def run(pictures: torch.Tensor) -> Vectors:
                with torch.inference_mode():
                    vectors: Vectors = method(pictures.to(self._device)).float().cpu().numpy()
                return vectors

            return run
        precision = "bf16" if self._runtime.endswith("bf16") else "f32"
        compiled = compile_openvino(_OneMethod(self._model, name), self._spec.preprocessing.size_px, precision)
        return lambda pictures: np.array(compiled([pictures.numpy()])[0], dtype=np.float32)

    def _tensor(self, array: NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)

    def _gather(self, batches: Sequence[Vectors], *between: int) -> Vectors:
        return np.concatenate([np.empty((0, *between, self._spec.dim), dtype=np.float32), *batches])


class _OneMethod(torch.nn.Module):
    """One method of a pair as a module of its own, for conversion."""

    def __init__(self, model: torch.nn.Module, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = getattr(self.model, self.name)(pictures)
        return vectors


def describe_pair(pair: LoadedPair, runtime: str) -> EncoderSpec:
    """The spec of a loaded pair on a runtime."""
    preset = pair.preset
    if preset.preprocessing is None:
        raise ArtifactError(f"preset {preset.name} says nothing of its pictures")
    side = pair.model.grid_side(pair.size_px)
    return EncoderSpec(
        id=preset.name,
        revision=pair.revision,
        dim=pair.dim,
        grid=(side, side),
        preprocessing=preset.preprocessing,
        max_tokens=pair.max_tokens,
        licence=preset.licence,
        training_sets=preset.training_sets,
        runtime=runtime,
        gating=preset.gating,
        sources=pair.sources,
    )


def _finite(vectors: Vectors) -> Vectors:
    if not np.isfinite(vectors).all():
        raise ArtifactError("the encoder's weights give vectors that are not finite")
    return vectors
