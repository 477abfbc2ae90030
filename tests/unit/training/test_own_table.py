"""Any sensible table becomes training pairs: columns by their names, splits by patient, nothing left out uncounted."""

import csv
import dataclasses
import json
from datetime import date

import numpy as np
import pytest
from PIL import Image

from radseek.dicom import ImageAttributes, StudyAttributes, uid_from, write_image
from radseek.encoders.checkpoint import write_checkpoint
from radseek.errors import ArtifactError, ConfigError, DecodeError, InputError
from radseek.images import Preprocessing, fit_square
from radseek.records.config import read_config
from radseek.records.instances import Window
from radseek.records.progress import no_progress
from radseek.training import TrainingConfig, train
from radseek.training.batches import count_batches
from radseek.training.own_table import find_columns, read_own_table, write_own_table
from radseek.training.pairs import read_pairs
from radseek.training.pixels import fit_pixels
from radseek.training.plan import plan_training
from radseek.training.recipe import FREEZE, FineTuneChoices, fine_tuning_config

PIXELS = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) % 200


def write(folder, rows, name="pairs.csv", delimiter=","):
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        image = folder / next(iter(row.values()))
        if image.suffix == ".png" and "absent" not in image.name:
            Image.fromarray(PIXELS.astype(np.uint8)).save(image)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def plain_rows(n, **more):
    return [
        {
            "Image Path": f"{i}.png",
            "Report Text": f"FINDINGS: Nodule {i}. IMPRESSION: Cancer {i}.",
            "Subject": f"p{i // 2}",
            **{name: value(i) for name, value in more.items()},
        }
        for i in range(n)
    ]  # fmt: skip


def test_columns_are_found_by_what_people_call_them():
    found = find_columns(["Filename", "Patient ID", "Finding Labels", "Conclusion", "subset"])
    assert found == {
        "image": "Filename",
        "patient_id": "Patient ID",
        "labels": "Finding Labels",
        "impression": "Conclusion",
        "split": "subset",
    }
    assert "report" not in find_columns(["image", "text", "findings"])  # text is the same once more
    assert find_columns(["image", "report", "text"])["report"] == "report"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ["scan", "report"],
            r"no picture column \(image, .*\); it has: scan, report\. Rename the one with the pictures",
        ),
        (
            ["image", "age"],
            r"neither a text nor a labels column \(.*\); it has: image, age\. Rename the one that says what",
        ),
        ([], "it has: none"),
    ],
)
def test_a_missing_column_is_told_with_those_that_are_there(header, message):
    with pytest.raises(ConfigError, match=message):
        find_columns(header)


def test_reports_give_findings_and_impression_and_patients_are_split_by_hash(tmp_path):
    table = read_own_table(write(tmp_path, plain_rows(40)))
    assert table.texts == ("report",)
    assert table.rows[3]["report"] == "Nodule 3. Cancer 3."
    split = {row["patient_id"]: row["split"] for row in table.rows}
    assert len(split) == 20
    assert sorted(split.values()).count("val") == 4  # a fifth
    assert {row["split"] for row in table.rows if row["patient_id"] == "p7"} == {split["p7"]}
    again = read_own_table(write(tmp_path / "b", plain_rows(40)[::-1]))
    assert {row["patient_id"]: row["split"] for row in again.rows} == split
    assert "20% of the patients" in table.notes[0]


def test_what_is_left_out_is_counted(tmp_path):
    rows = plain_rows(30, split=lambda i: ("Training", "valid", "TEST")[i % 3])
    rows[0]["Image Path"], rows[3]["Report Text"] = "absent.png", " "
    table = read_own_table(write(tmp_path, rows))
    assert table.left_out == {"picture not there": 1, "neither text nor labels": 1, "test part": 10}
    assert len(table.rows) + sum(table.left_out.values()) == 30
    assert "pictures are not there in row 1 (the header is row 0)" in table.notes
    assert {row["split"] for row in table.rows} == {"train", "val"}
    rows[5]["split"] = "holdout"
    with pytest.raises(ConfigError, match="row 6: split is 'holdout'; known: train"):
        read_own_table(write(tmp_path, rows))


def test_studies_of_different_patients_stay_apart_and_missing_columns_are_told(tmp_path):
    rows = plain_rows(20, study=lambda i: f"s{i % 2}")
    table = read_own_table(write(tmp_path, rows))
    assert len({row["study_id"] for row in table.rows}) == 20  # ten patients with two studies each
    for row in rows:
        del row["Subject"], row["study"]
    table = read_own_table(write(tmp_path, rows))
    assert "no patient column" in table.notes[0]
    assert len({row["patient_id"] for row in table.rows}) == 20


@pytest.mark.parametrize(("name", "delimiter"), [("pairs.tsv", "\t"), ("pairs.csv", ";")])
def test_other_delimiters(tmp_path, name, delimiter):
    assert len(read_own_table(write(tmp_path, plain_rows(20), name, delimiter)).rows) == 20


def test_tables_that_cannot_be_used(tmp_path):
    rows = plain_rows(20)
    for row in rows[:18]:
        row["Image Path"] = f"absent-{row['Image Path']}"
    with pytest.raises(InputError, match="18 of 20 pictures are not there; relative paths in column 'Image Path'"):
        read_own_table(write(tmp_path, rows))
    with pytest.raises(InputError, match="9 patients are too few to split"):
        read_own_table(write(tmp_path, plain_rows(18)))
    with pytest.raises(InputError, match="the table cannot be read: No such file"):
        read_own_table(tmp_path / "nothing.csv")
    (tmp_path / "latin.csv").write_bytes("image,report\na.png,größe".encode("latin-1"))
    with pytest.raises(InputError, match="save it as `CSV UTF-8`"):
        read_own_table(tmp_path / "latin.csv")
    with pytest.raises(InputError, match=r"can be used \(1 neither text nor labels\): each needs a picture"):
        read_own_table(write(tmp_path, [{"image": "0.png", "report": ""}]))
    (tmp_path / "bare.csv").write_text("image,report\n")
    with pytest.raises(InputError, match="it has no rows"):
        read_own_table(tmp_path / "bare.csv")
    for part in ("train", "val"):
        with pytest.raises(InputError, match=f"all usable rows are in the part '{part}' of column 'split': mark rows"):
            read_own_table(write(tmp_path, plain_rows(20, split=lambda i, part=part: part)))


def dicom(path, inverted=False):
    study = StudyAttributes(
        study_uid=uid_from("study"), patient_id="P1", study_date=date(2020, 1, 1), accession="A1", body_part="CHEST",
        sex="F", age_years=50, description="chest",
    )  # fmt: skip
    pixels = 200 - PIXELS if inverted else PIXELS
    attributes = ImageAttributes(
        study=study, series_uid=uid_from("series"), instance_uid=uid_from("image"), modality="DX",
        spacing_mm=(0.2, 0.2), window=Window(100, 200), inverted=inverted,
    )  # fmt: skip
    write_image(path, pixels, attributes)


def test_dicom_pictures_train_like_png(config, tmp_path):
    """The same picture as PNG, as DICOM, and as inverted DICOM without an ending, is the same training picture."""
    rows = plain_rows(24)
    path = write(tmp_path / "t", rows)
    dicom(tmp_path / "t" / "0.dcm")
    dicom(tmp_path / "t" / "noend", inverted=True)
    rows[0]["Image Path"], rows[1]["Image Path"] = "0.dcm", "noend"
    path = write(tmp_path / "t", rows)
    table = read_own_table(path)
    written = write_own_table(table, tmp_path / "out", "own")
    tuned = dataclasses.replace(config, tables=(written,), data_root=tmp_path / "out")
    preprocessing = Preprocessing("x", 32)
    pixels = fit_pixels(read_pairs(tuned)[:3], preprocessing, no_progress)
    expected = np.rint(fit_square(PIXELS.astype(np.float32) / 200, preprocessing) * 255)
    for picture in (0, 1):
        assert np.abs(pixels[picture].astype(int) - expected).max() <= 3, picture
    (tmp_path / "t" / "0.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"rubbish" * 9)
    with pytest.raises(DecodeError, match=r"table own, row 1: a DICOM .*\. Mend the picture"):
        fit_pixels(read_pairs(tuned)[2::-1], preprocessing, no_progress)


@pytest.fixture
def start(tmp_path, tiny_checkpoint):
    write_checkpoint(tmp_path / "start", tiny_checkpoint)
    return str(tmp_path / "start")


def recipe(tmp_path, rows, **choices):
    table = read_own_table(write(tmp_path / "t", rows))
    written = write_own_table(table, tmp_path / "run" / "pairs", "own")
    return fine_tuning_config(table, written, tmp_path / "run", tmp_path / "run" / "pairs", FineTuneChoices(**choices))


def test_a_recipe_fits_the_start_and_the_pairs(tmp_path, start):
    config = recipe(tmp_path, plain_rows(60), start=start)
    assert config.name == "run"
    assert (config.dim, config.max_tokens, config.preprocessing.size_px) == (16, 24, 64)
    assert config.optim.batch_size == 9  # a fifth of 48
    assert config.optim.epochs == 30
    assert config.optim.trained_text_layers == 1
    assert config.optim.frozen_image_blocks == 4  # three quarters of 5
    assert config.objective.order == 0  # there are no labels
    assert config.prompts.findings == {}
    again = recipe(tmp_path, plain_rows(60), start=start, freeze="image", epochs=3, batch_size=12, name="mine", seed=5)
    assert (again.name, again.seed, again.optim.epochs, again.optim.batch_size) == ("mine", 5, 3, 12)
    assert again.optim.freeze_image_tower
    assert recipe(tmp_path, plain_rows(60), start=start, freeze="text").optim.trained_text_layers == 0


def test_labels_become_prompts_in_known_or_their_own_words(tmp_path, start):
    rows = plain_rows(
        60, labels=lambda i: ("Effusion; Odd_Label", "No Finding", "cardiomegaly", "Rare" if i == 3 else "")[i % 4]
    )
    prompts = recipe(tmp_path, rows, start=start).prompts
    assert prompts.labels == {
        "Effusion": ("effusion",),
        "No Finding": ("normal",),
        "Odd_Label": ("odd_label",),
        "cardiomegaly": ("cardiomegaly",),
    }
    assert "pleural effusion" in prompts.findings["effusion"]
    assert prompts.findings["odd_label"] == ("odd label",)
    assert prompts.normal == "normal"


def labelled_rows(n, label):
    """Labels and no text."""
    return [{"image": f"{i}.png", "patient": f"p{i}", "labels": label(i)} for i in range(n)]


def test_labels_alone_train_and_are_measured_by_prompts(tmp_path, start):
    rows = labelled_rows(60, lambda i: ("Effusion", "Pneumothorax", "Mass")[i % 3])
    config = recipe(tmp_path, rows, start=start, epochs=1)
    assert (config.validation.retrieval_table, config.validation.findings_table) == ("", "own")
    folder = train(config)
    figures = json.loads((folder.parent / "metrics.json").read_text())
    assert 0 < figures["loss"] < 1e4
    assert figures["findings/measured"] == 3
    assert figures["choice"] == figures["findings/macro_auroc"]


def test_normal_pictures_alone_train_too(tmp_path, start):
    """The shipped recipe shows few normal pictures; where that leaves less than a batch it shows all."""
    few = recipe(tmp_path, labelled_rows(60, lambda i: "No Finding" if i % 2 else "Mass"), start=start)
    assert few.optim.max_normal_share == 0.15
    rows = [{**row, "report": "FINDINGS: Clear lungs."} for row in labelled_rows(60, lambda i: "No Finding")]
    config = recipe(tmp_path, rows, start=start, epochs=1)
    assert config.optim.max_normal_share == 1
    assert plan_training(config).steps == 48 // 9
    nearly = recipe(tmp_path, labelled_rows(60, lambda i: "No Finding" if i > 5 else "Mass"), start=start)
    assert count_batches(nearly, read_pairs(nearly)) == 48 // 9


def test_recipes_refuse_what_cannot_work(tmp_path, start):
    with pytest.raises(ConfigError, match=f"freeze is 'all'; known: {', '.join(FREEZE)}"):
        recipe(tmp_path, plain_rows(60), start=start, freeze="all")
    with pytest.raises(ArtifactError, match="is no shipped encoder"):
        recipe(tmp_path, plain_rows(60), start="nowhere")
    with pytest.raises(ConfigError, match="48 training pictures are too few; at least 64"):
        recipe(tmp_path, plain_rows(60), start=start, batch_size=64)
    for wrong in ({"epochs": 0}, {"epochs": -1}, {"batch_size": 0}):
        with pytest.raises(ConfigError, match=r"(epochs|batch_size) is (0|-1); at least 1 is needed"):
            recipe(tmp_path, plain_rows(60), start=start, **wrong)
    with pytest.raises(ConfigError, match="there are no texts, and no label stands on 5 training pictures"):
        recipe(tmp_path, labelled_rows(60, lambda i: f"label {i}"), start=start)


def test_a_plan_counts_and_changes_nothing(tmp_path, start):
    config = recipe(tmp_path, plain_rows(60), start=start, epochs=2)
    plan = plan_training(config)
    assert (plan.train.pictures, plan.train.patients, plan.val.pictures, plan.val.patients) == (48, 24, 12, 6)
    assert plan.train.texts == 48
    assert plan.steps == 2 * (48 // 9)
    assert 0 < plan.trained_parameters < plan.parameters
    assert plan.seconds > 0
    assert (plan.device, plan.precision) == ("cpu", "f32")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["pairs"]
    train(config)
    assert read_config(tmp_path / "run" / "config.yaml", TrainingConfig) == config  # what ran can be run again
