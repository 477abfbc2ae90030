import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.text.wordings import CLASSES, Meaning, WordingTrie, fold, read_words

WORDINGS = (
    "heart",
    "heart size",
    "enlarged heart|cardiac silhouette?",
    "heart {be} {degree}* enlarged",
    "size {any} heart",
)
VOCABULARY = [
    "heart",
    "hearts",
    "size",
    "enlarged",
    "cardiac",
    "silhouette",
    "is",
    "mildly",
    "severely",
    "not",
    ",",
    "a",
]


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Effusions", "effusion"),
        ("opacities", "opacity"),
        ("masses", "mass"),
        ("metastases", "metastasis"),
        ("diagnosis", "diagnosis"),
        ("pneumothoraces", "pneumothorax"),
        ("bullae", "bulla"),
        ("calculi", "calculus"),
        ("haematomas", "hematoma"),
        ("haematomata", "hematoma"),
        ("oedema", "edema"),
        ("tumours", "tumor"),
        ("oesophageal", "esophageal"),
        ("thrombus", "thrombus"),
        ("disks", "disc"),
        ("is", "is"),
        ("CT", "ct"),
    ],
)
def test_plurals_and_british_spelling_fold_to_one_word(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_folding_twice_changes_nothing() -> None:
    for word in itertools.chain(*CLASSES.values()):
        assert fold(fold(word)) == fold(word)


def _fits(parts: list[str], words: list[str]) -> bool:
    """Whether `words` are exactly the wording `parts`: the slow obvious way."""
    if not parts:
        return not words
    part, rest = parts[0], parts[1:]
    if part.endswith(("?", "*")) and _fits(rest, words):
        return True
    first = words[:1]
    named = part.rstrip("?*").split("|")
    fits = any(
        first
        and (
            first[0] == fold(n)
            or (n == "{any}" and first[0].isalnum())
            or first[0] in map(fold, CLASSES.get(n[1:-1], ()))
        )
        for n in named
    )
    return fits and _fits(parts if part.endswith("*") else rest, words[1:])


def _longest(words: list[str], i: int) -> int:
    ends = [j for j in range(i + 1, len(words) + 1) if any(_fits(w.split(), words[i:j]) for w in WORDINGS)]
    return max(ends, default=i)


@settings(deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=10))
def test_the_trie_finds_what_trying_every_wording_finds(written: list[str]) -> None:
    words = read_words(" ".join(written))
    trie = WordingTrie([(w, Meaning("x")) for w in WORDINGS], ())
    expected, i = [], 0
    while i < len(words.folded):
        end = _longest(words.folded, i)
        if end > i:
            expected.append((i, end))
        i = max(end, i + 1)
    assert [(f.first, f.after) for f in trie.find(words)] == expected


def test_one_wording_may_mean_several_things() -> None:
    trie = WordingTrie(
        [("calcified granuloma", Meaning("a")), ("calcified granuloma", Meaning("b"))], [("PE", Meaning("c"))]
    )
    (found,) = trie.find(read_words("calcified granulomas, pe"))
    assert [m.finding for m in found.meanings] == ["a", "b"]
    assert [f.meanings[0].finding for f in trie.find(read_words("PE"))] == ["c"]


def test_an_unknown_class_is_told() -> None:
    with pytest.raises(ValueError, match=r"no class \{colour\}; known: be, not"):
        WordingTrie([("{colour} lung", Meaning("x"))], ())


def test_words_keep_their_characters() -> None:
    text = "Air-space opacity, 3.5 cm"
    words = read_words(text)
    assert words.forms == ["Air", "space", "opacity", ",", "3", ".", "5", "cm"]
    assert [text[a:b] for a, b in zip(words.starts, words.ends, strict=True)] == words.forms
