"""`radseek encoders`: what it lists, shows, adds and checks, in words and in JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from radseek.cli.main import main

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "encoders" / "public"))


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch, tmp_path):
    monkeypatch.setenv("RADSEEK_ENCODERS", str(tmp_path / "encoders"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    pytest.importorskip("transformers", reason="transformers (radseek[public-encoders]) is not installed")
    from tiny_checkpoints import write_pair

    return write_pair("clip", tmp_path_factory.mktemp("cli") / "clip")


def test_the_list_says_who_may_use_what_and_what_is_here(capsys):
    assert main(["encoders", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["radseek-mini"]["here"] == "shipped"
    assert rows["medsiglip"]["here"] == "no"
    assert "accept" in rows["medsiglip"]["gating"]
    assert rows["rad-dino"]["role"] == "image tower"
    assert "NIH ChestX-ray14" in rows["rad-dino"]["training_sets"]
    assert main(["encoders"]) == 0
    shown = capsys.readouterr()
    assert "medsiglip" in shown.out
    assert "encoders show NAME" in shown.err


def test_show_gives_everything_that_is_known(capsys):
    assert main(["encoders", "show", "biomedclip", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["hub_id"].startswith("microsoft/BiomedCLIP")
    assert "open_clip_pytorch_model.bin" in shown["to_fetch"]
    assert main(["encoders", "show", "radseek-mini"]) == 0
    assert "training_sets" in capsys.readouterr().out


def test_check_and_add_prove_a_folder(clip_folder, capsys):
    assert main(["encoders", "check", str(clip_folder)]) == 0
    assert "tiny-clip loads and behaves: pair, 24 dimensions" in capsys.readouterr().out
    assert main(["encoders", "add", str(clip_folder / "radseek-encoder.yaml"), str(clip_folder), "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["grid"] == [4, 4]
    assert checked["training_sets"] == ["random"]


def test_a_folder_that_fails_its_check_gets_no_manifest(tmp_path, capsys):
    (tmp_path / "config.json").write_text('{"model_type": "dinov2"}')
    assert main(["encoders", "add", "biomedclip", str(tmp_path)]) == 1
    assert "lacks open_clip_config.json" in capsys.readouterr().err
    assert not (tmp_path / "radseek-encoder.yaml").exists()


def test_a_public_encoder_indexes_and_searches_an_archive(clip_folder, tmp_path, capsys):
    import numpy as np
    from PIL import Image

    pictures = tmp_path / "pictures"
    pictures.mkdir()
    rows = ["study_id,patient_id,image,report"]
    for place, words in enumerate(("Left pleural effusion.", "Small pneumothorax.", "Normal chest.")):
        Image.fromarray(np.random.default_rng(place).integers(0, 255, (40, 40), dtype=np.uint8)).save(
            pictures / f"{place}.png"
        )
        rows.append(f"s{place},p{place},pictures/{place}.png,{words}")
    (tmp_path / "table.csv").write_text("\n".join(rows) + "\n")
    archive = str(tmp_path / "archive")
    assert main(["init", archive, "--encoder", str(clip_folder)]) == 0
    assert main(["ingest", archive, str(tmp_path / "table.csv"), "--map", str(column_map(tmp_path))]) == 0
    assert main(["index", archive]) == 0
    capsys.readouterr()
    assert main(["search", archive, "pleural effusion", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["hits"]) == 3
    assert {match["channel"] for hit in answer["hits"] for match in hit["matches"]} >= {"image", "sentence"}


def column_map(folder: Path) -> Path:
    path = folder / "map.yaml"
    path.write_text("image: image\nstudy_id: study_id\npatient_id: patient_id\ntext: report\n")
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nowhere"], "no preset 'nowhere'; known: "),
        (["check", "biomedclip"], "radseek encoders get biomedclip"),
        (["add", "biomedclip"], "`add` takes 2 arguments"),
        (["get", "xray-dinov2"], "pins no revision"),
        (["get", "rad-dino", "--revision", "abc"], "--revision goes with"),
        (["get", "monai-resnet50"], "comes from no hub"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words, said, capsys):
    assert main(["encoders", *words]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
