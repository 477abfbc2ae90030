"""Queries worth trying on an archive, kept per index generation: on a large one it takes a second to find them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from radseek.archive.example_queries import common_sentences

if TYPE_CHECKING:
    from radseek.archive.catalogue import Catalogue

MOST = 6


class SuggestedQueries:
    """The archive's commonest short sentences. What is ingested is suggested once it is indexed, as it is found then.

    Args:
        catalogue: The archive's.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._kept: tuple[str, tuple[str, ...]] = ("", ())

    def of(self, generation: str) -> tuple[str, ...]:
        """At most six, commonest first; without a generation (empty name) nothing is kept."""
        with self._lock:  # who comes while they are counted waits: to count twice would take longer
            known, texts = self._kept
            if not generation or known != generation:
                with self._catalogue.reading() as connection:
                    texts = tuple(common_sentences(connection, MOST))
                self._kept = (generation, texts)
            return texts
