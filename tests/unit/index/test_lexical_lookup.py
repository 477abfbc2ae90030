"""Which sentences hold words just so: against a slow reading of every sentence."""

from __future__ import annotations

import numpy as np
import pytest

from radseek.index import LexicalIndex, write_lexical_index
from radseek.index.lexical_analyzer import terms_of

SENTENCES = (
    "Ground glass opacity in the left lung.",
    "Ground-glass opacities on both sides.",
    "Glass ground by hand.",
    "Opacity of ground and glass.",
    "Perforated appendicitis.",
    "No perforation of the bowel.",
    "The appendix is perforating.",
    "Perfusion is normal.",
    "",
    "The and of.",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lexical")
    write_lexical_index(folder, np.arange(3, 3 + 2 * len(SENTENCES), 2, dtype=np.int64), SENTENCES)
    return LexicalIndex.load(folder)


def found(index, words):
    return [SENTENCES[(sentence - 3) // 2] for sentence in index.containing(words).tolist()]


@pytest.mark.parametrize("words", ["ground glass", "GROUND-GLASS opacity", "opacities", "perforation", "glass ground"])
def test_words_in_order_and_next_to_each_other(index, words):
    terms = terms_of(words)
    expected = [
        text
        for text in SENTENCES
        if any(terms_of(text)[i : i + len(terms)] == terms for i in range(len(terms_of(text))))
        and (len(terms) == 1 or " and " not in text)  # a stop word between them stands in the way
    ]
    assert found(index, words) == expected != []


def test_stop_words_stand_for_any_word_and_keep_their_place(index):
    assert found(index, "ground and glass") == found(index, "ground the glass") == ["Opacity of ground and glass."]
    assert found(index, "opacity in the left") == ["Ground glass opacity in the left lung."]
    assert found(index, "opacity left") == []


@pytest.mark.parametrize("words", ["perforat*", "perfor*", "perforated*"])
def test_a_beginning_finds_every_ending(index, words):
    assert found(index, words) == [
        "Perforated appendicitis.",
        "No perforation of the bowel.",
        "The appendix is perforating.",
    ]


def test_a_beginning_after_other_words_wants_them_all(index):
    assert found(index, "appendicitis perforat*") == ["Perforated appendicitis."]


@pytest.mark.parametrize("words", ["", " ", "the of", "*", "😀", "unheard", "unheard*", "胸水"])
def test_nothing_is_found_where_nothing_is_asked_or_known(index, words):
    assert index.containing(words).tolist() == []


def test_an_empty_index_holds_nothing(tmp_path):
    write_lexical_index(tmp_path, np.zeros(0, dtype=np.int64), [])
    assert LexicalIndex.load(tmp_path).containing("effusion").tolist() == []
