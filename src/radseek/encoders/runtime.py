"""What computes an image tower: torch on the CPU, OpenVINO (twice as fast there, once converted), or CUDA."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.errors import ConfigError

if TYPE_CHECKING:
    from radseek.encoders.dual_encoder import DualEncoder

_MAX_BATCH = 4096
"""Largest batch that a compiled graph takes."""

RUNTIMES = ("cpu-f32", "torch-f32", "openvino-f32", "openvino-bf16", "cuda-f32")

OPENVINO_PAYS_FROM = 2_000
"""Pictures after which OpenVINO has made up for its conversion of some 8 s: measured 110 pictures/s in torch and 237/s
in OpenVINO on two cores. Both give the same vectors to 1e-4, so `cpu-f32` may change over in between."""

ImageFunction = Callable[[torch.Tensor], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Prepared pictures `[n, 3, size, size]` to image vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]`."""


def choose_runtime(name: str) -> str:
    """A runtime's full name: `auto` is CUDA where there is a GPU, else torch, with OpenVINO (where installed) for many.

    Raises:
        ConfigError: When the name is unknown or its parts are not installed here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda-f32"
        return "cpu-f32" if importlib.util.find_spec("openvino") else "torch-f32"
    if name not in RUNTIMES:
        raise ConfigError(f"unknown runtime {name!r}; known: auto, {', '.join(RUNTIMES)}")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError("runtime cuda-f32 needs a GPU that torch can use; none is here: take `auto`")
    if name.startswith(("openvino", "cpu")) and not importlib.util.find_spec("openvino"):
        raise ConfigError(f"runtime {name} needs OpenVINO: install radseek[cpu], or take `torch-f32`")
    return name


def build_image_function(model: DualEncoder, runtime: str, size_px: int) -> ImageFunction:
    """The image side of `model` on `runtime`; with OpenVINO this converts and compiles for a second or two."""
    if runtime.startswith("openvino"):
        return _openvino_function(model, "bf16" if runtime.endswith("bf16") else "f32", size_px)
    if runtime.startswith("cpu"):
        return _GrowingFunction(model, size_px)
    device = torch.device("cuda" if runtime.startswith("cuda") else "cpu")
    return _torch_function(model.to(device), device)


class _GrowingFunction:
    """Torch for the first `OPENVINO_PAYS_FROM` pictures, OpenVINO after."""

    def __init__(self, model: DualEncoder, size_px: int) -> None:
        self._model = model
        self._size_px = size_px
        self._n_seen = 0
        self._run = _torch_function(model, torch.device("cpu"))
        self._is_final = False

    def __call__(self, pictures: torch.Tensor, /) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if not self._is_final and self._n_seen >= OPENVINO_PAYS_FROM:
            self._run = _openvino_function(self._model, "f32", self._size_px)
            self._is_final = True
        self._n_seen += len(pictures)
        return self._run(pictures)


def _torch_function(model: DualEncoder, device: torch.device) -> ImageFunction:
    layout = torch.channels_last if device.type == "cpu" else torch.contiguous_format
    for kernel in model.image_tower.parameters():
        if kernel.ndim == 4:  # [out, in, rows, cols]: depthwise convolutions are twice as fast channels last
            kernel.data = kernel.data.contiguous(memory_format=layout)

    def run(pictures: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with torch.inference_mode():
            vectors, patches = model.image_and_patch_vectors(pictures.to(device).contiguous(memory_format=layout))
        return vectors.float().cpu().numpy(), patches.float().cpu().numpy()

    return run


class _ImageSide(torch.nn.Module):
    """The part of a dual encoder that is converted."""

    def __init__(self, model: DualEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.model.image_and_patch_vectors(pictures)


def compile_openvino(module: torch.nn.Module, size_px: int, precision: str) -> Any:  # noqa: ANN401  (untyped library)
    """A module over pictures `[n, 3, size_px, size_px]`, in evaluation mode, as a compiled OpenVINO model.

    Args:
        module: Its outputs are those of the compiled model, in order.
        size_px: Side of the pictures; their number stays free.
        precision: `f32` or `bf16`.
    """
    import openvino

    example = torch.zeros(2, 3, size_px, size_px)
    batch = torch.export.Dim("batch", min=1, max=_MAX_BATCH)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own export warns of torch's own parts
        program = torch.export.export(module.eval(), (example,), dynamic_shapes=({0: batch},))
        graph = openvino.convert_model(program)
    return openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": precision})


def _openvino_function(model: DualEncoder, precision: str, size_px: int) -> ImageFunction:
    compiled = compile_openvino(_ImageSide(model), size_px, precision)

    def run(pictures: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        results = compiled([pictures.numpy()])
        return np.array(results[0], dtype=np.float32), np.array(results[1], dtype=np.float32)

    return run
