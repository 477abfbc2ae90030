"""A long list of which each item is built when it is first looked at, such as the hits of an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")

BLOCK = 24
"""Items that are built together: of hits, a screen of the wall."""


class DeferredList(Sequence[Item]):
    """Items built in blocks and then kept. Safe to use from several threads.

    Args:
        keys: Of all items, in order: known from the start, like the length.
        build: (first, after), places from 0 -> the items of these places, as many.
    """

    def __init__(self, keys: Sequence[str], build: Callable[[int, int], Sequence[Item]]) -> None:
        self.keys = tuple(keys)
        self._build = build
        self._lock = threading.Lock()
        self._blocks: dict[int, tuple[Item, ...]] = {}

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.keys)

    @overload
    def __getitem__(self, place: int) -> Item: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...

    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        """The item at a place, or those of a slice as a tuple."""
        if isinstance(place, slice):
            return tuple(self._item(one) for one in range(len(self))[place])
        return self._item(range(len(self))[place])

    def __iter__(self) -> Iterator[Item]:
        """All items, block by block."""
        return (self._item(place) for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether the other one is a sequence of the same items."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # compared by what it holds, as lists are

    def _item(self, place: int) -> Item:
        number, within = divmod(place, BLOCK)
        with self._lock:
            if number not in self._blocks:
                first, after = number * BLOCK, min((number + 1) * BLOCK, len(self))
                self._blocks[number] = tuple(self._build(first, after))
            return self._blocks[number][within]
