"""A table file -> its rows: CSV with any delimiter, TSV, JSON lines, Parquet; all but Parquet also gzipped.

A broken row costs itself only: reading goes on with the next line. Values come as text, exactly as written.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radseek.archive.catalogue_writes import clean_text
from radseek.errors import DecodeError, InputError, StorageError, UnsupportedInputError
from radseek.records.outcomes import Reason, Refusal, quarantined
from radseek.text import decode_text

LARGEST_TABLE_BYTES = 2**30
"""After gunzip. A research table of a million rows is near 0.3 GiB; more than this is a mistake or an attack."""
LARGEST_CELL_CHARS = 2**24
"""A whole report of 5 MB fits; an open quote that swallows a file does not."""
DELIMITERS = (",", ";", "\t", "|")
_DELIMITED = frozenset({".csv", ".tsv", ".tab", ".txt"})
_JSON_LINES = frozenset({".jsonl", ".ndjson"})
_PARQUET = frozenset({".parquet", ".pq"})
TABLE_SUFFIXES = tuple(sorted(_DELIMITED | _JSON_LINES | _PARQUET))


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `place` is `row 2` for the first below the header, as a spreadsheet counts; `line 1` in JSON lines."""

    place: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read."""

    place: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class TableLayout:
    """What a reader must know that a file may not say."""

    delimiter: str = ""
    """Empty: the one that splits the header into most columns."""
    column_names: tuple[str, ...] = ()
    """Names of the columns of a file without header line."""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: its columns, and its rows in order, which come once."""

    columns: tuple[str, ...]
    rows: Iterator[Row | BadRow]


def read_table(path: Path, layout: TableLayout | None = None) -> Table:
    """The table at `path`. Rows that cannot be read are in place, as `BadRow`.

    Raises:
        InputError: When there is no such file, it is a folder or a pipe, empty, too large, or has a column name twice.
        DecodeError: When it is binary.
        UnsupportedInputError: When the file name's ending is none of `TABLE_SUFFIXES` (with or without .gz).
        StorageError: When the disk does not let us read it.
    """
    if path.is_dir():
        raise InputError("a folder was given where a table file is needed; name the file inside it")
    if path.exists() and not path.is_file():
        raise InputError("a pipe, socket or device was given where a table file is needed")
    kind = _kind(path)
    if kind in _PARQUET:
        return _read_parquet(path)
    text = _decode(read_limited(path))
    if kind in _JSON_LINES:
        return _read_json_lines(text)
    return _read_delimited(text, layout or TableLayout(), prefer="\t" if kind in {".tsv", ".tab"} else "")


def _decode(raw: bytes) -> str:
    try:
        return decode_text(raw)
    except InputError as error:
        raise DecodeError(Reason.BAD_ENCODING, str(error)) from error


def read_limited(path: Path, limit_bytes: int = LARGEST_TABLE_BYTES) -> bytes:
    """The bytes of a file, unpacked when its name ends in .gz.

    Raises:
        InputError: When there is no such file, its gzip stream is damaged, or it holds more than `limit_bytes`.
        StorageError: When the disk does not let us read it.
    """
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            content: bytes = stream.read(limit_bytes + 1)
    except FileNotFoundError as error:
        raise InputError("there is no file at the path given") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError("the gzip file is damaged") from error
    except OSError as error:
        raise StorageError(f"the file cannot be read: {error.strerror}") from error
    if len(content) > limit_bytes:
        raise InputError(f"the file holds more than {limit_bytes} bytes; split it")
    return content


def _kind(path: Path) -> str:
    name = Path(path.stem) if path.suffix.lower() == ".gz" else path
    kind = name.suffix.lower()
    if kind not in TABLE_SUFFIXES or (kind in _PARQUET and name is not path):
        raise UnsupportedInputError(
            f"a table's name must end in one of {', '.join(TABLE_SUFFIXES)} (.gz may follow, except for Parquet)"
        )
    return kind


# --- delimited text -----------------------------------------------------------------------------------------------


def _read_delimited(text: str, layout: TableLayout, prefer: str) -> Table:
    lines = list(io.StringIO(text, newline=""))
    if lines and (announced := _announced_delimiter(lines[0])):  # what Excel writes and reads: a first line `sep=;`
        lines[0], prefer = "\n", announced
    delimiter = layout.delimiter or _choose_delimiter(lines, prefer)
    records = _iter_records(lines, delimiter)
    if layout.column_names:
        columns, first_number = layout.column_names, 1
    else:
        header = next(records, None)
        if header is None:
            raise InputError("the table is empty: not even a header line")
        if isinstance(header, str):
            raise InputError(f"the table's header line cannot be read: {header}")
        columns, first_number = _unique_columns([name.strip() for name in header]), 2
    rows = (_row_of(record, f"row {number}", columns) for number, record in enumerate(records, first_number))
    return Table(columns, rows)


def _announced_delimiter(line: str) -> str:
    stripped = line.rstrip("\r\n")
    return stripped[4] if len(stripped) == 5 and stripped.lower().startswith("sep=") else ""


def _choose_delimiter(lines: list[str], prefer: str) -> str:
    first = next((line for line in lines if line.strip()), "")

    def n_columns(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter)))

    candidates = (prefer, *DELIMITERS) if prefer else DELIMITERS
    return max(candidates, key=n_columns)  # the earlier one on a tie


def _unique_columns(names: list[str]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise InputError(f"the table has these column names more than once: {', '.join(twice)}")
    return tuple(names)


class _LineCursor:
    """Lines that a csv reader takes one by one, and that can be taken again from any place."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.at = 0

    def __iter__(self) -> _LineCursor:
        return self

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def _iter_records(lines: list[str], delimiter: str) -> Iterator[list[str] | str]:
    """Records in order; a sentence in place of one that cannot be read. Empty lines are no records.

    After a broken record (an open or stray quote) reading goes on at the very next line, so that one quote does not
    swallow the rows behind it.
    """
    csv.field_size_limit(max(LARGEST_CELL_CHARS, csv.field_size_limit()))
    cursor = _LineCursor(lines)
    reader = csv.reader(cursor, delimiter=delimiter, strict=True)
    while True:
        start = cursor.at
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cursor.at = start + 1
            reader = csv.reader(cursor, delimiter=delimiter, strict=True)
            yield "a quotation mark is open, or not doubled inside a quoted cell"
            continue
        if record:
            yield record


def _row_of(record: list[str] | str, place: str, columns: tuple[str, ...]) -> Row | BadRow:
    if isinstance(record, str):
        return BadRow(place, bad_row(place, record))
    if len(record) != len(columns):
        return BadRow(place, bad_row(place, f"{len(record)} cells where the table has {len(columns)} columns"))
    return Row(place, {name: clean_text(cell) for name, cell in zip(columns, record, strict=True)})


def bad_row(place: str, problem: str) -> Refusal:
    """The refusal of a row: where it stands and what is wrong, never a value."""
    return quarantined(Reason.BAD_ROW, f"{place}: {problem}")


# --- JSON lines ---------------------------------------------------------------------------------------------------


def _read_json_lines(text: str) -> Table:
    rows: list[Row | BadRow] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines(): U+2028 may stand inside a JSON string
        if not line.strip():
            continue
        row = _row_of_json(line, f"line {number}")
        rows.append(row)
        if isinstance(row, Row):
            columns |= dict.fromkeys(row.values)
    if not rows:
        raise InputError("the table is empty: not a single JSON line")
    return Table(tuple(columns), iter(rows))


def _row_of_json(line: str, place: str) -> Row | BadRow:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return BadRow(place, bad_row(place, "not valid JSON"))
    if not isinstance(content, dict):
        return BadRow(place, bad_row(place, "not a JSON object"))
    return Row(place, dict(_flatten(content)))


def _flatten(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, dict) and not prefix:  # one level: {"sections": {"findings": ...}} -> sections.findings
            yield from _flatten(value, f"{name}.")
        else:
            yield clean_text(prefix + name), clean_text(_as_text(value))


def _as_text(value: object) -> str:
    """A JSON or Parquet value as a cell would show it; lists joined by `|`."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (list, tuple)):
        return "|".join(_as_text(entry) for entry in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


# --- Parquet ------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> Table:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except FileNotFoundError as error:
        raise InputError("there is no file at the path given") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError("the Parquet file cannot be read: damaged, or not Parquet") from error
    columns = _unique_columns([str(name) for name in table.column_names])
    records = (record for batch in table.to_batches(max_chunksize=1000) for record in batch.to_pylist())
    rows = (
        Row(f"row {number}", {name: clean_text(_parquet_text(record[name])) for name in columns})
        for number, record in enumerate(records, 1)
    )
    return Table(columns, rows)


def _parquet_text(value: object) -> str:
    return "" if isinstance(value, bytes) else _as_text(value)
