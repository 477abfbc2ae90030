"""The options of `radseek search` that say how it is done."""

from __future__ import annotations

import json

import pytest

from radseek.cli.main import main
from radseek.cli.weights import parse_weights
from radseek.errors import InputError
from radseek.records.search_options import FusionWeights
from radseek.service import Archive, IngestOptions
from radseek.service.demo import write_demo_sources


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    sources = write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=8, n_ct=0)
    with Archive.create(tmp_path_factory.mktemp("options") / "archive") as made:
        made.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        made.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        made.index()
        return str(made.folder.path)


def answer(capsys, *words):
    assert main(["search", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def channels(hits):
    return {match["channel"] for hit in hits for match in hit["matches"]}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["--channel", "image"], {"image"}),
        (["--channel", "report"], {"sentence", "lexical"}),
        (["--channel", "fused"], {"image", "sentence", "lexical"}),
        (["--weight", "image=0", "--weight", "sentence=0"], {"lexical"}),
    ],
)
def test_ways_of_searching(archive, capsys, option, expected):
    assert channels(answer(capsys, archive, "pleural effusion", "--floor", "none", *option)["hits"]) == expected


def test_by_patient_prints_a_line_for_each_study_of_the_patient(archive, capsys):
    whatever = ("--by-patient", "--no-fold", "--floor", "none")
    hits = answer(capsys, archive, "chest", *whatever)["hits"]
    assert main(["search", archive, "chest", *whatever]) == 0
    printed = capsys.readouterr().out
    assert printed.count("      -> ") == len(hits)
    lines = [line for line in printed.splitlines() if line.startswith(("       -> ", "        * ", "          2"))]
    assert len(lines) == sum(len(hit["timeline"]) for hit in hits) >= len(hits)
    assert all(not hit["folded"] for hit in hits)


def test_the_unread_report_is_told(archive, capsys):
    hit = answer(capsys, archive, "pleural effusion", "--channel", "report")["hits"][0]
    assert main(["search", archive, "pleural effusion", "--without-report-of", hit["study_key"]]) == 0
    assert f"the report of {hit['study_key']} was not read" in capsys.readouterr().err
    assert main(["search", archive, "effusion", "--without-report-of", "nobody"]) == 1
    assert "no study with this key" in capsys.readouterr().err


def test_weights_take_the_place_of_the_archives():
    default = FusionWeights(image=3)
    assert parse_weights([], default) is None
    assert parse_weights(["lexical=0.5", "lexical=2"], default) == FusionWeights(image=3, lexical=2)


@pytest.mark.parametrize("text", ["image", "image=much", "report=1", "=1", "image=-1", "image=nan", "image=inf"])
def test_wrong_weights_are_told(text):
    with pytest.raises(InputError, match="weight"):
        parse_weights([text], FusionWeights())
