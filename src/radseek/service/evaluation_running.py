"""While an evaluation runs: how far it is is written down, how it ended too, and it ends when it is asked to."""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from radseek.errors import LeakError, RadseekError
from radseek.records.progress import Progress, ProgressListener
from radseek.service.evaluation_runs import EvaluationRun, EvaluationStore, State

NOTE_S = 0.5
"""Seconds between two notes of how far it is."""
LOOK_S = 0.5
"""Seconds between two looks whether it should stop."""
_ENDING_S = 20.0


class NotedRun:
    """A run that is written down as it goes. Call it with progress; use it in a `with` block, which notes the end.

    Args:
        store: Where it is written down.
        run: As it begins.
        listener: Who else wants to hear.
    """

    def __init__(self, store: EvaluationStore, run: EvaluationRun, listener: ProgressListener) -> None:
        self._store = store
        self._run = run
        self._listener = listener
        self._noted_at = 0.0

    def __call__(self, progress: Progress, /) -> None:
        """Pass progress on, and write it down when the last note is old."""
        self._listener(progress)
        is_new = progress.stage != self._run.stage
        self._run = self._run.told(progress)
        if is_new or time.monotonic() - self._noted_at > NOTE_S:
            self._noted_at = time.monotonic()
            self._store.write(self._run)

    def __enter__(self) -> NotedRun:
        """The run itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write down how it ended; nothing of an unexpected error but its kind, for it may hold report text."""
        state, why = self._end(error)
        self._store.write(self._run.ended(state, *why))

    def _end(self, error: BaseException | None) -> tuple[State, tuple[str, ...]]:
        if error is None:
            return "done", ()
        if isinstance(error, LeakError):
            return "leaks", error.shared
        if isinstance(error, RadseekError):
            return "failed", (str(error),)
        if isinstance(error, KeyboardInterrupt):
            return ("stopped" if self._store.is_asked_to_stop(self._run.name) else "interrupted"), ()
        return "failed", (f"something unexpected went wrong ({type(error).__name__})",)


@contextmanager
def stopping_when(asked: Callable[[], bool], by_force: bool = False) -> Iterator[None]:
    """Interrupts the block, as Ctrl-C does, once `asked` says so. Blocks of other threads than the main one go on.

    Args:
        asked: Looked at twice a second, in another thread.
        by_force: End the whole process where the block does not end in time.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_S):
            if asked():
                _thread.interrupt_main()
                if by_force and not ended.wait(_ENDING_S):
                    os.kill(os.getpid(), signal.SIGKILL)
                return

    # where a process is started in the background it ignores Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher = threading.Thread(target=look, name="radseek-evaluation-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)
