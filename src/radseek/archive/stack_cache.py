"""Stacks read last: every frame of a clip asks for its stack, and reading one takes as long as decoding a frame."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from radseek.archive.stack_queries import PicturePlace, SeriesStack, place_of_picture, read_stack

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEPT = 64
"""Pictures whose stacks are kept; the stack of 2,000 frames takes about 0.3 MB."""


class StackCache:
    """Stacks by picture, each read again once its series has changed. Safe to use from several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._stacks: OrderedDict[str, tuple[PicturePlace, SeriesStack]] = OrderedDict()
        self._lock = threading.Lock()

    def stack_of(self, connection: Connection, image_key: str) -> SeriesStack:
        """The stack that a picture belongs to, as the catalogue has it now.

        Raises:
            InputError: When there is no such picture.
        """
        picture = place_of_picture(connection, image_key)
        with self._lock:
            known = self._stacks.get(image_key)
        stack = known[1] if known is not None and known[0] == picture else read_stack(connection, picture)
        with self._lock:
            self._stacks[image_key] = (picture, stack)
            self._stacks.move_to_end(image_key)
            while len(self._stacks) > self._kept:
                self._stacks.popitem(last=False)
        return stack
