"""Planted leaks: each makes the evaluation end with its reason, before anything is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from evaluation_kit import PLANTS, clean_rows, drawing, rows_of, write_table
from PIL import Image

from radseek.cli.main import EXIT_ERROR, EXIT_INTERRUPTED, main
from radseek.errors import InputError
from radseek.service.evaluation import EvaluateOptions, evaluate

pytestmark = pytest.mark.xdist_group("evaluate")


@pytest.fixture
def options(tmp_path, tiny_encoder_folder):
    return EvaluateOptions(encoder=str(tiny_encoder_folder), out=tmp_path / "out")


@pytest.mark.parametrize("reason", PLANTS)
def test_a_planted_leak_ends_it_with_the_reason_and_names_no_one(reason, tmp_path, options):
    rows = clean_rows()
    PLANTS[reason](tmp_path, rows)
    table = write_table(tmp_path, rows)
    with pytest.raises(InputError, match=reason) as caught:
        evaluate(table, options)
    message = str(caught.value)
    assert "pairs row" in message
    assert "SECRET" not in message
    assert ".png" not in message
    assert message.count(" tested, ") == 1 or reason == "the same study"  # the study's texts come with it
    assert not (tmp_path / "out" / "evaluation.html").exists()


def test_nothing_planted_nothing_found(tmp_path, options):
    report = evaluate(write_table(tmp_path, clean_rows()), options).report
    assert report.leaks == ()
    assert "24 pictures of the training part" in report.header.leak_check
    assert "No patient" in report.header.leak_check


def test_leaks_may_be_allowed_and_then_stand_first_on_the_page(tmp_path, options, capsys):
    rows = clean_rows()
    PLANTS["the same patient"](tmp_path, rows)
    table = write_table(tmp_path, rows)
    words = ["evaluate", str(table), "--encoder", options.encoder, "--out", str(options.out)]
    assert main(words) == EXIT_ERROR
    assert "the same patient is in both parts: " in capsys.readouterr().err
    assert main([*words, "--allow-leaks"]) == 0
    assert "LEAK: the same patient" in capsys.readouterr().out
    page = (options.out / "evaluation.html").read_text()
    assert 'class="leaks bad"' in page
    assert page.index("must not be quoted") < page.index("Pair retrieval")
    card = tmp_path / "card.md"
    card.write_text("<!-- figures: begin -->\nold\n<!-- figures: end -->\n")
    assert main([*words, "--allow-leaks", "--card", str(card)]) == EXIT_ERROR
    assert "old" in card.read_text()


def test_another_table_is_compared_by_plain_patient_pixels_and_text(tmp_path, options):
    tested = write_table(tmp_path / "tested", rows_of(8, "test", 200))
    (tmp_path / "other" / "images").mkdir(parents=True)
    rows = rows_of(6, "", 300)
    clean = write_table(tmp_path / "other", rows, "clean.csv")
    from dataclasses import replace

    assert evaluate(tested, replace(options, against=clean)).report.leaks == ()
    rows[0]["patient_id"] = "SECRET-999"
    Image.fromarray(drawing(203)).save(tmp_path / "other" / "images" / "302.png")
    leaking = write_table(tmp_path / "other", rows, "leaking.csv")
    with pytest.raises(InputError, match="same pixels") as caught:
        evaluate(tested, replace(options, against=leaking))
    assert "the same patient is in both parts" not in str(caught.value)
    rows[0]["patient_id"] = "SECRET-100"
    leaking = write_table(tmp_path / "other", rows, "leaking.csv")
    with pytest.raises(InputError, match="same patient"):
        evaluate(tested, replace(options, against=leaking))


def test_tables_without_ids_are_not_compared_by_their_row_numbers(tmp_path, options):
    from dataclasses import replace

    def bare(start, folder):
        rows = [{"image": r["image"], "findings": r["findings"]} for r in rows_of(6, "", start)]
        return write_table(tmp_path / folder, rows)

    report = evaluate(bare(400, "a"), replace(options, against=bare(500, "b"))).report
    assert report.leaks == ()


def test_an_interrupted_run_leaves_no_half_files_and_goes_on(tmp_path, tiny_encoder_folder):
    table = write_table(tmp_path, clean_rows())
    out = tmp_path / "out"
    words = ["evaluate", str(table), "--encoder", str(tiny_encoder_folder), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "radseek.cli.main", *words]

    def restore():  # a shell's background job ignores the signal
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    told = tmp_path / "told.txt"
    with told.open("w") as file:
        process = subprocess.Popen(command, stderr=file, env=environment, preexec_fn=restore)
    deadline = time.monotonic() + 120
    while "\nmeasure" not in told.read_text() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    status = process.wait(timeout=120)
    rest = told.read_text()
    assert status == EXIT_INTERRUPTED, rest
    assert "interrupted" in rest
    assert "Traceback" not in rest
    assert [path.name for path in out.iterdir()] == ["cache"]
    assert [path.name for path in (out / "cache").iterdir()] == ["vectors.npz"]
    assert main(words) == 0
    assert {path.name for path in out.iterdir()} == {"cache", "evaluation.json", "evaluation.html"}
