"""Two hundred drawn pairs fine-tuned by the command: planned, killed half-way, resumed to the same bytes, then used."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from radseek import load_encoder
from radseek.cli.main import main

# Imported while tests are collected: an import that a test's time limit cuts off half-way spoils every later test.
for heavy in ("monai.transforms", "sklearn.metrics", "torch._dynamo"):
    importlib.import_module(heavy)

pytestmark = pytest.mark.timeout(900)  # interpreters start here, which takes minutes where processors are shared

N = 200
FINDINGS = ("left effusion", "right effusion", "pneumothorax", "normal chest")
STEPS = ("--epochs", "10", "--batch-size", "32", "--rate", "50", "--name", "tuned")
# A shell that starts its jobs in the background makes them deaf to SIGINT, and they their children.
FOLLOW = """
import signal, sys, torch
signal.signal(signal.SIGINT, signal.default_int_handler)
torch.set_num_threads(1)
from radseek.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def draw(finding: str, rng: np.random.Generator) -> np.ndarray:
    """A grey chest with a bright patch where the finding is."""
    pixels = rng.integers(40, 80, (64, 64)).astype(np.uint8)
    places = {"left effusion": np.s_[44:, 36:], "right effusion": np.s_[44:, :28], "pneumothorax": np.s_[:20, 8:24]}
    if finding in places:
        pixels[places[finding]] += np.uint8(150)
    return pixels


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Picture and report of 200 patients; columns as a hospital may call them, and no split."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(7)
    with (folder / "ours.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["File Name", "Patient ID", "Report"])
        for place in range(N):
            finding = FINDINGS[place % len(FINDINGS)]
            Image.fromarray(draw(finding, rng)).save(folder / f"{place}.png")
            writer.writerow([f"{place}.png", f"P{place:03d}", f"HISTORY: pain\nFINDINGS: There is {finding}."])
    return folder / "ours.csv"


@pytest.fixture(scope="module")
def start(tmp_path_factory, tiny_encoder_folder) -> Path:
    """The tiny encoder: its towers are random, so that `--rate` has to be much larger than for a trained one."""
    return tiny_encoder_folder


def command(table: Path, start: Path, out: Path, *more: str) -> list[str]:
    return ["train", "--table", str(table), "--start", str(start), "--out", str(out), *STEPS, *more]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, table, start):
    """Folder, printed JSON and shown lines of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    printed, shown = io.StringIO(), io.StringIO()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(shown):
        assert main(command(table, start, out, "--json")) == 0
    torch.set_num_threads(threads)
    return out, json.loads(printed.getvalue()), shown.getvalue()


def files_of(checkpoint: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in checkpoint.iterdir()}


def test_a_dry_run_tells_all_and_trains_nothing(table, start, tmp_path, capsys):
    assert main(command(table, start, tmp_path / "dry", "--dry-run", "--json")) == 0
    shown = capsys.readouterr()
    plan = json.loads(shown.out)
    assert (plan["train"]["pictures"], plan["val"]["pictures"]) == (160, 40)
    assert "160 patients" in shown.err
    assert "image = 'File Name', report = 'Report', patient_id = 'Patient ID'" in shown.err
    assert "no split column: 20% of the patients" in shown.err
    assert not (tmp_path / "dry" / "checkpoint").exists()


def test_it_learns_and_says_so(whole):
    out, result, shown = whole
    figures = {(f["direction"], f["measure"]): f for f in result["comparison"]["figures"]}
    deciding = figures["text_to_study", "mrr"]
    assert deciding["before"]["n"] == 40
    assert "epoch 1 of 10: loss" in shown
    assert (out / "history.csv").read_text().startswith("epoch,loss,")
    assert json.loads((out / "comparison.json").read_text()) == result["comparison"]
    # four kinds of identical reports, so that a study of the right kind is right
    assert figures["text_to_study", "success@1"]["random"] == pytest.approx(0.25, abs=0.08)
    assert deciding["after"]["value"] > deciding["before"]["value"]
    assert result["comparison"]["is_better"]
    assert result["comparison"]["verdict"].startswith("Better on the val part")


def test_killed_half_way_and_resumed_ends_with_the_same_bytes(whole, table, start, tmp_path):
    out = tmp_path / "killed"
    words = command(table, start, out)
    victim = subprocess.Popen(
        [sys.executable, "-c", FOLLOW, *words], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    index = out / "state" / "state.json"
    try:
        while not index.is_file() or json.loads(index.read_text())["epochs_done"] < 3:
            assert victim.poll() is None, "ended before it could be killed"
            time.sleep(0.005)
    finally:
        victim.send_signal(signal.SIGKILL)
        assert victim.wait() in {-signal.SIGKILL, 0}
    assert json.loads(index.read_text())["epochs_done"] < 10
    assert main(words) == 0
    assert files_of(out / "checkpoint") == files_of(whole[0] / "checkpoint")
    assert (out / "history.json").read_bytes() == (whole[0] / "history.json").read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is POSIX")
def test_ctrl_c_ends_with_a_plain_message_and_code_130(table, start, tmp_path):
    out = tmp_path / "stopped"
    words = [sys.executable, "-c", FOLLOW, *command(table, start, out)]
    victim = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    while not (out / "state" / "state.json").is_file():
        assert victim.poll() is None
        time.sleep(0.005)
    victim.send_signal(signal.SIGINT)
    shown = victim.communicate()[1]
    assert victim.returncode == 130
    assert "stopped; all whole epochs are kept. The same command goes on from there." in shown
    assert "Traceback" not in shown


def test_the_checkpoint_works_at_once(whole, table, tmp_path, capsys):
    checkpoint = whole[0] / "checkpoint"
    spec = load_encoder(checkpoint).spec
    assert spec.id == "tuned"
    assert spec.training_sets == ("none", "ours")
    archive = str(tmp_path / "archive")
    assert main(["init", archive, "--encoder", str(checkpoint)]) == 0
    columns = {"image": "File Name", "study_id": "File Name", "patient_id": "Patient ID", "text": "Report"}
    (tmp_path / "map.yaml").write_text(json.dumps({**columns, "modality": {"value": "DX"}}))
    assert main(["ingest", archive, str(table), "--map", str(tmp_path / "map.yaml")]) == 0
    assert main(["index", archive]) == 0
    capsys.readouterr()
    assert main(["search", archive, "left effusion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hits"]
    # and the archive can fine-tune in its turn
    out = tmp_path / "from-archive"
    words = ["train", "--archive", archive, "--start", str(checkpoint), "--out", str(out), "--epochs", "1"]
    assert main([*words, "--freeze", "image", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["comparison"]["n_studies"] == 40
    with (out / "pairs" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == N
    assert not {row["patient_id"] for row in rows} & {f"P{place:03d}" for place in range(N)}  # keys, not identifiers
    assert {row["findings"] for row in rows} == {f"There is {finding}." for finding in FINDINGS}


def test_settings_that_do_not_fit_are_refused(table, start, tmp_path, capsys):
    assert main(["train"]) == 1
    assert "give one of: a training configuration, --table or --archive" in capsys.readouterr().err
    assert main(["train", "--table", str(table)]) == 1
    assert "need --out" in capsys.readouterr().err
    assert main(["train", "x.yaml", "--epochs", "3"]) == 1
    assert "--epochs: only with --table or --archive" in capsys.readouterr().err
    assert main(["train", str(table)]) == 1
    assert f"give a table as --table {table}" in capsys.readouterr().err
    assert main(command(table, tmp_path / "nowhere", tmp_path / "out")) == 1
    assert "is no shipped encoder" in capsys.readouterr().err


def test_a_shipped_encoder_is_named_by_its_name(table, tmp_path, capsys):
    words = ["train", "--table", str(table), "--out", str(tmp_path / "out"), "--dry-run", "--batch-size", "8"]
    assert main(words) == 0
    assert "about" in capsys.readouterr().err
