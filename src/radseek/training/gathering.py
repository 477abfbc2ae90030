"""What makes a batch over several processes one batch: all vectors in every process, and common batch statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, distributed, nn


class _Gather(torch.autograd.Function):
    """All processes' rows. Every process computes the same loss of them, so its own rows' gradient is known to it."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, bounds: Sequence[tuple[int, int]]) -> Tensor:  # noqa: ANN401  (torch's context)
        ctx.own = slice(*bounds[distributed.get_rank()])
        ctx.world = len(bounds)
        longest = max(stop - start for start, stop in bounds)
        padded = torch.cat([own, own.new_zeros(longest - len(own), *own.shape[1:])]).contiguous()
        parts = [torch.empty_like(padded) for _ in bounds]
        distributed.all_gather(parts, padded)
        return torch.cat([part[: stop - start] for part, (start, stop) in zip(parts, bounds, strict=True)])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401  (torch's context)
        # times the processes, because their gradients are averaged afterwards
        return gradient[ctx.own] * ctx.world, None


class _Sum(torch.autograd.Function):
    """A sum over all processes, whose gradient is summed too."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:  # noqa: ANN401  (torch's context)
        total = own.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401  (torch's context)
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total


def gather_rows(own: Tensor, bounds: Sequence[tuple[int, int]]) -> Tensor:
    """The rows `[n, ...]` of all processes in order.

    Args:
        own: This process's rows.
        bounds: First and behind-last row of each process.
    """
    gathered: Tensor = _Gather.apply(own, bounds)  # type: ignore[no-untyped-call]
    return gathered


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation whose statistics in training are those of all processes' pictures together.

    Torch's own `SyncBatchNorm` does the same on GPUs only.
    """

    def forward(self, input: Tensor) -> Tensor:
        """`[n, channels, h, w]` to the same shape."""
        if not self.training:
            return super().forward(input)
        over, shape = (0, 2, 3), (1, -1, 1, 1)
        wide = input.float()  # bf16 cannot even count the pixels
        count = _total(wide.new_tensor(float(input.numel() // input.shape[1])))
        mean = _total(wide.sum(over)) / count  # [channels]
        centred = wide - mean.view(shape)
        variance = _total(centred.square().sum(over)) / count
        self._follow(mean.detach(), variance.detach() * count / (count - 1))
        scaled: Tensor = centred * (variance + self.eps).rsqrt().view(shape)
        return (scaled * self.weight.view(shape) + self.bias.view(shape)).to(input.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        step = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, step)
        self.running_var.lerp_(variance, step)


def _total(own: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(own)  # type: ignore[no-untyped-call]
    return total


def share_statistics(model: nn.Module, device: torch.device) -> None:
    """Replace every batch normalisation in `model` by one over all processes; names and tensors stay the same."""
    if device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm2d:
                setattr(module, name, _shared(child))


def _shared(norm: nn.BatchNorm2d) -> SharedBatchNorm:
    shared = SharedBatchNorm(norm.num_features, norm.eps, norm.momentum)
    shared.weight, shared.bias = norm.weight, norm.bias
    shared.running_mean, shared.running_var = norm.running_mean, norm.running_var
    shared.num_batches_tracked = norm.num_batches_tracked
    return shared.train(norm.training)
