"""Texts that are one text with a few words changed.

Similarity is Jaccard's over the set of word runs (shingles) of the folded text, exact. Only texts that can reach the
wanted similarity are compared: of two sets that overlap enough, the rarest few runs must meet (prefix filter:
Chaudhuri, Ganti and Kaushik, ICDE 2006).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from radseek.errors import InputError
from radseek.text import normalise


@dataclass(frozen=True, slots=True)
class NearText:
    """Two texts that share most of their word runs."""

    first: int
    second: int
    """Places in the two sequences given."""
    similarity: float
    """Jaccard similarity of the word runs: 1 is the same set."""


@dataclass(frozen=True, slots=True)
class TextRules:
    """When shared words are a leak."""

    min_words: int = 12
    """Shorter texts are never compared: 'No acute cardiopulmonary abnormality' is written of thousands."""
    run_words: int = 2
    """Words in a run. With 2, and 0.8 to share, a text of 20 words is near with one of them changed."""
    min_similarity: float = 0.8
    boilerplate_patients: int = 3
    """A text whose like (equal or near) so many patients of the training part have is a template, such as a normal
    report: sharing it tells nothing of a patient, so it is no leak."""


def find_near_texts(first: Sequence[str], second: Sequence[str], rules: TextRules | None = None) -> list[NearText]:
    """Pairs of a text of `first` and one of `second` with at least `min_similarity`, most alike first; exact.

    Texts are folded by `radseek.text.normalise`; those of fewer than `min_words` words are in no pair. Boilerplate is
    not looked at here.

    Raises:
        InputError: When `min_similarity` is not above 0 and at most 1, or a run is shorter than one word.
    """
    rules = rules or TextRules()
    if not 0 < rules.min_similarity <= 1 or rules.run_words < 1:
        raise InputError("near texts need 0 < min_similarity <= 1 and runs of at least one word")
    # Equal texts have equal runs: each distinct one is compared once.
    sides = [_by_runs(texts, rules) for texts in (first, second)]
    frequency = Counter(run for side in sides for runs in side for run in runs)
    ranks = {run: i for i, run in enumerate(sorted(frequency, key=lambda run: (frequency[run], run)))}
    left, right = ([frozenset(ranks[run] for run in runs) for runs in side] for side in sides)
    members = [list(side.values()) for side in sides]
    found = [
        NearText(a, b, similarity)
        for i, j, similarity in _join(left, right, rules.min_similarity)
        for a in members[0][i]
        for b in members[1][j]
    ]
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def word_runs(text: str, rules: TextRules) -> frozenset[str]:
    """Runs of `run_words` words in the folded text; empty when it has fewer than `min_words` words."""
    words = normalise(text).split()
    if len(words) < max(rules.min_words, rules.run_words):
        return frozenset()
    return frozenset(" ".join(words[i : i + rules.run_words]) for i in range(len(words) - rules.run_words + 1))


def _by_runs(texts: Sequence[str], rules: TextRules) -> dict[frozenset[str], list[int]]:
    places: dict[frozenset[str], list[int]] = defaultdict(list)
    for i, text in enumerate(texts):
        runs = word_runs(text, rules)
        if runs:
            places[runs].append(i)
    return places


def _join(
    left: Sequence[frozenset[int]], right: Sequence[frozenset[int]], min_similarity: float
) -> list[tuple[int, int, float]]:
    """Pairs of sets at least so alike. Elements are numbered from the rarest."""
    having: dict[int, list[int]] = defaultdict(list)
    for j, runs in enumerate(right):
        for run in _prefix(runs, min_similarity):
            having[run].append(j)
    pairs = []
    for i, runs in enumerate(left):
        for j in {j for run in _prefix(runs, min_similarity) for j in having.get(run, ())}:
            shared = len(runs & right[j])
            similarity = shared / (len(runs) + len(right[j]) - shared)
            if similarity >= min_similarity:
                pairs.append((i, j, similarity))
    return pairs


def _prefix(runs: frozenset[int], min_similarity: float) -> list[int]:
    """The rarest runs, so many that what is left is too few to reach the similarity."""
    needed = math.ceil(min_similarity * len(runs) - 1e-9)
    return sorted(runs)[: len(runs) - needed + 1]
