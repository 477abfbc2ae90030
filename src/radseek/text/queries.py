"""What a person types into the search field -> text to search, structured filters and polarity."""

from __future__ import annotations

import re

from radseek.errors import InputError
from radseek.records.search import Query, Where
from radseek.text.assertions import assert_sentence
from radseek.text.concepts import Lexicon
from radseek.text.cues import NEUTRAL
from radseek.text.filters import FILTERS, apply_filter
from radseek.text.findings import stated_findings
from radseek.text.sections import HEADINGS

MAX_QUERY_CHARACTERS = 20_000
"""Some ten pages: longer than reports are, and little enough to encode at once."""

_FILTER = re.compile(
    r'(?<!\S)(?P<name>[A-Za-z][A-Za-z_]+):(?:["“](?P<quoted>[^"”]*)["”](?!\S)|(?P<plain>[^\s:/"“]\S*))'
)


def parse_query(text: str, lexicon: Lexicon | None = None) -> Query:
    """The query in `text`: `name:value` filters taken out, the rest with its polarity and the findings it states.

    Several values (`modality:CT,MR`, or the filter twice) mean any of them; values with spaces go in quotes. Ages are
    years unless marked (`age:<6m`); `after:2023` begins on 1 January 2023, `before:2023` ends the day before. A word
    with colon is a filter only when its value follows at once, so `Findings: effusion` and `10:30` stay text, as do
    section headings and names of organs (`LUNGS:clear`). The text may be empty when there is a filter.

    Args:
        text: What was typed.
        lexicon: The findings to look for; the shipped ones by default.

    Raises:
        InputError: When the query is empty, longer than `MAX_QUERY_CHARACTERS`, not valid Unicode, or has an unknown
            filter name or a value that its filter cannot take.
    """
    _check_characters(text)
    where, kept, last = Where(), "", 0
    for match in _FILTER.finditer(text):
        if _is_text(match["name"]):
            continue
        where = apply_filter(where, match["name"], match["plain"] or match["quoted"])
        kept, last = kept + text[last : match.start()].rstrip(" \t"), match.end()
    kept = (kept + text[last:]).replace("\0", "").strip()
    if not kept and where == Where():
        raise InputError("the query is empty; type a finding, a report sentence, or a filter such as modality:CT")
    return Query(
        text=kept, where=where, assertion=assert_sentence(kept), stated=stated_findings(kept, lexicon, as_query=True)
    )


def _check_characters(text: str) -> None:
    if len(text) > MAX_QUERY_CHARACTERS:
        raise InputError(f"the query has {len(text):,} characters; at most {MAX_QUERY_CHARACTERS:,} are allowed")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the query is not valid Unicode text; it has half of a surrogate pair") from error


def _is_text(name: str) -> bool:
    """Whether a word before a colon is a section heading or organ rather than a filter."""
    folded = name.lower()
    return folded not in FILTERS and (folded in HEADINGS or folded in NEUTRAL)
