"""Abbreviations written out, for encoders, which know words better than letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from radseek.records.findings import StatedFinding

if TYPE_CHECKING:
    from radseek.text.concepts import Lexicon

_LONGEST = 5
"""Letters of the longest abbreviation."""
_LOBES = {
    "rul": "right upper lobe",
    "rml": "right middle lobe",
    "rll": "right lower lobe",
    "lul": "left upper lobe",
    "lll": "left lower lobe",
}
_LOBE = re.compile(rf"\b({'|'.join(_LOBES)})\b", re.IGNORECASE)


def write_out(text: str, stated: Sequence[StatedFinding], lexicon: Lexicon) -> str:
    """`text` with the titles of findings in place of their abbreviations, and lobes by name: `RLL PNA`, `ptx`.

    Args:
        text: A statement.
        stated: What it states, with places in `text`.
        lexicon: What it was read with.
    """
    for mention in sorted(stated, key=lambda m: m.start, reverse=True):
        words, title = text[mention.start : mention.end], lexicon.findings[mention.finding].title
        if len(words) <= _LONGEST and words.isalpha() and words.lower() not in title.lower():
            text = f"{text[: mention.start]}{title}{text[mention.end :]}"
    return _LOBE.sub(lambda found: _LOBES[found[0].lower()], text)
