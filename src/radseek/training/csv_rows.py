"""Rows of the CSV and TSV files that a configuration names."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path

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
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            return [cells for cells in csv.reader(file, delimiter=delimiter) if cells]
    except OSError as error:
        raise InputError(f"{what}: {path.name} cannot be read: {error.strerror or 'no gzip file'}") from error
    except (UnicodeDecodeError, EOFError, csv.Error) as error:
        raise InputError(f"{what}: {path.name} cannot be read as UTF-8 CSV") from error


def read_rows(path: Path, what: str, header: Sequence[str] = ()) -> list[Row]:
    """The rows of `read_cells` by column. Cells that a row lacks are empty, surplus ones are left out.

    Args:
        path: UTF-8.
        what: What the file is, for messages.
        header: Names of the columns of a file without a header line.

    Raises:
        InputError: When the file cannot be read.
    """
    lines = read_cells(path, what)
    names = header or (lines.pop(0) if lines else [])
    return [dict(zip(names, chain(cells, repeat("")), strict=False)) for cells in lines]


def check_columns(rows: Sequence[Row], needed: Iterable[str], what: str) -> None:
    """Pass when there are no rows, or they have the columns that are `needed`.

    Raises:
        ConfigError: When a column is missing; those that are there are listed.
    """
    if rows and (missing := sorted(set(needed) - set(rows[0]))):
        raise ConfigError(f"{what}: no column {', '.join(missing)}; it has {', '.join(sorted(rows[0]))}")
