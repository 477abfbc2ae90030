"""A public pair, ready to encode an archive."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.encoders.batched_encoder import BatchedEncoder, Vectors
from radseek.encoders.public.loading import LoadedPair
from radseek.encoders.runtime import choose_runtime, compile_openvino
from radseek.encoders.spec import EncoderSpec
from radseek.errors import ArtifactError


class PublicEncoder(BatchedEncoder):
    """Implements `radseek.encoders.Encoder` with a public pair.

    Texts run in torch float32; pictures on the runtime, patches apart from pictures as they may cost a pass of their
    own. Runtime `cpu-f32` is torch here.
    """

    def __init__(self, pair: LoadedPair, runtime: str = "auto") -> None:
        self._runtime = choose_runtime(runtime)
        self._device = torch.device("cuda" if self._runtime.startswith("cuda") else "cpu")
        self._model = pair.model.to(self._device)
        self._functions: dict[str, Callable[[torch.Tensor], Vectors]] = {}
        self.notes = pair.notes
        """Plain sentences about what was left alone while loading."""
        super().__init__(describe_pair(pair, self._runtime), pair.tokenizer)

    def _text_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        with torch.inference_mode():
            tensors = (torch.from_numpy(part).to(self._device) for part in (ids, mask))
            return self._model.text_vectors(*tensors).cpu().numpy()

    def _image_vectors(self, pictures: torch.Tensor) -> Vectors:
        return self._run("image_vectors", pictures)

    def _patch_vectors(self, pictures: torch.Tensor) -> Vectors:
        return self._run("patch_vectors", pictures)

    def _run(self, name: str, pictures: torch.Tensor) -> Vectors:
        if name not in self._functions:
            self._functions[name] = self._function(name)
        return self._functions[name](pictures)

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
