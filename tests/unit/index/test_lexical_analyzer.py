"""How report language is cut into terms."""

import pytest

from radseek.index.lexical_analyzer import STOP_WORDS, clean_text, terms_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("the of and", []),
        ("😀", []),
        ("No pleural effusions.", ["no", "pleural", "effus"]),
        ("without pneumothorax, not enlarged", ["without", "pneumothorax", "not", "enlarg"]),
        ("Ödème", ["odem"]),
        ("3.5cm T2-weighted", ["3", "5cm", "t2", "weight"]),
        ("x" * 41 + " nodule", ["nodul"]),
        ("nodule\ud800 nodules", ["nodul", "nodul"]),
    ],
)
def test_terms(text, terms):
    assert terms_of(text) == terms


def test_negations_are_no_stop_words():
    assert not {"no", "not", "without", "nor", "never", "absent"} & set(STOP_WORDS)


def test_clean_text_removes_only_what_utf8_cannot_hold():
    assert clean_text("a\ud800b\x00\U0001f600é") == "ab\x00\U0001f600é"
