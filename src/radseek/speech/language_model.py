"""A 3-gram language model from counted phrases, in the ARPA format that recognisers read.

Smoothed after Witten and Bell (1991): what follows a phrase seldom or in many ways leaves more to the shorter phrase.
The odds of all words after any phrase sum to one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from radseek.errors import InputError
from radseek.speech.shared_phrases import END, LONGEST_PHRASE, START, Phrase

_NEVER = -99.0
"""log10 of the odds of `<s>`, as the format writes them: no sentence starts inside another."""

Odds = dict[Phrase, float]


def format_arpa(counts: Mapping[Phrase, int]) -> str:
    """The model in the ARPA format.

    Args:
        counts: How often each phrase of one to three words stands in the text, `<s>` and `</s>` counted as words.

    Raises:
        InputError: When there is no word.
    """
    if not any(len(phrase) == 1 and phrase[0] not in {START, END} for phrase in counts):
        raise InputError("there is not a single word to make a language model of")
    odds, left_over = estimate(counts)
    lengths = range(1, LONGEST_PHRASE + 1)
    by_length = {length: sorted(phrase for phrase in odds if len(phrase) == length) for length in lengths}
    lines = [
        "",
        "\\data\\",
        *(f"ngram {length}={len(by_length[length])}" for length in lengths if by_length[length]),
        "",
    ]
    for length, phrases in by_length.items():
        if not phrases:
            continue
        lines.append(f"\\{length}-grams:")
        for phrase in phrases:
            written = _NEVER if phrase == (START,) else math.log10(odds[phrase])
            back_off = f"\t{math.log10(left_over.get(phrase, 1.0)):.4f}" if length < LONGEST_PHRASE else ""
            lines.append(f"{written:.4f}\t{' '.join(phrase)}{back_off}")
        lines.append("")
    return "\n".join([*lines, "\\end\\", ""])


def estimate(counts: Mapping[Phrase, int]) -> tuple[Odds, Odds]:
    """Odds of each phrase's last word after the others, and what each phrase multiplies the odds of unlisted words by.

    Phrases whose own parts are not counted are left out.
    """
    total = sum(count for phrase, count in counts.items() if len(phrase) == 1 and phrase != (START,))
    odds: Odds = {
        phrase: (0.0 if phrase == (START,) else count / total) for phrase, count in counts.items() if len(phrase) == 1
    }
    if (END,) not in odds:
        odds[END,] = 1.0 / (total + 1)
    odds.setdefault((START,), 0.0)
    left_over: Odds = {}
    for length in range(2, LONGEST_PHRASE + 1):
        for context, following in _following(counts, length).items():
            if context not in odds:
                continue
            following = {word: count for word, count in following.items() if (*context[1:], word) in odds}
            seen, kinds = sum(following.values()), len(following)
            shorter = sum(odds[*context[1:], word] for word in following)
            if not following:
                continue
            room = 1.0 - shorter
            given_away = kinds / (seen + kinds) if room > 1e-9 else 0.0  # every word of the shorter one may follow
            odds.update({(*context, word): (1 - given_away) * n / seen for word, n in following.items()})
            left_over[context] = max(given_away, 1e-9) / max(room, 1e-9)
    return odds, left_over


def _following(counts: Mapping[Phrase, int], length: int) -> dict[Phrase, dict[str, int]]:
    """Of each phrase one shorter than `length`, the words that follow it and how often."""
    following: defaultdict[Phrase, dict[str, int]] = defaultdict(dict)
    for phrase, count in counts.items():
        if len(phrase) == length:
            following[phrase[:-1]][phrase[-1]] = count
    return following
