"""How sentences and queries become the terms of the lexical index: the one definition for both sides."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

ANALYZER = "radseek_en_2"
"""Name in the index and its manifest. A change of anything below needs a new name, so that old indexes are refused."""

STOP_WORDS = tuple(
    "a an and are as at be been but by for from had has have her his i if in into is it its of on or our she he "
    "that the their them then there these they this those to was we were which will with you your".split()
)
"""Words that carry nothing. `no`, `not` and `without` are kept: they carry the most in a report."""

_LONGEST_TERM = 40
"""Bytes from which a term is dropped: nothing that long is a word."""


@cache
def build_analyzer() -> Any:  # noqa: ANN401  (a tantivy TextAnalyzer: the library exports no types)
    """Splits at everything but letters and digits; lower case, no accents, no stop words, English stems (Porter 2)."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(_LONGEST_TERM),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.custom_stopword(list(STOP_WORDS)),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def clean_text(text: str) -> str:
    """`text` without what UTF-8 cannot hold (lone surrogates, from wrongly decoded input)."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def placed_terms(text: str) -> list[tuple[int, str]]:
    """The terms of `text` with the number of the word that each comes from, so that stop words leave gaps."""
    words = re.findall(r"[^\W_]+", clean_text(text))
    return [(place, term) for place, word in enumerate(words) for term in terms_of(word)]


def terms_of(text: str) -> list[str]:
    """The terms of `text` in order, with repetitions; none for an empty, stop-word-only or emoji-only text."""
    terms: list[str] = build_analyzer().analyze(clean_text(text))
    return terms
