"""A long list of which each item is built when it is first looked at, such as the hits of an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")

BLOCK = 24
"""Items that are built together where one of them is looked at."""


class DeferredList(Sequence[Item]):
    """Items that are built when they are first looked at, and then kept. Safe to use from several threads.

    A slice is built in one go; a single item with its neighbours, since whoever looks at one goes on.

    Args:
        keys: Of all items, in order: known from the start, like the length.
        build: (first, after), places from 0 -> the items of these places, as many.
    """

    def __init__(self, keys: Sequence[str], build: Callable[[int, int], Sequence[Item]]) -> None:
        self.keys = tuple(keys)
        self._build = build
        self._lock = threading.Lock()
        self._built: dict[int, Item] = {}

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
            return self._items(range(len(self))[place])
        return self._item(range(len(self))[place])

    def __iter__(self) -> Iterator[Item]:
        """All items, some at a time."""
        return (self._item(place) for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether the other one is a sequence of the same items."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # compared by what it holds, as lists are

    def _item(self, place: int) -> Item:
        if place not in self._built:
            first = place // BLOCK * BLOCK
            self._items(range(first, min(first + BLOCK, len(self))))
        return self._built[place]

    def _items(self, places: range) -> tuple[Item, ...]:
        with self._lock:
            missing = [place for place in places if place not in self._built]
            if missing:
                first, after = min(missing), max(missing) + 1
                built = self._build(first, after)
                self._built |= dict(zip(range(first, after), built, strict=True))
        return tuple(self._built[place] for place in places)
