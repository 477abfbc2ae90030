"""Text that Streamlit must show as it is, where its labels would read Markdown."""

from __future__ import annotations

import string

_ESCAPED = str.maketrans({character: f"\\{character}" for character in string.punctuation})
_ZERO_WIDTH_SPACE = "\u200b"
"""After a colon it keeps `:name:` from becoming an emoji: those are replaced after escapes were read."""


def literal(text: str) -> str:
    """`text` with every Markdown sign escaped and line breaks as spaces."""
    return " ".join(text.split()).translate(_ESCAPED).replace("\\:", f"\\:{_ZERO_WIDTH_SPACE}")
