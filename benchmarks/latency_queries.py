"""What people ask, by kind: made-up queries, each a different one, the same at every run."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from latency_reports import make_report, make_statement

from radseek.text import default_lexicon

_MODALITIES = ("modality:CT", "modality:DX", "body:HEAD", "body:ABDOMEN", "view:LATERAL", "sex:F", "sex:M")
_RANGES = ("age:>{}", "age:<{}", "after:20{}", "source:north", "source:trial age:>{}")
_MARKS = ("for my talk", "please", "scans like this", "from the clinic")
_SIDES = ("left", "right", "bilateral")
_UNKNOWN = ("zorblat", "quendish", "frimble", "wexley", "ombrail", "pliant", "gronder", "tasselry")


def make_queries(n_each: int) -> list[tuple[str, str]]:
    """`n_each` queries of every kind, kinds taking turns, as (kind, text)."""
    rng, seen = Random("latency queries"), set[str]()
    queries = []
    for _ in range(n_each):
        for kind, make in KINDS.items():
            text = make(rng)
            for _ in range(50):  # there are only some hundred single words; a repeat is better than none
                if text not in seen:
                    break
                text = make(rng)
            seen.add(text)
            queries.append((kind, text))
    return queries


def _title(rng: Random) -> str:
    return rng.choice([finding.title for finding in default_lexicon().findings.values()])


def _sided_title(rng: Random) -> str:
    titles = [finding.title for finding in default_lexicon().findings.values() if finding.sided]
    return f"{rng.choice(_SIDES)} {rng.choice(titles)}"


def _word(rng: Random) -> str:
    return rng.choice(sorted({word for f in default_lexicon().findings.values() for word in f.title.split()}))


def _denied(rng: Random) -> str:
    return f"{rng.choice(('no', 'without', 'no evidence of'))} {_title(rng)}"


def _filtered(rng: Random) -> str:
    number = rng.choice(_RANGES).format(rng.randint(13, 23))
    return f"{_title(rng)} {rng.choice(_MODALITIES)} {rng.choice(('', number))}".strip()


def _excluding(rng: Random) -> str:
    return f"{_sided_title(rng)} {rng.choice((f'without {_title(rng)}', f'-{_word(rng)}', f'NOT {_word(rng)}'))}"


def _phrase(rng: Random) -> str:
    return f'{rng.choice(("", _word(rng)))} "{_title(rng)}"'.strip()


def _report(rng: Random) -> str:
    """Six statements of a report that is not in the archive."""
    return " ".join(sentence.text for sentence in make_report(10**7 + rng.randrange(10**6))[2:8])


def _unknown(rng: Random) -> str:
    return f"{rng.choice(_UNKNOWN)} {rng.choice(_MARKS)} {rng.choice(_UNKNOWN)}"


def _misspelt(rng: Random) -> str:
    """A statement with two neighbouring letters of its longest word swapped."""
    text = _sided_title(rng)
    word = max(text.split(), key=len)
    place = rng.randrange(1, max(2, len(word) - 2))
    swapped = word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]
    return text.replace(word, swapped, 1)


KINDS: dict[str, Callable[[Random], str]] = {
    "one word": _word,
    "finding with side": _sided_title,
    "sentence": make_statement,
    "denied": _denied,
    "with filters": _filtered,
    "with an exclusion": _excluding,
    "with a phrase": _phrase,
    "pasted report": _report,
    "unknown words": _unknown,
    "misspelt": _misspelt,
}
"""Kind of query -> what makes one."""
