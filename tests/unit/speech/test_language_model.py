"""The 3-gram model: odds that sum to one, and the file that says them."""

from __future__ import annotations

import re

import pytest

from radseek.errors import InputError
from radseek.speech import share_phrases
from radseek.speech.language_model import estimate, format_arpa

TEXT = ["no pleural effusion", "no mass", "small pleural effusion", "small mass", "no small effusion", "mass"]


def counts_of(texts):
    return share_phrases([], texts).counts


def odds_after(history, word, odds, left_over):
    """The back-off rule of the format, written out."""
    if (*history, word) in odds:
        return odds[*history, word]
    return left_over.get(history, 1.0) * odds_after(history[1:], word, odds, left_over)


@pytest.mark.parametrize("history", [(), ("no",), ("mass",), ("no", "small"), ("<s>", "no"), ("never", "seen")])
def test_the_odds_of_all_words_sum_to_one_after_any_history(history):
    odds, left_over = estimate(counts_of(TEXT))
    words = [phrase[0] for phrase in odds if len(phrase) == 1 and phrase != ("<s>",)]
    total = sum(odds_after(history, word, odds, left_over) for word in words)
    assert total == pytest.approx(1.0, abs=1e-6)


def test_a_bigram_is_discounted_as_witten_and_bell_say():
    odds, _ = estimate(counts_of(TEXT))
    # `no` is followed by pleural, mass and small, once each: 1 / (3 + 3)
    assert odds["no", "mass"] == pytest.approx(1 / 6)


def test_the_file_lists_what_it_announces_and_is_read_by_pocketsphinx(tmp_path):
    text = format_arpa(counts_of(TEXT))
    for length in (1, 2, 3):
        announced = int(re.search(rf"ngram {length}=(\d+)", text)[1])
        section = text.split(f"\\{length}-grams:\n")[1].split("\n\n")[0].splitlines()
        assert len(section) == announced
    sphinx = pytest.importorskip("pocketsphinx", reason="the extra voice is not installed")
    (tmp_path / "m.arpa").write_text(text)
    odds, left_over = estimate(counts_of(TEXT))
    logmath = sphinx.LogMath()
    model = sphinx.NGramModel(None, logmath, str(tmp_path / "m.arpa"))
    for history, word in [(("no",), "mass"), (("small", "pleural"), "effusion"), (("mass",), "pleural")]:
        read = logmath.exp(model.prob([word, *reversed(history)]))
        assert read == pytest.approx(odds_after(history, word, odds, left_over), rel=0.01)


def test_nothing_makes_no_model():
    with pytest.raises(InputError, match="not a single word"):
        format_arpa({})
