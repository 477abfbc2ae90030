"""The noun phrase of a mention without size, degree and change: what `no` can stand before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from radseek.records.findings import Side, StatedFinding
from radseek.text.lexicon import FINDINGS
from radseek.text.sides import PHRASE_BREAKS, side_of_words
from radseek.text.wordings import CLASSES, fold, read_words

_KEPT = frozenset(
    fold(word)
    for word in (CLASSES["place"] | CLASSES["bone"] | CLASSES["side"])
    - {"the", "and", "burst", "chance", "displaced", "nondisplaced", "comminuted", "both", "bilateral", "bilaterally"}
) | frozenset(
    fold(word)
    for word in (
        "abdominal adrenal airspace alveolar anterolateral aortic arterial axillary basal biliary bowel brachial "
        "brain calcified cardiac carotid cecal cerebellar cerebral cervical chest clavicular colonic convexity "
        "coronary cortical cutaneous deep duodenal esophageal ethmoid extradural extraaxial femoral gallbladder "
        "ganglia gastric gluteal hemisphere hemithorax hepatic hilar hilum hippocampal iliac inguinal "
        "intracranial intradural intraventricular kidney liver lingual mandibular maxillary mediastinal "
        "mediastinum mesenteric midbrain neck occipitoparietal ovarian pancreatic paraspinal paratracheal "
        "parietooccipital parotid pelvic pericardial periventricular pituitary pleural pole pontine popliteal "
        "portal prevertebral prostate psoas pulmonary quadrant rectal renal retroperitoneal sacroiliac scalp "
        "sellar sigmoid sinus sphenoid splenic subcortical submandibular suprahilar infrahilar suprasellar "
        "temporoparietal testicular thalamic thigh thyroid tracheal uterine ventricle ventricular apex apices "
        "lobe lung base thalamus cerebellum spleen pancreas calf artery territory vein side region lul lll luq "
        "llq rul rll rml ruq rlq"
    ).split()
)
"""Folded words that tell where a finding is. Other words before it (small, new) do not matter when it is denied."""

_OPENERS = frozenset("no not without negative for evidence or and nor with".split())
_PREPOSITION = re.compile(
    r"\s+(?:(?:is|are|was|were)\s+)?(?:again\s+)?(?:(?:seen|noted|present|identified|visuali[sz]ed|demonstrated|located)\s+)?"
    r"(?P<place>(?:in|of|at|on|within|involving|over|along)\s+(?:the\s+)?)",
    re.IGNORECASE,
)
_CHUNK = re.compile(r"\S+")
_VERBS = frozenset("is are was were be been being not has have remains remain appears appear".split())
_ADJECTIVAL = ("ed", "ive", "ous", "ic", "al", "ing")
_NOUNS_IN_ING = ("thickening", "scarring", "narrowing", "blunting", "swelling", "spurring", "cuffing", "wedging")


def phrases_of(sentence: str, mentions: Sequence[StatedFinding], *, plain: bool) -> list[str]:
    """The distinct noun phrases of `mentions` in their order; `plain` ones are the findings' own names."""
    phrases: dict[str, None] = {}
    floor = 0
    for mention in mentions:
        named = plain or not _is_noun(sentence[mention.start : mention.end])
        phrases[_plain(mention) if named else _phrase(sentence, mention, floor)] = None
        floor = mention.end
    return list(phrases)


def finding_phrases(text: str, mentions: Sequence[StatedFinding]) -> list[str]:
    """The distinct noun phrases of `mentions` of `text`, each with its place, without size, degree and polarity."""
    return phrases_of(text, mentions, plain=False)


def joined_phrases(phrases: Sequence[str], word: str) -> str:
    """`a`, `a or b`, or `a, b or c`."""
    *first, last = phrases
    return f"{', '.join(first)} {word} {last}" if first else last


def _plain(mention: StatedFinding) -> str:
    return _with_side(FINDINGS[mention.finding].title, mention)


def _phrase(sentence: str, mention: StatedFinding, floor: int) -> str:
    """The words of `mention` with its place; what stands before `floor` belongs to the mention before."""
    before = _words_before(sentence, min(floor, mention.start), mention.start)
    noun = _in_small_letters(sentence[mention.start : mention.end])
    return _with_side(" ".join([*before, noun]) + _place_after(sentence, mention.end), mention)


def _with_side(phrase: str, mention: StatedFinding) -> str:
    if mention.side in {Side.LEFT, Side.RIGHT} and side_of_words(read_words(phrase).folded) is None:
        return f"{mention.side.value} {phrase}"
    return phrase


def _is_noun(surface: str) -> bool:
    folded = [word.lower() for word in read_words(surface).forms]
    last = folded[-1]
    return not _VERBS & set(folded) and (last.endswith(_NOUNS_IN_ING) or not last.endswith(_ADJECTIVAL))


def _words_before(sentence: str, floor: int, start: int) -> list[str]:
    """The words of place and side before a noun that begins at `start`, in order."""
    kept: list[str] = []
    for chunk in reversed(_CHUNK.findall(sentence[floor:start])):
        words = read_words(chunk)
        if not words.folded or not chunk[-1].isalnum() or (PHRASE_BREAKS | _OPENERS) & {w.lower() for w in words.forms}:
            break
        if all(word in _KEPT for word in words.folded):
            kept.append(_in_small_letters(chunk))
    return kept[::-1]


def _place_after(sentence: str, end: int) -> str:
    """` in the left lower lobe`, when that is all of what follows up to a mark, verb or preposition; else nothing."""
    opening = _PREPOSITION.match(sentence, end)
    if opening is None:
        return ""
    after = opening.end()
    for chunk in _CHUNK.finditer(sentence, opening.end()):
        words = read_words(chunk[0].rstrip(".,;:"))
        if not words.folded or not all(word in _KEPT for word in words.folded):
            if after > opening.end() and words.forms[:1] and words.forms[0].lower() in PHRASE_BREAKS | _OPENERS:
                break
            return ""
        after = chunk.end()
        if chunk[0][-1] in ".,;:":
            after -= 1
            break
    return " " + sentence[opening.start("place") : after] if after > opening.end() else ""


def _in_small_letters(words: str) -> str:
    """`words` with a small first letter in each, apart from abbreviations."""
    return re.sub(r"\b[A-Z](?=[a-z])(?![a-z]?[A-Z\d])", lambda m: m[0].lower(), words)
