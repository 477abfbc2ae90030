"""How grave a mention of a finding is said to be, how it changed, at which level, in which part and of what size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from radseek.records.findings import Change, Severity, StatedFinding
from radseek.records.reports import Assertion
from radseek.text.attribute_words import (
    AFTERWARDS,
    AMOUNT,
    BE,
    BEFORE_GRADE,
    BY_INTERVAL,
    CARRIERS,
    CHANGE,
    COMPARATIVES,
    COMPARING,
    EVERYONES,
    FILLERS,
    GRADED_BY_AMOUNT,
    GRADES,
    HARD,
    HAVE,
    LEVELLED,
    MAX_FILLERS,
    OF_EXTENT,
    OF_POSITION,
    OF_WHAT,
    PARTIAL,
    PREPOSITIONS,
    SEEN,
    SEVERITY,
    SIZED,
    SOFT,
)
from radseek.text.levels import Label, find_levels, find_parts
from radseek.text.measurements import find_measurements
from radseek.text.sides import Place, joined, phrase_start, side_of_words
from radseek.text.wordings import Found, Words


@dataclass(frozen=True, slots=True)
class Attributes:
    """What one mention's words tell beside the finding itself."""

    severity: Severity | None = None
    amount: Severity | None = None
    """The grade that it has if it is graded by amount."""
    change: Change | None = None
    level: str | None = None
    part: str | None = None
    size_mm: float | None = None


@dataclass(slots=True)
class _Sentence:
    """A sentence as folded words in which a measurement is `#` and a level `@`, and what stands where."""

    words: list[str]
    sizes: dict[int, float | None]
    levels: dict[int, str]
    parts: dict[int, str]
    compares: bool
    clause_starts: frozenset[int]
    owned: set[int] = field(default_factory=set)
    """Positions of levels and parts that some mention has."""


def attributes_of(
    sentence: str, words: Words, found: Sequence[Found], clause_starts: frozenset[int]
) -> list[Attributes]:
    """The attributes of each of `found`, which are in order and do not overlap, in one sentence.

    What stands in a mention's own noun phrase counts first, then what its clause says of it: `Moderate effusion`, `the
    effusion, which is moderate`. A level or part that opens the sentence holds for all that follows it. Two nouns that
    `and` joins share a change, level or part that is told after the second. Takes time linear in the length.

    Args:
        sentence: The sentence.
        words: Its words.
        found: The mentions, of findings and of things that are called normal, which own what is said of them.
        clause_starts: Positions before which a clause ends.
    """
    read = _read(sentence, words, clause_starts)
    owners = [n for n, each in enumerate(found) if not _is_whereabouts(read, each)]
    told = _told(read, [Place(found[n].first, found[n].after) for n in owners])
    of = dict(zip(owners, told, strict=True))
    return [of.get(n, Attributes()) for n in range(len(found))]


def _is_whereabouts(read: _Sentence, found: Found) -> bool:
    """Whether a thing only tells where something is: `a nodule in the left lung is unchanged`."""
    if not all(meaning.normally for meaning in found.meanings):
        return False
    if any(i in read.levels or i in read.parts for i in range(found.first, found.after)):
        return True
    start = phrase_start(read.words, found.first, max(0, found.first - MAX_FILLERS), read.clause_starts)
    return start > 0 and read.words[start - 1] in PREPOSITIONS


def _told(read: _Sentence, places: Sequence[Place]) -> list[Attributes]:
    if not places:
        return []
    starts = [_start(read, places, n) for n in range(len(places))]
    lasts = [*starts[1:], len(read.words)]
    behind = [_behind(read, place.after, last) for place, last in zip(places, lasts, strict=True)]
    told = [
        _attributes(read, range(start, place.first), place, after)
        for start, place, after in zip(starts, places, behind, strict=True)
    ]
    for n in range(len(places) - 2, -1, -1):
        if joined(read.words, places[n], places[n + 1]):
            phrase = read.words[starts[n] : places[n].after]
            told[n] = _shared(told[n], _after_noun(read, behind[n + 1]), placed=side_of_words(phrase) is not None)
    return _scoped(read, places, told)


def with_attributes(stated: StatedFinding, told: Attributes) -> StatedFinding:
    """`stated` with what is told of it; of what is denied only that it has resolved."""
    if stated.assertion is Assertion.ABSENT:
        return replace(stated, change=Change.RESOLVED) if told.change is Change.RESOLVED else stated
    amount = told.amount if stated.finding in GRADED_BY_AMOUNT else None
    grades = [grade for grade in (told.severity, amount) if grade is not None]
    return replace(
        stated,
        severity=max(grades, key=GRADES.index, default=None),
        change=told.change,
        level=told.level,
        part=told.part,
        size_mm=told.size_mm,
    )


def _read(sentence: str, words: Words, clause_starts: frozenset[int]) -> _Sentence:
    plain = list(words.folded)
    sizes: dict[int, float | None] = {}
    levels: dict[int, str] = {}
    for measured in find_measurements(sentence):
        for i in _positions(words, measured.start, measured.end):
            plain[i] = SIZED
            sizes[i] = measured.largest_mm
    for label in find_levels(sentence):
        for i in _positions(words, label.start, label.end):
            plain[i] = LEVELLED if words.folded[i] != "rib" else plain[i]
            levels[i] = label.name
    parts = _by_position(words, find_parts(sentence))
    return _Sentence(plain, sizes, levels, parts, bool(COMPARING & set(plain)), clause_starts)


def _by_position(words: Words, labels: Iterable[Label]) -> dict[int, str]:
    return {i: label.name for label in labels for i in _positions(words, label.start, label.end)}


def _positions(words: Words, start: int, end: int) -> range:
    return range(bisect_right(words.ends, start), bisect_left(words.starts, end))


def _start(read: _Sentence, places: Sequence[Place], n: int) -> int:
    """Where the phrase of mention `n` begins, with the grades and changes that reach it over a comma or `of`."""
    floor = places[n - 1].after if n else 0
    start = phrase_start(read.words, places[n].first, floor, read.clause_starts)
    while start - 2 >= floor and _carries_on(read, start - 1, floor):
        start = phrase_start(read.words, start - 1, floor, read.clause_starts)
    return start


def _carries_on(read: _Sentence, i: int, floor: int) -> bool:
    """Whether the word at `i`, which ends a phrase, still leads to what follows it."""
    word, before = read.words[i], read.words[i - 1]
    if word in OF_WHAT:
        return before in CARRIERS or (before in CHANGE and i - 1 > floor)
    if word in {"seen", "noted"}:
        return before in {"new", "newly"}
    if word in {",", "and", "but"}:
        earlier = read.words[i - 2] if i - 2 >= floor else ""
        return (before in SEVERITY or before in AMOUNT or before in CHANGE) and earlier not in BE | {",", "and"}
    return False


def _behind(read: _Sentence, start: int, last: int) -> range:
    """The words after a noun, before `last`, that may speak of it."""
    end = start
    while end < last and not _ends(read, end, last):
        end += 1
    return range(start, end)


def _ends(read: _Sentence, i: int, last: int) -> bool:
    word = read.words[i]
    if word in HARD:
        return True
    if word in SOFT or i in read.clause_starts:
        return word != ")" and not _opens_attribute(read, i, last)
    return False


def _opens_attribute(read: _Sentence, i: int, last: int) -> bool:
    """Whether after a pause at `i` no new thing is named but something is said of the last one."""
    end = min(last, i + MAX_FILLERS)
    while i < end:
        word = read.words[i]
        if word in {SIZED, LEVELLED, "longer"} or i in read.parts or i in read.levels:
            return True
        if (word in CHANGE or word in SEVERITY or word in AMOUNT or word in {"change", "changed"}) and _stands_after(
            read, i, last
        ):
            return True
        if word not in FILLERS and not word.isdecimal():
            return False
        i += 1
    return False


def _stands_after(read: _Sentence, i: int, last: int) -> bool:
    """Whether the attribute at `i` has no noun of its own after it."""
    while i + 1 < last and (read.words[i + 1] in SEVERITY or read.words[i + 1] in AMOUNT or read.words[i + 1] == "to"):
        i += 1
    return i + 1 >= last or read.words[i + 1] in AFTERWARDS or i + 1 in read.clause_starts


def _attributes(read: _Sentence, before: range, place: Place, behind: range) -> Attributes:
    inside = range(place.first, place.after)
    after = _after_noun(read, behind)
    phrase = range(before.start, place.after)
    return Attributes(
        severity=_grade(read, phrase, place.first, SEVERITY) or after.severity,
        amount=_grade(read, phrase, place.first, AMOUNT) or after.amount,
        change=_change_before(read, before, place) or after.change or _change_inside(read, inside),
        level=_label(read, read.levels, phrase) or after.level,
        part=_label(read, read.parts, phrase) or after.part,
        size_mm=_size(read, before) or after.size_mm,
    )


def _after_noun(read: _Sentence, behind: range) -> Attributes:
    return Attributes(
        severity=_grade_behind(read, behind, SEVERITY),
        amount=_grade_behind(read, behind, AMOUNT),
        change=_change_behind(read, behind),
        level=_label(read, read.levels, behind),
        part=_label(read, read.parts, behind),
        size_mm=_size(read, behind),
    )


def _shared(one: Attributes, after_other: Attributes, *, placed: bool) -> Attributes:
    """`one` with what is told after the noun that it is joined to; where it is `placed` itself, no part."""
    return replace(
        one,
        change=one.change or after_other.change,
        level=one.level or after_other.level,
        part=one.part or (None if placed else after_other.part),
    )


def _scoped(read: _Sentence, places: Sequence[Place], told: list[Attributes]) -> list[Attributes]:
    """`told` with the level and part that open the sentence, where a mention has none of its own."""
    levels, parts = _openings(read, read.levels, places), _openings(read, read.parts, places)
    return [replace(each, level=each.level or levels[n], part=each.part or parts[n]) for n, each in enumerate(told)]


def _openings(read: _Sentence, labels: Mapping[int, str], places: Sequence[Place]) -> list[str | None]:
    """For each mention the last label before it that opens what is said: `At L4-L5 there is`, `L4-L5:`."""
    opening: list[str | None] = []
    current: str | None = None
    start = 0
    for place in places:
        for i in range(start, place.first):
            if i in labels and _leads(read, i, any_where=not opening):
                current = labels[i]
        opening.append(current)
        start = place.after
    return opening


def _leads(read: _Sentence, i: int, *, any_where: bool) -> bool:
    """Whether a label at `i` opens the sentence, or a part of it after a semicolon; a mention's own must come first."""
    lead = i
    while lead and (read.words[lead - 1] in {"the", "level", "of"} or read.words[lead - 1] == LEVELLED):
        lead -= 1
    opens = lead == 0 or read.words[lead - 1] == ";"
    if lead and read.words[lead - 1] in {"at", "in", "within"}:
        opens = lead == 1 or read.words[lead - 2] == ";"
        return opens or (any_where and i not in read.owned)
    return opens and i not in read.owned


def _grade(read: _Sentence, span: range, noun: int, grades: Mapping[str, Severity]) -> Severity | None:
    found = [grades[read.words[i]] for i in span if read.words[i] in grades and not _grades_other(read, i, noun)]
    return max(found, key=GRADES.index, default=None)


def _grades_other(read: _Sentence, i: int, stop: int) -> bool:
    """Whether the grade at `i` is of a change (`mild increase in`) or adjective (`mildly displaced`) before `stop`."""
    k = i + 1
    while k < stop and (read.words[k] in {"interval", "further", "overall", "to", "very"} or read.words[k] in SEVERITY):
        k += 1
    after = read.words[k] if k < stop else ""
    if after in CHANGE and after not in {"persistent", "stable", "unchanged", "new", "progressive"}:
        return True
    if not read.words[i].endswith("ly"):
        return False
    return read.words[i + 1] in OF_POSITION or (
        k == i + 1 and (after.endswith(("ed", "ing", "ive", "ense")) or after in {"t1", "t2"})
    )


def _grade_behind(read: _Sentence, behind: range, grades: Mapping[str, Severity]) -> Severity | None:
    found = [
        grades[read.words[i]]
        for i in behind
        if read.words[i] in grades
        and (i == behind.start or read.words[i - 1] in BEFORE_GRADE)
        and _stands_after(read, i, behind.stop)
        and not _grades_other(read, i, behind.stop)
    ]
    return max(found, key=GRADES.index, default=None)


def _change_before(read: _Sentence, before: range, place: Place) -> Change | None:
    found = []
    everyones = not read.compares and EVERYONES & set(read.words[max(before.start, place.first - 3) : place.after])
    for i in before:
        word = read.words[i]
        if word == "change" and _is_denied(read, i):
            found.append(Change.UNCHANGED)
        if (word in OF_EXTENT and everyones) or (word in COMPARATIVES and not read.compares):
            continue
        if (change := _change_at(read, i)) is not None:
            found.append(change)
    return _weightiest(found)


def _change_inside(read: _Sentence, inside: range) -> Change | None:
    words = {read.words[i] for i in inside}
    if words & {"new", "newly"}:
        return Change.NEW
    return Change.UNCHANGED if words & {"stable", "unchanged", "persistent"} else None


def _change_behind(read: _Sentence, behind: range) -> Change | None:
    found = []
    for i in behind:
        word = read.words[i]
        if word in {"change", "changed"} and _is_denied(read, i):
            found.append(Change.UNCHANGED)
        if word == "longer" and read.words[i - 1] == "no" and SEEN & set(read.words[i + 1 : i + 2]):
            found.append(Change.RESOLVED)
        if not _stands_after(read, i, behind.stop):
            continue
        if word in OF_EXTENT and not (read.compares or _tells_time(read, i, behind)):
            continue
        if word in COMPARATIVES and read.words[i + 1 : i + 2] == ["than"] and not read.compares:
            continue
        if (change := _change_at(read, i)) is not None and not _is_denied(read, i):
            found.append(change)
    return _weightiest(found)


def _tells_time(read: _Sentence, i: int, behind: range) -> bool:
    """Whether the words next to `i` make it a change rather than a state: `has increased`, `increased in size`."""
    return bool(HAVE & set(read.words[max(behind.start, i - 3) : i])) or read.words[i + 1 : i + 2] in (
        ["in"],
        ["from"],
    )


def _change_at(read: _Sentence, i: int) -> Change | None:
    word = read.words[i]
    near = set(read.words[max(0, i - 3) : i])
    told = near & (HAVE if word.endswith("ed") else {"interval"})
    change = BY_INTERVAL.get(word) if told else None
    change = change or CHANGE.get(word)
    return Change.DECREASED if change is Change.RESOLVED and near & PARTIAL else change


def _is_denied(read: _Sentence, i: int) -> bool:
    return bool({"no", "not", "without", "nor"} & set(read.words[max(0, i - 4) : i]))


def _weightiest(found: list[Change]) -> Change | None:
    """The first that is a change; being unchanged says least."""
    return next((change for change in found if change is not Change.UNCHANGED), found[0] if found else None)


def _label(read: _Sentence, labels: Mapping[int, str], span: range) -> str | None:
    names = dict.fromkeys(labels[i] for i in span if i in labels)
    read.owned.update(i for i in span if i in labels)
    return ", ".join(names) or None


def _size(read: _Sentence, span: range) -> float | None:
    sizes = [size for i in span if (size := read.sizes.get(i)) is not None]
    return max(sizes, default=None)
