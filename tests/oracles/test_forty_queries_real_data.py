"""The forty queries on real pictures and reports: each gets an answer or a plain line, and no report text is shown."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from radseek.archive.schema import sentences
from radseek.records.config import read_config

COMMAND = Path(__file__).parents[2] / "benchmarks" / "forty_queries.py"
OURS = 5
"""Words from which on a sentence is a report's own and not everybody's."""

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


@pytest.fixture(scope="module")
def forty():
    """The module of the command."""
    spec = importlib.util.spec_from_file_location("forty_queries", COMMAND)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def data_root() -> Path:
    root = Path(os.environ.get("RADSEEK_DATA", ""))
    if not (root / "covid_cxr" / "pairs.csv").is_file():
        pytest.skip("RADSEEK_DATA names no folder of real data")
    return root


def test_every_query_gets_an_answer_and_no_report_text_or_key_is_shown(forty, data_root, tmp_path) -> None:
    sources = [source for source in forty.SOURCES if source[0].startswith("covid_cxr")]
    queries = read_config(forty.QUERIES, forty.Asking).queries
    with forty.open_archive(tmp_path / "archive", data_root, sources) as archive:
        page = "\n".join(forty.write_page(archive, data_root, queries))
        with archive.folder.catalogue.reading() as connection:
            told = {" ".join(text.split()) for text in connection.execute(select(sentences.c.text)).scalars()}
    assert [int(n) for n in re.findall(r"^## (\d+)\.", page, re.MULTILINE)] == list(range(1, 41))
    assert not re.search(r"\b(?:st|im|pt|se|rp)_[0-9a-f]{16}\b", page)
    asked = " ".join(forty.QUERIES.read_text(encoding="utf-8").split())
    own = {text for text in told if len(text.split()) >= OURS and text not in asked}
    assert len(own) > 1000
    assert [text for text in own if text in page] == []
    assert page.count("strong") > 10
    with forty.open_archive(tmp_path / "archive", data_root, [("not-there.csv", sources[0][1])]) as again:
        assert again.summary().n_studies > 400
