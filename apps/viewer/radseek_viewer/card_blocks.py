"""Cards of a kept answer, block by block, as the browser asks for them while a person scrolls."""

from __future__ import annotations

from typing import Any

from radseek.errors import InputError
from radseek_viewer.components import PREFIX
from radseek_viewer.kept_answers import KEPT_ANSWERS
from radseek_viewer.wall import hit_card

BLOCK_SIZE = 36
"""Cards fetched at once: what a screen of 1440 x 900 and the next show; divides by 2, 3, 4, 6 and 9 columns."""
_GONE = "These results are no longer kept."


def cards_url(token: str) -> str:
    """Where the browser gets the cards of an answer; the place of the first wanted one follows."""
    return f"{PREFIX}/cards/{token}/"


def block_of_cards(token: str, first: int) -> list[dict[str, Any]]:
    """The cards of `BLOCK_SIZE` hits of a kept answer, the one at place `first` (from 0) and those after it.

    Raises:
        InputError: When the answer is not kept any more, or has no such place.
    """
    hits = KEPT_ANSWERS.hits(token)
    if hits is None:
        raise InputError(_GONE)
    if first >= len(hits):
        raise InputError(f"the answer has {len(hits):,} hits; asked for those from place {first:,}")
    return [hit_card(hit) for hit in hits[first : first + BLOCK_SIZE]]
