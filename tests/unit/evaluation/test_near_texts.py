import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.near_texts import NearText, TextRules, find_near_texts
from radseek.text import normalise

LONG = (
    "There is a small left pleural effusion with adjacent basilar atelectasis. The heart size is within normal limits "
    "and the mediastinal contours are unremarkable. No pneumothorax is seen."
)


def slow(first: list[str], second: list[str], rules: TextRules) -> set[tuple[int, int]]:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = normalise(text).split()
        n = rules.run_words
        long_enough = len(words) >= max(rules.min_words, n)
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)} if long_enough else set()

    return {
        (i, j)
        for i, a in enumerate(map(runs, first))
        for j, b in enumerate(map(runs, second))
        if a and b and len(a & b) / len(a | b) >= rules.min_similarity
    }


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("run_words", [1, 2, 3])
def test_it_agrees_with_comparing_every_pair(similarity: float, run_words: int) -> None:
    rng = np.random.default_rng(run_words)
    words = [f"w{i}" for i in range(8)]
    texts = [" ".join(rng.choice(words, rng.integers(1, 9))) for _ in range(120)]
    rules = TextRules(min_words=3, run_words=run_words, min_similarity=similarity)
    found = find_near_texts(texts[:60], texts[60:], rules)
    assert {(pair.first, pair.second) for pair in found} == slow(texts[:60], texts[60:], rules)
    assert len(found) == len({(pair.first, pair.second) for pair in found})
    assert [pair.similarity for pair in found] == sorted((pair.similarity for pair in found), reverse=True)


def test_a_changed_word_is_near_and_another_report_is_not() -> None:
    other = (
        "Moderate cardiomegaly with pulmonary vascular congestion and interstitial edema, new since the prior study."
    )
    found = find_near_texts([LONG, other], [LONG.replace("seen", "identified"), LONG.upper()])
    assert [(pair.first, pair.second) for pair in found] == [(0, 1), (0, 0)]
    assert found[0].similarity == 1.0
    assert found[1].similarity < 1.0


def test_short_texts_are_never_compared() -> None:
    short = "No acute cardiopulmonary abnormality."
    assert find_near_texts([short], [short]) == []
    assert find_near_texts([short], [short], TextRules(min_words=1)) == [NearText(0, 0, 1.0)]


def test_nothing_and_what_does_not_fit() -> None:
    assert find_near_texts([], [LONG]) == []
    assert find_near_texts([LONG, ""], []) == []
    with pytest.raises(InputError, match="min_similarity"):
        find_near_texts([], [], TextRules(min_similarity=0))
