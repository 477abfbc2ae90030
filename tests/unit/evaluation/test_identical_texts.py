import pytest

from radseek.errors import InputError
from radseek.evaluation import ceiling, merge_identical
from radseek.records.ranking import Qrels

TEXTS = {"a": "No effusion.", "b": "no  effusion", "c": "Effusion.", "d": "", "e": " "}


def test_twins_of_a_relevant_item_become_relevant() -> None:
    merged = merge_identical(Qrels("pairs", {"q": {"a": 2.0}, "r": {"c": 1.0}}), TEXTS)
    assert merged.gains == {"q": {"a": 2.0, "b": 2.0}, "r": {"c": 1.0}}
    assert "identical texts merged" in merged.name


def test_the_higher_gain_stays_and_zero_gains_do_not_spread() -> None:
    qrels = Qrels("graded", {"q": {"a": 1.0, "b": 3.0, "c": 0.0}})
    assert merge_identical(qrels, TEXTS).gains["q"] == {"a": 3.0, "b": 3.0, "c": 0.0}


def test_blank_texts_are_twins_of_none() -> None:
    assert merge_identical(Qrels("blank", {"q": {"d": 1.0}}), TEXTS).gains == {"q": {"d": 1.0}}


def test_merging_lifts_the_ceiling_to_one() -> None:
    qrels = Qrels("pairs", {i: {i: 1.0} for i in "abc"})
    assert ceiling(qrels, TEXTS, ["success@1"])["success@1"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert ceiling(merge_identical(qrels, TEXTS), TEXTS, ["success@1", "map"]) == {"success@1": 1.0, "map": 1.0}


def test_a_relevant_item_without_text_entry_is_refused() -> None:
    qrels = Qrels("pairs", {"q": {"unknown": 1.0}})
    for reference in (ceiling, merge_identical):
        with pytest.raises(InputError, match="has no text"):
            reference(qrels, TEXTS)
