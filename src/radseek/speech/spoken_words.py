"""The words of a report sentence as they would be spoken."""

from __future__ import annotations

import re

from radseek.text import one_line

_CONTENT = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|[^A-Za-z]+")
_JOINING = re.compile(r"[\s,\-/]+")
"""What one speaks across; anything else (a digit, a bracket, a full stop) ends the run of words."""
_DE_IDENTIFIED = re.compile(r"x{2,}", re.IGNORECASE)
_TITLE = re.compile(r"dr|drs|doctor|mr|mrs|ms|prof|professor|md|rn|phd", re.IGNORECASE)
LONGEST_WORD = 30


def spoken_runs(sentence: str) -> list[list[str]]:
    """Runs of words that are spoken one after another, in small letters.

    Left out, each ending a run: everything with a digit, marks of de-identification (`XXXX`), and words that look like
    a name: after a title (`Dr.`), or with a capital inside a sentence that is not written in capitals or as a heading.
    Words of a capital only (`PA`, `CT`) stay: they are abbreviations.
    """
    text = one_line(sentence)
    shouted = text.upper() == text or text.title() == text
    runs: list[list[str]] = [[]]
    after_title = False
    for place, part in enumerate(_CONTENT.findall(text)):
        if not part[0].isalpha() or not part.isascii():
            if not _JOINING.fullmatch(part) and not (after_title and part.strip() == "."):
                runs.append([])
            continue
        name_like = after_title or (place > 0 and not shouted and part[0].isupper() and not part.isupper())
        after_title = _TITLE.fullmatch(part) is not None
        if name_like or after_title or _DE_IDENTIFIED.fullmatch(part) or len(part) > LONGEST_WORD:
            runs.append([])
            continue
        runs[-1].append(part.lower())
    return [run for run in runs if run]
