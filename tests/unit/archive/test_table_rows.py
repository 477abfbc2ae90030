"""Table files into rows: every dialect people have, and broken ones that must cost only themselves."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.archive.table_rows import BadRow, Row, TableLayout, read_limited, read_table
from radseek.errors import InputError, UnsupportedInputError
from radseek.records.outcomes import Reason


class WholeTable(NamedTuple):
    columns: tuple[str, ...]
    rows: list[Row | BadRow]


def whole(path: Path, layout: TableLayout | None = None) -> WholeTable:
    table = read_table(path, layout)
    return WholeTable(table.columns, list(table.rows))


def read(
    tmp_path: Path, content: bytes | str, name: str = "table.csv", layout: TableLayout | None = None
) -> WholeTable:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return whole(file, layout)


def values(table: WholeTable) -> list[dict[str, str]]:
    return [dict(row.values) for row in table.rows if isinstance(row, Row)]


def bad(table: WholeTable) -> dict[str, str]:
    return {row.place: row.refusal.detail for row in table.rows if isinstance(row, BadRow)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    table = read(tmp_path, delimiter.join("ab") + "\n" + delimiter.join("12") + "\n")
    assert table.columns == ("a", "b")
    assert values(table) == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_any_encoding(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "id,text\r\n1,Kein Erguss über dem Zwerchfell\r\n".encode(encoding))
    assert values(table) == [{"id": "1", "text": "Kein Erguss über dem Zwerchfell"}]


def test_what_excel_writes_first(tmp_path: Path) -> None:
    assert values(read(tmp_path, "sep=;\na;b,c\n1;2\n")) == [{"a": "1", "b,c": "2"}]


def test_quoted_newlines_quotes_delimiters_and_formulas_stay_as_written(tmp_path: Path) -> None:
    cell = 'line one\nline "two", with; more\n\n=HYPERLINK("http://x","y")'
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b"], [cell, "=1+1"], ["next", "@SUM(A1)"]])
    assert values(read(tmp_path, out.getvalue())) == [{"a": cell, "b": "=1+1"}, {"a": "next", "b": "@SUM(A1)"}]


def test_a_cell_of_five_megabytes(tmp_path: Path) -> None:
    cell = "No pleural effusion. " * 250_000
    assert len(cell) > 5e6
    assert values(read(tmp_path, f'id,text\n1,"{cell}"\n2,short\n')) == [
        {"id": "1", "text": cell},
        {"id": "2", "text": "short"},
    ]


def test_rows_count_as_a_spreadsheet_does(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n1,"x\ny"\n\n2,z\n')
    assert [row.place for row in table.rows] == ["row 2", "row 3"]


def test_a_row_of_another_width_costs_only_itself(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert values(table) == [{"a": "1", "b": "2"}, {"a": "7", "b": "8"}]
    assert bad(table) == {
        "row 3": "row 3: 1 cells where the table has 2 columns",
        "row 4": "row 4: 3 cells where the table has 2 columns",
    }


@pytest.mark.parametrize(
    "broken",
    ['2,"open', '2,"closed" and more', '"2,open'],
)
def test_a_stray_quote_does_not_swallow_the_rows_behind_it(tmp_path: Path, broken: str) -> None:
    good = [f'{n},"text {n}"' for n in range(3, 200)]
    table = read(tmp_path, "\n".join(["a,b", '1,"first"', broken, *good, ""]))
    assert [row["a"] for row in values(table)] == ["1", *(str(n) for n in range(3, 200))]
    assert list(bad(table)) == ["row 3"]
    assert all(r.refusal.reason is Reason.BAD_ROW for r in table.rows if isinstance(r, BadRow))


def test_many_stray_quotes_are_read_in_linear_time(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n" + '1,"open\n' * 20_000)
    assert len(table.rows) == 20_000


def test_a_file_without_header_line(tmp_path: Path) -> None:
    layout = TableLayout("\t", ("id", "split", "caption"))
    table = read(tmp_path, "R1\ttrain\tCT, axial; with contrast\nR2\tval\tMR\n", "captions.txt", layout)
    assert [row["caption"] for row in values(table)] == ["CT, axial; with contrast", "MR"]
    assert table.rows[0].place == "row 1"


def test_header_only_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n") == (("a", "b"), [])


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str, name: str) -> None:
    with pytest.raises(InputError, match="the table is empty"):
        read(tmp_path, content, name)


def test_a_column_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than once: a"):
        read(tmp_path, "a,b,a\n1,2,3\n")


def test_a_folder_a_missing_file_and_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder was given"):
        read_table(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="a pipe, socket or device was given"):
        read_table(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="there is no file"):
        read_table(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="there is no file"):
        read_table(tmp_path / "missing.parquet")
    with pytest.raises(UnsupportedInputError, match=r"must end in one of \.csv"):
        read(tmp_path, "a,b\n", "table.xlsx")


def test_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="binary"):
        read(tmp_path, zlib.compress(bytes(range(256)) * 50) + bytes(range(256)) * 4)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.tsv.gz", "t.jsonl.gz"])
def test_gzip(tmp_path: Path, name: str) -> None:
    content = b'{"a": "1"}\n' if "jsonl" in name else b"a\n1\n"
    assert values(read(tmp_path, gzip.compress(content), name)) == [{"a": "1"}]


def test_damaged_gzip_and_gzip_bomb_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gzip file is damaged"):
        read(tmp_path, b"a,b\n", "t.csv.gz")
    packed = gzip.compress(b"a,b\n" * 100)
    with pytest.raises(InputError, match="gzip file is damaged"):
        read(tmp_path, packed[:-9], "t.csv.gz")
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * 1_000_000))
    with pytest.raises(InputError, match="more than 1000 bytes"):
        read_limited(bomb, 1000)


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "age": 73.0, "text": "a\u2028b", "labels": ["x", "y"], "none": None, "nan": float("nan")},
        {"id": "2", "sections": {"findings": "f", "impression": ["i"]}, "ok": True},
    ]
    table = read(tmp_path, "\n".join(map(json.dumps, lines)), "t.jsonl")
    assert values(table) == [
        {"id": "1", "age": "73", "text": "a\u2028b", "labels": "x|y", "none": "", "nan": ""},
        {"id": "2", "sections.findings": "f", "sections.impression": "i", "ok": "True"},
    ]
    assert table.columns[:2] == ("id", "age")
    assert "sections.findings" in table.columns


@pytest.mark.parametrize("broken", ['{"id": ', "[1, 2]", "3", "[" * 100_000, '{"id": ' + "9" * 5000 + "}", "null"])
def test_a_broken_json_line_in_the_middle_costs_only_itself(tmp_path: Path, broken: str) -> None:
    table = read(tmp_path, '{"id": "1"}\n' + broken + '\n{"id": "3"}\n', "t.jsonl")
    assert [row["id"] for row in values(table)] == ["1", "3"]
    assert list(bad(table)) == ["line 2"]


def test_what_no_database_stores_is_replaced(tmp_path: Path) -> None:
    table = read(tmp_path, '{"id": "a\\u0000b\\ud800c"}\n', "t.jsonl")
    assert values(table) == [{"id": "a b\ufffdc"}]


def test_parquet(tmp_path: Path) -> None:
    content = {"id": ["1", None], "age": [73.0, float("nan")], "labels": [["a", "b"], []], "raw": [b"\x00", None]}
    pyarrow.parquet.write_table(pyarrow.table(content), tmp_path / "t.parquet")
    table = whole(tmp_path / "t.parquet")
    assert table.columns == ("id", "age", "labels", "raw")
    assert values(table) == [
        {"id": "1", "age": "73", "labels": "a|b", "raw": ""},
        {"id": "", "age": "", "labels": "", "raw": ""},
    ]


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Parquet file cannot be read"):
        read(tmp_path, b"PAR1 and nothing else", "t.parquet")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8), min_size=3, max_size=3))
)
def test_what_the_csv_module_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *cells])
    table = read(tmp_path_factory.mktemp("csv"), out.getvalue())
    assert [list(row.values()) for row in values(table)] == cells
