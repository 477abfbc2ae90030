"""What texts state of a study, as graded relevance compares it, and labels of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radseek.evaluation.relevance import Stated, Statements
from radseek.records.findings import StatedFinding
from radseek.records.reports import Assertion
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.subject import Gallery
from radseek.text import stated_findings, with_parents

_STRONGEST = (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT, Assertion.HISTORICAL)
"""When a text says several things of one finding, the first of these holds: a finding told once is there."""


def statements_of(texts: Iterable[str]) -> Statements:
    """Finding of the lexicon -> what `texts` together say of it; mentions of both sides are bilateral.

    What is not denied is said of all that it is a kind of as well: a rib fracture is a fracture.
    """
    mentions = [general for text in texts for mention in stated_findings(text) for general in _with_general(mention)]
    found: dict[str, Stated] = {}
    for finding in sorted({mention.finding for mention in mentions}):
        own = [mention for mention in mentions if mention.finding == finding]
        strongest = min((mention.assertion for mention in own), key=_STRONGEST.index)
        sides = {mention.side.value for mention in own if mention.assertion is strongest and mention.side}
        found[finding] = Stated(strongest, sides.pop() if len(sides) == 1 else "bilateral" if sides else "")
    return found


def _with_general(mention: StatedFinding) -> list[StatedFinding]:
    if mention.assertion is Assertion.ABSENT:
        return [mention]
    return [replace(mention, finding=name) for name in with_parents(mention.finding)]


def texts_of(pictures: Iterable[Picture]) -> list[str]:
    """Every text of a study's pictures, each once, in order."""
    return list(dict.fromkeys(text for p in pictures for text in (*p.image_texts, *p.study_texts)))


def study_statements(gallery: Gallery) -> list[Statements]:
    """What the texts of each study state."""
    pictures = gallery.embedded.pictures
    return [statements_of(texts_of(pictures[row] for row in rows)) for rows in gallery.rows]


def label_matrix(embedded: Embedded, findings: Sequence[str]) -> NDArray[np.int8]:
    """1 stated, 0 decided and not stated, -1 not known: int8 `[n_findings, n_pictures]`."""
    return np.array(
        [
            [1 if name in picture.findings else 0 if name in picture.decided else -1 for picture in embedded.pictures]
            for name in findings
        ],
        dtype=np.int8,
    ).reshape(len(findings), len(embedded.pictures))


def enough_of_both(labels: NDArray[np.int8], least: int) -> NDArray[np.bool_]:
    """Which rows have at least `least` (and at least one) present and absent: bool `[n_findings]`."""
    enough: NDArray[np.bool_] = np.minimum((labels == 1).sum(axis=1), (labels == 0).sum(axis=1)) >= max(1, least)
    return enough
