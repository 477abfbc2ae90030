"""Rows of the CSV, TSV and JSON Lines files that a configuration names."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import TextIO, cast

from radseek.errors import ConfigError, InputError

Row = Mapping[str, str]


def read_cells(path: Path, what: str) -> list[list[str]]:
    """Each line's cells of a CSV file, or of a TSV file by its name; gzip allowed, blank lines left out.

    Args:
        path: UTF-8.
        what: What the file is, for messages.

    Raises:
        InputError: When the file cannot be read.
    """
    delimiter = "\t" if ".tsv" in path.suffixes else ","
    try:
        with _open(path, what) as file:
            return [cells for cells in csv.reader(file, delimiter=delimiter) if cells]
    except csv.Error as error:
        raise _not_readable(path, what, "CSV") from error


def read_rows(path: Path, what: str, header: Sequence[str] = ()) -> list[Row]:
    """The rows of `read_cells` by column. Cells that a row lacks are empty, surplus ones are left out.

    A file of JSON Lines, by its name, has a row a line: `{"case": {"title": "x"}}` has the column `case.title`, the
    entries of a list are joined by `|`.

    Args:
        path: UTF-8.
        what: What the file is, for messages.
        header: Names of the columns of a CSV or TSV file without a header line.

    Raises:
        InputError: When the file cannot be read.
    """
    if ".jsonl" in path.suffixes:
        return _read_json_lines(path, what)
    lines = read_cells(path, what)
    names = header or (lines.pop(0) if lines else [])
    return [dict(zip(names, chain(cells, repeat("")), strict=False)) for cells in lines]


def _read_json_lines(path: Path, what: str) -> list[Row]:
    rows = []
    with _open(path, what) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    rows.append(dict(_cells(json.loads(line))))
                except (json.JSONDecodeError, RecursionError) as error:
                    raise _not_readable(path, what, f"JSON Lines: line {number} is no JSON") from error
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name, "") for name in names} for row in rows]


def _cells(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The plain values inside `value`, each with its keys joined by dots."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _cells(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield name, "|".join(cell for inner in value for _, cell in _cells(inner))
    else:
        yield name, "" if value is None else str(value)


@contextmanager
def _open(path: Path, what: str) -> Iterator[TextIO]:
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield cast(TextIO, file)
    except OSError as error:
        raise InputError(f"{what}: {path.name} cannot be read: {error.strerror or 'no gzip file'}") from error
    except (UnicodeDecodeError, EOFError) as error:
        raise _not_readable(path, what, "text") from error


def _not_readable(path: Path, what: str, kind: str) -> InputError:
    return InputError(f"{what}: {path.name} cannot be read as UTF-8 {kind}")


def check_columns(rows: Sequence[Row], needed: Iterable[str], what: str) -> None:
    """Pass when there are no rows, or they have the columns that are `needed`.

    Raises:
        ConfigError: When a column is missing; those that are there are listed.
    """
    if rows and (missing := sorted(set(needed) - set(rows[0]))):
        raise ConfigError(f"{what}: no column {', '.join(missing)}; it has {', '.join(sorted(rows[0]))}")
