"""Research tables as training pictures with their texts, labels and split."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radseek.errors import ConfigError, InputError
from radseek.training.config import TableConfig, TrainingConfig

VAL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture and what is known of it."""

    table: str
    image: Path
    study: str
    patient: str
    split: str
    mask: str
    image_texts: tuple[str, ...]
    study_texts: tuple[str, ...]
    findings: frozenset[str]
    """Prompted findings that the labels state."""
    decided: frozenset[str]
    """Prompted findings that the labels decide: one that is here and not in `findings` is absent."""
    may_show_findings: bool
    synthetic: bool
    """True for phantoms: what their texts say of real pictures is not trained, nor the other way round."""


def read_pairs(config: TrainingConfig) -> list[Pair]:
    """All pictures of all tables, in the order of the configuration and of the rows.

    Raises:
        ConfigError: When a root is not given, a table lacks a column, or a patient is in both parts of the split.
        InputError: When a table cannot be read or a picture is not there.
    """
    pairs: list[Pair] = []
    for table in config.tables:
        found = list(_read_table(table, table_path(config, table), config.prompts.labels))
        if not found:
            raise InputError(f"table {table.name}: no row to train on")
        pairs += found
    _check_split(pairs)
    return pairs


def table_path(config: TrainingConfig, table: TableConfig) -> Path:
    """Where a table's CSV is.

    Raises:
        ConfigError: When the root that the table is under is not configured.
    """
    return _root(config, table.root) / table.path


def data_root(config: TrainingConfig) -> Path:
    """The folder of the research tables: `data_root`, else the environment variable RADSEEK_DATA.

    Raises:
        ConfigError: When neither is given.
    """
    return _root(config, "data")


def _root(config: TrainingConfig, kind: str) -> Path:
    if kind not in {"data", "phantoms"}:
        raise ConfigError(f"a table's root is {kind!r}; known: data, phantoms")
    chosen = config.data_root if kind == "data" else config.phantoms_root
    if chosen is None and kind == "data" and "RADSEEK_DATA" in os.environ:
        chosen = Path(os.environ["RADSEEK_DATA"])
    if chosen is None:
        raise ConfigError(f"no folder for `{kind}` tables: set {kind}_root (or RADSEEK_DATA for data)")
    return chosen


def _read_table(table: TableConfig, path: Path, labels: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"table {table.name}: {path.name} cannot be read as UTF-8 CSV") from error
    _check_columns(table, rows)
    stated = [_stated_findings(table, row, labels) for row in rows]
    decided: frozenset[str] = frozenset().union(*stated) if table.labels_complete else frozenset()
    for row, findings in zip(rows, stated, strict=True):
        if not set(table.skip_flags) & set(row.get("flags", "").split("|")):
            yield _pair(table, path.parent, row, (findings, decided))


def _stated_findings(table: TableConfig, row: Mapping[str, str], labels: Mapping[str, Sequence[str]]) -> frozenset[str]:
    spelled = row[table.labels_column].split("|") if table.labels_column else []
    return frozenset(finding for label in spelled for finding in labels.get(label, ()))


def _check_columns(table: TableConfig, rows: Sequence[Mapping[str, str]]) -> None:
    needed = [table.image_column, table.study_column, table.patient_column, *table.image_texts, *table.study_texts]
    needed += [column for column in (table.split_column, table.labels_column) if column]
    missing = sorted(set(needed) - set(rows[0] if rows else needed))
    if missing:
        raise ConfigError(f"table {table.name}: no column {', '.join(missing)}; it has {', '.join(sorted(rows[0]))}")


def _pair(
    table: TableConfig, folder: Path, row: Mapping[str, str], labelled: tuple[frozenset[str], frozenset[str]]
) -> Pair:
    patient = row[table.patient_column]
    split = row[table.split_column] if table.split_column else _hashed_split(patient)
    if split not in {"train", "val"}:
        raise InputError(f"table {table.name}: split must be train or val; got {split!r}")
    return Pair(
        table=table.name,
        image=folder / row[table.image_column],
        study=f"{table.name}/{row[table.study_column]}",
        patient=f"{table.name}/{patient}",
        split=split,
        mask=table.mask,
        image_texts=tuple(text for column in table.image_texts if (text := row[column].strip())),
        study_texts=tuple(text for column in table.study_texts if (text := row[column].strip())),
        findings=labelled[0],
        decided=labelled[1],
        may_show_findings=table.may_show_findings,
        synthetic=table.root == "phantoms",
    )


def _hashed_split(patient: str) -> str:
    share = int(hashlib.sha256(patient.encode()).hexdigest()[:8], 16) / 16**8
    return "val" if share < VAL_SHARE else "train"


def _check_split(pairs: Sequence[Pair]) -> None:
    parts: dict[str, str] = {}
    crossing = {pair.table for pair in pairs if parts.setdefault(pair.patient, pair.split) != pair.split}
    if crossing:
        raise ConfigError(f"a patient is in both train and val of {', '.join(sorted(crossing))}: split by patient")
