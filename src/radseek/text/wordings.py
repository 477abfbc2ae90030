"""Finding many wordings in a text at once: folded words walk a trie, in time linear in the length of the text.

A wording is words with a space between. `a|b` is either word, a trailing `?` makes a word optional, and `{degree}`
stands for any word of that class in `CLASSES`, `{degree}*` for any number of them. Words are singular and spelt the
American way; `fold` brings plurals and British spelling to that. Hyphens count as spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+|[.,;:()\[\]?!/]")

_PLAIN_WORD = re.compile(r"[^\W_]+|,")

_SPELLING = (
    ("oedema", "edema"),
    ("haem", "hem"),
    ("aemia", "emia"),
    ("aemic", "emic"),
    ("tumour", "tumor"),
    ("oesoph", "esoph"),
    ("calibre", "caliber"),
    ("aneurism", "aneurysm"),
    ("isation", "ization"),
    ("rrhoea", "rrhea"),
    ("caec", "cec"),
)
_IRREGULAR = {
    "apices": "apex",
    "bronchi": "bronchus",
    "calculi": "calculus",
    "diverticula": "diverticulum",
    "disk": "disc",
    "disks": "disc",
    "discs": "disc",
    "emboli": "embolus",
    "foci": "focus",
    "foramina": "foramen",
    "hila": "hilum",
    "lymphomata": "lymphoma",
    "menisci": "meniscus",
    "sulci": "sulcus",
    "thoraces": "thorax",
    "thrombi": "thrombus",
}

ORDINARY: frozenset[str] = frozenset(
    "ad aids all arm as ash bad cad can cap car cat dish do fat gist had he hi hip ice if in is it lad lap lit mass ms "
    "no on or pad pan pat pes pre pres rib rim sad sat so to us was".split()
)
"""Words in small letters that are no abbreviation without their capitals, even in a query."""

CLASSES: dict[str, frozenset[str]] = {
    "be": frozenset(
        "is are was were be been being remain remains appear appears look looks seem seems has have".split()
    ),
    "not": frozenset({"not"}),
    "det": frozenset("the a an this these its any".split()),
    "degree": frozenset(
        "mild mildly moderate moderately severe severely slight slightly minimal minimally marked markedly significant "
        "significantly gross grossly heavily densely massive massively again still stable borderline diffuse diffusely "
        "focal focally probably chronic chronically acute acutely somewhat very small large new persistent "
        "persistently extensive "
        "definite relatively more most likely early prominent tiny subtle minor trace partial complete multiple "
        "multilevel scattered interval and to increasingly globally generally top".split()
    ),
    "side": frozenset("left right bilateral bilaterally both sided".split()),
    "place": frozenset(
        "upper lower middle mid midlung lobe lobar lobes base bases basal basilar bibasilar bibasal apex apices apical "
        "biapical "
        "zone zones lung lungs field fields segment segmental posterior anterior lateral medial peripheral central "
        "lingula lingular perihilar retrocardiac superior inferior subpleural left right bilateral the and".split()
    ),
    "bone": frozenset(
        "rib clavicle clavicular humerus humeral femur femoral tibia tibial fibula fibular radius radial ulna ulnar "
        "wrist hip pelvis pelvic skull vertebra vertebral sternum sternal scapula scapular spine spinal sacrum sacral "
        "patella patellar acetabulum acetabular calcaneus calcaneal scaphoid metatarsal metacarpal phalanx orbit "
        "orbital nasal facial mandible mandibular maxilla maxillary zygomatic odontoid ankle elbow foot hand shoulder "
        "bone bony osseous costal cervical thoracic lumbar malleolus malleolar talus talar tuberosity calvarial "
        "temporal occipital frontal parietal burst chance wedge stress insufficiency avulsion hairline neck shaft "
        "comminuted displaced nondisplaced transverse oblique spiral".split()
    ),
    "seen": frozenset(
        "is are was were be been seen noted present identified visualized visible demonstrated found located evident "
        "again also lying situated".split()
    ),
    "any": frozenset(),
}
"""Classes of words that wordings name. `any` is any word."""

_ANY = "{any}"
_MARK = "xxxx"
"""What stands where de-identification took a word: inside a wording it may be passed over."""


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """`word` in lower case, singular, in American spelling: `Oedemas` is `edema`, `metastases` is `metastasis`."""
    folded = word.lower()
    for british, american in _SPELLING:
        folded = folded.replace(british, american)
    if folded in _IRREGULAR:
        return _IRREGULAR[folded]
    if len(folded) < 4 or folded.endswith(("ss", "us", "is")):
        return folded
    return _singular(folded)


def _singular(word: str) -> str:
    if word.endswith("thoraces"):
        return word.removesuffix("ces") + "x"
    if word.endswith(("oses", "tases", "yses")):
        return word.removesuffix("es") + "is"
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    if word.endswith(("sses", "xes", "shes", "tches")):
        return word.removesuffix("es")
    if word.endswith("omata"):
        return word.removesuffix("ta")
    return word[:-1] if word.endswith(("s", "ae")) else word


@dataclass(frozen=True, slots=True)
class Words:
    """A text as words and marks, with the characters where each begins and ends."""

    forms: list[str]
    """As written."""
    folded: list[str]
    starts: list[int]
    ends: list[int]


def read_words(text: str) -> Words:
    """The words and punctuation marks of `text` in order; hyphens and apostrophes only separate."""
    matches = list(_WORD.finditer(text))
    forms = [m[0] for m in matches]
    return Words(forms, [fold(f) for f in forms], [m.start() for m in matches], [m.end() for m in matches])


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a wording says: a finding, or (`normally`) a thing whose being normal denies the finding."""

    finding: str
    normally: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A wording in a text: positions of its first word and of the one after its last, and all that it means."""

    first: int
    after: int
    meanings: tuple[Meaning, ...]


@dataclass(slots=True)
class _Node:
    edges: dict[str, _Node] = field(default_factory=dict)
    meanings: tuple[Meaning, ...] = ()


class WordingTrie:
    """All wordings of a lexicon, and the longest one that begins at a word."""

    def __init__(self, wordings: Iterable[tuple[str, Meaning]], abbreviations: Iterable[tuple[str, Meaning]]) -> None:
        self._root = _Node()
        self._abbreviations: dict[str, tuple[Meaning, ...]] = {}
        for wording, meaning in wordings:
            self._add(wording, meaning)
        self._small_abbreviations: dict[str, tuple[Meaning, ...]] = {}
        for short, meaning in abbreviations:
            self._abbreviations[short] = (*self._abbreviations.get(short, ()), meaning)
            self._small_abbreviations[short.lower()] = (*self._small_abbreviations.get(short.lower(), ()), meaning)

    def find(self, words: Words, *, any_case: bool = False) -> list[Found]:
        """The wordings in `words` from the left, each the longest that begins at its word, without overlap.

        Abbreviations count with their capitals; with `any_case` also without, unless the word is one of `ORDINARY`.
        """
        found: list[Found] = []
        i = 0
        while i < len(words.folded):
            longest = self._longest(words.folded, i)
            if longest is None:
                longest = self._abbreviation(words.forms[i], i, any_case)
            if longest is not None:
                found.append(longest)
            i = longest.after if longest else i + 1
        return found

    def _abbreviation(self, form: str, i: int, any_case: bool) -> Found | None:
        meanings = self._abbreviations.get(form)
        if meanings is None and any_case and form.lower() not in ORDINARY:
            meanings = self._small_abbreviations.get(form.lower())
        return None if meanings is None else Found(i, i + 1, meanings)

    def _longest(self, words: list[str], first: int) -> Found | None:
        nodes, longest = [self._root], None
        for i in range(first, len(words)):
            skipped = nodes if words[i] == _MARK and i > first else []
            nodes = _next_nodes(nodes, words[i])
            meanings = tuple(dict.fromkeys(m for node in nodes for m in node.meanings))
            if meanings:
                longest = Found(first, i + 1, meanings)
            nodes = list({id(node): node for node in (*nodes, *skipped)}.values()) if skipped else nodes
            if not nodes:
                break
        return longest

    def _add(self, wording: str, meaning: Meaning) -> None:
        nodes = [self._root]
        for part in wording.split():
            nodes = _extended(nodes, part)
        for node in nodes:
            if meaning not in node.meanings:
                node.meanings = (*node.meanings, meaning)


def _extended(nodes: list[_Node], part: str) -> list[_Node]:
    """The nodes after `part` of a wording, grown where they are not yet there."""
    repeated, optional = part.endswith("*"), part.endswith(("?", "*"))
    after: list[_Node] = list(nodes) if optional else []
    for label in part.rstrip("?*").split("|"):
        edge = label if label.startswith("{") else fold(label)
        if edge.startswith("{") and edge[1:-1] not in CLASSES:
            raise ValueError(f"wordings know no class {edge}; known: {', '.join(CLASSES)}")
        for node in nodes:
            grown = node.edges.setdefault(edge, _Node())
            if repeated:
                grown.edges.setdefault(edge, grown)
            after.append(grown)
    return list({id(node): node for node in after}.values())


def check_wording(wording: str) -> str:
    """What is wrong with how `wording` is written, as a sentence; empty when all is well."""
    parts = wording.split()
    if not parts:
        return "it has no word"
    for part in parts:
        for label in part.rstrip("?*").split("|"):
            if label.startswith("{"):
                if label[1:-1] not in CLASSES or not label.endswith("}"):
                    return f"unknown class {label}; classes: {', '.join(f'{{{name}}}' for name in CLASSES)}"
            elif not _PLAIN_WORD.fullmatch(label):
                return f"{label!r} is no word of letters and digits; hyphens and strokes are written as spaces"
    if all(part.endswith(("?", "*")) or "{" in part for part in parts):
        return "it needs at least one word that must be there"
    return ""


def examples_of(wording: str, most: int = 200) -> list[tuple[str, ...]]:
    """Texts that `wording` matches, as folded words: every choice of its words, with one word for each class.

    At most `most` of them; a wording with more choices is told by those first made.
    """
    made: list[tuple[str, ...]] = [()]
    for part in wording.split():
        labels = part.rstrip("?*").split("|")
        words = [min(CLASSES[w[1:-1]], default="word") if w.startswith("{") else w for w in labels]
        longer = [(*before, fold(word)) for before in made for word in words]
        made = ([*made, *longer] if part.endswith(("?", "*")) else longer)[:most]
    return [words for words in made if words]


def _next_nodes(nodes: list[_Node], word: str) -> list[_Node]:
    after: list[_Node] = []
    for node in nodes:
        edges = node.edges
        if word in edges:
            after.append(edges[word])
        for edge in _CLASSES_OF.get(word, ()):
            if edge in edges:
                after.append(edges[edge])
        if _ANY in edges and word.isalnum():
            after.append(edges[_ANY])
    return after


def _classes_of_words() -> dict[str, tuple[str, ...]]:
    classes: dict[str, tuple[str, ...]] = {}
    for name, words in CLASSES.items():
        for word in words:
            classes[fold(word)] = (*classes.get(fold(word), ()), f"{{{name}}}")
    return {word: tuple(dict.fromkeys(names)) for word, names in classes.items()}


_CLASSES_OF = _classes_of_words()
