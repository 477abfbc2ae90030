import itertools
import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.estimates import Resampling
from radseek.evaluation.relevance import (
    RelevanceConfig,
    Stated,
    Statements,
    finding_labels,
    graded_gains,
    graded_qrels,
    is_abnormal,
    measure_by_finding,
    present_findings,
)
from radseek.records.reports import Assertion

P, A, U, H = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN, Assertion.HISTORICAL
EVERYTHING = RelevanceConfig(min_gain=0.0)


def written_out(query: Statements, study: Statements, config: RelevanceConfig) -> float:
    def plain(statements: Statements) -> dict[str, Stated]:
        found = {f: e if isinstance(e, Stated) else Stated(e) for f, e in statements.items()}
        return {f: e for f, e in found.items() if e.assertion is not H}

    def weight(entry: Stated) -> float:
        return config.absent_weight if entry.assertion is A else 1.0

    q, s = plain(query), plain(study)
    credit = 0.0
    for finding in q.keys() & s.keys():
        pair = {q[finding].assertion, s[finding].assertion}
        agree = weight(q[finding]) if len(pair) == 1 else config.uncertain_credit if pair == {P, U} else 0.0
        sides = {q[finding].side, s[finding].side}
        if "" in sides or len(sides) == 1:
            place = 1.0
        else:
            place = config.bilateral_credit if "bilateral" in sides else 0.0
        credit += agree * place
    total = sum(map(weight, q.values()))
    if config.symmetric:
        credit, total = 2 * credit, total + sum(map(weight, s.values()))
    gain = credit / total if total else 0.0
    return gain if gain >= config.min_gain else 0.0


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("absent_weight", [0.0, 0.2, 1.0])
def test_gains_agree_with_the_rule_written_out(symmetric: bool, absent_weight: float) -> None:
    rng = np.random.default_rng(0)
    sides = ("", "left", "right", "bilateral")
    texts: list[Statements] = [{}, {"effusion": P}, {"effusion": A}]
    texts += [
        {f: Stated(list(Assertion)[rng.integers(4)], sides[rng.integers(4)]) for f in "abcd" if rng.random() < 0.6}
        for _ in range(25)
    ]
    config = RelevanceConfig(symmetric=symmetric, absent_weight=absent_weight, min_gain=0.3)
    gains = graded_gains(texts, texts[::-1], config)
    for (i, query), (j, study) in itertools.product(enumerate(texts), enumerate(texts[::-1])):
        assert gains[i, j] == pytest.approx(written_out(query, study, config)), (query, study)


@pytest.mark.parametrize(
    ("query", "study", "gain"),
    [
        ({"effusion": P}, {"effusion": P}, 1.0),
        ({"effusion": P}, {"effusion": A}, 0.0),
        ({"effusion": A}, {"effusion": A}, 1.0),
        ({"effusion": P}, {"effusion": U}, 2 * 0.5 / 2),
        ({"effusion": P}, {"effusion": H}, 0.0),
        ({"effusion": P}, {"effusion": P, "mass": P}, 2 * 1 / 3),
        ({"effusion": P}, {"effusion": P, "mass": A}, 2 * 1 / 2.2),
        ({"effusion": Stated(P, "left")}, {"effusion": Stated(P, "right")}, 0.0),
        ({"effusion": Stated(P, "left")}, {"effusion": Stated(P, "bilateral")}, 0.5),
        ({"effusion": Stated(P, "left")}, {"effusion": P}, 1.0),
        ({}, {"effusion": P}, 0.0),
        ({}, {}, 0.0),
    ],
)
def test_a_gain_by_hand(query: Statements, study: Statements, gain: float) -> None:
    assert graded_gains([query], [study], EVERYTHING)[0, 0] == pytest.approx(gain)


def test_a_study_is_no_worse_an_answer_to_a_sentence_for_stating_more() -> None:
    study = {"effusion": P, "mass": P, "nodule": P, "hernia": P}
    assert graded_gains([{"effusion": P}], [study], RelevanceConfig(symmetric=False))[0, 0] == 1.0
    assert graded_gains([{"effusion": P}], [study])[0, 0] == pytest.approx(2 / 5)


def test_qrels_have_every_query_and_no_zero() -> None:
    qrels = graded_qrels("graded", {"q": {"mass": P}, "none": {}}, {"s": {"mass": P}, "t": {"mass": A}})
    assert qrels.gains == {"q": {"s": 1.0}, "none": {}}
    assert graded_gains([], [{"mass": P}]).shape == (0, 1)


def test_normal_and_sick_are_told_apart() -> None:
    normal: list[Statements] = [{}, {"mass": A}, {"mass": H}]
    sick: list[Statements] = [{"mass": U}, {"a": A, "mass": Stated(P, "left")}]
    assert [is_abnormal(s) for s in normal + sick] == [False] * 3 + [True] * 2
    assert present_findings({"a": P, "b": A, "c": Stated(P), "d": U}) == {"a", "c"}


def test_labels_of_findings() -> None:
    labels = finding_labels(["mass", "nodule"], [{"mass": P}, {"mass": A, "nodule": U}, {"nodule": H}, {}])
    assert labels.tolist() == [[1, 0, 0, 0], [0, -1, -1, 0]]


def test_by_finding_and_the_macro_mean() -> None:
    queries = [{"mass": P, "nodule": P}, {"mass": P}, {"nodule": A}, {"mass": P}, {"rare": P}]
    studies = [{"mass": P}, {"mass": A}, {"nodule": P}, {"mass": P}]
    table = measure_by_finding([1.0, 0.5, 0.9, math.nan, math.nan], queries, list("abcde"), studies)
    assert [(row.finding, row.estimate.value, row.estimate.n) for row in table.rows] == [
        ("mass", 0.75, 2),
        ("nodule", 1.0, 1),
    ]
    assert [(row.n_studies, row.prevalence) for row in table.rows] == [(2, 0.5), (1, 0.25)]
    assert table.macro.value == pytest.approx((0.75 + 1.0) / 2)
    assert (table.macro.n, table.n_too_few) == (2, 1)
    few = measure_by_finding([1.0, 0.5, 0.9, math.nan, math.nan], queries, list("abcde"), studies, min_queries=2)
    assert [row.finding for row in few.rows] == ["mass"]
    assert few.n_too_few == 2


def test_the_macro_interval_draws_patients_once_for_all_findings() -> None:
    """All findings of a patient share one value, so the macro mean varies as one finding does."""
    values = [0.0, 1.0] * 10
    patients = [f"p{i}" for i in range(20)]
    one = measure_by_finding(values, [{"a": P}] * 20, patients, [], resampling=Resampling(300))
    many = measure_by_finding(values, [dict.fromkeys("abcdefgh", P)] * 20, patients, [], resampling=Resampling(300))
    assert (many.macro.low, many.macro.high) == pytest.approx((one.macro.low, one.macro.high))
    assert one.macro.high - one.macro.low > 0.3


def test_no_queries() -> None:
    table = measure_by_finding([], [], [], [])
    assert table.rows == ()
    assert table.macro.n == 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="unknown side 'up'"):
        graded_gains([{"mass": Stated(P, "up")}], [])
    with pytest.raises(InputError, match="`absent_weight` must be in 0..1"):
        graded_gains([], [], RelevanceConfig(absent_weight=2))
    with pytest.raises(InputError, match="lengths differ"):
        measure_by_finding([1.0], [], [], [])
