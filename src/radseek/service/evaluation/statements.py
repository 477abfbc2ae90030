"""What texts and labels state of a study, as graded relevance compares it."""

from __future__ import annotations

from collections.abc import Iterable

from radseek.evaluation.relevance import Stated, Statements
from radseek.records.reports import Assertion
from radseek.service.evaluation.pictures import Picture
from radseek.text import stated_findings

_STRONGEST = (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT, Assertion.HISTORICAL)
"""When a text says several things of one finding, the first of these holds: a finding told once is there."""


def statements_of(texts: Iterable[str]) -> Statements:
    """Finding of the lexicon -> what `texts` together say of it; mentions of both sides are bilateral."""
    mentions = [mention for text in texts for mention in stated_findings(text)]
    found: dict[str, Stated] = {}
    for finding in sorted({mention.finding for mention in mentions}):
        own = [mention for mention in mentions if mention.finding == finding]
        strongest = min((mention.assertion for mention in own), key=_STRONGEST.index)
        sides = {mention.side.value for mention in own if mention.assertion is strongest and mention.side}
        found[finding] = Stated(strongest, sides.pop() if len(sides) == 1 else "bilateral" if sides else "")
    return found


def texts_of(pictures: Iterable[Picture]) -> list[str]:
    """Every text of a study's pictures, each once, in order."""
    return list(dict.fromkeys(text for p in pictures for text in (*p.image_texts, *p.study_texts)))
