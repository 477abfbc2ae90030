"""Text folded for comparing and for display."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """The key under which two texts count as identical: case, accents' encoding, white space and punctuation folded.

    Words stay in order and numbers stay whole apart from their decimal point, so `2.3 cm` becomes `2 3 cm`. Empty when
    `text` has no letter or digit.
    """
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def one_line(text: str) -> str:
    """`text` with every run of white space as one space, for display of a sentence that was wrapped in its report."""
    return " ".join(text.split())
