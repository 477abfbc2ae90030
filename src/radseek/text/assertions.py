"""What a sentence says of its finding: a small rule engine over the tables in `radseek.text.cues`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from radseek.records.reports import Assertion
from radseek.text.cues import (
    CUES,
    DEVICES,
    LEADING,
    LISTING,
    MUTUAL_HEDGES,
    NEUTRAL,
    OBJECT_HEDGES,
    OPENERS,
    PREDICATES,
    TERMINATORS,
    Cue,
    Kind,
    Reach,
)

_TOKEN = re.compile(r"[^\W_]+(?:['./-][^\W_]+)*|[,;:.()\[\]?!]")
_PART = re.compile(r"['./-]")
_HARD_MARKS = frozenset(";.!()[]")
_CHUNK_MARKS = _HARD_MARKS | {","}
_CHOICE = frozenset({"or", "nor", "and/or"})
_CONTINUING = frozenset({"or", "nor", "and", "and/or"})
_RELATIVE = frozenset({"which", "that", "representing", "reflecting"})
"""Words behind which something is said of what stands before them: the opacity that may be a tumor is there."""
_MAX_REACH = 60
"""Words. Longer clauses are lists run together, and the bound keeps the time linear in the length."""

_PREPOSITIONS = frozenset({"in", "for", "on", "at", "by", "to", "as", "and", "or", "bilaterally", "without", "of"})
_BE = frozenset({"is", "are", "was", "were", "has", "have", "appears", "appear", "remains", "remain"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A cue in a sentence: positions of its first token and of the one after its last."""

    cue: Cue
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class _Clauses:
    """A sentence as words, its cues, and the positions before which every reach ends."""

    words: list[str]
    cues: dict[int, _Found]
    """Position of a cue's first word -> cue, in order."""
    borders: frozenset[int]
    in_cue: frozenset[int]
    """Positions inside cues that are no pseudo-cues."""

    def after(self, found: _Found) -> range:
        """Positions that `found` reaches forward."""
        end = found.after
        last = min(len(self.words), found.after + _MAX_REACH)
        while end < last and not self._ends_forward(end, found):
            end += 1
        return range(found.after, end)

    def before(self, found: _Found) -> range:
        """Positions that `found` reaches backward."""
        start = found.first
        if found.cue.kind is Kind.NORMAL and self._is_attribute(found):
            return range(start, start)
        first = max(0, found.first - _MAX_REACH)
        while start > first and not self._ends_backward(start - 1, found):
            start -= 1
        return range(start, found.first)

    def _is_attribute(self, found: _Found) -> bool:
        """Whether a cue of normality stands before its noun (`reversal of the normal anatomy`)."""
        before, after = self.words[found.first - 1 : found.first], self.words[found.after : found.after + 1]
        return bool(after) and after[0].isalpha() and after[0] not in _PREPOSITIONS and not _BE & set(before)

    def _ends_forward(self, i: int, found: _Found) -> bool:
        word, kind = self.words[i], found.cue.kind
        if word in _HARD_MARKS or i in self.borders:
            return True
        cue = self.cues.get(i)
        if cue and kind is not Kind.ABSENT and cue.cue.kind in {Kind.ABSENT, Kind.NORMAL}:
            return True
        if word == "," and self._lists_on(i, found):
            return False
        if word == "and" and self.words[found.first : found.after] == ["borderline"]:
            return True
        if word in {",", "and"}:
            return kind is Kind.NORMAL or self._opens_statement(i + 1, kind, comma=word == ",")
        return False

    def _lists_on(self, i: int, found: _Found) -> bool:
        """Whether the comma at `i` stands between adjectives (`no acute, displaced fracture`) or in a hedged list."""
        if found.cue.kind is Kind.UNCERTAIN:
            return bool(LISTING & set(self.words[found.first : found.after]))
        return found.cue.kind is Kind.ABSENT and found.after < i and LEADING.issuperset(self.words[found.after : i])

    def _opens_statement(self, i: int, kind: Kind, *, comma: bool) -> bool:
        """Whether after a comma or `and` a new statement begins at `i`, rather than the next thing of a list."""
        chunk = self._chunk(i)
        if not chunk or chunk[0] in _CHOICE:
            return False
        cue = self.cues.get(i)
        if cue and cue.cue.kind in {Kind.UNCERTAIN, Kind.HISTORICAL}:
            return True
        later = self.words[i : self._next_border(i)]
        listed = any(word in (_CHOICE if kind is Kind.ABSENT else _CONTINUING) for word in later)
        if chunk[0] in OPENERS and not listed:
            return True
        if comma and kind is not Kind.ABSENT and not listed:
            return chunk[0] != "and"
        return any(a in _BE and (b in PREDICATES or c in PREDICATES) for a, b, c in _triples(chunk)) and not listed

    def _ends_backward(self, i: int, found: _Found) -> bool:
        word = self.words[i]
        if word in _HARD_MARKS or i + 1 in self.borders or i in self.in_cue:
            return True
        if word in _RELATIVE and found.cue.kind is Kind.UNCERTAIN:
            return True
        if word not in {",", "and", "or"}:
            return False
        between = self.words[i + 1 : found.first]
        if found.cue.kind is Kind.UNCERTAIN:
            return word != "or"
        if self._states(i) or (found.cue.kind is Kind.NORMAL and not _BE & set(between)):
            return True
        return word == "," and not _CONTINUING & set(between)

    def _states(self, end: int) -> bool:
        """Whether the words before `end`, up to the comma or border before, have a verb of their own."""
        start = end
        first = max(0, end - _MAX_REACH)
        while start > first and self.words[start - 1] not in _CHUNK_MARKS and start not in self.borders:
            start -= 1
        return bool((_BE | {"noted", "seen", "there"}) & set(self.words[start:end]))

    def _chunk(self, i: int) -> list[str]:
        words = self.words[i : self._next_border(i)]
        return words[: words.index(",")] if "," in words else words

    def _next_border(self, i: int) -> int:
        last = min(len(self.words), i + _MAX_REACH)
        while i < last and self.words[i] not in _HARD_MARKS and i not in self.borders:
            i += 1
        return i


@dataclass(frozen=True, slots=True)
class CueReaches:
    """One sentence with what its cues say of each of its words. Places are characters of the sentence."""

    starts: list[int]
    """Character where each word or mark begins."""
    clauses: _Clauses
    reaching: dict[int, list[_Found]]
    """Position -> the cues that count and reach it."""
    hedging_later: frozenset[int]
    """First positions of hedges that reach a mention behind them, and so do not speak of one before them."""

    def kinds(self, start: int, end: int) -> set[Kind]:
        """Kinds of the cues that speak of a mention in `start` to `end`.

        A hedge between two mentions speaks of the later one: in `Opacity may represent pneumonia` the opacity is there.
        A word such as `prior` inside the mention's own words does not make it history.
        """
        mention = self._positions(start, end)
        return {f.cue.kind for i in mention for f in self.reaching.get(i, ()) if self._speaks_of(f, mention)}

    def cue_words(self, start: int, end: int, kind: Kind) -> set[str]:
        """The words of the cues of `kind` that reach into `start` to `end`."""
        cues = [f for i in self._positions(start, end) for f in self.reaching.get(i, ()) if f.cue.kind is kind]
        return {word for found in cues for word in self.clauses.words[found.first : found.after]}

    def ends_in(self, start: int, end: int, words: frozenset[str]) -> bool:
        """Whether a cue of normality behind `start` to `end` reaches it and has one of `words`."""
        mention = self._positions(start, end)
        cues = {f for i in mention for f in self.reaching.get(i, ()) if f.cue.kind is Kind.NORMAL}
        return any(f.first >= mention.stop and words & set(self.clauses.words[f.first : f.after]) for f in cues)

    def opens_clause(self, start: int, end: int) -> bool:
        """Whether every reach ends before a word that begins in `start` to `end`."""
        first, after = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return any(i in self.clauses.borders for i in range(first, after))

    def _positions(self, start: int, end: int) -> range:
        return _positions(self.starts, start, end)

    def _speaks_of(self, found: _Found, mention: range) -> bool:
        if found.cue.kind is Kind.HISTORICAL:
            return found.first not in mention
        return (
            found.cue.kind is not Kind.UNCERTAIN or found.first < mention.stop or found.first not in self.hedging_later
        )


def read_cues(text: str, mentions: Sequence[tuple[int, int]] = ()) -> CueReaches:
    """The cues of the sentence `text` and their reaches; `mentions` are the characters of the findings in it."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters, such as a dotted capital I, grow in lower case
        folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    clauses, starts = _read_clauses(folded.replace("’", "'"))
    mentioned = {position for place in mentions for position in _positions(starts, *place)}
    reaching: dict[int, list[_Found]] = {}
    hedging_later = set()
    for found, reached in _reaches(clauses):
        for i in reached:
            reaching.setdefault(i, []).append(found)
        if _hedges_later(found, set(clauses.words[found.first : found.after]), reached & mentioned):
            hedging_later.add(found.first)
    return CueReaches(starts, clauses, reaching, frozenset(hedging_later))


def _positions(starts: list[int], start: int, end: int) -> range:
    """Positions of the words that share a character with `start` to `end`."""
    return range(max(0, bisect_right(starts, start) - 1), bisect_left(starts, end))


def _hedges_later(found: _Found, words: set[str], mentioned: set[int]) -> bool:
    """Whether the hedge `found` speaks only of what comes after it; it reaches mentions at `mentioned`."""
    if found.cue.kind is not Kind.UNCERTAIN or words & MUTUAL_HEDGES:
        return False
    return bool(words & OBJECT_HEDGES) or any(i >= found.after for i in mentioned)


def assert_sentence(text: str) -> Assertion:
    """The assertion of `text` as a whole.

    PRESENT when any part states something without negation, hedge or history, so a mixed sentence (`Small effusion, no
    pneumothorax`) is PRESENT, and so is one without any cue. Else UNCERTAIN when a part is hedged, else ABSENT, of
    which statements of normality are a kind, else HISTORICAL. A hedge reaches over its clause: `Opacity may represent
    pneumonia` is UNCERTAIN as a whole, `Effusion with possible pneumonia` and `Opacity, which may be pneumonia` are
    PRESENT. Single findings are told apart by `stated_findings`.
    """
    clauses, _ = _read_clauses(text.lower().replace("’", "'"))
    reaches = _reaches(clauses)
    claims = {found.cue.kind for found, _ in reaches}
    reached = {i for _, positions in reaches for i in positions}
    in_cue = {i for f in clauses.cues.values() for i in range(f.first, f.after)}
    if any(_is_claim(word) for i, word in enumerate(clauses.words) if i not in reached and i not in in_cue):
        return Assertion.PRESENT
    if Kind.UNCERTAIN in claims:
        return Assertion.UNCERTAIN
    if claims & {Kind.ABSENT, Kind.NORMAL}:
        return Assertion.ABSENT
    return Assertion.HISTORICAL if claims else Assertion.PRESENT


def _reaches(clauses: _Clauses) -> list[tuple[_Found, set[int]]]:
    """The cues that count, each with the positions it reaches. What a negation reaches cannot be a cue again."""
    reaches: list[tuple[_Found, set[int]]] = []
    negated: set[int] = set()
    for found in clauses.cues.values():
        kind, reach = found.cue.kind, found.cue.reach
        if kind is Kind.PSEUDO or found.first in negated:
            continue
        positions = set(clauses.after(found)) if reach is not Reach.BEFORE else set()
        if kind is Kind.ABSENT:
            negated |= positions
        if reach is not Reach.AFTER:
            positions |= set(clauses.before(found))
        if kind is Kind.NORMAL:
            positions = {i for i in positions if clauses.words[i] not in DEVICES}
        reaches.append((found, positions))
    return reaches


def _read_clauses(folded: str) -> tuple[_Clauses, list[int]]:
    """The clauses of `folded`, and the character where each word or mark begins."""
    matches = list(_TOKEN.finditer(folded))
    position = {m.start(): i for i, m in enumerate(matches)}
    after = {m.end(): i + 1 for i, m in enumerate(matches)}
    found: list[_Found] = []
    for place in _cue_starts().finditer(folded):
        start = place.start()
        for pattern, cue in _patterns() if start in position else ():
            match = pattern.match(folded, start)
            if match and match.end() in after:
                found.append(_Found(cue, position[start], after[match.end()]))
    borders = frozenset(position[m.start()] for m in _terminators().finditer(folded) if m.start() in position)
    cues = _without_overlap(found)
    in_cue = {i for f in cues.values() if f.cue.kind is not Kind.PSEUDO for i in range(f.first, f.after)}
    return _Clauses([m[0] for m in matches], cues, borders, frozenset(in_cue)), list(position)


def _without_overlap(found: list[_Found]) -> dict[int, _Found]:
    """Cues from the left; of those that begin at one place the longest, of equal ones the first in the table."""
    kept: dict[int, _Found] = {}
    after = 0
    for cue in sorted(found, key=lambda f: (f.first, -f.after)):
        if cue.first >= after:
            kept[cue.first] = cue
            after = cue.after
    return kept


def _is_claim(word: str) -> bool:
    return word not in NEUTRAL and any(len(p) > 1 and p.isalpha() and p not in NEUTRAL for p in _PART.split(word))


def _triples(words: list[str]) -> list[tuple[str, str, str]]:
    padded = [*words, "", ""]
    return list(zip(padded, padded[1:], padded[2:], strict=False))


def _bounded(pattern: str) -> str:
    """`pattern` at word borders, with any white space for a space."""
    return r"(?:(?<!\w)|(?=\W))(?:" + pattern.replace(" ", r"\s+") + r")(?:(?!\w)|(?<=\W))"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Cue], ...]:
    return tuple((re.compile(_bounded(pattern)), cue) for cue in CUES for pattern in cue.patterns)


@cache
def _cue_starts() -> re.Pattern[str]:
    """Empty matches wherever some cue begins: one scan, after which the single patterns are tried there only."""
    return re.compile(r"(?=" + _bounded("|".join(p for cue in CUES for p in cue.patterns)) + r")")


@cache
def _terminators() -> re.Pattern[str]:
    return re.compile(_bounded("|".join(TERMINATORS)))
