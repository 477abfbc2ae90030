"""Where the sentences of a dictated report begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from radseek.text.layout import laid_out

_NEVER_FINAL = frozenset(
    "dr mr mrs ms prof st vs eg ie e.g i.e cf approx ca incl resp esp viz dept tel ext pt pts hx fx dx rx".split()
)
"""Abbreviations after which a sentence goes on, whatever follows."""

_BEFORE_NUMBER = frozenset("no nos fig figs ser im img se nr vol pp".split())
"""Abbreviations after which a sentence goes on when a number follows: `image no. 4`."""

_MAYBE_FINAL = frozenset(
    "cm mm ml cc kg mg min max sec hr hrs yr yrs mo mos wk wks etc a.m p.m m.d ph.d u.s inc y.o yo rt lt bilat ant "
    "post lat sup inf med assoc poss prob mod sev sm lg abd".split()
)
"""Abbreviations that end a sentence only before a capital letter: `3 cm. in size`, `3 cm. No effusion`."""

_OPENERS = frozenset("the there no this these it a an heart lungs".split())
"""Words that open a sentence even after a single letter: `hepatitis B. No mass`, but `J. Smith`."""

_MIN_WRAP_WIDTH = 40
"""Text with shorter lines is taken as a list of one-line statements, not as wrapped text."""

_MAX_WRAP_WIDTH = 120
"""Text with longer lines is not wrapped: its line breaks were typed."""

_TERMINATOR = re.compile(
    r"[.!?]+[\"'”’)\]]*(?=\s|$|[A-Z]|(?:no|the|there)\b)|"
    r"[。｡！？।؟]+[」』”’）]*"  # after these Chinese and Japanese have no space, and they end no abbreviation
)
_LIST_MARK = re.compile(
    r"[ \t]*(?:\(?\d{1,2}[.):](?!\d)|\d{1,2}-(?=\s)|#\d{1,2}[.):]?|[-–—•*·▪●○‣◦»→\uf0b7>](?=[ \t]|[A-Za-z])|"
    r"\+(?=[ \t])|(?:[a-hA-H]\)|[a-h]\.|(?:I{1,3}|IV|V|VI)[.)])(?=\s))[ \t]*"
)
_INLINE_MARK = re.compile(
    r"(?<![^\s.;:])(?<!\d\.)\(?(?P<number>\d{1,2})(?:[.)](?!\d)|-(?=[ \t]))[ \t]*(?=[A-Za-z\"'(\[])"
)
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*|\f|[ \t](?=[•▪●○‣◦»][ \t])")
_RULE = re.compile(r"[ \t]*[-_=*~#]{3,}[ \t]*")
_ONLY_MARKS = re.compile(r"(?:\W|_|(?<![A-Za-z0-9])[xX]{2,}(?![A-Za-z0-9]))+")
_WORD_BEFORE = re.compile(r"([A-Za-z](?:[A-Za-z.]*[A-Za-z])?|\d[\d.,]*)$")
_WORD_AFTER = re.compile(r"\s*[\"'“(\[]*([A-Za-z]+|\d)")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences in `text[start:end]`, in order, without list marks and outer white space.

    Numbered impressions, bullets, decimals, abbreviations and wrapped lines are dealt with; a wrapped sentence keeps
    its line breaks. What has no letter or digit, or only `XXXX` marks, is no sentence. Takes time linear in the length.
    """
    original, text = text[start:end], laid_out(text[start:end])
    spans = []
    for line_start, line_end in _statements(text, 0, len(text)):
        for piece_start, piece_end in _split_terminators(text, line_start, line_end):
            span = _trimmed(text, piece_start, piece_end)
            if span is not None:
                after = span[1] - original[span[1] - 1].isspace()  # where a full stop was spoken
                spans.append((start + span[0], start + after))
    return spans


def _statements(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Paragraphs and bulleted points, cut further at deliberate line breaks and at the marks of numbered lists."""
    borders = [start, *(edge for m in _PARAGRAPH.finditer(text, start, end) for edge in m.span()), end]
    for paragraph_start, paragraph_end in zip(borders[::2], borders[1::2], strict=True):
        cuts = [paragraph_start, *_line_cuts(text, paragraph_start, paragraph_end), paragraph_end]
        for line_start, line_end in pairwise(cuts):
            yield from _split_numbered(text, line_start, line_end)


def _line_cuts(text: str, start: int, end: int) -> list[int]:
    """Line breaks in a paragraph that end a statement, as opposed to wrapped lines."""
    breaks = [m.start() for m in re.compile(r"\n").finditer(text, start, end)]
    edges = [start, *(b + 1 for b in breaks), end]
    lines = [text[a:b].rstrip() for a, b in pairwise(edges)]
    width = max(map(len, lines))
    return [b + 1 for b, line, after in zip(breaks, lines, lines[1:], strict=False) if _is_break(line, after, width)]


def _is_break(line: str, after: str, width: int) -> bool:
    if _LIST_MARK.match(after) or not line.strip() or _RULE.fullmatch(line) or _RULE.fullmatch(after):
        return True
    first = after.split(maxsplit=1)[0] if after.strip() else ""
    if line.endswith((":", ",", "-", "/")) or not first[:1].isupper():
        return False
    wrapped = _MIN_WRAP_WIDTH <= width <= _MAX_WRAP_WIDTH and len(line) + 1 + len(first) > width
    return not wrapped


def _split_numbered(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut before `2.`, `3)`, ... where they count on from the number that opened the list or from the one before."""
    cuts = [start]
    expected: int | None = None
    first = end - len(text[start:end].lstrip())
    for match in _INLINE_MARK.finditer(text, start, end):
        number = int(match["number"])
        opens = match.start() <= first or _ends_sentence(text, start, match.start())
        counts_on = number == expected and text[match.end() - 1].isspace()
        if opens or counts_on:
            cuts.append(match.start())
            expected = number + 1
    yield from pairwise([*cuts, end])


def _ends_sentence(text: str, start: int, end: int) -> bool:
    before = text[max(start, end - 40) : end].rstrip()
    return before.endswith((".", "!", "?", ":", ";"))


def _split_terminators(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    mark = _LIST_MARK.match(text, start, end)
    start = mark.end() if mark else start
    for match in _TERMINATOR.finditer(text, start, end):
        if match.start() >= start and _is_final(text, start, match, end):
            yield start, match.end()
            start = match.end()
    yield start, end


def _is_final(text: str, start: int, match: re.Match[str], end: int) -> bool:
    """Whether the sentence from `start` ends with the terminator `match`."""
    if match[0][0] != ".":
        # `? pneumonia` is a question asked, not the end of one
        return match[0][0] != "?" or (match.start() > start and not text[match.start() - 1].isspace())
    before = _WORD_BEFORE.search(text, max(start, match.start() - 40), match.start())
    after = _WORD_AFTER.match(text, match.end(), end)
    word, following = (before[1] if before else ""), (after[1] if after else "")
    if not text[match.end() : match.end() + 1].isspace() and match.end() < end:
        # no space: `apex.There` ends a sentence, `U.S`, `D.O` and `x.Y` do not
        long_enough = len(word) > (1 if following[:1].isupper() else 3)
        return word.lower() not in _NEVER_FINAL and long_enough and word.isalpha() and len(following) > 1
    folded = word.lower()
    if folded in _NEVER_FINAL or (folded in _BEFORE_NUMBER and following.isdigit()):
        return False
    if folded in _MAYBE_FINAL:
        return not following[:1].islower() and not following.isdigit()
    if len(word) == 1 and word.isalpha() and word.isupper():
        return following.lower() in _OPENERS or not following
    if match[0].startswith("..."):
        return not following[:1].islower()
    return True


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    if not any(map(str.isalnum, piece)) or _ONLY_MARKS.fullmatch(piece):
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())
