"""The findings of one sentence: each mention judged by the cues that reach it, and put on its side."""

from __future__ import annotations

from dataclasses import dataclass, replace

from radseek.records.findings import Region, Side, StatedFinding
from radseek.records.reports import Assertion
from radseek.text.assertions import CueReaches, read_cues
from radseek.text.attributes import Attributes, attributes_of, with_attributes
from radseek.text.concepts import Lexicon, default_lexicon
from radseek.text.cues import Kind
from radseek.text.lexicon.context import finding_in_place, place_of
from radseek.text.sides import Place, sides_of
from radseek.text.wordings import Found, Meaning, Words, read_words

NORMAL = "normal"
"""The finding of having none."""

_DENIABLE = frozenset({"abnormality", "disease", "process", "finding"})
"""Last words of what is denied by `no` rather than by `normal`: `no bony abnormality`."""

_DENYING_NORMAL = frozenset({"negative", "clear", "limits"})
"""Words of cues of normality that deny even a finding before them: `vascular engorgement is within normal limits`."""

_NO = frozenset({"none", "no", "absent", "negative", "nil"})
"""Answers that deny what stands before the colon."""


@dataclass(frozen=True, slots=True)
class _Judged:
    found: Found
    meaning: Meaning
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding in one sentence."""

    stated: StatedFinding
    """Its place counts from the start of the sentence."""
    by_normality: bool
    """Whether it is denied only by something being normal: the words are those of the thing (`heart size`)."""


def mentions_of(
    sentence: str, place: Region | None = None, lexicon: Lexicon | None = None, *, as_query: bool = False
) -> list[Mention]:
    """The findings that one sentence states, in the order of its words.

    Args:
        sentence: The sentence.
        place: The part of the body that its report is about, for words such as `edema` of sentences that do not tell.
        lexicon: The findings to look for; the shipped ones by default.
        as_query: Whether abbreviations count without their capitals too.
    """
    lexicon = lexicon or default_lexicon()
    words = read_words(sentence)
    found = lexicon.trie.find(words, any_case=as_query)
    if not found:
        return []
    about = place_of(words.folded, place)
    found = [placed for f in found if (placed := _in_place(words, _most_special(f, lexicon), about)).meanings]
    if not found:
        return []
    places = [(words.starts[f.first], words.ends[f.after - 1]) for f in found if not f.meanings[0].normally]
    cues = read_cues(sentence, places)
    judged = [_judged(words, cues, f) for f in found]
    sided = [[lexicon.findings[j.meaning.finding].sided for j in each] for each in judged]
    named = [n for n, each in enumerate(sided) if any(each)]
    clause_starts = _clause_starts(words, cues)
    sides = sides_of(words, [Place(found[n].first, found[n].after) for n in named], clause_starts)
    side_of = dict(zip(named, sides, strict=True))
    told = attributes_of(sentence, words, found, clause_starts)
    return _with_sides_of_before([
        _mention(words, j, side_of.get(n) if takes_side else None, told[n])
        for n, each in enumerate(judged)
        for j, takes_side in zip(each, sided[n], strict=True)
    ])


def _with_sides_of_before(mentions: list[Mention]) -> list[Mention]:
    """What is told again without a side is where it was told before: `right hydronephrosis, the ureter is dilated`."""
    sides: dict[tuple[str, Assertion], Side] = {}
    kept = []
    for mention in mentions:
        stated = mention.stated
        side = stated.side or sides.get((stated.finding, stated.assertion))
        if side is not None:
            sides[stated.finding, stated.assertion] = side
        kept.append(replace(mention, stated=replace(stated, side=side)) if side is not stated.side else mention)
    return kept


def _mention(words: Words, judged: _Judged, side: Side | None, told: Attributes) -> Mention:
    start, end = words.starts[judged.found.first], words.ends[judged.found.after - 1]
    stated = StatedFinding(judged.meaning.finding, judged.assertion, side, start, end)
    normal = judged.meaning.normally or stated.finding == NORMAL
    return Mention(stated if normal else with_attributes(stated, told), judged.meaning.normally)


def _most_special(found: Found, lexicon: Lexicon) -> Found:
    """`found` without meanings that another one of it is a kind of: an inguinal hernia, not also any hernia."""
    if len(found.meanings) == 1:
        return found
    above = {
        name for m in found.meanings if not m.normally for name in lexicon.with_parents(m.finding) if name != m.finding
    }
    return replace(found, meanings=tuple(m for m in found.meanings if m.normally or m.finding not in above))


def _in_place(words: Words, found: Found, place: Region | None) -> Found:
    """`found` with what its words mean in a text about `place`; no meanings are left where that is no finding."""
    said = " ".join(words.folded[found.first : found.after])
    meanings = []
    for meaning in found.meanings:
        finding = meaning.finding if meaning.normally else finding_in_place(said, meaning.finding, place)
        if finding is not None:
            meanings.append(replace(meaning, finding=finding))
    return replace(found, meanings=tuple(dict.fromkeys(meanings)))


def _judged(words: Words, cues: CueReaches, found: Found) -> list[_Judged]:
    """What `found` says, by the cues that reach it."""
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
            judged.append(_Judged(found, meaning, assertion))
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
    if Kind.NORMAL in kinds and (
        cues.ends_in(start, end, _DENYING_NORMAL) or "negative" in cues.cue_words(start, end, Kind.NORMAL)
    ):
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


def _clause_starts(words: Words, cues: CueReaches) -> frozenset[int]:
    return frozenset(
        i for i, (start, end) in enumerate(zip(words.starts, words.ends, strict=True)) if cues.opens_clause(start, end)
    )
