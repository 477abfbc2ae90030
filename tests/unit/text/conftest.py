"""Counting what the reading of a text costs, without a clock: a count is the same on a busy machine."""

import re
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from radseek.text import assertions, attributes, layout, levels, measurements, mentions, sections, sentences, wordings


class _Counter:
    def __init__(self) -> None:
        self.lines_run = 0
        self.characters_looked_at = 0

    def trace(self, frame: FrameType, event: str, _: object) -> Callable:
        self.lines_run += event == "line"
        return self.trace


class _CountedText(str):
    """A text that counts the characters that are copied out of it."""

    __slots__ = ("counter",)

    def __new__(cls, text: str, counter: _Counter) -> "_CountedText":
        counted = super().__new__(cls, text)
        counted.counter = counter
        return counted

    def __getitem__(self, key: object) -> str:
        piece = super().__getitem__(key)
        self.counter.characters_looked_at += len(piece)
        return piece


class _CountedPattern:
    """A pattern that counts the characters that it is let loose on, and those that it takes where it must begin."""

    def __init__(self, pattern: re.Pattern[str], counter: _Counter) -> None:
        self.pattern, self.counter = pattern, counter

    def _count_window(self, text: str, pos: int, endpos: int) -> None:
        self.counter.characters_looked_at += max(0, min(endpos, len(text)) - pos)

    def finditer(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> object:
        self._count_window(text, pos, endpos)
        return self.pattern.finditer(text, pos, endpos)

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        self._count_window(text, pos, endpos)
        return self.pattern.search(text, pos, endpos)

    def match(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        found = self.pattern.match(text, pos, endpos)
        self.counter.characters_looked_at += len(found[0]) if found else 1
        return found

    def findall(self, text: str) -> list[str]:
        self._count_window(text, 0, len(text))
        return self.pattern.findall(text)

    def sub(self, replacement: object, text: str) -> str:
        self._count_window(text, 0, len(text))
        return self.pattern.sub(replacement, text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self._count_window(text, 0, len(text))
        return self.pattern.fullmatch(text)

    def split(self, text: str) -> list[str]:
        self._count_window(text, 0, len(text))
        return self.pattern.split(text)


@pytest.fixture
def count_work(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], object], str], tuple[int, int]]:
    """Lines run, and characters copied or handed to a pattern, while a reader reads a text.

    What a pattern does inside one search is not seen: for that, measure.
    """

    def count(read: Callable[[str], object], text: str) -> tuple[int, int]:
        counter = _Counter()
        with monkeypatch.context() as patch:
            for module in (
                assertions,
                attributes,
                layout,
                levels,
                measurements,
                mentions,
                sections,
                sentences,
                wordings,
            ):
                for name, value in vars(module).copy().items():
                    if isinstance(value, re.Pattern):
                        patch.setattr(module, name, _CountedPattern(value, counter))
            before = sys.gettrace()
            sys.settrace(counter.trace)
            try:
                read(_CountedText(text, counter))
            finally:
                sys.settrace(before)
        return counter.lines_run, counter.characters_looked_at

    return count
