"""The marks of the query language: `name:value`, `"a phrase"`, `-word`, `NOT words`, `AND`, `OR`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from radseek.records.search import Where
from radseek.text.cues import NEUTRAL
from radseek.text.filters import FILTERS, apply_filter
from radseek.text.sections import HEADINGS

_FILTER = re.compile(
    r'(?<!\S)(?P<name>[A-Za-z][A-Za-z_]+):(?:["“](?P<quoted>[^"”]*)["”](?!\S)|(?P<plain>[^\s:/"“]\S*))'
)
_QUOTED = r'["“](?P<quoted>[^"“”\n]*[^\W_][^"“”\n]*)["”]'
_MINUS = re.compile(rf"(?<!\S)-(?:{_QUOTED}|(?P<word>[^\W\d_][\w/'-]*\*?))(?!\S)")
_NOT = re.compile(rf"(?<!\S)NOT\s+(?:{_QUOTED}|(?P<word>\w.*?))(?=\s+(?:AND|OR|NOT)\s|\s+-\w|\s*,|\s*$)")
_PHRASE = re.compile(rf"(?<!\S){_QUOTED}(?!\S)")
_OR = re.compile(r"(?<!\S)OR(?!\S)")
_AND = re.compile(r"(?<!\S)AND(?!\S)")


@dataclass(frozen=True, slots=True)
class MarkedQuery:
    """A query without its marks."""

    alternatives: tuple[str, ...]
    """What is left of the text: the sides of `OR`, at least one text, which may be empty."""
    where: Where
    excluded: tuple[str, ...]
    """What must not be stated: words, of which the last may end in `*`."""
    phrases: tuple[str, ...]
    """What must stand in a report just so. Its words stay in the text as well."""


def read_marks(text: str) -> MarkedQuery:
    """The marks of `text` and what is left without them.

    Marks other than filters count in a text of one line that is not all in capitals: pasted reports have bullets, and
    some are dictated in capitals. A lone quotation mark or minus is text.

    Raises:
        InputError: When a filter is not known, does not take its value, or contradicts an earlier one.
    """
    text, where = _take_filters(text)
    stripped = text.strip()
    if "\n" in stripped or not any(map(str.islower, stripped)):
        return MarkedQuery((stripped,), where, (), ())
    excluded: list[str] = []
    for pattern in (_MINUS, _NOT):
        excluded += [_words(match) for match in pattern.finditer(text)]
        text = pattern.sub(" ", text)
    phrases = [_words(match) for match in _PHRASE.finditer(text)]
    text = _PHRASE.sub(lambda match: _words(match), text)
    alternatives = [_tidy(_AND.sub(" ", side)) for side in _OR.split(text)]
    named = tuple(side for side in alternatives if side)
    return MarkedQuery(named or ("",), where, tuple(excluded), tuple(phrases))


def _take_filters(text: str) -> tuple[str, Where]:
    where, kept, last = Where(), "", 0
    for match in _FILTER.finditer(text):
        if _is_text(match["name"]):
            continue
        where = apply_filter(where, match["name"], match["plain"] or match["quoted"])
        kept, last = kept + text[last : match.start()].rstrip(" \t"), match.end()
    return kept + text[last:], where


def _is_text(name: str) -> bool:
    """Whether a word before a colon is a section heading or organ rather than a filter."""
    folded = name.lower()
    return folded not in FILTERS and (folded in HEADINGS or folded in NEUTRAL)


def _words(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return " ".join((groups["quoted"] or groups.get("word") or "").split())


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", text).strip(" \t,") if text.strip() else ""
