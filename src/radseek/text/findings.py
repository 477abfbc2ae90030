"""Which findings a text states, each mention with its own assertion and side; and what expert MeSH coding states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from radseek.records.findings import StatedFinding
from radseek.records.reports import Assertion, Section
from radseek.text.assertions import CueReaches, read_cues
from radseek.text.cues import Kind
from radseek.text.lexicon import FINDINGS
from radseek.text.lexicon.mesh import findings_of_heading
from radseek.text.sections import find_sections
from radseek.text.sentences import sentence_spans
from radseek.text.sides import Place, sides_of
from radseek.text.wordings import Found, Meaning, WordingTrie, Words, read_words

NORMAL = "normal"
"""The finding of having none."""

_NOT_SEARCHED = frozenset({Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE})
"""Sections that tell what was asked and how the picture was made, not what it shows."""

_DENIABLE = frozenset({"abnormality", "disease", "process", "finding"})
"""Last words of what is denied by `no` rather than by `normal`: `no bony abnormality`."""

_ALL_NORMAL = frozenset({"normal", "unremarkable", "negative", "clear", "nad"})
"""Texts that say everything by one word."""

_NO = frozenset({"none", "no", "absent", "negative", "nil"})
"""Answers that deny what stands before the colon."""


def stated_findings(text: str) -> tuple[StatedFinding, ...]:
    """The findings that a sentence, caption or report states, one for each mention, in the order of the text.

    Each mention is judged by the cues that reach it: `Cardiomegaly without edema` has cardiomegaly PRESENT and edema
    ABSENT. What is normal denies what it excludes: `Heart size is normal` has cardiomegaly ABSENT. `normal` is stated
    at most once, and PRESENT only when the text calls something normal and affirms or suspects nothing. Sections headed
    as indication, comparison or technique are passed over. A finding that is told by its parts alone (a shadow with
    a meniscus) is not recognised. Takes time linear in the length.
    """
    if text.strip(" \t\r\n.!").lower() in _ALL_NORMAL:
        return (StatedFinding(NORMAL, Assertion.PRESENT, None, 0, len(text)),)
    mentions: list[StatedFinding] = []
    for section in find_sections(text):
        if section.section in _NOT_SEARCHED:
            continue
        for start, end in sentence_spans(text, section.start, section.end):
            mentions += _of_sentence(text[start:end], start)
    return _with_normal(mentions)


def with_parents(finding: str) -> frozenset[str]:
    """`finding` and all that it is a kind of: a subdural hematoma is a hematoma and a hemorrhage.

    Raises:
        KeyError: When no finding has that name.
    """
    return frozenset({finding}.union(*(with_parents(parent) for parent in FINDINGS[finding].parents)))


def findings_of_mesh(terms: Sequence[str]) -> frozenset[str]:
    """The findings that expert codes such as `Pleural Effusion/left/small` state; unknown headings state none."""
    return frozenset(name for term in terms for name in findings_of_heading(term))


@dataclass(frozen=True, slots=True)
class _Mention:
    found: Found
    meaning: Meaning
    assertion: Assertion


def _of_sentence(sentence: str, offset: int) -> Iterator[StatedFinding]:
    words = read_words(sentence)
    found = _trie().find(words)
    if not found:
        return
    cues = read_cues(sentence)
    judged = [_judged(words, cues, f) for f in found]
    named = [n for n, mentions in enumerate(judged) if any(_takes_side(m) for m in mentions)]
    sides = sides_of(words, [Place(found[n].first, found[n].after) for n in named], _clause_starts(words, cues))
    side_of = dict(zip(named, sides, strict=True))
    for n, mentions in enumerate(judged):
        for mention in mentions:
            start, end = offset + words.starts[found[n].first], offset + words.ends[found[n].after - 1]
            side = side_of.get(n) if _takes_side(mention) else None
            if mention.meaning.normally:
                yield StatedFinding(NORMAL, Assertion.PRESENT, None, start, end)
            yield StatedFinding(mention.meaning.finding, mention.assertion, side, start, end)


def _takes_side(mention: _Mention) -> bool:
    return FINDINGS[mention.meaning.finding].sided


def _judged(words: Words, cues: CueReaches, found: Found) -> list[_Mention]:
    start, end = words.starts[found.first], words.ends[found.after - 1]
    judged = []
    for meaning in found.meanings:
        if meaning.normally:
            assertion = _of_normal_thing(words, cues, found, start, end)
        elif meaning.finding == NORMAL:
            assertion = _of_normality(cues, start, words.ends[found.first])
        elif _is_answered_no(words, found.after):
            assertion = Assertion.ABSENT
        else:
            assertion = _of_finding(cues, start, end)
        if assertion is not None:
            judged.append(_Mention(found, meaning, assertion))
    return judged


def _is_answered_no(words: Words, after: int) -> bool:
    """Whether a mention that ends before position `after` is denied as on a form: `Pneumothorax: none`."""
    return words.folded[after : after + 1] == [":"] and bool(_NO & set(words.folded[after + 1 : after + 2]))


def _of_finding(cues: CueReaches, start: int, end: int) -> Assertion:
    kinds = cues.kinds(start, end)
    if Kind.ABSENT in kinds:
        return Assertion.ABSENT
    if Kind.UNCERTAIN in kinds:
        return Assertion.UNCERTAIN
    if Kind.HISTORICAL in kinds:
        return Assertion.HISTORICAL
    if Kind.NORMAL in kinds and {"negative", "clear"} & cues.cue_words(start, end, Kind.NORMAL):
        return Assertion.ABSENT
    return Assertion.PRESENT


def _of_normal_thing(words: Words, cues: CueReaches, found: Found, start: int, end: int) -> Assertion | None:
    """ABSENT when the thing is called normal; None when nothing follows from what is said of it."""
    kinds = cues.kinds(start, end)
    if words.folded[found.after - 1] in _DENIABLE:
        return Assertion.ABSENT if Kind.ABSENT in kinds else None
    return Assertion.ABSENT if Kind.NORMAL in kinds and Kind.ABSENT not in kinds else None


def _of_normality(cues: CueReaches, start: int, end: int) -> Assertion | None:
    """What is said of being normal, whose own words are cues: what reaches its first word counts."""
    kinds = cues.kinds(start, end)
    if Kind.ABSENT in kinds:
        return None
    return Assertion.UNCERTAIN if Kind.UNCERTAIN in kinds else Assertion.PRESENT


def _with_normal(mentions: list[StatedFinding]) -> tuple[StatedFinding, ...]:
    """`mentions` with one statement of normality, or with none where anything is affirmed or suspected."""
    others = [m for m in mentions if m.finding != NORMAL]
    if any(m.assertion in {Assertion.PRESENT, Assertion.UNCERTAIN} for m in others):
        return tuple(others)
    stated = [m for m in mentions if m.finding == NORMAL][:1]
    return tuple(sorted([*others, *stated], key=lambda m: m.start))


def _clause_starts(words: Words, cues: CueReaches) -> frozenset[int]:
    return frozenset(
        i for i, (start, end) in enumerate(zip(words.starts, words.ends, strict=True)) if cues.opens_clause(start, end)
    )


@cache
def _trie() -> WordingTrie:
    return WordingTrie(_wordings(), _abbreviations())


def _wordings() -> Iterable[tuple[str, Meaning]]:
    for finding in FINDINGS.values():
        yield from ((wording, Meaning(finding.name)) for wording in finding.wordings)
        yield from ((wording, Meaning(finding.name, normally=True)) for wording in finding.denied_by_normal)


def _abbreviations() -> Iterable[tuple[str, Meaning]]:
    return ((short, Meaning(finding.name)) for finding in FINDINGS.values() for short in finding.abbreviations)
