"""Words of a query that nobody knows, with the nearest word that is known: offered, never applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from radseek.records.findings import Finding
from radseek.text.attribute_words import AMOUNT, CHANGE, SEVERITY
from radseek.text.cues import DEVICES, LEADING, NEUTRAL, OPENERS, PREDICATES
from radseek.text.lexicon import FINDINGS
from radseek.text.sections import HEADINGS
from radseek.text.sides import SIDE_WORDS
from radseek.text.vocabulary import MODALITIES
from radseek.text.wordings import CLASSES, fold

_CHUNK = re.compile(r"\w+")
_LETTERS = re.compile(r"[a-z]+")
_LEFT_ALONE = re.compile(r'(?<!\S)[A-Za-z][A-Za-z_]+:(?:["“][^"”]*["”]|[^\s"“]\S*)|"[^"]*"|“[^”]*”|\S*(?:://|@)\S*')
"""Filters, quoted phrases, addresses."""

_MARKUP = re.compile(r"<\s*[/!]?\s*[A-Za-z][^<>]*>|\S*(?:--|[<>={}\\$])\S*")
"""Tags, and words that touch a sign of code."""
_STATEMENT_ENDS = re.compile(r"\S+;\S*|(?<=;)\s*\S+")
"""In a text with such signs also what touches a semicolon, which in prose only parts sentences."""

_MAX_ABBREVIATION = 5
"""Letters. Words in capitals up to here are abbreviations."""

_MIN_LETTERS = 4
_LONGEST = 24
"""Letters. The longest words of radiology (esophagogastroduodenoscopy) have more and are known but not offered."""

_EDITS = ((10, 3), (6, 2), (_MIN_LETTERS, 1))
"""Letters from which on so many edits are forgiven; half of a word must stay."""

_PER_SHARED_LETTER, _MAX_SHARED = 0.2, 4
_PER_TENFOLD = 0.15
"""What letters shared at the beginning and a tenfold commoner word gain, between words at one distance."""

_FINDING_COUNT, _ENGLISH_COUNT = 200, 20
"""How common the words of findings and everyday words count at least."""

_SLIP_COUNT, _SLIP_RATIO = 2, 1000
"""An archive's word seen so rarely is a slip of the keyboard when another one edit away is so much commoner."""

_EVERYDAY = frozenset(
    "after also because been before between both cases compare could find from have image images into like little look "
    "make many more most much need only other over patient patients please same scan scans search shall should show "
    "similar some study studies such than that their them then there these they this those under using very want were "
    "what when where which while whom whose will with without would year years your young elderly child adult baby "
    "without signs sign evidence suspected suspicion known likely unlikely probable probably possible possibly early "
    "late acute chronic subacute bilateral unilateral multiple single diffuse focal solid cystic enhancing contrast "
    "pain cough fever dyspnea trauma fall cancer surgery postoperative emergency follow followup baseline screening "
    "woman women female male girl boys infant pregnant smoker hospital".split()
)
"""Words of queries that say nothing of a picture, and of why it was made."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One word of a query, `query[start:end]`, and the known word that is offered for it."""

    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query with all its corrections, to be offered."""

    text: str
    corrections: tuple[Correction, ...]
    """In order, never empty."""


def count_words(sentences: Iterable[str]) -> dict[str, int]:
    """How often each word occurs in `sentences`, in small letters: what `KnownWords` takes.

    Words are runs of letters a to z; those with digits or other letters, and `XXXX` marks, are left out.
    """
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(word for word, _, _ in _words(sentence))
    return dict(counts)


def suggest(text: str, known_words: KnownWords) -> Suggestion | None:
    """The query `text` with the nearest known word for each that is not known, or None when all are or none is near.

    Left alone: words of three letters, numbers and all that holds a digit (`L4`, `5mm`), abbreviations in capitals,
    `name:value` filters, quoted phrases, addresses, markup and code, and words that are not written in a to z.
    """
    corrections = tuple(_corrections(text, known_words))
    if not corrections:
        return None
    corrected, last = "", 0
    for correction in corrections:
        corrected += text[last : correction.start] + correction.word
        last = correction.end
    return Suggestion(corrected + text[last:], corrections)


class KnownWords:
    """All words that the lexicon, everyday English and an archive know, indexed for finding the nearest one.

    Building takes about a second for 100,000 words; do it once for a vocabulary. Not changed afterwards.
    """

    def __init__(self, counts: Mapping[str, int], findings: Iterable[Finding] = tuple(FINDINGS.values())) -> None:
        """Take `counts` of `count_words` over an archive's sentences, empty for none, and the lexicon's `findings`."""
        of_findings = _folded(_words_of(findings))
        self._vetted = _ENGLISH | of_findings
        self._counts = dict(counts)
        for word in self._vetted:
            least = _FINDING_COUNT if word in of_findings else _ENGLISH_COUNT
            self._counts[word] = max(least, self._counts.get(word, 0))
        self._folded = self._vetted | _folded(counts)
        offered = sorted((w for w in self._counts if _is_offered(w)), key=lambda w: (len(w), w))
        self._offered = np.array(offered, dtype=f"<U{_LONGEST}")
        self._lengths = np.array([len(word) for word in offered], dtype=np.int64)
        codes = self._offered.view(np.uint32).reshape(len(offered), _LONGEST) if offered else np.zeros((0, _LONGEST))
        self._letters = codes.astype(np.uint8)  # [n_words, _LONGEST]; 0 past the end
        self._masks = _masks(self._letters)
        self._weights = _PER_TENFOLD * np.log10([1.0 + self._counts[word] for word in offered])

    def __contains__(self, word: str) -> bool:
        """Whether `word`, in any spelling that `fold` knows, is known and no slip."""
        return fold(word) in self._folded and not self._is_slip(word.lower())

    def nearest(self, word: str) -> str | None:
        """The known word nearest to `word` by Damerau-Levenshtein (optimal string alignment), the commoner one first.

        None when more edits would be needed than a word of that length is forgiven, or nothing but `word` itself is
        near. Equal ones are told apart by the alphabet.
        """
        written = word.lower() if word in self else fold(word)
        most = next((edits for letters, edits in _EDITS if len(written) >= letters), 0)
        if not _is_offered(written):
            return None
        for edits in range(1, most + 1):
            rows = self._within(written, edits)
            if len(rows):
                return self._in_number(self._commonest(rows, written), word.lower())
        return None

    def _within(self, written: str, edits: int) -> NDArray[np.int64]:
        """Rows of the words within `edits` of `written`, without itself."""
        first, after = np.searchsorted(self._lengths, [len(written) - edits, len(written) + edits + 1])
        target = np.frombuffer(written.encode("ascii"), dtype=np.uint8)
        strange = np.bitwise_count(self._masks[first:after] ^ _masks(target[None, :])[0])
        rows = first + np.flatnonzero(strange <= 2 * edits)  # an edit brings one letter and takes one away
        distances = _distances(target, self._letters[rows, : len(written) + edits], self._lengths[rows])
        near: NDArray[np.int64] = rows[(distances <= edits) & (distances > 0)]
        return near

    def _commonest(self, rows: NDArray[np.int64], written: str) -> str:
        """Of the words in `rows` the commonest that begins like `written`; of equal ones the alphabet's first."""
        opening = np.frombuffer(written[:_MAX_SHARED].encode("ascii"), dtype=np.uint8)
        shared = np.cumprod(self._letters[rows, : len(opening)] == opening, axis=1).sum(axis=1)
        gains = self._weights[rows] + _PER_SHARED_LETTER * shared
        return min(str(self._offered[row]) for row in rows[np.flatnonzero(gains >= gains.max() - 1e-9)])

    def _in_number(self, found: str, written: str) -> str:
        """`found` in the plural when `written` is one and the plural occurs."""
        if not written.endswith("s") or fold(written).endswith("s"):
            return found
        return next((plural for plural in (found + "s", found + "es") if plural in self._counts), found)

    def _is_slip(self, word: str) -> bool:
        """Whether an archive's word looks like a slip of another word of that archive."""
        count = self._counts.get(word, 0)
        if fold(word) in self._vetted or not 0 < count <= _SLIP_COUNT or len(word) < 6 or not _is_offered(word):
            return False
        return any(
            self._counts[str(self._offered[row])] >= _SLIP_RATIO * count and fold(str(self._offered[row])) != fold(word)
            for row in self._within(word, 1)
        )


def _corrections(text: str, known_words: KnownWords) -> Iterator[Correction]:
    alone = _left_alone(text)
    shouting = text.isupper()
    for word, start, end in _words(text):
        written = text[start:end]
        abbreviated = len(written) <= _MAX_ABBREVIATION and written.isupper()
        if len(word) < _MIN_LETTERS or abbreviated or any(a <= start < b for a, b in alone) or word in known_words:
            continue
        if not shouting and any(letter.isupper() for letter in written[1:]) and not written.isupper():
            continue  # `HbA` and `McBurney` are names
        found = known_words.nearest(word)
        if found is not None:
            yield Correction(start, end, _in_case(found, written))


def _left_alone(text: str) -> list[tuple[int, int]]:
    """Where `text` is no prose, as starts and ends."""
    code = [match.span() for match in _MARKUP.finditer(text)]
    ends = [match.span() for match in _STATEMENT_ENDS.finditer(text)] if code else []
    return [*(match.span() for match in _LEFT_ALONE.finditer(text)), *code, *ends]


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of `text` in small letters, with their places."""
    for match in _CHUNK.finditer(text):
        word = match[0].lower()
        if _LETTERS.fullmatch(word) and len(word) == len(match[0]) and set(word) != {"x"}:
            yield word, match.start(), match.end()


def _in_case(found: str, written: str) -> str:
    if written.isupper():
        return found.upper()
    return found.capitalize() if written[0].isupper() else found


def _is_offered(word: str) -> bool:
    return _MIN_LETTERS <= len(word) <= _LONGEST and _LETTERS.fullmatch(word) is not None


def _words_of(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        for wording in (finding.title, *finding.wordings, *finding.denied_by_normal, *finding.abbreviations):
            yield from (word for word, _, _ in _words(re.sub(r"\{\w+\}", " ", wording)))


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, words))


def _english() -> Iterator[str]:
    tables = (NEUTRAL, DEVICES, LEADING, OPENERS, PREDICATES, SIDE_WORDS, SEVERITY, AMOUNT, CHANGE, HEADINGS, _EVERYDAY)
    for table in (*tables, *CLASSES.values(), MODALITIES.values()):
        for entry in table:
            yield from (word for word, _, _ in _words(entry))


_ENGLISH = _folded(_english())


def _masks(letters: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """For each row of `letters` [n, length] which letters it has, and which more than once, a bit each [n]."""
    once = np.zeros(len(letters), dtype=np.uint64)
    twice = once.copy()
    for column in letters.T:
        bit = np.where(column > 0, np.uint64(1) << (column & 31).astype(np.uint64), np.uint64(0))
        twice |= once & bit
        once |= bit
    return once | twice << np.uint64(32)


def _distances(target: NDArray[np.uint8], letters: NDArray[np.uint8], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Edits from `target` [m] to each of `letters` [n, longest] of `lengths` [n], neighbours swapped being one edit.

    Row i of the usual table is made for all words at once; a run of insertions is a running minimum.
    """
    n, longest = letters.shape
    steps = np.arange(longest + 1, dtype=np.int16)
    before = np.zeros((n, longest + 1), dtype=np.int16)
    row = np.broadcast_to(steps, (n, longest + 1)).copy()
    equal_before = np.zeros((n, longest), dtype=bool)
    for i, letter in enumerate(target, 1):
        equal = letters == letter
        after = row + 1
        np.minimum(after[:, 1:], row[:, :-1] + ~equal, out=after[:, 1:])
        if i > 1:
            swapped = equal[:, :-1] & equal_before[:, 1:]
            np.minimum(after[:, 2:], np.where(swapped, before[:, :-2] + 1, after[:, 2:]), out=after[:, 2:])
        after = np.minimum.accumulate(after - steps, axis=1) + steps
        before, row, equal_before = row, after, equal
    distances: NDArray[np.int64] = row[np.arange(n), lengths].astype(np.int64)
    return distances


@cache
def lexicon_words() -> KnownWords:
    """The known words where there is no archive."""
    return KnownWords({})
