"""`radseek evaluate` as typed, on a small table with a tiny encoder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from radseek.cli.evaluate import shown_command
from radseek.cli.main import EXIT_ERROR, main

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))

pytestmark = pytest.mark.xdist_group("evaluate_command")


@pytest.fixture(scope="module")
def words(tmp_path_factory, tiny_encoder_folder):
    """The command's words, after one run that has filled the cache."""
    from evaluation_kit import clean_rows, write_table

    folder = tmp_path_factory.mktemp("evaluate")
    table = write_table(folder, clean_rows())
    words = ["evaluate", str(table), "--encoder", str(tiny_encoder_folder), "--out", str(folder / "out")]
    assert main(words) == 0
    return words


@pytest.fixture(scope="module")
def report(words):
    return json.loads((Path(words[-1]) / "evaluation.json").read_text(encoding="utf-8"))


def figures_of(report):
    return {f["key"]: f for section in report["sections"] for panel in section["panels"] for f in panel["figures"]}


def test_every_section_has_figures_or_says_why_not(report):
    assert [section["key"] for section in report["sections"]] == [
        "pairs", "relevance", "auroc", "polarity", "grounding", "trust", "controls", "subgroups", "health", "system",
    ]  # fmt: skip
    for section in report["sections"]:
        assert bool(section["panels"]) != bool(section["why_not"]), section["key"]


def test_the_header_says_what_the_figures_rest_on(report):
    header = report["header"]
    (dataset,) = header["datasets"]
    assert (dataset["n_pictures"], dataset["n_studies"], dataset["n_patients"]) == (24, 12, 12)
    assert dataset["random"] == 10 / 12
    assert header["encoder"] == "tiny"
    assert header["training_sets"] == ["none"]
    assert "'test' is tested; train was trained on" in header["split_rule"]


def test_figures_stand_beside_chance_and_are_in_range(report):
    figures = figures_of(report)
    assert len(figures) == sum(len(p["figures"]) for s in report["sections"] for p in s["panels"])  # no key twice
    asked = figures["pairs/pairs/caption/text_to_study/all/strict/success@10"]
    assert asked["n"] == 24
    assert asked["random"] == pytest.approx(10 / 12)
    assert asked["low"] <= asked["value"] <= asked["high"]
    for key, figure in figures.items():
        if figure["low"] is not None and figure["value"] is not None:
            assert figure["low"] <= figure["high"], key
        if "success@" in key and "difference" not in key:
            assert 0 <= figure["value"] <= 1, key


def test_lookup_finds_every_report_and_its_removal_does_not(report):
    figures = figures_of(report)
    kept = figures["controls/pairs/report/words only, own text kept (record lookup)/success@10"]["value"]
    removed = figures["controls/pairs/report/words only, own text removed/success@10"]["value"]
    assert kept == 1
    assert removed < kept


def test_nothing_of_a_patient_is_in_the_files(words):
    for name in ("evaluation.json", "evaluation.html"):
        text = (Path(words[-1]) / name).read_text(encoding="utf-8")
        for secret in ("SECRET-", "Seen beside it", "200.png", str(Path(words[1]).parent)):
            assert secret not in text, (name, secret)


def test_the_same_seed_gives_the_same_figures_but_for_speed(words, report, capsys):
    assert main([*words, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert figures_of(again).keys() == figures_of(report).keys()
    for key, figure in figures_of(again).items():
        assert key.startswith("system/") or figure == figures_of(report)[key]


def test_a_card_is_filled_from_a_run_that_was_made_before(words, tmp_path, capsys):
    card = tmp_path / "card.md"
    card.write_text("<!-- figures-short: begin -->\n<!-- figures-short: end -->\n")
    assert main(["evaluate", str(Path(words[-1]) / "evaluation.json"), "--card", str(card)]) == 0
    assert "| question | figure | chance |" in card.read_text()
    assert "pairs: the caption of one picture" in card.read_text()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere.csv", "nothing to evaluate"),
        ("t.parquet", "archive folder, a .yaml"),
        ("folder", "not a radseek archive"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_plainly(target, message, tmp_path, capsys):
    (tmp_path / "t.parquet").touch()
    (tmp_path / "folder").mkdir()
    assert main(["evaluate", str(tmp_path / target), "--out", str(tmp_path / "out")]) == EXIT_ERROR
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_missing_picture_is_named_by_its_row(tmp_path, tiny_encoder_folder, capsys):
    (tmp_path / "t.csv").write_text("image,caption\nJohn-Doe.png,An effusion.\n")
    words = ["evaluate", str(tmp_path / "t.csv"), "--encoder", str(tiny_encoder_folder), "--out", str(tmp_path / "out")]
    assert main(words) == EXIT_ERROR
    error = capsys.readouterr().err
    assert "t row 1: a picture cannot be read" in error
    assert "John" not in error


def test_the_command_is_shown_without_the_folders_of_this_machine():
    typed = [
        "evaluate",
        "/home/me/our pairs.csv",
        "--data-root",
        "/secret",
        "--out=/tmp/x",
        "--seed",
        "3",
        "--card",
        "a.md",
    ]
    assert shown_command(typed) == "radseek evaluate 'our pairs.csv' --data-root DATA --seed 3"


def test_figures_are_those_of_trainings_own_validation(tmp_path, tiny_encoder_folder, capsys):
    from evaluation_kit import rows_of, write_table

    from radseek.encoders import load_encoder
    from radseek.images import Preprocessing
    from radseek.service.evaluation.config import default_prompts
    from radseek.training.config import TableConfig, TrainingConfig, ValidationConfig
    from radseek.training.validation import evaluate_pairs

    write_table(tmp_path, [*rows_of(12, "train", 100), *rows_of(36, "val", 200)])
    (tmp_path / "e.yaml").write_text(
        "name: both\ngallery_sizes: []\n"
        "tables:\n  - {name: drawn, path: pairs.csv, image_texts: [caption],"
        " labels_column: labels, labels_complete: true}\n"
    )
    words = [
        "evaluate",
        str(tmp_path / "e.yaml"),
        "--data-root",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
        "--json",
    ]
    assert main([*words, "--encoder", str(tiny_encoder_folder)]) == 0
    figures = figures_of(json.loads(capsys.readouterr().out))
    table = TableConfig("drawn", Path("pairs.csv"), ("caption",), labels_column="labels", labels_complete=True)
    training = TrainingConfig(
        "both", tmp_path / "run", Preprocessing("p", 8), (table,), default_prompts(), "none",
        validation=ValidationConfig("drawn", "drawn", min_positives=3), data_root=tmp_path,
    )  # fmt: skip
    known = evaluate_pairs(training, load_encoder(tiny_encoder_folder))
    for measure in ("success@1", "success@5", "success@10", "mrr"):
        asked = figures[f"pairs/drawn/caption/text_to_study/all/strict/{measure}"]
        assert asked["value"] == pytest.approx(known[f"caption_to_case/{measure}"], abs=1e-9)
        assert asked["n"] == known["caption_to_case/queries"] == 36
    assert figures["auroc/drawn/labels/macro"]["value"] == pytest.approx(known["findings/macro_auroc"], abs=1e-9)
