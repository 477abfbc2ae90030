"""Files made for one person, waiting to be fetched once.

Streamlit's own download button is not used: its files stay for the whole session under an address without a check, and
of large ones the address tells only a part of the content.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from radseek_viewer.components import PREFIX, register_component

KEPT_S = 600.0
MOST_KEPT = 32


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A file as it will be sent."""

    name: str
    content: bytes
    media_type: str


class WaitingFiles:
    """Where files wait under a random word; each is given once. Safe to use from several threads.

    Args:
        kept_s: After so many seconds a file that nobody fetched is dropped.
        most_kept: Files that wait at most; the oldest gives way.
    """

    def __init__(self, kept_s: float = KEPT_S, most_kept: int = MOST_KEPT) -> None:
        self._kept_s = kept_s
        self._most_kept = most_kept
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[float, HandedOut]] = OrderedDict()

    def put(self, file: HandedOut) -> str:
        """Keep a file; returns the word under which it is fetched."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._drop_old()
            self._waiting[token] = (time.monotonic(), file)
            while len(self._waiting) > self._most_kept:
                self._waiting.popitem(last=False)
        return token

    def take(self, token: str) -> HandedOut | None:
        """The file, which is then gone; None where there is none (any more)."""
        with self._lock:
            self._drop_old()
            _, file = self._waiting.pop(token, (0.0, None))
            return file

    def _drop_old(self) -> None:
        oldest = time.monotonic() - self._kept_s
        while self._waiting and next(iter(self._waiting.values()))[0] < oldest:
            self._waiting.popitem(last=False)


WAITING_FILES = WaitingFiles()
_mount = register_component("downloads")


def show_downloads(key: str, tokens: dict[str, str]) -> None:
    """Links that fetch files.

    Args:
        key: Of the page element.
        tokens: File name -> the word of `WaitingFiles.put`.
    """
    files = [{"name": name, "url": f"{PREFIX}/files/{token}"} for name, token in tokens.items()]
    _mount(key=key, data={"files": files})
