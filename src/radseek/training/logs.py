"""What a training leaves for people: tables of its epochs, and TensorBoard events where that is installed."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.errors import StorageError
from radseek.training.config import LogsConfig

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

NO_TENSORBOARD = "TensorBoard is not installed (radseek[train] has it): figures go to history.json and history.csv only"

Figures = Mapping[str, float]


def has_tensorboard() -> bool:
    """Whether events can be written."""
    return importlib.util.find_spec("tensorboard") is not None


class TrainingLog:
    """Writes what the main process of a run knows; a resumed run goes on in the same log.

    Args:
        output: Folder of the run: `history.json`, `history.csv`, and `logs/` for TensorBoard.
        config: What is wanted.
        steps_done: Steps of the run before this process; events of later ones, from before a kill, are dropped.
    """

    def __init__(self, output: Path, config: LogsConfig, steps_done: int) -> None:
        self._output, self._every = output, max(1, config.every_steps)
        self._events: SummaryWriter | None = None
        if config.tensorboard and has_tensorboard():
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(output / "logs"), purge_step=steps_done)

    def step(self, number: int, figures: Figures) -> None:
        """Take note of the step `number` (from 0)."""
        if self._events is not None and number % self._every == 0:
            for name, value in figures.items():
                self._events.add_scalar(f"train/{name}", value, number)

    def epoch(self, history: Sequence[Figures], step: int) -> None:
        """Write the tables anew, with the epoch that ended before `step`.

        Raises:
            StorageError: When the disk refuses.
        """
        write_text(self._output / "history.json", as_json(list(history)))
        write_text(self._output / "history.csv", _as_csv(history))
        if self._events is not None and history:
            for name, value in history[-1].items():
                self._events.add_scalar(f"val/{name}" if "/" in name else name, value, step)
            self._events.flush()

    def close(self) -> None:
        """End the events file."""
        if self._events is not None:
            self._events.close()


class NoLog(TrainingLog):
    """What processes besides the main one write: nothing."""

    def __init__(self) -> None:
        self._events = None

    def step(self, number: int, figures: Figures) -> None:
        """Nothing."""

    def epoch(self, history: Sequence[Figures], step: int) -> None:
        """Nothing."""


def as_json(content: object) -> str:
    """One JSON document for a file."""
    return json.dumps(content, indent=1) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a file whole: a kill leaves the old one or the new one.

    Raises:
        StorageError: When the disk refuses.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path.name}: {error.strerror}") from error


def _as_csv(history: Sequence[Figures]) -> str:
    """A row an epoch; a figure that an epoch lacks is left empty."""
    columns = list(dict.fromkeys(name for figures in history for name in figures))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue()
