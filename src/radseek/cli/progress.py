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
        self._spoke_s = 0.0
        self._clock = _Clock()

    def __call__(self, progress: Progress, /) -> None:
        now_s = time.monotonic()
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._speak(progress, now_s)
        elif now_s - self._spoke_s >= LINE_EVERY_S or (progress.total is not None and progress.done == progress.total):
            self._speak(progress, now_s)

    def _speak(self, progress: Progress, now_s: float) -> None:
        self._spoke_s = now_s
        left = self._clock.left(progress)
        left = f", {left} left" if left else ""
        total = "" if progress.total is None else f" of {progress.total:,}"
        print(f"{progress.stage}: {progress.done:,}{total}{left}  {progress.note}".rstrip(), file=sys.stderr)


class _Clock:
    """Time left of each stage, from its pace since it was first seen: resumed work begins with much of it done."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[float, int]] = {}

    def left(self, progress: Progress) -> str:
        """Text such as `12 s`, or empty when it cannot be known yet or nothing is left."""
        began_s, done_before = self._first.setdefault(progress.stage, (time.monotonic(), progress.done))
        if progress.seconds_left is not None:
            return in_words(progress.seconds_left)
        newly = progress.done - done_before
        if not progress.total or newly <= 0 or progress.done >= progress.total:
            return ""
        return in_words((time.monotonic() - began_s) * (progress.total - progress.done) / newly)


def in_words(seconds: float) -> str:
    """A length of time for people: `40 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def _bars() -> Iterator[ProgressListener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[note]}"),
    )
    tasks: dict[str, TaskID] = {}
    clock = _Clock()
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def listen(progress: Progress, /) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total, note="", left="")
            left = clock.left(progress)
            bars.update(
                tasks[progress.stage],
                completed=progress.done,
                total=progress.total,
                note=progress.note,
                left=f"{left} left" if left else "",
            )

        yield listen
