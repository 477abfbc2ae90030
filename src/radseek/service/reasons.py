"""Why a study was found, in one plain line, and which words of its sentence answer the query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from radseek.index.lexical_analyzer import STOP_WORDS
from radseek.records.findings import Side, StatedFinding
from radseek.records.reports import Assertion, Section
from radseek.records.search import Channel, Match, Query, SentenceView
from radseek.search.agreement import agrees
from radseek.service.told_findings import read_sentence, told_sentence

if TYPE_CHECKING:
    from radseek.search import StudyMatch
    from radseek.text import Lexicon

_ANY_WORD = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]{3,}")
_SAYS = {
    Assertion.PRESENT: "",
    Assertion.ABSENT: "no ",
    Assertion.UNCERTAIN: "possible ",
    Assertion.HISTORICAL: "a history of ",
}


class Reasons:
    """Words for the hits of one query.

    Args:
        query: As searched.
        lexicon: What it was read with.
        likeness: What pictures are ranked by, such as `nearest` or `most like the example`.
    """

    def __init__(self, query: Query, lexicon: Lexicon, likeness: str = "nearest") -> None:
        self._likeness = likeness
        self._asked = {(m.finding, m.assertion, m.side): m for m in query.stated}
        self._words = {word.lower() for word in _WORD.findall(query.text)} - set(STOP_WORDS)
        self._has_words = bool({word.lower() for word in _ANY_WORD.findall(query.text)} - set(STOP_WORDS))
        self._lexicon = lexicon

    def told(self, sentence: SentenceView) -> SentenceView:
        """`sentence` with whether it names a finding."""
        return told_sentence(sentence, self._lexicon)

    def phrases(self, sentence: SentenceView) -> tuple[tuple[int, int], ...]:
        """The words of `sentence` that state what is asked; where the lexicon knows nothing of it, those in common."""
        if self._asked:
            stated = [m for m in self._read(sentence) if self._answered(m)]
            return tuple(dict.fromkeys((m.start, m.end) for m in stated))
        return tuple(m.span() for m in _WORD.finditer(sentence.text) if m[0].lower() in self._words)

    def why(self, match: StudyMatch, found: Sequence[Match], has_report: bool) -> str:
        """One plain line, such as `Its report says: pleural effusion (left, mild). The picture is the 3rd nearest.`."""
        rank = next((entry.rank for entry in found if entry.channel is Channel.IMAGE), None)
        picture = "" if rank is None else f"the picture is the {_ordinal(rank)} {self._likeness}"
        sentences = [entry.sentence for entry in found if entry.sentence is not None]
        if not sentences:
            known = "" if has_report else "; it has no report"
            if not self._words and picture:
                return f"Its picture is the {_ordinal(rank or 1)} {self._likeness}{known}."
            return f"Found by its pixels alone: {picture}{known}." if picture else ""
        shown = [sentence for sentence in sentences if sentence.section is not Section.INDICATION]
        told = self._told(shown) if any(hit.n_agreed for _, _, hit in match.channels) else []
        if told:
            return ". ".join(_sentence(part) for part in (f"its report says: {', '.join(told)}", picture) if part) + "."
        alike = self._alike()
        return ". ".join(_sentence(part) for part in (alike, picture) if part) + "."

    def _alike(self) -> str:
        if self._asked:
            return "a report sentence has words in common or sounds alike, but does not state it"
        if self._has_words:
            return "a report sentence has words in common or sounds alike"
        return "a report sentence came out nearest, but the query has no words to compare"

    def _told(self, sentences: Sequence[SentenceView]) -> list[str]:
        """What the sentences state of what is asked, in a reader's words, each thing once, with most of its details."""
        told: dict[str, dict[tuple[str, ...], None]] = {}
        for sentence in sentences:
            for mention in self._read(sentence):
                if self._answered(mention):
                    name = f"{_SAYS[mention.assertion]}{self._lexicon.findings[mention.finding].title}"
                    told.setdefault(name, {})[_details(mention)] = None
        return [
            f"{name} ({', '.join(details)})" if details else name
            for name, known in told.items()
            for details in known
            if not any(set(details) < set(other) for other in known)
        ]

    def _answered(self, mention: StatedFinding) -> bool:
        return any(agrees(asked, mention, self._lexicon) for asked in self._asked.values())

    def _read(self, sentence: SentenceView) -> tuple[StatedFinding, ...]:
        return read_sentence(sentence.text, sentence.place, self._lexicon)


def _details(mention: StatedFinding) -> tuple[str, ...]:
    """Where a finding is and how it is, as told: `right lower lobe`, `mild`, `new`, `30 mm`."""
    side, part = mention.side.value if mention.side else "", (mention.part or "").replace(", ", " and ")
    if "left " not in part and "right " not in part and part not in {"", "lingula"}:
        side, part = "", f"{side} {part}".strip()
    sides = ["left", "right"] if mention.side is Side.BILATERAL else [side]
    words = ["" if all(f"{one} " in part for one in sides) else side, part]
    words += [(mention.level or "").replace(", ", " and "), mention.severity or "", mention.change or ""]
    words.append("" if mention.size_mm is None else f"{mention.size_mm:g} mm")
    return tuple(word for word in words if word)


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
