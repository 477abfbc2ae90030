"""The reader against the expert coding of real chest reports, and what a person judged of their disagreements."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from radseek.service.lexicon_trial import TrialOptions, run_trial

VERDICTS = Path(__file__).parent / "data" / "iu_disagreements.csv"
FLOOR = 0.95


@pytest.mark.real_data
def test_the_ten_commonest_findings_are_read_as_experts_code_them() -> None:
    table = Path(os.environ.get("RADSEEK_DATA", "")) / "iu_reports_text" / "reports.csv"
    if not table.is_file():
        pytest.skip("RADSEEK_DATA names no folder of real data")
    trial, _ = run_trial(table, TrialOptions(judged=VERDICTS))
    assert len(trial.rows) == 10
    for row in trial.rows:
        assert row.read_precision.value >= FLOOR, row.finding
        assert row.read_recall.value >= FLOOR, row.finding
    assert sum(trial.verdicts.values()) >= 100
    assert trial.mean.precision.value >= 0.975  # as counted, before any reading: .983 and .976 when written
    assert trial.mean.recall.value >= 0.965
    assert trial.mean.strict_precision.value >= 0.98  # what both may defend counted as errors: .995 and .978
    assert trial.mean.strict_recall.value >= 0.965


def test_the_verdicts_hold_no_report_text() -> None:
    lines = VERDICTS.read_text().splitlines()
    assert lines[0] == "report,finding,verdict"
    assert len(lines) > 100
    assert all(len(line) < 60 and line.split(",")[0].isdigit() and " " not in line for line in lines[1:])
