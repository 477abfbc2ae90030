"""Reading received files in child processes that may crash, hang or run out of memory without harm."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from types import TracebackType
from typing import Any, TypeVar

from radseek.dicom.limits import MIB, SLOWEST_BYTES_PER_SECOND, ReadLimits
from radseek.dicom.reads import FrameRead, FrameRequest, HeaderRead, Locator
from radseek.dicom.transport import (
    ProtocolError,
    frame_from_message,
    header_from_json,
    receive_message,
    refusal_from_json,
    send_message,
)
from radseek.errors import ConfigError, InputError
from radseek.records.instances import Frame
from radseek.records.outcomes import Reason, Refusal, quarantined

Q = TypeVar("Q")
A = TypeVar("A")

_START_SECONDS = 120.0
"""Time for a child to import pydicom: half a second on an idle machine, many on a busy one."""
_TICK_SECONDS = 0.05
_LOOK_AHEAD_HEADERS = 64
_LOOK_AHEAD_FRAMES = 1
"""Requests in flight beyond one a child. Frames are large, headers are small."""


class SandboxReader:
    """Reads headers and frames in `n_workers` child processes.

    Children are fresh interpreters (not forks) with ceilings on memory, time and open files, no right to write files
    and none of the caller's secrets in their environment. A child that dies or overruns its time is replaced, and the
    file it was reading is refused; nothing that a child sends is unpickled. Use as a context manager. One reader may
    be used from several threads.

    Args:
        limits: Ceilings for every file.
        n_workers: Number of children, at least 1. They start on first use.

    Raises:
        InputError: When `n_workers` is below 1.
    """

    def __init__(self, limits: ReadLimits | None = None, n_workers: int = 2) -> None:
        if n_workers < 1:
            raise InputError(f"n_workers must be at least 1, got {n_workers}")
        self._limits = limits or ReadLimits()
        self._n_workers = n_workers
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._children = [_Child(self._limits) for _ in range(n_workers)]
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix="radseek-reader")
        self._closed = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="radseek-watchdog", daemon=True)
        self._watchdog.start()

    def __enter__(self) -> SandboxReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the children and gives up what is still in flight."""
        self._closed.set()
        for child in self._children:
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._watchdog.join()
        for child in self._children:
            child.kill()

    def start(self) -> None:
        """Starts one child now, so that a first read need not wait for it.

        Raises:
            ConfigError: When it does not start.
            InputError: When this reader is closed.
        """
        with self._child() as child:
            child.start()

    @property
    def child_pids(self) -> tuple[int, ...]:
        """Process ids of the children that are running, for monitoring."""
        return tuple(pid for pid in (child.pid for child in self._children) if pid is not None)

    def read_headers(self, locators: Iterable[Locator]) -> Iterator[HeaderRead]:
        """One `HeaderRead` for each locator, in the order given; many are read at a time."""
        return self._in_order(locators, self._read_header, self._n_workers + _LOOK_AHEAD_HEADERS)

    def read_frames(self, requests: Iterable[FrameRequest]) -> Iterator[FrameRead]:
        """One `FrameRead` for each request, in the order given. PNG and JPEG files have one frame, index 0."""
        return self._in_order(requests, self._read_frames, self._n_workers + _LOOK_AHEAD_FRAMES)

    def read_references(self, locator: Locator) -> list[str] | Refusal:
        """The file references of a DICOMDIR as received, parts joined by `/`: neither checked nor resolved."""
        with self._child() as child:
            answer = child.ask(_request("references", locator), 0)
        content = answer.last
        if content is None or content["kind"] != "references":
            return answer.refusal
        return [str(path) for path in content["paths"]]

    def _in_order(self, asked: Iterable[Q], read: Callable[[Q], A], in_flight: int) -> Iterator[A]:
        pending: deque[Future[A]] = deque()
        try:
            for one in asked:
                if self._closed.is_set():
                    raise InputError("this reader is closed; make a new SandboxReader")
                pending.append(self._threads.submit(read, one))
                if len(pending) >= in_flight:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        child = self._idle.get()
        try:
            yield child
        finally:
            self._idle.put(child)

    def _read_header(self, locator: Locator) -> HeaderRead:
        with self._child() as child:
            answer = child.ask(_request("header", locator), 0)
        if answer.last is not None and answer.last["kind"] == "header":
            try:
                header = header_from_json(answer.last["header"])
                return HeaderRead(locator, answer.sha256, answer.n_bytes, header, None)
            except (ProtocolError, KeyError, TypeError):
                refusal = quarantined(Reason.DECODER_DIED, "the answer makes no sense")
                return HeaderRead(locator, answer.sha256, answer.n_bytes, None, refusal)
        return HeaderRead(locator, answer.sha256, answer.n_bytes, None, answer.refusal)

    def _read_frames(self, request: FrameRequest) -> FrameRead:
        asked = {**_request("frames", request.locator), "frame_indices": list(request.frame_indices)}
        with self._child() as child:
            answer = child.ask(asked, len(request.frame_indices))
        complete = answer.last is not None and answer.last["kind"] == "done"
        if complete and len(answer.frames) == len(request.frame_indices):
            return FrameRead(request, tuple(answer.frames), None)
        return FrameRead(request, (), answer.refusal)

    def _watch(self) -> None:
        while not self._closed.wait(_TICK_SECONDS):
            now = time.monotonic()
            for child in self._children:
                child.kill_if_late(now)


def _request(kind: str, locator: Locator) -> dict[str, Any]:
    return {"kind": kind, "path": os.path.abspath(locator.path), "member": locator.member}


class _Answer:
    """What came back for one request."""

    def __init__(self) -> None:
        self.sha256 = ""
        self.n_bytes = 0
        self.frames: list[Frame] = []
        self.last: dict[str, Any] | None = None
        self.refusal: Refusal = quarantined(Reason.DECODER_DIED, "the answer makes no sense")


class _Child:
    """One child process, started when first asked and again after each death."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._deadline = float("inf")
        self._late = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id, or None when it does not run."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Starts the process, unless it runs."""
        self._running()

    def ask(self, request: dict[str, Any], n_frames: int) -> _Answer:
        """The answer to `request`, a refusal when the child dies over it."""
        answer = _Answer()
        seconds = self._limits.seconds + _size_on_disk(request["path"]) / SLOWEST_BYTES_PER_SECOND
        process = self._running()
        self._set_deadline(seconds)
        try:
            send_message(process.stdin, {**request, "seconds": seconds * max(1, n_frames)})  # type: ignore[arg-type]  # a pipe, see Popen
            self._collect(process, answer, n_frames, seconds)
        except ProtocolError:
            answer.refusal = self._bury(process)
        finally:
            self._set_deadline(float("inf"))
        return answer

    def _collect(self, process: subprocess.Popen[bytes], answer: _Answer, n_frames: int, seconds: float) -> None:
        """Receives messages until the last one of an answer; each has `seconds` to come.

        Raises:
            ProtocolError: When the child dies, or says what makes no sense.
        """
        while True:
            content, payload = receive_message(process.stdout, self._limits.decoded_bytes + MIB)  # type: ignore[arg-type]
            kind = content.get("kind")
            self._set_deadline(seconds)
            if kind == "hash":
                answer.sha256, answer.n_bytes = _checked_hash(content)
            elif kind == "frame" and len(answer.frames) < n_frames:
                answer.frames.append(frame_from_message(content, payload))
            elif kind == "refusal":
                answer.refusal = refusal_from_json(content)
                return
            elif kind in {"header", "references", "done"}:
                answer.last = content
                return
            else:
                raise ProtocolError("a message out of order")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None and not self._late:
            return self._process
        if self._process is not None:
            self._discard(self._process)
        with self._lock:
            if self._closed:
                raise InputError("this reader is closed; make a new SandboxReader")
            process = _start_child()
            self._process = process
        self._set_deadline(_START_SECONDS)
        try:
            send_message(process.stdin, {"limits": asdict(self._limits)})  # type: ignore[arg-type]  # a pipe, see Popen
            receive_message(process.stdout, 0)  # type: ignore[arg-type]  # a pipe, see Popen
        except ProtocolError as error:
            self._bury(process)
            if self._closed:
                raise InputError("this reader was closed while it started") from error
            raise ConfigError(
                "the reading process does not start: run `python -m radseek.dicom.worker < /dev/null` to see why, "
                f"or raise memory_bytes (now {self._limits.memory_bytes})"
            ) from error
        return process

    def _bury(self, process: subprocess.Popen[bytes]) -> Refusal:
        """Makes sure that the child is gone; why, as a refusal."""
        late = self._late
        self._discard(process)
        code = process.returncode
        if late or code == -getattr(signal, "SIGXCPU", 0):
            return quarantined(Reason.TOO_SLOW, f"limit {self._limits.seconds:g} s")
        return quarantined(Reason.DECODER_DIED, f"signal {-code}" if code < 0 else f"exit status {code}")

    def _discard(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(0.2)  # a dying child has closed its pipe: let it leave its own status
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # pipes, see Popen
        with self._lock:
            self._process = None
            self._late = False

    def _set_deadline(self, seconds: float) -> None:
        with self._lock:
            self._deadline = time.monotonic() + seconds

    def kill_if_late(self, now: float) -> None:
        """Kills the child when its deadline has passed."""
        with self._lock:
            if now > self._deadline and self._process is not None and not self._late:
                self._late = True
                self._process.kill()

    def kill(self) -> None:
        """Ends the child for good."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()
            process.wait()
            if not self._deadline < float("inf"):  # nobody is reading from it
                for pipe in (process.stdin, process.stdout):
                    with contextlib.suppress(OSError):
                        pipe.close()  # type: ignore[union-attr]  # pipes, see Popen


_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


def _start_child() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    # -P: the current folder, which may hold received files, is no place to import from
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "radseek.dicom.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=environment,
        start_new_session=True,  # an interrupt from the keyboard is the parent's to deal with
    )


def _size_on_disk(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def _checked_hash(content: dict[str, Any]) -> tuple[str, int]:
    digest, n_bytes = content.get("sha256"), content.get("n_bytes")
    if isinstance(digest, str) and len(digest) == 64 and isinstance(n_bytes, int) and n_bytes >= 0:
        return digest, n_bytes
    raise ProtocolError("a hash that makes no sense")
