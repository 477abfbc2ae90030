"""The latency trial runs from nothing to its table, and again on the archive that it made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run_trial(folder, table, *options):
    command = [sys.executable, str(BENCHMARKS / "search_latency.py"), "--studies", "4", "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--quick", "--threads", "1", "--table", str(table), *options],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == table.read_text().strip()
    return table.read_text(), done.stderr


def test_the_trial_makes_its_archive_and_a_row_for_each_kind_of_query(tmp_path):
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from latency_profile import STEPS
        from latency_queries import KINDS
    finally:
        sys.path.remove(str(BENCHMARKS))
    page, progress = run_trial(tmp_path / "large", tmp_path / "table.md", "--profile")
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in page.splitlines() if line.startswith("| ")}
    assert "8 pictures" in page
    assert "40 sentences" in page.replace("\n", " ")
    for kind in KINDS:
        assert int(rows[kind][0]) == 2
    assert int(rows["**all**"][0]) == 2 * len(KINDS)
    assert all(float(cell) >= 0 for cell in rows["**all**"])
    assert set(STEPS) <= set(rows)
    idle = {step for step in STEPS if float(rows[step][1]) == 0}
    assert idle <= {"thumbnails"}  # every study has a report of its own, which tells it from the others
    assert "encoding" in progress
