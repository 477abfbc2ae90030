"""What computes an image tower: torch on the CPU, OpenVINO (3 to 7 times faster there), or CUDA."""

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

RUNTIMES = ("torch-f32", "openvino-f32", "openvino-bf16", "cuda-f32")

ImageFunction = Callable[[torch.Tensor], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Prepared pictures `[n, 3, size, size]` to image vectors `[n, dim]` and patch vectors `[n, rows, cols, dim]`."""


def choose_runtime(name: str) -> str:
    """A runtime's full name: `auto` is CUDA where there is a GPU, else OpenVINO f32 where installed, else torch.

    Raises:
        ConfigError: When the name is unknown or its parts are not installed here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda-f32"
        return "openvino-f32" if importlib.util.find_spec("openvino") else "torch-f32"
    if name not in RUNTIMES:
        raise ConfigError(f"unknown runtime {name!r}; known: auto, {', '.join(RUNTIMES)}")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError("runtime cuda-f32 needs a GPU that torch can use; none is here: take `auto`")
    if name.startswith("openvino") and not importlib.util.find_spec("openvino"):
        raise ConfigError(f"runtime {name} needs OpenVINO: install radseek[cpu], or take `torch-f32`")
    return name


def build_image_function(model: DualEncoder, runtime: str, size_px: int) -> ImageFunction:
    """The image side of `model` on `runtime`; with OpenVINO this converts and compiles for a second or two."""
    if runtime.startswith("openvino"):
        return _openvino_function(model, "bf16" if runtime.endswith("bf16") else "f32", size_px)
    device = torch.device("cuda" if runtime.startswith("cuda") else "cpu")
    return _torch_function(model.to(device), device)


def _torch_function(model: DualEncoder, device: torch.device) -> ImageFunction:
    def run(pictures: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with torch.inference_mode():
            vectors, patches = model.image_and_patch_vectors(pictures.to(device))
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
