"""What is tested, whatever it came from: pictures with texts, labels and who they are of, in one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radseek.errors import ConfigError, InputError
from radseek.service.evaluation.config import TableTarget, part_of
from radseek.text import normalise
from radseek.training.config import TableConfig
from radseek.training.pairs import data_root, hashed_split
from radseek.training.table_rows import Row, check_columns, read_rows


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what is known of it. Empty texts and None mean unknown."""

    key: str
    """Pseudonymous: the table and the row, or the archive's picture key."""
    source: str
    """Table or archive source."""
    study: str
    """`table/id`, or a key without `/` where the table has no ids, as in an archive."""
    patient: str
    """Likewise."""
    split: str
    image: Path | None = None
    """The file; None for a picture of an archive, whose vector is there already."""
    mask: str = "none"
    image_texts: tuple[str, ...] = ()
    """Texts of this picture only."""
    study_texts: tuple[str, ...] = ()
    findings: frozenset[str] = frozenset()
    """Prompted findings that the labels state."""
    decided: frozenset[str] = frozenset()
    """Prompted findings that the labels decide: one that is here and not in `findings` is absent."""
    modality: str = ""
    view: str = ""
    sex: str = ""
    age_years: float | None = None
    origin: str = ""
    """Where a table says that the picture is from."""
    synthetic: bool = False


def read_pictures(target: TableTarget) -> list[Picture]:
    """All pictures of all tables of `target`, in the order of tables and rows, whatever their split.

    Raises:
        ConfigError: When a root is not given or a table lacks a column.
        InputError: When a table cannot be read or has no row left.
    """
    pictures: list[Picture] = []
    for table in target.config.tables:
        found = list(_read_table(target, table))
        if not found:
            raise InputError(f"table {table.name}: no row to evaluate")
        pictures += found
    return pictures


def choose_tested(target: TableTarget, pictures: Sequence[Picture]) -> list[Picture]:
    """Those of the tested part, without the studies that the configuration leaves out.

    Raises:
        ConfigError: When a study to leave out is not there.
        InputError: When there is nothing to test; the message says which splits there are.
    """
    config = target.config
    unknown = sorted(set(config.left_out) - {picture.study for picture in pictures})
    if unknown:
        raise ConfigError(f"evaluation: {len(unknown)} of the studies to leave out are in no table, as table/study_id")
    part = [p for p in pictures if p.source in config.tested and p.split == config.tested_split]
    found = [picture for picture in part if picture.study not in config.left_out]
    if not found:
        known = ", ".join(sorted({picture.split for picture in pictures}))
        wanted = f"{', '.join(config.tested)} has split {config.tested_split!r}"
        raise InputError(f"no picture of {wanted}; there are {known}")
    return found


def choose_trained(target: TableTarget, pictures: Sequence[Picture]) -> list[Picture]:
    """Those that nothing tested may share anything with."""
    return [picture for picture in pictures if picture.split in target.config.trained_splits]


def boxes_path(target: TableTarget, path: Path) -> Path:
    """Where a boxes file is, under the data root.

    Raises:
        ConfigError: When there is no data root.
    """
    return _root(target, "data") / path


def _root(target: TableTarget, kind: str) -> Path:
    roots = target.roots
    chosen = {"data": roots.data_root, "phantoms": roots.phantoms_root}
    if kind not in chosen:
        raise ConfigError(f"a table's root is {kind!r}; known: data, phantoms")
    found = chosen[kind]
    if found is not None:
        return found
    if kind == "phantoms":
        raise ConfigError("no folder for `phantoms` tables: give --phantoms, or leave the table out")
    return data_root(target.config)  # type: ignore[arg-type]


def _read_table(target: TableTarget, table: TableConfig) -> Iterator[Picture]:
    path, what = _root(target, table.root) / table.path, f"table {table.name}"
    rows = read_rows(path, what)
    needed = [table.image_column, table.study_column, table.patient_column, table.split_column, table.labels_column]
    check_columns(rows, {*needed, *table.image_texts, *table.study_texts} - {""}, what)
    stated = [_stated(target, table, row) for row in rows]
    decided: frozenset[str] = frozenset().union(*stated) if table.labels_complete else frozenset()
    for number, (row, findings) in enumerate(zip(rows, stated, strict=True), start=1):
        if not set(table.skip_flags) & set(row.get("flags", "").split("|")):
            split = _split(target, table, row)
            yield replace(_picture(table, path.parent, number, row), split=split, findings=findings, decided=decided)


def _stated(target: TableTarget, table: TableConfig, row: Row) -> frozenset[str]:
    """Prompted findings of a row's labels; what else labels may state, such as a plane, is left out."""
    separators = "[|;]" if target.kind == "table" else "[|]"
    spelled = re.split(separators, row[table.labels_column]) if table.labels_column else []
    stated = {finding for label in spelled for finding in target.prompts.stated_by(label.strip())}
    return frozenset(stated & set(target.prompts.findings))


def _picture(table: TableConfig, folder: Path, number: int, row: Row) -> Picture:
    key = f"{table.name} row {number}"
    study = f"{table.name}/{row[table.study_column]}" if table.study_column else key
    return Picture(
        key=key,
        source=table.name,
        study=study,
        patient=f"{table.name}/{row[table.patient_column]}" if table.patient_column else study,
        split="",
        image=folder / row[table.image_column],
        mask=table.mask,
        image_texts=_texts(row, table.image_texts),
        study_texts=_texts(row, table.study_texts),
        modality=row.get("modality", "").strip().upper(),
        view=(row.get("view") or row.get("view_position", "")).strip(),
        sex=row.get("sex", "").strip()[:1].upper(),
        age_years=parse_age(row.get("age", "")),
        origin=row.get("source", "").strip(),
        synthetic=table.root == "phantoms",
    )


def _texts(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """Those with a letter or digit: a dash in place of a report asks for nothing and states nothing."""
    return tuple(text for column in columns if normalise(text := row[column].strip()))


def _split(target: TableTarget, table: TableConfig, row: Row) -> str:
    """As the column says; without one all of a plain table is tested, and others are split as training does."""
    if target.kind == "table":
        return part_of(row[table.split_column]) if table.split_column else target.config.tested_split
    if table.split_column:
        return row[table.split_column].strip()
    return hashed_split(row[table.patient_column] if table.patient_column else "")


def parse_age(text: str) -> float | None:
    """Years of `44`, `044Y`, `18 months` or `006M`; None where no single age is told."""
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*(y|years?|m|months?)?\s*", text, re.IGNORECASE)
    if match is None:
        return None
    years = float(match[1]) / (12 if (match[2] or "y").lower().startswith("m") else 1)
    return years if years <= 130 else None
