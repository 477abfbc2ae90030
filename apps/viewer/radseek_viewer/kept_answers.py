"""The hits of the newest answers, from which the browser fetches the cards that the page was not given at once."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.search import Hit

KEPT_S = 1800.0
MOST_KEPT = 64
"""An answer of 1,000 hits takes some 2 MB, and where a person has looked at all of them 6 MB."""


class KeptAnswers:
    """Hits of answers under random words; those used last are kept. Safe to use from several threads.

    Args:
        kept_s: After so many seconds in which nobody asked for it an answer is dropped.
        most_kept: Answers kept at most; the one that was not asked for longest gives way.
    """

    def __init__(self, kept_s: float = KEPT_S, most_kept: int = MOST_KEPT) -> None:
        self._kept_s = kept_s
        self._most_kept = most_kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Sequence[Hit]]] = OrderedDict()

    def keep(self, hits: Sequence[Hit], token: str = "") -> str:
        """The word under which the hits of an answer are asked for.

        Args:
            hits: All of them, best first.
            token: The word under which they were kept before; a new one is made without it.
        """
        token = token or secrets.token_urlsafe(24)
        with self._lock:
            self._drop_old()
            self._kept[token] = (time.monotonic(), hits)
            self._kept.move_to_end(token)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        return token

    def hits(self, token: str) -> Sequence[Hit] | None:
        """All hits of an answer, best first; None where it is not kept (any more)."""
        with self._lock:
            self._drop_old()
            _, hits = self._kept.get(token, (0.0, None))
            if hits is not None:
                self._kept[token] = (time.monotonic(), hits)
                self._kept.move_to_end(token)
            return hits

    def drop(self, token: str) -> None:
        """Forget an answer, if it is kept."""
        with self._lock:
            self._kept.pop(token, None)

    def _drop_old(self) -> None:
        oldest = time.monotonic() - self._kept_s
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)


KEPT_ANSWERS = KeptAnswers()
