"""The first hour as typed: every command on one small archive, its words, its JSON, its exit code."""

from __future__ import annotations

import json
import shutil

import pytest

from radseek.cli.main import EXIT_ERROR, EXIT_QUARANTINED, main
from radseek.service.demo import write_demo_sources

pytestmark = pytest.mark.xdist_group("first_hour")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=8, n_ct=2)


@pytest.fixture(scope="module")
def archive(tmp_path_factory, sources):
    path = tmp_path_factory.mktemp("hour") / "archive"
    assert main(["init", str(path)]) == 0
    assert main(["ingest", str(path), str(sources.dicom_folder), "--name", "phantoms"]) == 0
    assert main(["ingest", str(path), str(sources.reports_path), "--as", "reports"]) == 0
    assert main(["index", str(path)]) == 0
    return str(path)


def run_json(capsys, *words):
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_ingest_again_adds_nothing_and_says_so(archive, sources, capsys):
    code, counts = run_json(capsys, "ingest", archive, str(sources.dicom_folder), "--name", "phantoms")
    assert code == 0
    assert counts["ingested"] == 0
    assert counts["seen"] == counts["duplicate"] > 50


def test_quarantined_things_are_counted_explained_and_change_the_exit_code(archive, sources, tmp_path, capsys):
    good = next(sources.dicom_folder.rglob("*.dcm"))
    shutil.copy(good, tmp_path / "copy.dcm")
    (tmp_path / "note.dcm").write_text("this is no DICOM file")
    raw = bytearray(good.read_bytes())
    raw[-400:-390] = b"0123456789"  # the same instance UID, other pixels
    (tmp_path / "other.dcm").write_bytes(raw)
    assert main(["ingest", archive, str(tmp_path), "--name", "odd"]) == EXIT_QUARANTINED
    words = capsys.readouterr().out
    assert "not_dicom: not a DICOM file" in words
    assert "conflicting_instance: an instance UID that is known already, with other content" in words
    assert str(tmp_path) not in words
    code, status = run_json(capsys, "status", archive, "--quarantined")
    assert code == 0
    assert [entry["reason"] for entry in status["quarantined"]] == ["conflicting_instance"]
    assert "other.dcm" not in json.dumps(status)


def test_index_again_is_unchanged(archive, capsys):
    code, built = run_json(capsys, "index", archive)
    assert (code, built["changed"], built["encoded_images"]) == (0, False, 0)


def test_search_prints_hits_with_sentence_channels_and_the_synthetic_mark(archive, capsys):
    assert main(["search", archive, "pleural effusion", "-k", "3"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("  1. st_")
    assert "[SYNTHETIC]" in captured.out
    assert "image #" in captured.out
    assert "studies searched in" in captured.err


def test_search_json_holds_the_whole_answer(archive, capsys):
    code, answer = run_json(
        capsys, "search", archive, "nodule", "--modality", "ct", "--channel", "image", "--floor", "none"
    )
    assert code == 0
    assert answer["query"]["text"] == "nodule"
    assert {hit["modality"] for hit in answer["hits"]} == {"CT"}
    assert {match["channel"] for hit in answer["hits"] for match in hit["matches"]} == {"image"}


def test_verify_finds_nothing_then_the_flipped_byte(archive, tmp_path, capsys):
    assert main(["verify", archive, "--deep"]) == 0
    assert capsys.readouterr().out.startswith("digest ")
    damaged = tmp_path / "damaged"
    shutil.copytree(archive, damaged)
    vectors = max((damaged / "index").rglob("*.npy"), key=lambda path: path.stat().st_size)
    raw = bytearray(vectors.read_bytes())
    raw[len(raw) // 2] ^= 1
    vectors.write_bytes(raw)
    assert main(["verify", str(damaged)]) == EXIT_ERROR
    assert "index" in capsys.readouterr().out
    assert main(["search", str(damaged), "effusion"]) == EXIT_ERROR
    assert "damaged" in capsys.readouterr().err


def test_evaluate_prints_each_way_beside_random(archive, tmp_path, capsys):
    code, evaluation = run_json(capsys, "evaluate", archive, "--queries", "5", "--out", str(tmp_path / "out"))
    assert code == 0
    search = next(section for section in evaluation["sections"] if section["key"] == "search")
    figures = {figure["key"]: figure for panel in search["panels"] for figure in panel["figures"]}
    assert {key.split("/")[1] for key in figures} >= {"image vectors only", "fused (with lookup)"}
    assert all(0 <= figure["random"] <= 1 and figure["n"] == 5 for figure in figures.values())
    assert "no clinical performance" in evaluation["header"]["synthetic"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"evaluation.json", "evaluation.html", "cache"}


def test_making_an_archive_where_one_is_is_an_error(archive, capsys):
    assert main(["init", archive]) == EXIT_ERROR
    assert "archive already" in capsys.readouterr().err


def test_an_unknown_filter_in_the_query_lists_the_known_ones(archive, capsys):
    assert main(["search", archive, "effusion colour:red"]) == EXIT_ERROR
    message = capsys.readouterr().err
    assert "modality" in message
    assert "Traceback" not in message
