"""Several local processes for one training: `radseek train --processes N`."""

from __future__ import annotations

import os
import queue
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radseek import errors
from radseek.errors import ConfigError, RadseekError
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.training.config import TrainingConfig
from radseek.training.placement import need_accelerate

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error of radseek's own in a worker: the name of its class and its message."""

    kind: str
    message: str


def train_in_processes(config: TrainingConfig, n_processes: int, progress: ProgressListener = no_progress) -> Path:
    """As `radseek.training.train`, with the work of each batch shared by `n_processes` on this machine.

    Each takes one GPU where there are GPUs, else its part of the processor's cores. The workers end with this process.

    Raises:
        ConfigError: When the package accelerate is missing, there are fewer GPUs than processes, or as `train`.
        RadseekError: As `train`.
    """
    import torch
    from torch import multiprocessing
    from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException, spawn

    if n_processes < 2:
        raise ConfigError(f"processes: expected 2 or more, got {n_processes}")
    need_accelerate()
    n_gpus = torch.cuda.device_count()
    if 0 < n_gpus < n_processes:
        raise ConfigError(f"processes: {n_processes} are asked for, and {n_gpus} GPUs are here; one process takes one")
    messages: Queue[Any] = multiprocessing.get_context("spawn").Queue()
    arguments = (n_processes, _free_port(), config, messages)
    workers: Any = spawn(_work, arguments, n_processes, join=False)  # type: ignore[no-untyped-call]
    failure: _Failure | None = None
    try:
        while not _joined(workers):
            failure = _tell(messages, progress) or failure
    except ProcessRaisedException as error:
        failure = failure or _tell(messages, progress)
        raise (_rebuilt(failure) if failure else RadseekError(f"a worker failed: {error.msg}")) from error
    except ProcessExitedException as error:
        raise RadseekError(f"a worker process ended (code {error.exit_code}); the same command goes on") from error
    finally:
        for worker in workers.processes:
            worker.terminate()
    _tell(messages, progress)
    return config.output / "checkpoint"


def _joined(workers: Any) -> bool:  # noqa: ANN401  (torch's spawn context is untyped)
    return bool(workers.join(timeout=_POLL_S))


def _tell(messages: Queue[Any], progress: ProgressListener) -> _Failure | None:
    """Pass on what workers reported; the first failure among it, if any."""
    failure: _Failure | None = None
    while True:
        try:
            message = messages.get(timeout=_POLL_S if failure is None else 0)
        except queue.Empty:
            return failure
        if isinstance(message, Progress):
            progress(message)
        elif failure is None:
            failure = message


def _work(rank: int, world: int, port: int, config: TrainingConfig, messages: Queue[Any]) -> None:
    """One worker's whole life."""
    import torch

    from radseek.training.loop import train

    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "LOCAL_WORLD_SIZE": world}
    with _environment({**place, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}):
        torch.set_num_threads(max(1, torch.get_num_threads() // world))
        try:
            train(config, messages.put)
        except RadseekError as error:
            messages.put(_Failure(type(error).__name__, str(error)))
            messages.close()
            messages.join_thread()
            raise


@contextmanager
def _environment(values: Mapping[str, object]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _rebuilt(failure: _Failure) -> RadseekError:
    """The worker's error as one of its class, or of the class's parent where that needs more than a message."""
    kind: type[RadseekError] = getattr(errors, failure.kind)
    while "__init__" in vars(kind):
        kind = kind.__bases__[0]
    return kind(failure.message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
