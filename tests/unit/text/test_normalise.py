import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.text import normalise, one_line


@pytest.mark.parametrize(
    "other", ["no pleural  effusion", "No pleural effusion.", " NO\nPLEURAL\tEFFUSION!", "No pleural, effusion;"]
)
def test_case_white_space_and_punctuation_fold(other: str) -> None:
    assert normalise(other) == "no pleural effusion"


def test_words_and_numbers_tell_apart() -> None:
    assert normalise("2.3 cm nodule") != normalise("23 cm nodule")
    assert normalise("left effusion") != normalise("right effusion")
    assert normalise("Épanchement") == normalise("E\u0301PANCHEMENT")


def test_nothing_to_read_is_empty() -> None:
    assert normalise("") == normalise(" .,-_ \n") == ""


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_one_line_folds_white_space_only() -> None:
    assert one_line(" Small\n  effusion,\tleft. ") == "Small effusion, left."
