"""Files that a configuration names: ragged rows, marks, compression and damage."""

import csv
import gzip

import pytest

from radseek.errors import ConfigError, InputError
from radseek.training.table_rows import check_columns, read_cells, read_rows

TEXT = '\ufeffimage,text\r\na.png,"one, two\nthree"\r\n\r\nb.png\r\nc.png,four,surplus\r\n'


def test_rows_are_those_of_the_dictionary_reader_and_ragged_ones_are_filled(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(TEXT.encode())
    with file.open(encoding="utf-8-sig", newline="") as opened:
        expected = list(csv.DictReader(opened, restval=""))
    for row in expected:
        row.pop(None, None)
    assert read_rows(file, "table t") == expected
    assert expected[1:] == [{"image": "b.png", "text": ""}, {"image": "c.png", "text": "four"}]


def test_a_header_may_be_given_and_a_file_may_be_compressed(tmp_path):
    with gzip.open(tmp_path / "t.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("1\tone\n2\ttwo\n")
    assert read_rows(tmp_path / "t.tsv.gz", "t", ("id", "text"))[1] == {"id": "2", "text": "two"}
    assert read_cells(tmp_path / "t.tsv.gz", "t") == [["1", "one"], ["2", "two"]]


def test_json_lines_become_rows_with_a_column_for_every_plain_value(tmp_path):
    lines = ['{"id": 7, "case": {"title": "one", "codes": ["a", null, 2]}}', "", '{"id": "x", "note": null}']
    with gzip.open(tmp_path / "t.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    assert read_rows(tmp_path / "t.jsonl.gz", "t") == [
        {"id": "7", "case.title": "one", "case.codes": "a||2", "note": ""},
        {"id": "x", "case.title": "", "case.codes": "", "note": ""},
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "image,text\n"])
def test_a_file_without_rows(tmp_path, content):
    (tmp_path / "t.csv").write_text(content)
    rows = read_rows(tmp_path / "t.csv", "table t")
    assert rows == []
    check_columns(rows, ["image"], "table t")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.csv", None, "table t: absent.csv cannot be read: No such file"),
        ("latin.csv", "größe".encode("latin-1"), "table t: latin.csv cannot be read as UTF-8 text"),
        ("plain.csv.gz", b"image,text\n", "table t: plain.csv.gz cannot be read: no gzip file"),
        ("cell.csv", b"image,text\na.png," + b"x" * 200_000, "table t: cell.csv cannot be read as UTF-8 CSV"),
        ("t.jsonl", b'{"a": 1}\n\n{"a": \n', "table t: t.jsonl cannot be read as UTF-8 JSON Lines: line 3 is no JSON"),
        ("cut.csv.gz", gzip.compress(b"image,text\n" * 99, mtime=0)[:-12], "table t: cut.csv.gz cannot be read as"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    usual = csv.field_size_limit(131_072)  # of the whole process: whoever reads reports raises it
    try:
        with pytest.raises(InputError, match=said):
            read_rows(tmp_path / name, "table t")
    finally:
        csv.field_size_limit(usual)


def test_missing_columns_are_told_with_those_that_are_there():
    with pytest.raises(ConfigError, match="table t: no column patient_id, split; it has image, text"):
        check_columns([{"text": "", "image": ""}], ["split", "image", "patient_id"], "table t")
