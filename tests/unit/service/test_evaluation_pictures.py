"""Tables as tested pictures: defaults of a plain CSV, splits as training makes them, errors that say the way out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from radseek.errors import ConfigError, InputError
from radseek.images import Preprocessing
from radseek.service.evaluation.config import Places, plain_table_target, read_table_target
from radseek.service.evaluation.embedding import VectorCache
from radseek.service.evaluation.pictures import (
    choose_tested,
    choose_trained,
    parse_age,
    read_pictures,
)
from radseek.training.config import PromptsConfig, TableConfig, TrainingConfig
from radseek.training.own_table import ALIASES
from radseek.training.pairs import read_pairs


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_plain_table_needs_an_image_and_a_text(tmp_path):
    table = write_csv(
        tmp_path / "t.csv", [{"image": "a.png", "caption": "An effusion."}, {"image": "b.png", "caption": ""}]
    )
    target = plain_table_target(table)
    pictures = choose_tested(target, read_pictures(target))
    assert [(p.key, p.image, p.image_texts) for p in pictures] == [
        ("t row 1", tmp_path / "a.png", ("An effusion.",)),
        ("t row 2", tmp_path / "b.png", ()),
    ]
    assert len({p.study for p in pictures}) == len({p.patient for p in pictures}) == 2
    assert choose_trained(target, pictures) == []


def test_a_text_without_words_is_none(tmp_path):
    rows = [{"image": f"{n}.png", "caption": text} for n, text in enumerate(("-", " . ", "2 mm"))]
    target = plain_table_target(write_csv(tmp_path / "t.csv", rows))
    assert [picture.image_texts for picture in read_pictures(target)] == [(), (), ("2 mm",)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"caption": "x"}, "no picture column .*; it has: caption"),
        ({"image": "a.png"}, "neither a text nor a labels column"),
        ({"image": "a.png", "colour": "red"}, "it has: image, colour"),
    ],
)
def test_a_plain_table_without_them_is_refused(tmp_path, row, message):
    with pytest.raises(ConfigError, match=message):
        plain_table_target(write_csv(tmp_path / "t.csv", [row]))


def test_an_empty_table_is_refused(tmp_path):
    (tmp_path / "t.csv").touch()
    with pytest.raises(ConfigError, match="it has: none"):
        plain_table_target(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("image,caption\n")
    with pytest.raises(InputError, match="no row to evaluate"):
        read_pictures(plain_table_target(tmp_path / "t.csv"))


@pytest.mark.parametrize("place", [0, 1])
def test_every_name_that_training_knows_is_known(tmp_path, place):
    names = {ours: known[place].upper() for ours, known in ALIASES.items()}
    row = {
        "image": "a.png", "caption": "A mass.", "findings": "A nodule.", "labels": "Effusion|Cardiomegaly",
        "patient_id": "p", "study_id": "s", "split": "Validation",
    }  # fmt: skip
    table = write_csv(tmp_path / "t.csv", [{names[ours]: value for ours, value in row.items()}])
    target = plain_table_target(table)
    (picture,) = choose_tested(target, read_pictures(target))
    assert (picture.image, picture.image_texts, picture.study_texts) == (
        tmp_path / "a.png", ("A mass.",), ("A nodule.",)
    )  # fmt: skip
    assert (picture.patient, picture.study, picture.split) == ("t/p", "t/s", "val")
    assert picture.findings == {"effusion", "cardiomegaly"}


def test_parts_are_known_by_their_other_names(tmp_path):
    rows = [
        {"image": f"{n}.png", "text": "A mass.", "subset": split, "label": "Effusion; Cardiomegaly"}
        for n, split in enumerate(("Training", "TEST", "testing", "extra", ""))
    ]
    target = plain_table_target(write_csv(tmp_path / "t.csv", rows))
    pictures = read_pictures(target)
    assert [p.key for p in choose_tested(target, pictures)] == ["t row 2", "t row 3"]
    assert [p.key for p in choose_trained(target, pictures)] == ["t row 1", "t row 4"]
    assert {p.findings for p in pictures} == {frozenset({"effusion", "cardiomegaly"})}


def test_the_test_part_is_tested_before_val_and_the_rest_was_trained(tmp_path):
    rows = [{"image": f"{n}.png", "findings": "x", "split": split} for n, split in enumerate(("train", "val", "test"))]
    target = plain_table_target(write_csv(tmp_path / "t.csv", rows))
    pictures = read_pictures(target)
    assert [p.key for p in choose_tested(target, pictures)] == ["t row 3"]
    assert [p.key for p in choose_trained(target, pictures)] == ["t row 1", "t row 2"]
    target = plain_table_target(write_csv(tmp_path / "t.csv", rows[:2]))
    assert [p.split for p in choose_tested(target, read_pictures(target))] == ["val"]


def test_a_part_that_is_empty_names_those_there_are(tmp_path):
    rows = [{"image": "a.png", "findings": "x", "split": "train"}]
    target = plain_table_target(write_csv(tmp_path / "t.csv", rows))
    with pytest.raises(InputError, match="there are train"):
        choose_tested(target, read_pictures(target))


def test_covariates_are_read_where_they_are_there(tmp_path):
    row = {
        "image": "a.png",
        "labels": "Effusion|Mystery",
        "modality": "dx",
        "view": "PA",
        "sex": "female",
        "age": "044Y",
    }
    target = plain_table_target(write_csv(tmp_path / "t.csv", [row]))
    (picture,) = read_pictures(target)
    assert (picture.modality, picture.view, picture.sex, picture.age_years) == ("DX", "PA", "F", 44)
    assert picture.findings == {"effusion"}


@pytest.mark.parametrize(
    ("text", "years"),
    [("44", 44), ("044Y", 44), ("18 months", 1.5), ("006M", 0.5), ("1-5 y (cohort)", None), ("", None), ("999", None)],
)
def test_ages(text, years):
    assert parse_age(text) == years


def test_a_label_may_be_known_by_its_beginning():
    labels = {"Pneumonia*": ("pneumonia",), "Pneumonia, viral*": ("viral",), "Normal": ("normal",)}
    findings = {finding: (finding,) for finding in ("pneumonia", "viral", "normal")}
    prompts = PromptsConfig(frames=("{}",), findings=findings, labels=labels)
    assert prompts.stated_by("Normal") == ("normal",)
    assert prompts.stated_by("Pneumonia, viral, mild") == ("viral",)
    assert prompts.stated_by("Pneumonia, bacterial") == ("pneumonia",)
    assert prompts.stated_by("Other") == ()


def test_a_table_without_splits_is_split_as_training_splits_it(tmp_path):
    for n in range(60):
        (tmp_path / f"{n}.png").touch()
    rows = [{"image": f"{n}.png", "study_id": f"s{n}", "patient_id": f"p{n}", "findings": "x"} for n in range(60)]
    write_csv(tmp_path / "t.csv", rows)
    table = TableConfig(name="t", path=Path("t.csv"), study_texts=("findings",), split_column="")
    prompts = PromptsConfig(frames=("{}",), findings={}, labels={})
    training = TrainingConfig("x", tmp_path, Preprocessing("p", 8), (table,), prompts, "none", data_root=tmp_path)
    (tmp_path / "e.yaml").write_text(YAML.replace("[findings]", '[findings], split_column: ""'))
    pictures = read_pictures(read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path)))
    assert [picture.split for picture in pictures] == [pair.split for pair in read_pairs(training)]
    assert {picture.split for picture in pictures} == {"train", "val"}


YAML = """
name: t
tables: [{name: t, path: t.csv, study_texts: [findings]}]
prompts: {frames: ["{}"], findings: {effusion: [effusion]}, labels: {}}
"""


def test_a_configuration_names_its_tables(tmp_path):
    (tmp_path / "e.yaml").write_text(YAML)
    target = read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path))
    assert target.config.tested == ("t",)
    row = {"image": "a.png", "study_id": "s", "patient_id": "p", "split": "val", "findings": "x"}
    write_csv(tmp_path / "t.csv", [row])
    assert [p.study for p in choose_tested(target, read_pictures(target))] == ["t/s"]


def test_a_study_may_be_left_out_and_must_be_there(tmp_path):
    rows = [
        {"image": f"{n}.png", "study_id": f"s{n}", "patient_id": "p", "split": "val", "findings": "x"} for n in "ab"
    ]
    write_csv(tmp_path / "t.csv", rows)
    (tmp_path / "e.yaml").write_text(YAML + "left_out: [t/sa]\n")
    target = read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path))
    assert [p.study for p in choose_tested(target, read_pictures(target))] == ["t/sb"]
    (tmp_path / "e.yaml").write_text(YAML + "left_out: [t/sz]\n")
    target = read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path))
    with pytest.raises(ConfigError, match="1 of the studies to leave out are in no table"):
        choose_tested(target, read_pictures(target))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("tested: [u]\n", "no table u; known: t"),
        ("tested_split: train\n", "both tested and trained"),
        ("colour: red\n", "unknown key colour"),
        ("boxes: [{table: u, path: b.csv, labels: {}}]\n", "no table u"),
    ],
)
def test_a_wrong_configuration_says_what_is_known(tmp_path, more, message):
    (tmp_path / "e.yaml").write_text(YAML + more)
    with pytest.raises(ConfigError, match=message):
        read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path))


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "e.yaml").write_text(YAML)
    write_csv(tmp_path / "t.csv", [{"image": "a.png", "study_id": "s", "split": "val", "findings": "x"}])
    with pytest.raises(ConfigError, match="no column patient_id"):
        read_pictures(read_table_target(tmp_path / "e.yaml", Places(data_root=tmp_path)))


def test_the_shipped_configuration_is_whole():
    from radseek.records.config import config_folder

    target = read_table_target(config_folder() / "evaluation" / "radseek-mini.yaml", Places())
    assert {"medpix2", "nih_cxr14"} == set(target.config.tested)
    assert {finding for boxes in target.config.boxes for names in boxes.labels.values() for finding in names} <= set(
        target.prompts.findings
    )


def test_a_cache_comes_back_and_a_torn_one_is_forgotten(tmp_path):
    import numpy as np

    file = tmp_path / "cache" / "vectors.npz"
    cache = VectorCache(file)
    cache.put("a", "k", np.arange(3))
    cache.put("b", "k", np.ones((2, 2)))
    cache.flush()
    again = VectorCache(file)
    assert again.get("a", "k").tolist() == [0, 1, 2]
    assert again.get("b", "k").shape == (2, 2)
    assert again.get("a", "other") is None
    file.write_bytes(file.read_bytes()[:100])
    assert VectorCache(file).get("a", "k") is None
