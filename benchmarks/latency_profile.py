"""Where the time of a search goes: clocks around the functions of its steps, on only while asked for."""

from __future__ import annotations

import functools
import importlib
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any

_SAME = "radseek.service.same_studies"
STEPS = {
    "parse": ("radseek.service.searching.parse_request",),
    "filters": ("radseek.service.facet_cache.FacetCache.allowed", "radseek.service.facet_cache.FacetCache.pictures"),
    "encode": ("radseek.encoders.batched_encoder.BatchedEncoder.encode_texts",),
    "judge": ("radseek.search.probes.judge_sentences",),
    "narrow": ("radseek.search.find.narrow_scope", "radseek.search.find.without_contradictions"),
    "scope": ("radseek.search.channels._in_scope", "radseek.search.channels.allowed_images"),
    "lexical": ("radseek.index.lexical_index.LexicalIndex.search",),
    "vectors": ("radseek.index.faiss_index.FaissIndex.search", "radseek.index.exact_index.ExactIndex.search"),
    "channels, rest": ("radseek.search.find.search_channel", "radseek.search.find.search_pictures"),
    "parts read": ("radseek.archive.patches.PatchReader.patches_of",),
    "re-rank": ("radseek.search.find.rerank_pictures",),
    "find, rest": ("radseek.search.find.Finder.__init__", "radseek.search.find.Finder.best"),
    "folding": (f"{_SAME}.SameStudies.__init__", f"{_SAME}.SameStudies.__call__"),
    "thumbnails": (f"{_SAME}.PictureDetails.is_one",),
    "page, rest": ("radseek.service.searching.fill_page", "radseek.service.answers.finish_hits"),
    "word shares": ("radseek.index.lexical_index.LexicalIndex.word_shares",),
    "evidence": ("radseek.search.find.gather_evidence",),
    "pictures shown": ("radseek.search.find.nearest_pictures", "radseek.search.pictures.RegionMaps.of_pictures"),
    "bands": ("radseek.service.searching.bands_of", "radseek.service.searching.split_at_floor"),
    "hydrate": ("radseek.service.answers.HitBuilder.build",),
    "facets": ("radseek.service.facet_cache.FacetCache.counts",),
    "count studies": ("radseek.service.searching.count_studies",),
    "spelling": ("radseek.service.searching.SpellingOffers.offer",),
    "request, rest": ("radseek.service.archive.answer_request",),
    "audit": ("radseek.service.archive.Archive._audit",),
}
"""Step -> the places where its functions are looked up. A step's time is without that of steps inside it. Texts are
encoded in a thread of its own, beside `judge`, `narrow` and `lexical`; what is waited for is in `find, rest`."""


class _Inside(threading.local):
    """Of the calls that are open in a thread, how long the steps inside each took."""

    def __init__(self) -> None:
        self.seconds = [0.0]


class Profile:
    """Puts clocks around the steps inside a `with` block, and takes them off again."""

    def __init__(self) -> None:
        self._spent_s: Counter[str] = Counter()
        self._worst_s: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._inside = _Inside()
        self._undo: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Profile:
        """Clocks on."""
        self._before = dict(self._spent_s)
        for step, paths in STEPS.items():
            for path in paths:
                owner, name = _owner_of(path)
                original = getattr(owner, name)
                self._undo.append((owner, name, original))
                setattr(owner, name, self._clocked(step, original))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clocks off."""
        while self._undo:
            owner, name, original = self._undo.pop()
            setattr(owner, name, original)
        for step, spent_s in self._spent_s.items():
            self._worst_s[step] = max(self._worst_s[step], spent_s - self._before.get(step, 0.0))

    def table(self, n_queries: int) -> list[str]:
        """Milliseconds of each step."""
        lines = ["", "Where the time goes, a step without the steps inside it:", ""]
        lines += ["| step | ms a query | calls a query | most in one query, ms |", "| --- | --- | --- | --- |"]
        for step in STEPS:
            spent_ms, worst_ms = 1000 * self._spent_s[step] / n_queries, 1000 * self._worst_s[step]
            lines.append(f"| {step} | {spent_ms:.2f} | {self._calls[step] / n_queries:.1f} | {worst_ms:.1f} |")
        return lines

    def _clocked(self, step: str, function: Any) -> Any:  # noqa: ANN401  (any function)
        @functools.wraps(function)
        def clocked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            inside_s = self._inside.seconds
            inside_s.append(0.0)
            began_s = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent_s = time.perf_counter() - began_s
                self._spent_s[step] += spent_s - inside_s.pop()
                inside_s[-1] += spent_s
                self._calls[step] += 1

        return clocked


def _owner_of(path: str) -> tuple[Any, str]:
    """The module or class that holds a function, and its name there."""
    owner, _, name = path.rpartition(".")
    try:
        return importlib.import_module(owner), name
    except ModuleNotFoundError:
        module, _, inner = owner.rpartition(".")
        return getattr(importlib.import_module(module), inner), name
