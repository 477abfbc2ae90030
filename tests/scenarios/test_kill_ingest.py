"""kill -9 in mid-ingest, then the same command again: the same archive as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KIT = Path(__file__).with_name("archive_kit.py")
LEFTOVERS = {"leftover", "embeddings"}
"""What a killed run may leave until the next one: temporary files and torn shards, never a wrong catalogue."""

NOT_YET = "there is no index yet"
"""Killed between writing the first generation and making it current."""


def attempts_of(stage, folder, attempts, seed):
    words = [sys.executable, str(KIT), stage, str(folder), str(attempts), str(seed)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=280 * max(1, attempts // 8))
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def check(results):
    whole, *killed = results
    assert whole["steps"] > 50
    assert whole["after"]["findings"] == []
    assert [entry["survived"] for entry in killed] == [False] * len(killed)
    for entry in killed:
        assert {kind for kind, _, message in entry["at_kill"]["findings"] if NOT_YET not in message} <= LEFTOVERS, entry
        assert entry["after"] == whole["after"], entry["killed_at"]
    return {entry["at_kill"]["digest"] for entry in killed}


def test_killed_and_resumed_equals_unkilled(tmp_path):
    states = check(attempts_of("ingest", tmp_path, 8, 2026))
    assert len(states) > 4, "the kills found too few different states to prove anything"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_anywhere_and_resumed_equals_unkilled(tmp_path):
    check(attempts_of("ingest", tmp_path, 200, 1))
