"""Which pairs of a batch are positives, which are negatives, which partly true, and which nobody knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.text.normalising import normalise
from radseek.training.drawing import DrawnText
from radseek.training.pairs import Pair

POSITIVE, NEGATIVE, UNKNOWN = 1.0, 0.0, -1.0


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What the configuration decides of targets."""

    normal: str = ""
    """The finding that excludes every other one and is excluded by any; empty for none."""
    findings: frozenset[str] = frozenset()
    """Prompted findings, which a picture without labels may or may not show; attribute values are not here."""
    shared_findings: float | None = None
    """Target of a stranger's text all of whose findings the picture has; None: such a text is wrong."""
    teacher: float = 0.0
    """Weight of the teacher's opinion against the label."""
    teacher_priors: Mapping[str, float] | None = None
    """Finding -> the teacher's mean probability: above it speaks for the finding, below it against."""


def build_targets(pairs: Sequence[Pair], texts: Sequence[DrawnText], rules: TargetRules) -> NDArray[np.float32]:
    """Targets float32 `[n_pairs, n_texts]`: 1 true of the picture, 0 not, in between partly, -1 unknown.

    - A picture's own texts, and every text identical to one of them (`radseek.text.normalise`), are positives.
    - A text of the study is a positive of all its pictures; a caption of a sibling picture is unknown.
    - A counterfactual is wrong for its owner and unknown for everyone else.
    - A prompt is decided by the picture's labels and attributes where they decide it, softened by a teacher's opinion;
      `normal` excludes every other finding and is excluded by any. A denial is decided the other way round.
    - A stranger's text that shares findings with the picture's own texts is partly true, if the rules say so.
    - Between phantoms and real pictures nothing is known, except of attributes; all else is a negative.
    """
    keys = [normalise(drawn.text) for drawn in texts]
    own: list[set[str]] = [set() for _ in pairs]
    for key, drawn in zip(keys, texts, strict=True):
        if drawn.owner >= 0 and not drawn.is_wrong:
            own[drawn.owner].add(key)
    targets = np.zeros((len(pairs), len(texts)), dtype=np.float32)
    for row, pair in enumerate(pairs):
        for column, drawn in enumerate(texts):
            if drawn.is_wrong:
                targets[row, column] = NEGATIVE if drawn.owner == row and keys[column] not in own[row] else UNKNOWN
            elif drawn.owner == row or keys[column] in own[row]:
                targets[row, column] = POSITIVE
            else:
                owner = pairs[drawn.owner] if drawn.owner >= 0 else None
                targets[row, column] = _of_stranger(pair, drawn, owner, rules)
    return targets


def _of_stranger(pair: Pair, drawn: DrawnText, owner: Pair | None, rules: TargetRules) -> float:
    if drawn.claims or drawn.denies:
        return _of_prompt(pair, drawn, rules)
    if owner is None or pair.synthetic != owner.synthetic:
        return UNKNOWN
    if pair.study == owner.study:
        return POSITIVE if drawn.of_study else UNKNOWN
    return _of_shared_findings(pair, drawn, rules)


def _of_prompt(pair: Pair, drawn: DrawnText, rules: TargetRules) -> float:
    if pair.synthetic and (drawn.claims | drawn.denies) & rules.findings:
        return UNKNOWN  # drawn pictures learn their findings from their own texts
    if drawn.denies:
        if not pair.may_show_findings:
            return UNKNOWN
        truth = [_of_claim(pair, finding, rules) for finding in drawn.denies]
        return min(UNKNOWN if value == UNKNOWN else 1 - value for value in truth)
    truth = [_of_claim(pair, claim, rules) for claim in drawn.claims]
    return NEGATIVE if NEGATIVE in truth else min(truth)


def _of_claim(pair: Pair, claim: str, rules: TargetRules) -> float:
    """Whether one finding or attribute value holds for a picture."""
    opinion = pair.teacher.get(claim) if rules.teacher else None
    if claim in pair.findings:
        label = POSITIVE
    elif rules.normal in pair.findings and claim in rules.findings:
        label = NEGATIVE
    elif claim == rules.normal and pair.findings & rules.findings:
        label = NEGATIVE
    elif claim in pair.decided:
        label = NEGATIVE
    elif claim in rules.findings and not pair.may_show_findings:
        return UNKNOWN if pair.stated.get(claim, claim == rules.normal) else NEGATIVE
    else:
        return UNKNOWN
    if opinion is None or rules.teacher_priors is None:
        return label
    return (1 - rules.teacher) * label + rules.teacher * _share_above(opinion, rules.teacher_priors[claim])


def _share_above(probability: float, prior: float) -> float:
    """0.5 at the prior, towards 1 above it: the probability after moving the prior to one half."""
    clipped = [min(max(value, 1e-4), 1 - 1e-4) for value in (probability, prior)]
    logit, zero = (math.log(value / (1 - value)) for value in clipped)
    return 1 / (1 + math.exp(zero - logit))


def _of_shared_findings(pair: Pair, drawn: DrawnText, rules: TargetRules) -> float:
    if rules.shared_findings is None or not any(drawn.stated.values()):
        return NEGATIVE
    agreed = sum(pair.stated.get(finding) == present for finding, present in drawn.stated.items())
    contradicted = any(pair.stated.get(f, present) != present for f, present in drawn.stated.items())
    return NEGATIVE if contradicted else rules.shared_findings * agreed / len(drawn.stated)
