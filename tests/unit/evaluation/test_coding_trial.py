"""Reader against coder: counted slowly, and corrected by what a person judged."""

from __future__ import annotations

import math

import pytest

from radseek.errors import InputError
from radseek.evaluation.coding_trial import Verdict, draw_disagreements, measure_coding_trial
from radseek.evaluation.estimates import Resampling

QUICK = Resampling(n_resamples=50)


def reports(**said: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in said.items()}


STATED = reports(r1="mass", r2="mass edema", r3="", r4="mass", r5="edema", r6="mass")
CODED = reports(r1="mass", r2="edema", r3="mass", r4="mass", r5="edema nodule", r6="")


def test_precision_and_recall_are_those_of_a_slow_count():
    trial = measure_coding_trial(STATED, CODED, n_findings=2, resampling=QUICK)
    assert [row.finding for row in trial.rows] == ["mass", "edema"]  # 3 and 2 codes; `nodule` has 1
    for row in trial.rows:
        stated = {r for r in STATED if row.finding in STATED[r]}
        coded = {r for r in CODED if row.finding in CODED[r]}
        assert (row.n_stated, row.n_coded, row.n_both) == (len(stated), len(coded), len(stated & coded))
        assert row.precision.value == pytest.approx(len(stated & coded) / len(stated))
        assert row.recall.value == pytest.approx(len(stated & coded) / len(coded))
        assert math.isnan(row.read_precision.value)
        assert row.precision.low <= row.precision.value <= row.precision.high
    assert trial.mean.precision.value == pytest.approx((2 / 4 + 1) / 2)
    assert trial.mean.recall.value == pytest.approx((2 / 3 + 1) / 2)
    assert {(d.report, d.stated) for d in trial.disagreements} == {("r2", True), ("r6", True), ("r3", False)}


def test_a_judged_disagreement_counts_as_the_person_says():
    verdicts = {
        ("r2", "mass"): Verdict.READER,
        ("r6", "mass"): Verdict.CODER,
        ("r3", "mass"): Verdict.BOTH_DEFENSIBLE,
        ("r1", "mass"): Verdict.CODER,  # both agree: no disagreement
        ("r9", "mass"): Verdict.CODER,
    }
    trial = measure_coding_trial(STATED, CODED, verdicts, 1, QUICK)
    (row,) = trial.rows
    assert row.read_precision.value == pytest.approx(3 / 4)  # r1, r4 and r2 of four
    assert row.read_recall.value == pytest.approx(3 / 3)  # r3 is no error
    assert row.strict_precision.value == pytest.approx(3 / 4)
    assert row.strict_recall.value == pytest.approx(3 / 4)  # r3 is missed
    assert row.n_judged == 3
    assert trial.verdicts == {Verdict.READER: 1, Verdict.CODER: 1, Verdict.BOTH_DEFENSIBLE: 1}
    assert trial.n_unused_verdicts == 2


def test_the_share_of_errors_among_the_judged_stands_for_the_others():
    stated = {f"r{n}": frozenset({"mass"}) for n in range(12)}
    coded = {f"r{n}": frozenset({"mass"} if n < 4 else ()) for n in range(12)}
    verdicts = {("r4", "mass"): Verdict.CODER, ("r5", "mass"): Verdict.READER}
    (row,) = measure_coding_trial(stated, coded, verdicts, 1, QUICK).rows
    assert row.read_precision.value == pytest.approx((4 + 8 / 2) / 12)


def test_a_sample_takes_findings_and_directions_in_turn():
    trial = measure_coding_trial(STATED, CODED, n_findings=3, resampling=QUICK)
    drawn = draw_disagreements(trial, 3, seed=1)
    assert {(d.finding, d.stated) for d in drawn} == {("mass", True), ("mass", False), ("nodule", False)}
    assert sorted(map(str, draw_disagreements(trial, 99))) == sorted(map(str, trial.disagreements))
    assert draw_disagreements(trial, 3, seed=1) == drawn


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="the same reports"):
        measure_coding_trial(STATED, {})
    with pytest.raises(InputError, match="no report has a coded finding"):
        measure_coding_trial(reports(a="mass"), reports(a=""))
