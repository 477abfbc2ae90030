"""kill -9 in mid-index, then the same command again: no mixed or unreadable index, nothing encoded is lost."""

from __future__ import annotations

import pytest
from test_kill_ingest import attempts_of, check


def test_killed_and_resumed_equals_unkilled(tmp_path):
    check(attempts_of("index", tmp_path, 8, 2026))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_anywhere_and_resumed_equals_unkilled(tmp_path):
    check(attempts_of("index", tmp_path, 200, 1))
