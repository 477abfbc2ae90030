"""Which pairs of a batch are positives, which are negatives, and which nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radseek.text.normalising import normalise
from radseek.training.drawing import DrawnText
from radseek.training.pairs import Pair

POSITIVE, NEGATIVE, UNKNOWN = 1, 0, -1


def build_targets(pairs: Sequence[Pair], texts: Sequence[DrawnText], normal: str = "") -> NDArray[np.int8]:
    """Targets int8 `[n_pairs, n_texts]`: 1 true of the picture, 0 not, -1 unknown.

    - A picture's own texts, and every text identical to one of them (`radseek.text.normalise`), are positives.
    - A text of the study is a positive of all its pictures; a caption of a sibling picture is unknown.
    - A label prompt is decided by the picture's labels where they decide it; `normal` (when not empty) excludes every
      other finding and is excluded by any. It is a negative where findings cannot be seen at all, else unknown.
    - Between phantoms and real pictures nothing is known; all else is a negative.
    """
    keys = [normalise(drawn.text) for drawn in texts]
    own: list[set[str]] = [set() for _ in pairs]
    for key, drawn in zip(keys, texts, strict=True):
        if drawn.owner >= 0:
            own[drawn.owner].add(key)
    targets = np.zeros((len(pairs), len(texts)), dtype=np.int8)
    for row, pair in enumerate(pairs):
        for column, drawn in enumerate(texts):
            if drawn.owner == row or keys[column] in own[row]:
                targets[row, column] = POSITIVE
            elif pair.synthetic != (drawn.owner >= 0 and pairs[drawn.owner].synthetic):
                targets[row, column] = UNKNOWN
            elif drawn.claims:
                targets[row, column] = _of_prompt(pair, drawn.claims, normal)
            elif pair.study == pairs[drawn.owner].study:
                targets[row, column] = POSITIVE if drawn.of_study else UNKNOWN
    return targets


def _of_prompt(pair: Pair, claims: frozenset[str], normal: str) -> int:
    if claims <= pair.findings:
        return POSITIVE
    excluded = normal in pair.findings or (normal in claims and bool(pair.findings))
    if excluded or claims <= pair.decided or not pair.may_show_findings:
        return NEGATIVE
    return UNKNOWN
