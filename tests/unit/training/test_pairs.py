import csv
import dataclasses
from pathlib import Path

import pytest

from radseek.errors import ConfigError, InputError
from radseek.training.pairs import read_pairs


def with_table(config, **changes):
    return dataclasses.replace(config, tables=(dataclasses.replace(config.tables[0], **changes),))


def test_rows_become_pairs_in_order(config):
    pairs = read_pairs(config)
    assert len(pairs) == 32
    first = pairs[2]
    assert first.study == "drawn/s1"
    assert first.image_texts == ("picture 2 with left effusion.",)
    assert first.study_texts == ("Left effusion. No pneumothorax.",)
    assert first.findings == {"effusion"}
    assert first.decided == {"effusion", "normal"}  # no row says pneumothorax: nothing is known of it
    assert [pair.split for pair in pairs].count("val") == 8


def test_flagged_rows_are_left_out(config):
    assert len(read_pairs(with_table(config, skip_flags=("graph",)))) == 31


def test_without_complete_labels_nothing_is_decided(config):
    assert read_pairs(with_table(config, labels_complete=False))[2].decided == frozenset()


def test_a_missing_column_is_named(config):
    with pytest.raises(ConfigError, match="no column impression"):
        read_pairs(with_table(config, study_texts=("impression",)))


def test_a_missing_table_and_root(config, monkeypatch):
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(with_table(config, path=Path("absent.csv")))
    monkeypatch.delenv("RADSEEK_DATA", raising=False)
    with pytest.raises(ConfigError, match="RADSEEK_DATA"):
        read_pairs(dataclasses.replace(config, data_root=None))
    with pytest.raises(ConfigError, match="phantoms_root"):
        read_pairs(with_table(config, root="phantoms"))
    with pytest.raises(ConfigError, match="known: data, phantoms"):
        read_pairs(with_table(config, root="elsewhere"))


def test_the_environment_gives_the_root(config, data_folder, monkeypatch):
    monkeypatch.setenv("RADSEEK_DATA", str(data_folder))
    assert len(read_pairs(dataclasses.replace(config, data_root=None))) == 32


def rewrite(data_folder, tmp_path, change):
    with (data_folder / "drawn" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for place, row in enumerate(rows):
        change(place, row)
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_patient_in_both_parts_is_refused(config, data_folder, tmp_path):
    path = rewrite(
        data_folder, tmp_path, lambda place, row: row.update(patient_id="p" if place in {1, 30} else f"q{place}")
    )
    with pytest.raises(ConfigError, match="both train and val of drawn"):
        read_pairs(with_table(config, path=path))


def test_cells_that_a_row_lacks_are_empty(config, data_folder, tmp_path):
    """A row that ends early, as spreadsheets write it."""
    text = (data_folder / "drawn" / "pairs.csv").read_text(encoding="utf-8").splitlines()
    text.insert(2, "images/1.png,s0,p0,,,,train")
    text[3] = text[3] + ",surplus"
    (tmp_path / "pairs.csv").write_text("\n".join(text), encoding="utf-8")
    pairs = read_pairs(with_table(config, path=tmp_path / "pairs.csv", skip_flags=("graph",)))
    assert (pairs[0].image_texts, pairs[0].findings) == ((), frozenset())
    assert len(pairs) == 32


def teach(config, tmp_path, text):
    """The drawn table with a teacher of this content."""
    (tmp_path / "teacher.csv").write_text(text)
    return with_table(config, teacher=tmp_path / "teacher.csv")


def test_a_teacher_speaks_of_labels_with_one_meaning(config, tmp_path):
    pairs = read_pairs(teach(config, tmp_path, "image,Effusion,other\nimages/2.png,0.75,x\n"))
    assert (pairs[1].teacher, pairs[2].teacher) == ({}, {"effusion": 0.75})


@pytest.mark.parametrize("value", ["", "nan", "-0.1", "1.5", "high"])
def test_a_teacher_gives_probabilities(config, tmp_path, value):
    with pytest.raises(InputError, match=rf"teacher: Effusion is '{value}'; a probability from 0 to 1 is needed"):
        read_pairs(teach(config, tmp_path, f"image,Effusion\nimages/2.png,{value}\n"))


def test_a_teacher_names_its_pictures(config, tmp_path):
    with pytest.raises(ConfigError, match="teacher: no column image; it has Effusion, picture"):
        read_pairs(teach(config, tmp_path, "picture,Effusion\nimages/2.png,0.5\n"))


def test_another_split_name_is_refused(config, data_folder, tmp_path):
    path = rewrite(data_folder, tmp_path, lambda _, row: row.update(split="test"))
    with pytest.raises(InputError, match="'test'"):
        read_pairs(with_table(config, path=path))


def test_without_a_split_column_patients_are_split_by_their_hash(config, data_folder, tmp_path):
    path = rewrite(data_folder, tmp_path, lambda place, row: row.update(patient_id=f"p{place // 2}"))
    pairs = read_pairs(with_table(config, path=path, split_column=""))
    again = read_pairs(with_table(config, path=path, split_column=""))
    assert pairs == again
    parts = {}
    for pair in pairs:
        assert parts.setdefault(pair.patient, pair.split) == pair.split
