"""How long the rest of a run takes, from what its steps and measurements took so far."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RECENT = 0.05
"""Weight of the newest step: the pace of a busy machine changes."""


class Pace:
    """Times steps, and the measurement after each epoch."""

    def __init__(self) -> None:
        self._step_s: float | None = None
        self._measure_s = 0.0

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """Times one step."""
        began = time.monotonic()
        yield
        taken = time.monotonic() - began
        self._step_s = taken if self._step_s is None else (1 - _RECENT) * self._step_s + _RECENT * taken

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Times what follows an epoch."""
        began = time.monotonic()
        yield
        self._measure_s = time.monotonic() - began

    def seconds_left(self, n_steps: int, n_measurements: int) -> float:
        """Seconds for so many steps and measurements; before the first measurement only steps are counted."""
        return n_steps * (self._step_s or 0.0) + n_measurements * self._measure_s


class Clock:
    """How long each session of a run took: a run that was stopped and resumed has several.

    Args:
        output: Folder of the run, whose `run.json` tells earlier sessions.
        epochs_done: Epochs before this session.
    """

    def __init__(self, output: Path, epochs_done: int) -> None:
        self._began, self._epochs_done = time.monotonic(), epochs_done
        self._earlier = _read_sessions(output / "run.json") if epochs_done else []

    def sessions(self, epochs_done: int) -> list[dict[str, float]]:
        """Epochs and seconds of every session; a session that was killed counts up to its last whole epoch."""
        seconds = round(time.monotonic() - self._began, 1)
        return [*self._earlier, {"epochs": epochs_done - self._epochs_done, "seconds": seconds}]


def _read_sessions(file: Path) -> list[dict[str, float]]:
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["sessions"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
