"""Research tables as training pictures with their texts, labels and split."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from radseek.errors import ConfigError, InputError
from radseek.training.config import PromptsConfig, TableConfig, TrainingConfig
from radseek.training.stated import findings_of
from radseek.training.table_rows import check_columns, read_rows

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
    """Prompted findings and attribute values that the labels state."""
    decided: frozenset[str]
    """Those that the labels decide: one that is here and not in `findings` is absent."""
    may_show_findings: bool
    synthetic: bool
    """True for phantoms: what their texts say of real pictures is not trained, nor the other way round."""
    stated: Mapping[str, bool] = field(default_factory=dict)
    """Finding of the lexicon that the texts state -> True when present, False when denied; contradictions are out."""
    teacher: Mapping[str, float] = field(default_factory=dict)
    """Prompted finding -> another model's probability, 0..1."""
    weight: int = 1
    """How often an epoch shows this picture."""
    row: int = 0
    """In its table, from 1."""


def read_pairs(config: TrainingConfig) -> list[Pair]:
    """All pictures of all tables, in the order of the configuration and of the rows.

    Raises:
        ConfigError: When a root is not given, a table lacks a column, or a patient is in both parts of the split.
        InputError: When a table cannot be read or a picture is not there.
    """
    pairs: list[Pair] = []
    for table in config.tables:
        found = list(_read_table(table, table_path(config, table), config.prompts))
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


def _read_table(table: TableConfig, path: Path, prompts: PromptsConfig) -> Iterator[Pair]:
    rows = read_rows(path, f"table {table.name}")
    check_columns(rows, _needed_columns(table), f"table {table.name}")
    stated = [_stated_labels(table, row, prompts) for row in rows]
    decided: frozenset[str] = (
        frozenset().union(*stated) & set(prompts.findings) if table.labels_complete else frozenset()
    )
    opinions = _read_teacher(table, path, prompts) if table.teacher else {}
    for number, (row, findings) in enumerate(zip(rows, stated, strict=True), start=1):
        if not set(table.skip_flags) & set(row.get("flags", "").split("|")):
            labelled = (findings, decided | _decided_attributes(findings, prompts))
            opinion = opinions.get(row[table.image_column], {})
            yield replace(_pair(table, path.parent, row, labelled), teacher=opinion, row=number)


def _stated_labels(table: TableConfig, row: Mapping[str, str], prompts: PromptsConfig) -> frozenset[str]:
    columns = [column for column in (table.labels_column, *table.attribute_columns) if column]
    spelled = [label for column in columns for label in row[column].split("|")]
    return frozenset(finding for label in spelled for finding in prompts.stated_by(label.strip()))


def _decided_attributes(findings: frozenset[str], prompts: PromptsConfig) -> frozenset[str]:
    """All values of every kind of which the picture has one."""
    kinds = [frozenset(kind.values) for kind in prompts.attributes.values()]
    return frozenset().union(*(kind for kind in kinds if kind & findings))


def _read_teacher(table: TableConfig, path: Path, prompts: PromptsConfig) -> dict[str, dict[str, float]]:
    """Picture -> finding -> probability, where a column's label states exactly one finding."""
    what = f"table {table.name}: teacher"
    rows = read_rows(path.parent / str(table.teacher), what)
    check_columns(rows, ["image"], what)
    asked = {label: found[0] for label, found in prompts.labels.items() if len(found) == 1}
    return {
        row["image"]: {asked[label]: _probability(value, label, what) for label, value in row.items() if label in asked}
        for row in rows
    }


def _probability(value: str, label: str, what: str) -> float:
    try:
        probability = float(value)
    except ValueError:
        probability = math.nan
    if not 0 <= probability <= 1:
        raise InputError(f"{what}: {label} is {value!r}; a probability from 0 to 1 is needed")
    return probability


def _needed_columns(table: TableConfig) -> list[str]:
    needed = [table.image_column, table.study_column, table.patient_column, *table.image_texts, *table.study_texts]
    return needed + [column for column in (table.split_column, table.labels_column, *table.attribute_columns) if column]


def _pair(
    table: TableConfig, folder: Path, row: Mapping[str, str], labelled: tuple[frozenset[str], frozenset[str]]
) -> Pair:
    patient = row[table.patient_column]
    image_texts = tuple(text for column in table.image_texts if (text := row[column].strip()))
    study_texts = tuple(text for column in table.study_texts if (text := row[column].strip()))
    split = row[table.split_column] if table.split_column else hashed_split(patient)
    if split not in {"train", "val"}:
        raise InputError(
            f"table {table.name}: split must be train or val; got {split!r}. Leave rows of other parts out of the table"
        )
    return Pair(
        table=table.name,
        image=folder / row[table.image_column],
        study=f"{table.name}/{row[table.study_column]}",
        patient=f"{table.name}/{patient}",
        split=split,
        mask=table.mask,
        image_texts=image_texts,
        study_texts=study_texts,
        findings=labelled[0],
        decided=labelled[1],
        may_show_findings=table.may_show_findings,
        synthetic=table.root == "phantoms",
        stated=findings_of("\n".join((*image_texts, *study_texts))),
        weight=table.repeat,
    )


def hashed_split(patient: str) -> str:
    """The part of a patient of a table without splits."""
    share = int(hashlib.sha256(patient.encode()).hexdigest()[:8], 16) / 16**8
    return "val" if share < VAL_SHARE else "train"


def _check_split(pairs: Sequence[Pair]) -> None:
    parts: dict[str, str] = {}
    crossing = {pair.table for pair in pairs if parts.setdefault(pair.patient, pair.split) != pair.split}
    if crossing:
        raise ConfigError(f"a patient is in both train and val of {', '.join(sorted(crossing))}: split by patient")
