"""How long work tells that it goes on: one call per step, from any floor, drawn by the command or the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """One progress message. `total` is None while it is unknown."""

    stage: str
    done: int
    total: int | None = None
    note: str = ""
    seconds_left: float | None = None
    """Of the whole work, where that is known better than from `done` and `total`."""


class ProgressListener(Protocol):
    """Receives progress; must return quickly."""

    def __call__(self, progress: Progress, /) -> None:
        """Take note of `progress`."""


def no_progress(progress: Progress, /) -> None:
    """A listener that ignores all progress."""
