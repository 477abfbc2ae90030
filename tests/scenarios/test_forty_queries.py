"""The forty queries: a well-formed file with queries of all kinds, each with what is expected and how it was judged."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from radseek.records.config import read_config

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KINDS = {
    "one or two words", "sentence", "pasted report", "must and must-not", "side", "modality words as constraint",
    "filters", "quoted phrase", "exact key", "misspelt", "abbreviation", "British spelling", "negated only",
    "contradiction", "picture as query", "picture as query, a region of it", "text and picture", "less like",
    "other language", "nonsense", "only stop words", "wrong date", "unknown filter", "10,000 words", "HTML and SQL",
    "emoji", "empty", "by patient", "without its own report", "channel image only",
}  # fmt: skip


@pytest.fixture(scope="module")
def forty():
    """The module of the command."""
    import sys

    spec = importlib.util.spec_from_file_location("forty_queries", BENCHMARKS / "forty_queries.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def queries(forty):
    """All of the file."""
    return read_config(forty.QUERIES, forty.Asking).queries


def test_there_are_forty_of_all_kinds(queries) -> None:
    assert len(queries) == 40
    assert {asked.kind for asked in queries} == KINDS


def test_each_says_what_is_expected_and_how_its_answer_was_judged(forty, queries) -> None:
    for asked in queries:
        assert len(asked.expect.split()) >= 3, asked.kind
        assert asked.judgement in forty.VERDICTS, asked.kind
        assert len(asked.reason.split()) >= 3, asked.kind
        assert len(asked.judged) == 8, asked.kind


def test_no_two_ask_the_same(queries) -> None:
    seen = Counter((asked.text, asked.times, asked.pictures, asked.by_patient, asked.channel) for asked in queries)
    assert max(seen.values()) == 1


def test_the_long_one_has_ten_thousand_words(queries) -> None:
    [long] = [asked for asked in queries if asked.kind == "10,000 words"]
    assert len(long.text.split()) * long.times == 10_000


def test_the_page_says_as_many_judgements_as_the_file_holds(queries) -> None:
    page = (BENCHMARKS / "forty_queries.md").read_text(encoding="utf-8")
    counts = Counter(asked.judgement for asked in queries)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("right", "partly", "wrong"))
    assert f"**40 queries: {verdicts}**" in page
    for asked in queries:
        assert asked.expect in page
        assert asked.reason in page


def test_changed_hits_are_told_and_unchanged_ones_are_not(forty) -> None:
    told = forty.with_digest(forty.Told(("*Note:* some",), (("1", "CT"),)))
    asked = forty.Asked("sentence", "x", "y", "right", "z", told.digest)
    other = forty.with_digest(forty.Told(("*Note:* some",), (("1", "MR"),)))
    assert not forty.is_changed(asked, told)
    assert forty.is_changed(asked, other)
    assert "changed since" not in "\n".join(forty.write_query(1, asked, told))
    assert "changed since" in "\n".join(forty.write_query(1, asked, other))
