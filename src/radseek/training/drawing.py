"""Which texts a picture is shown with: drawn anew each epoch from its captions, report sentences and label prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from radseek.text.counterfactuals import deny, swap_sides
from radseek.text.sentences import sentence_spans
from radseek.training.config import PromptsConfig
from radseek.training.pairs import Pair
from radseek.training.sentence_pool import SentencePool
from radseek.training.stated import findings_of

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
    """Prompted findings and attribute values that the text states; empty for a text from a report."""
    denies: frozenset[str] = frozenset()
    """Prompted findings that the text denies."""
    is_wrong: bool = False
    """True for a counterfactual: the owner's text, denied or with its side swapped."""
    stated: Mapping[str, bool] = field(default_factory=dict)
    """As `Pair.stated`, of this text alone; filled for texts from reports only."""

    @property
    def is_prompt(self) -> bool:
        """Whether it claims or denies prompted findings or attributes, and is no text of a report."""
        return bool(self.claims or self.denies)


class TextDrawer:
    """Draws texts with one random generator; equal generators draw equal texts."""

    def __init__(self, prompts: PromptsConfig, pool: SentencePool, sentence_share: float = 0.5) -> None:
        self._prompts, self._pool, self._sentence_share = prompts, pool, sentence_share

    def draw(self, pair: Pair, owner: int, count: int, rng: np.random.Generator) -> list[DrawnText]:
        """`count` texts of one picture, of different kinds where it has several; none when nothing is known of it."""
        prompted = sorted(pair.findings & set(self._prompts.findings))
        known: dict[str, Sequence[str]] = {"image": pair.image_texts, "study": pair.study_texts, "prompt": prompted}
        kinds = [kind for kind, texts in known.items() if texts]
        if not kinds:
            return []
        order = [kinds[place] for place in rng.permutation(len(kinds))]
        chosen = (order * count)[:count]
        return [self._one(kind, known[kind], owner, rng) for kind in chosen]

    def counterfactual(self, text: DrawnText, rng: np.random.Generator) -> DrawnText | None:
        """A report text of a picture made wrong: its side swapped, or its finding denied; None if neither works."""
        for is_denied in rng.permutation([False, True]):
            changed = deny(text.text, rng) if is_denied else swap_sides(text.text)
            if changed is not None:
                return DrawnText(changed, text.owner, text.of_study, is_wrong=True)
        return None

    def compose(self, pair: Pair, owner: int, rng: np.random.Generator) -> DrawnText | None:
        """A sentence over several attributes of a picture; None when it lacks one that the drawn frame needs."""
        if not self._prompts.compositions:
            return None
        frame = _pick(self._prompts.compositions, rng)
        chosen, claims = {}, set()
        for kind, attribute in self._prompts.attributes.items():
            if f"{{{kind}}}" in frame:
                values = sorted(pair.findings & set(attribute.values))
                if not values:
                    return None
                chosen[kind] = _pick(attribute.values[values[0]], rng)
                claims.add(values[0])
        return DrawnText(frame.format(**chosen), owner, False, frozenset(claims))

    def prompts_for_all(self, rng: np.random.Generator) -> list[DrawnText]:
        """One prompt a finding, in the order of the configuration, then its denial, then one prompt an attribute value.

        Where the pool has sentences that state (or deny) just that finding, one of them may stand in for the prompt.
        """
        drawn = [self._finding(finding, rng) for finding in self._prompts.findings]
        if self._prompts.denials:
            drawn += [
                self._denial(finding, rng) for finding in self._prompts.findings if finding != self._prompts.normal
            ]
        for kind in self._prompts.attributes.values():
            for value, wordings in kind.values.items():
                drawn.append(DrawnText(_phrase(kind.frames, wordings, rng), -1, True, frozenset({value})))
        return drawn

    def _finding(self, finding: str, rng: np.random.Generator) -> DrawnText:
        return DrawnText(
            self._sentence(finding, True, rng) or self._prompt(finding, rng), -1, True, frozenset({finding})
        )

    def _denial(self, finding: str, rng: np.random.Generator) -> DrawnText:
        text = self._sentence(finding, False, rng)
        text = text or _phrase(self._prompts.denials, self._prompts.findings[finding], rng)
        return DrawnText(text, -1, True, denies=frozenset({finding}))

    def _sentence(self, finding: str, present: bool, rng: np.random.Generator) -> str:
        sentences = self._pool.of(finding, present)
        if not sentences or rng.random() >= self._sentence_share:
            return ""
        return _pick(sentences, rng)

    def _one(self, kind: str, texts: Sequence[str], owner: int, rng: np.random.Generator) -> DrawnText:
        drawn = _pick(texts, rng)
        if kind == "prompt":
            return DrawnText(self._prompt(drawn, rng), owner, False, frozenset({drawn}))
        excerpt = _excerpt(drawn, rng)
        return DrawnText(excerpt, owner, kind == "study", stated=findings_of(excerpt))

    def _prompt(self, finding: str, rng: np.random.Generator) -> str:
        return _phrase(self._prompts.frames, self._prompts.findings[finding], rng)


def _phrase(frames: Sequence[str], wordings: Sequence[str], rng: np.random.Generator) -> str:
    wording = _pick(wordings, rng)
    return _pick(frames, rng).format(wording)


def _pick(texts: Sequence[str], rng: np.random.Generator) -> str:
    return texts[int(rng.integers(len(texts)))]


def _excerpt(text: str, rng: np.random.Generator) -> str:
    """All of `text`, or one or two sentences in a row."""
    spans: Sequence[tuple[int, int]] = sentence_spans(text)
    if len(spans) < 2 or rng.random() < _WHOLE_SHARE:
        return text
    first = int(rng.integers(len(spans)))
    last = min(first + int(rng.integers(2)), len(spans) - 1)
    return text[spans[first][0] : spans[last][1]]
