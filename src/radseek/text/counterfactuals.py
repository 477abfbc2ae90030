"""Sentences that say the opposite: the other side, a finding denied, a finding affirmed.

They serve as hard negatives in training and to measure whether a model tells yes from no and left from right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from radseek.records.findings import Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.text.findings import stated_findings
from radseek.text.mentions import NORMAL, mentions_of
from radseek.text.noun_phrases import joined_phrases, phrases_of
from radseek.text.sentences import sentence_spans
from radseek.text.sides import ONE_SIDE_ONLY, side_of_words
from radseek.text.wordings import fold, read_words

if TYPE_CHECKING:
    import numpy as np

_PAIRS = (
    ("left", "right"),
    ("leftward", "rightward"),
    ("leftwards", "rightwards"),
    ("lul", "rul"),
    ("lll", "rll"),
    ("luq", "ruq"),
    ("llq", "rlq"),
    ("levoscoliosis", "dextroscoliosis"),
    ("levocurvature", "dextrocurvature"),
)
_OTHER = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_SIDED = re.compile(
    r"(?<![^\W_])(?:" + "|".join(form for w in _OTHER for form in (w, w.capitalize(), w.upper())) + r")(?![^\W_])"
)

_DENIALS = (
    "No {}",
    "There {be} no {}",
    "No evidence of {}",
    "There is no evidence of {}",
    "Negative for {}",
    "Without {}",
    "No {} {be} seen",
    "{} {be} absent",
    "{} {be} not seen",
)
_AFFIRMATIONS = ("{}", "{} {be} present", "{} {be} seen", "Evidence of {}", "Findings of {}", "There {be} {}")
_SINGULAR_IN_S = frozenset({"ascites", "pancreas"})
_MOST_FINDINGS = 3
"""More than this in one sentence read as a list of labels, not as a sentence."""


def swap_sides(text: str) -> str | None:
    """`text` on the patient's other side, or None when it does not name exactly one side.

    `left` and `right`, `LLL` and `RLL`, levo- and dextroscoliosis change places, in lower case, capitals or with a
    capital; swapping twice gives `text` back. None also where the other side has no such part (lingula, middle lobe).
    """
    words = read_words(text).folded
    if side_of_words(words) not in {Side.LEFT, Side.RIGHT} or ONE_SIDE_ONLY & set(words):
        return None
    swapped = _SIDED.sub(_other_side, text)
    return None if swapped == text else swapped


def deny(text: str, rng: np.random.Generator | None = None) -> str | None:
    """A sentence that denies what the first affirming sentence of `text` affirms; None when none does or none is safe.

    Size, degree and change are left out, since the finding is denied in any size; side and place are kept: `There is a
    small left pleural effusion.` becomes `There is no left pleural effusion.` What `text` says besides is left out.

    Args:
        text: A report sentence or caption.
        rng: Chooses among several ways to deny; without it the wording is the plainest.
    """
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        affirmed = _mentions(sentence, Assertion.PRESENT)
        if affirmed:
            frame = _frame(_DENIALS, rng, "There {be} no {}" if _opens_with_there(sentence) else "No {}")
            return _first_sound(sentence, affirmed, (frame, "No {}"), Assertion.ABSENT)
    return None


def affirm(text: str, rng: np.random.Generator | None = None) -> str | None:
    """A sentence that affirms what the first denying sentence of `text` denies by name; else None.

    `No pneumothorax.` becomes `Pneumothorax.`; `The lungs are clear` names no finding and gives None.

    Args:
        text: A report sentence or caption.
        rng: Chooses among several ways to affirm; without it the noun phrase alone.
    """
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        denied = _mentions(sentence, Assertion.ABSENT)
        if denied:
            frame = _frame(_AFFIRMATIONS, rng, "{}")
            return _first_sound(sentence, denied, (frame, "{}"), Assertion.PRESENT)
    return None


def _other_side(match: re.Match[str]) -> str:
    word = match[0]
    other = _OTHER[word.lower()]
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


def _mentions(sentence: str, assertion: Assertion) -> list[StatedFinding]:
    return [
        mention.stated
        for mention in mentions_of(sentence)
        if mention.stated.assertion is assertion and mention.stated.finding != NORMAL and not mention.by_normality
    ]


def _opens_with_there(sentence: str) -> bool:
    return sentence.lower().startswith(("there is", "there are"))


def _frame(frames: tuple[str, ...], rng: np.random.Generator | None, plain: str) -> str:
    return plain if rng is None else frames[int(rng.integers(len(frames)))]


def _first_sound(sentence: str, mentions: list[StatedFinding], frames: tuple[str, ...], meant: Assertion) -> str | None:
    """The first of the possible sentences that says of every finding what is meant, as it would be read back."""
    findings = {m.finding for m in mentions}
    for plain in (False, True):
        phrases = phrases_of(sentence, mentions, plain=plain)
        if len(phrases) > _MOST_FINDINGS:
            return None
        for frame in frames:
            made = _filled(frame, phrases, meant)
            made += "." if sentence.endswith(".") else ""
            said = {(m.finding, m.assertion) for m in stated_findings(made) if m.finding != NORMAL}
            if said == {(finding, meant) for finding in findings} and made.lower() != sentence.lower():
                return made
    return None


def _filled(frame: str, phrases: list[str], meant: Assertion) -> str:
    joined = joined_phrases(phrases, "or" if meant is Assertion.ABSENT else "and")
    several = _is_plural(phrases[-1]) or (len(phrases) > 1 and meant is Assertion.PRESENT)
    filled = frame.format(joined, be="are" if several else "is")
    return filled[:1].upper() + filled[1:]


def _is_plural(phrase: str) -> bool:
    """Whether the noun of `phrase`, the last word before `in`, `of` and the like, is a plural."""
    noun = re.split(r"\s(?:in|of|at|on|within|involving|over|along)\s", phrase)[0].split()[-1].lower()
    return noun.endswith(("s", "ae")) and fold(noun) != noun and noun not in _SINGULAR_IN_S
