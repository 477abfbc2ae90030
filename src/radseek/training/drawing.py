"""Which texts a picture is shown with: drawn anew each epoch from its captions, report sentences and label prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radseek.text.sentences import sentence_spans
from radseek.training.config import PromptsConfig
from radseek.training.pairs import Pair

# Whole text or one or two sentences of it, equally often: queries are sentences, and reports are whole texts.
_WHOLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class DrawnText:
    """One text of a batch and whose it is."""

    text: str
    owner: int
    """Place in the batch of the picture it was drawn for; -1 for a prompt drawn for the whole batch."""
    of_study: bool
    """True when it holds for every picture of the owner's study."""
    claims: frozenset[str] = frozenset()
    """Prompted findings that the text states; empty for a text from a report."""


class TextDrawer:
    """Draws texts with one random generator; equal generators draw equal texts."""

    def __init__(self, prompts: PromptsConfig) -> None:
        self._prompts = prompts

    def draw(self, pair: Pair, owner: int, count: int, rng: np.random.Generator) -> list[DrawnText]:
        """`count` texts of one picture, of different kinds where it has several; none when nothing is known of it."""
        known = {"image": pair.image_texts, "study": pair.study_texts, "prompt": pair.findings}
        kinds = [kind for kind, texts in known.items() if texts]
        if not kinds:
            return []
        order = [kinds[place] for place in rng.permutation(len(kinds))]
        chosen = (order * count)[:count]
        return [self._one(pair, owner, kind, rng) for kind in chosen]

    def prompts_for_all(self, rng: np.random.Generator) -> list[DrawnText]:
        """One prompt a finding, in the order of the configuration."""
        findings = self._prompts.findings
        return [DrawnText(self._prompt(finding, rng), -1, True, frozenset({finding})) for finding in findings]

    def _one(self, pair: Pair, owner: int, kind: str, rng: np.random.Generator) -> DrawnText:
        if kind == "prompt":
            findings = sorted(pair.findings)
            finding = findings[rng.integers(len(findings))]
            return DrawnText(self._prompt(finding, rng), owner, False, frozenset({finding}))
        texts = pair.image_texts if kind == "image" else pair.study_texts
        return DrawnText(_excerpt(texts[rng.integers(len(texts))], rng), owner, kind == "study")

    def _prompt(self, finding: str, rng: np.random.Generator) -> str:
        wordings = self._prompts.findings[finding]
        wording = wordings[rng.integers(len(wordings))]
        return self._prompts.frames[rng.integers(len(self._prompts.frames))].format(wording)


def _excerpt(text: str, rng: np.random.Generator) -> str:
    """All of `text`, or one or two sentences in a row."""
    spans: Sequence[tuple[int, int]] = sentence_spans(text)
    if len(spans) < 2 or rng.random() < _WHOLE_SHARE:
        return text
    first = int(rng.integers(len(spans)))
    last = min(first + int(rng.integers(2)), len(spans) - 1)
    return text[spans[first][0] : spans[last][1]]
