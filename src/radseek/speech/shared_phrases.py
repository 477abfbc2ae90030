"""Words and short phrases that the reports of several people share: all that a language model may be made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from radseek.speech.spoken_words import spoken_runs

START, END = "<s>", "</s>"
LONGEST_PHRASE = 3
"""Words of a phrase, as in a 3-gram model."""
FEWEST_PEOPLE = 3
"""A word or phrase of fewer people may be about one person, or a name: it does not get into a model."""
MOST_WORDS = 20_000
"""Different words of a model; the commonest are kept. Decoding slows down beyond."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedPhrases:
    """How often each phrase of one to three words stands in the reports, `<s>` and `</s>` counted as words."""

    counts: dict[Phrase, int]
    n_sentences: int
    """Sentences read."""
    n_people: int
    """People (or reports, where nobody is named) whose sentences were read."""

    @property
    def words(self) -> list[str]:
        """The words, sorted."""
        return sorted(phrase[0] for phrase in self.counts if len(phrase) == 1 and phrase[0] not in {START, END})


def share_phrases(
    sentences: Iterable[tuple[str, str]], common: Iterable[str] = (), fewest_people: int = FEWEST_PEOPLE
) -> SharedPhrases:
    """The phrases that the sentences of at least `fewest_people` people share.

    Args:
        sentences: (whose, sentence), all sentences of one person one after another.
        common: Sentences of nobody (general knowledge of the field): their phrases are kept as they are.
        fewest_people: Fewer than this many people's phrases are forgotten.
    """
    counts: Counter[Phrase] = Counter()
    people: Counter[Phrase] = Counter()
    n_sentences = n_people = 0
    for _, group in groupby(sentences, key=itemgetter(0)):
        own: Counter[Phrase] = Counter()
        for _, sentence in group:
            n_sentences += 1
            own.update(phrases_of(sentence))
        counts.update(own)
        people.update(own.keys())
        n_people += 1
    kept = {phrase: count for phrase, count in counts.items() if people[phrase] >= fewest_people}
    for sentence in common:
        for phrase in phrases_of(sentence):
            kept[phrase] = kept.get(phrase, 0) + 1
    return SharedPhrases(_commonest(kept), n_sentences, n_people)


def phrases_of(sentence: str) -> list[Phrase]:
    """Every phrase of one to three words that follow each other in the sentence."""
    runs = spoken_runs(sentence)
    phrases: list[Phrase] = []
    for place, run in enumerate(runs):
        words = [*([START] if place == 0 else []), *run, *([END] if place == len(runs) - 1 else [])]
        for length in range(1, LONGEST_PHRASE + 1):
            phrases.extend(tuple(words[at : at + length]) for at in range(len(words) - length + 1))
    return phrases


def _commonest(counts: dict[Phrase, int]) -> dict[Phrase, int]:
    """Without the phrases that have a word beyond the commonest `MOST_WORDS`."""
    words = sorted((phrase for phrase in counts if len(phrase) == 1), key=lambda phrase: (-counts[phrase], phrase))
    allowed = {word for (word,) in words[:MOST_WORDS]} | {START, END}
    return {phrase: counts[phrase] for phrase in sorted(counts) if allowed.issuperset(phrase)}
