"""Progress of long work on stderr: a bar with counts and time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radseek.records.progress import Progress, ProgressListener

if TYPE_CHECKING:
    from rich.progress import TaskID

LINE_EVERY_S = 10.0
"""Seconds between two progress lines where there is no terminal: enough to see that it lives, few enough for a log."""


@contextmanager
def shown_progress() -> Iterator[ProgressListener]:
    """A listener that shows progress on stderr while the context is open."""
    if sys.stderr.isatty():
        with _bars() as listener:
            yield listener
    else:
        yield _Lines()


class _Lines:
    """A line for each stage's begin and end, and every `LINE_EVERY_S` between, with the time left."""

    def __init__(self) -> None:
        self._stage = ""
        self._began_s = 0.0
        self._spoke_s = 0.0

    def __call__(self, progress: Progress, /) -> None:
        now_s = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._began_s, self._spoke_s = progress.stage, now_s, now_s
            self._speak(progress, now_s)
        elif now_s - self._spoke_s >= LINE_EVERY_S or (progress.total is not None and progress.done == progress.total):
            self._speak(progress, now_s)

    def _speak(self, progress: Progress, now_s: float) -> None:
        self._spoke_s = now_s
        left = time_left(progress, now_s - self._began_s)
        total = "" if progress.total is None else f" of {progress.total:,}"
        print(f"{progress.stage}: {progress.done:,}{total}{left}  {progress.note}".rstrip(), file=sys.stderr)


def time_left(progress: Progress, elapsed_s: float) -> str:
    """Text such as `, 12 s left`, or empty when it cannot be known yet."""
    if not progress.total or not progress.done or progress.done >= progress.total:
        return ""
    return f", {elapsed_s * (progress.total - progress.done) / progress.done:,.0f} s left"


@contextmanager
def _bars() -> Iterator[ProgressListener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def listen(progress: Progress, /) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total, note="")
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total, note=progress.note)

        yield listen
