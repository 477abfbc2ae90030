"""Where a training runs: one process on the best device, or one of several that share every batch.

Several processes are started by `radseek train --processes N`, `torchrun` or `accelerate launch`: the variable
WORLD_SIZE tells. Only then the package `accelerate` is imported (extra `train`).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from radseek.errors import ConfigError

_PATIENCE = timedelta(days=1)
"""How long a process waits for another: preparing pictures and measuring are done by one while the others wait."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a batch a process takes."""

    rank: int = 0
    world: int = 1

    def bounds(self, n: int) -> list[tuple[int, int]]:
        """First and behind-last place of each process's part of `n` things: contiguous, sizes differ by at most 1."""
        edges = [n * rank // self.world for rank in range(self.world + 1)]
        return list(zip(edges[:-1], edges[1:], strict=True))

    def of(self, n: int) -> slice:
        """This process's part of `n` things."""
        return slice(*self.bounds(n)[self.rank])


WHOLE = Share()
"""The share of a process that is alone."""


class Placement:
    """One process: what several need beyond it does nothing here."""

    def __init__(self, precision: str, device: torch.device | None = None, share: Share | None = None) -> None:
        self.device = device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.precision = choose_precision(precision, self.device)
        self.share = share or WHOLE

    @property
    def is_main(self) -> bool:
        """True for the one process that measures and writes."""
        return self.share.rank == 0

    @property
    def runtime(self) -> str:
        """The encoder runtime in which the val part is measured."""
        return "cuda-f32" if self.device.type == "cuda" else "torch-f32"

    def autocast(self) -> AbstractContextManager[Any]:
        """Within it, towers compute in the placement's precision."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def join(self, model: nn.Module) -> None:
        """Make batch statistics those of the whole batch."""

    def spread(self, step: nn.Module) -> nn.Module:
        """`step`, whose gradients are the mean over all processes after `backward`."""
        return step

    def held_back(self, step: nn.Module, held: bool) -> AbstractContextManager[Any]:
        """Within it, when `held`, gradients add up without being exchanged: more batches of the same step follow."""
        return nullcontext()

    def gather(self, own: Tensor, n: int) -> Tensor:
        """The rows `[n, ...]` of all processes from this process's `share.of(n)`, in order, with gradients."""
        return own

    def agree(self, value: Any) -> Any:  # noqa: ANN401  (any plain value)
        """The main process's `value`, in every process."""
        return value

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process goes through the block before the others do, which find its files."""
        yield


class SharedPlacement(Placement):
    """One of several processes: each computes its part of a batch's pictures and texts, and all see all vectors.

    The loss is that of the whole batch in every process, and the mean of the processes' gradients is its gradient.
    """

    def __init__(self, precision: str) -> None:
        from accelerate import Accelerator, InitProcessGroupKwargs

        self._accelerator = Accelerator(
            cpu=not torch.cuda.is_available(),
            mixed_precision="no",
            kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
        )
        share = Share(self._accelerator.process_index, self._accelerator.num_processes)
        super().__init__(precision, self._accelerator.device, share)

    def join(self, model: nn.Module) -> None:
        """Make batch statistics those of the whole batch."""
        from radseek.training.gathering import share_statistics

        share_statistics(model, self.device)

    def spread(self, step: nn.Module) -> nn.Module:
        """`step`, whose gradients are the mean over all processes after `backward`."""
        wrapped: nn.Module = self._accelerator.prepare_model(step)
        return wrapped

    def held_back(self, step: nn.Module, held: bool) -> AbstractContextManager[Any]:
        """Within it, when `held`, gradients add up without being exchanged: more batches of the same step follow."""
        return self._accelerator.no_sync(step) if held else nullcontext()

    def gather(self, own: Tensor, n: int) -> Tensor:
        """The rows `[n, ...]` of all processes from this process's `share.of(n)`, in order, with gradients."""
        from radseek.training.gathering import gather_rows

        return gather_rows(own, self.share.bounds(n))

    def agree(self, value: Any) -> Any:  # noqa: ANN401  (any plain value)
        """The main process's `value`, in every process."""
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process goes through the block before the others do, which find its files."""
        with self._accelerator.main_process_first():
            yield


def place(precision: str) -> Placement:
    """Where this process trains, as the environment says.

    Args:
        precision: `auto`, `f32` or `bf16`.

    Raises:
        ConfigError: When several processes are asked for without the package `accelerate`.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Placement(precision)
    need_accelerate()
    return SharedPlacement(precision)


def need_accelerate() -> None:
    """Pass when the package is there.

    Raises:
        ConfigError: When it is not.
    """
    if importlib.util.find_spec("accelerate") is None:
        raise ConfigError("training in several processes needs the package accelerate: install radseek[train]")


def choose_precision(name: str, device: torch.device) -> str:
    """`f32` or `bf16`; `auto` is bf16 on GPUs that have it. CPUs without matrix units gain nothing: benchmarks/."""
    if name != "auto":
        return name
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "f32"
