"""Which side each mention of a finding is on: the side words of its own noun phrase, else of its clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radseek.records.findings import Side
from radseek.text.wordings import Words, fold

_LEFT = frozenset("left leftward lingula lingular lul lll luq llq lt levoscoliosis levocurvature".split())
_RIGHT = frozenset("right rightward rul rml rll ruq rlq rt dextroscoliosis dextrocurvature".split())
_BOTH = frozenset("bilateral bilaterally both bibasilar bibasal biapical bihilar bibasally bilat".split())

_ENDS = frozenset(";:.?!(),")
_JOINS = frozenset({"and", "or", "nor", "/"})
_BREAKS = frozenset("no not without with but while although".split())
_EXPLAINING = frozenset(
    "represent represents representing reflect reflects reflecting consistent compatible suggest suggests suggesting "
    "suggestive concerning suspicious likely probably presumably indicate indicating".split()
)
"""Words between a mention and what it is taken for."""
_EXPLAINING_ENDS = frozenset(";.?!") | {"no", "not", "without", "but", "there"}
PHRASE_BREAKS = frozenset(
    "is are was were has have had there seen noted in of on at within involving over from to which that shows show "
    "showed showing demonstrate demonstrates demonstrated demonstrating reveal reveals revealed revealing represent "
    "represents representing suggest suggests suggesting indicate indicates indicating contain contains containing "
    "displacing causing otherwise negative clear free for evidence after compatible consistent".split()
)
"""Words that no noun phrase holds before its noun."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mention stands among the words of its sentence."""

    first: int
    after: int


def side_of_words(words: Sequence[str]) -> Side | None:
    """The side that folded `words` tell: bilateral when they name both."""
    told = set(words)
    left, right = bool(told & _LEFT), bool(told & _RIGHT)
    if told & _BOTH or (left and right):
        return Side.BILATERAL
    return Side.LEFT if left else Side.RIGHT if right else None


def sides_of(words: Words, places: Sequence[Place], clause_starts: frozenset[int]) -> list[Side | None]:
    """The side of each of `places`, which are in order and do not overlap, in one sentence.

    Args:
        words: The sentence.
        places: The mentions, of findings and of anything else that may own a side word.
        clause_starts: Positions before which a clause ends.
    """
    before = [_before(words.folded, places, n, clause_starts) for n in range(len(places))]
    behind = [_behind(words.folded, places, n, clause_starts) for n in range(len(places))]
    inside = [side_of_words(words.folded[p.first : p.after]) for p in places]
    sides = [i or b or a for i, b, a in zip(inside, before, behind, strict=True)]
    for n in range(1, len(places)):
        if sides[n] is None and _explains(words.folded, places[n - 1], places[n]):
            sides[n] = before[n] = sides[n - 1]
        if sides[n] is None and joined(words.folded, places[n - 1], places[n]) and behind[n - 1] is None:
            sides[n] = before[n] = inside[n - 1] or before[n - 1]
    for n in range(len(places) - 2, -1, -1):
        if sides[n] is None and joined(words.folded, places[n], places[n + 1]) and inside[n + 1] is None:
            sides[n] = behind[n + 1] if before[n + 1] is None else None
            behind[n] = sides[n]
    return _with_lone_sides(words.folded, places, sides)


def _before(words: list[str], places: Sequence[Place], n: int, clause_starts: frozenset[int]) -> Side | None:
    """The side told by the words of the noun phrase before its noun."""
    floor = places[n - 1].after if n else 0
    return side_of_words(words[phrase_start(words, places[n].first, floor, clause_starts) : places[n].first])


def phrase_start(words: Sequence[str], end: int, floor: int, clause_starts: frozenset[int]) -> int:
    """Where the noun phrase begins whose noun stands at `end`, not before `floor`."""
    start = end
    while start > floor and not _ends_phrase(words, start - 1, clause_starts):
        start -= 1
    return start


def _ends_phrase(words: Sequence[str], i: int, clause_starts: frozenset[int]) -> bool:
    word = words[i]
    if word in _JOINS:  # `right and left basal opacities`
        return not (_is_side(words[i - 1 : i]) and _is_side(words[i + 1 : i + 2]))
    if (
        word in {".", ","} and words[i - 1].isdecimal() and "".join(words[i + 1 : i + 2]).isdecimal()
    ):  # `left 2.3 cm mass`
        return False
    return word in _ENDS or word in _BREAKS or word in PHRASE_BREAKS or i + 1 in clause_starts


def _behind(words: list[str], places: Sequence[Place], n: int, clause_starts: frozenset[int]) -> Side | None:
    """The side told after the noun: `on the left`, `, right greater than left`."""
    start = end = places[n].after
    last = places[n + 1].first if n + 1 < len(places) else len(words)
    while end < last and not _ends_clause(words, end, clause_starts):
        end += 1
    if end == last < len(words):  # what stands right before the next mention is its own
        while end > start and words[end - 1] not in PHRASE_BREAKS | _JOINS | _ENDS:
            end -= 1
        if end > start and words[end - 1] in PHRASE_BREAKS:
            return side_of_words(words[start:end])
    return side_of_words(words[start:end])


def _ends_clause(words: list[str], i: int, clause_starts: frozenset[int]) -> bool:
    word = words[i]
    if i in clause_starts or word in _BREAKS:
        return True
    if word in _JOINS:
        return not (_is_side(words[i + 1 : i + 2]) or _is_side(words[i + 2 : i + 3]))
    return word in _ENDS and not (word in {",", "("} and _is_side(words[i + 1 : i + 2]))


def _is_side(words: Sequence[str]) -> bool:
    return side_of_words(words) is not None


def _explains(words: list[str], one: Place, other: Place) -> bool:
    """Whether a later mention says what an earlier one is: `opacity consistent with pneumonia`."""
    between = words[one.after : other.first]
    return bool(_EXPLAINING & set(between)) and not any(w in _EXPLAINING_ENDS for w in between)


def joined(words: Sequence[str], one: Place, other: Place) -> bool:
    """Whether only adjectives and `and`, `or` or a stroke stand between two mentions."""
    between = words[one.after : other.first]
    return bool(_JOINS & set(between)) and not any(
        word in _ENDS or word in _BREAKS or word in PHRASE_BREAKS for word in between
    )


def _with_lone_sides(words: list[str], places: Sequence[Place], sides: list[Side | None]) -> list[Side | None]:
    """A single mention takes the side of its sentence: `In the left base there is a nodule`."""
    if len(places) == 1 and sides[0] is None:
        return [side_of_words(words)]
    return sides


SIDE_WORDS = frozenset(fold(word) for word in _LEFT | _RIGHT | _BOTH)
"""Folded words that tell a side."""

ONE_SIDE_ONLY = frozenset("lingula lingular middle rml".split())
"""Folded words of parts that only one side has: the middle lobe is right, the lingula left."""
