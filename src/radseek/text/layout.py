"""A report's text as it was meant to stand on the page, each character in its place: line ends, spaces and tags."""

from __future__ import annotations

import re

_SAME_LENGTH = str.maketrans(
    dict.fromkeys("\x0b\x1c\x1d\x1e\x85\u2028\u2029", "\n")
    | dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000\u200b\ufeff" + "".join(map(chr, range(0x2000, 0x200B))), " ")
)
_BREAKING = r"</?(?:br|p|div|li|ul|ol|tr|td|table|h[1-6])\b[^<>\n]{0,80}>"
_OTHER_TAG = r"</?(?:b|i|u|strong|em|span|font|sup|sub|html|body)\b[^<>\n]{0,80}>|&nbsp;"
_SPOKEN_BREAK = (
    r"\b(?:(?:period|full stop)\s{1,3})?(?:new|next) (?:paragraph|line)\b"
    r"(?:\s{1,3}number (?:one|two|three|four|five|six)\b)?"
)
_ODD = re.compile(rf"(?P<line>\r\n?|{_BREAKING}|{_SPOKEN_BREAK})|(?P<space>{_OTHER_TAG})", re.IGNORECASE)
_SPOKEN_STOP = re.compile(
    r"(?<!month)(?<!week)(?<!day)(?<!year)(?<!time)(?<!menstrual)(?<!same)(?<!this)(?<!\ba)[ \n](?:period|full stop)\b",
    re.IGNORECASE,
)
_ENDS_SPOKEN = re.compile(r"(?:period|full stop)\s*$", re.IGNORECASE)


def laid_out(text: str) -> str:
    r"""`text` with `\n` for every kind of line end, spaces for every kind of space, and neither tags nor spoken marks.

    As long as `text`, so that places in one are places in the other: what is longer than what stands for it is filled
    with spaces. `new paragraph` is a break; `period` ends a sentence in a text that has no full stop and says it twice
    or at its end.
    """
    even = text.translate(_SAME_LENGTH)
    plain = _ODD.sub(_replaced, even)
    if "." in plain:
        return plain
    spoken = len(_SPOKEN_STOP.findall(even)) > 1 or _ENDS_SPOKEN.search(even[-40:])
    return _SPOKEN_STOP.sub(_stopped, plain) if spoken else plain


def _replaced(match: re.Match[str]) -> str:
    if match["line"] is None:
        return " " * len(match[0])
    if match[0].startswith("\r"):
        return match[0].replace("\r\n", " \n").replace("\r", "\n")
    gap = "\n\n" if "p" in match[0][:3].lower() or match[0][0] not in "<" else "\n"
    return gap + " " * (len(match[0]) - len(gap))


def _stopped(match: re.Match[str]) -> str:
    return "." + " " * (len(match[0]) - 1)
