"""Which column of a research table means what: a strict YAML file, and the ready maps that ship in `configs/tables`.

    image: filename                      a column's name
    modality: {value: DX}                the same for every row
    body_part: {column: part, values: {Thorax: CHEST}}         translated; other values stay as they are
    mask: {column: set, values: {medpix2: medpix}, otherwise: ""}
    sections: {findings: findings, other: [caption, notes]}    several columns are joined

Every column that a map names must be in the table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from radseek.archive.field_values import DATE_ORDERS
from radseek.archive.table_rows import TableLayout
from radseek.errors import ConfigError
from radseek.images.masks import MASKS
from radseek.records.config import build_config, config_folder
from radseek.records.reports import Section


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where one value of a row comes from: a column, or a constant."""

    column: str = ""
    value: str = ""
    """A constant for every row; then `column` is empty."""
    values: dict[str, str] = field(default_factory=dict)
    """Translations of the column's values, compared without surrounding blanks."""
    otherwise: str | None = None
    """What a value becomes that `values` does not list; without it the value stays."""
    prefix: str = ""
    suffix: str = ""
    """Text put before and after a value that is not empty, such as `.jpg` after an id."""

    def read(self, row: Mapping[str, str]) -> str:
        """The row's value, without surrounding blanks; empty when there is none."""
        if not self.column:
            return self.value
        value = row.get(self.column, "").strip()
        if self.values:
            value = self.values.get(value, value if self.otherwise is None else self.otherwise)
        return f"{self.prefix}{value}{self.suffix}" if value else ""


NOTHING = ValueSource()


@dataclass(frozen=True, slots=True)
class Join:
    """A second table in the same folder, with any number of rows (such as images) for each row of the first."""

    file: str
    column: str
    """The column that both tables have; values are compared as they are written."""
    columns: tuple[str, ...] = ()
    """Columns of the second table that the map uses."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of a table mean. Empty sources are absent."""

    name: str
    about: str = ""
    image: ValueSource = NOTHING
    """Path of a PNG or JPEG file, relative to `image_root`."""
    image_root: str = "."
    """Folder of the images, relative to the table's own; rows may not leave it."""
    study_id: ValueSource = NOTHING
    patient_id: ValueSource = NOTHING
    accession: ValueSource = NOTHING
    modality: ValueSource = NOTHING
    body_part: ValueSource = NOTHING
    view: ValueSource = NOTHING
    laterality: ValueSource = NOTHING
    age: ValueSource = NOTHING
    sex: ValueSource = NOTHING
    date: ValueSource = NOTHING
    date_order: str = ""
    """`dmy` or `mdy` for dates such as 03/04/2020."""
    description: ValueSource = NOTHING
    labels: ValueSource = NOTHING
    label_separator: str = "|"
    sections: dict[str, tuple[ValueSource, ...]] = field(default_factory=dict)
    """Report section -> its columns; a section named `other` takes captions and notes."""
    text: ValueSource = NOTHING
    """A whole report, used for rows whose sections are all empty; its headings are looked for."""
    split: ValueSource = NOTHING
    """Kept as a label `split:<value>`."""
    source: ValueSource = NOTHING
    """Name of the source for people; the name given at ingest wins, this map's own name comes last."""
    mask: ValueSource = NOTHING
    """Name in `radseek.images.MASKS` of burned-in text that encoders must not see."""
    filter: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> values that a row must have to be read."""
    join: Join | None = None
    delimiter: str = ""
    column_names: tuple[str, ...] = ()
    """Names of the columns of a table without header line, in order."""

    @property
    def layout(self) -> TableLayout:
        """What the reader of the file must know."""
        return TableLayout(self.delimiter, self.column_names)

    @property
    def needed_columns(self) -> frozenset[str]:
        """The columns that the (first) table must have."""
        joined = set(self.join.columns) if self.join else set()
        own = {source.column for source in self._sources()} | set(self.filter)
        if self.join:
            own.add(self.join.column)
        return frozenset(own - joined - {""})

    def _sources(self) -> Iterator[ValueSource]:
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if isinstance(value, ValueSource):
                yield value
        for sources in self.sections.values():
            yield from sources


_VALUE_FIELDS = frozenset(f.name for f in dataclasses.fields(ColumnMap) if f.default is NOTHING)


def load_column_map(name_or_path: str | Path) -> ColumnMap:
    """A ready map by name, or the map in a YAML file.

    Raises:
        ConfigError: When there is no such map or file, or it has an unknown, missing or wrong key.
    """
    path = Path(name_or_path)
    if path.suffix.lower() in {".yaml", ".yml"}:
        return _read_column_map(path)
    maps = known_column_maps()
    if str(name_or_path) not in maps:
        raise ConfigError(f"no ready column map is named so; give a .yaml file or one of: {', '.join(sorted(maps))}")
    return maps[str(name_or_path)]


def known_column_maps() -> dict[str, ColumnMap]:
    """The ready maps by name.

    Raises:
        ConfigError: When one of the shipped files is damaged.
    """
    files = sorted((config_folder() / "tables").glob("*.yaml"))
    return {path.stem: _read_column_map(path) for path in files}


def choose_column_map(columns: Iterable[str], folder: Path) -> ColumnMap:
    """The one ready map whose columns are all there.

    Args:
        columns: Columns of the table.
        folder: Its folder, where the second table lies that a map may join.

    Raises:
        ConfigError: When no map fits (says what the nearest lacks), or several do.
    """
    present = frozenset(columns)
    maps = [m for m in known_column_maps().values() if _can_be_chosen(m, folder)]
    fitting = [m for m in maps if m.needed_columns <= present]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(m.name for m in fitting)
        raise ConfigError(f"several ready column maps fit this table: {names}; say which")
    nearest = min(maps, key=lambda m: len(m.needed_columns - present))
    lacking = ", ".join(sorted(nearest.needed_columns - present))
    raise ConfigError(
        f"no ready column map fits this table; the nearest, {nearest.name}, also needs: {lacking}. "
        f"The table has: {', '.join(sorted(present))}. Write a column map (see configs/tables) and name it"
    )


def _can_be_chosen(column_map: ColumnMap, folder: Path) -> bool:
    """Whether columns tell that a map fits: it names a header's columns, and the table that it joins is there."""
    return not column_map.column_names and (not column_map.join or (folder / column_map.join.file).is_file())


def check_columns(needed: Iterable[str], columns: Iterable[str], table: str = "the table") -> None:
    """Nothing, when all needed columns are there.

    Raises:
        ConfigError: Names the missing columns and those that are there.
    """
    present = list(columns)
    missing = sorted(set(needed) - set(present))
    if missing:
        raise ConfigError(f"{table} has no column {', '.join(missing)}; its columns are: {', '.join(present)}")


def _read_column_map(path: Path) -> ColumnMap:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the column map: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("the column map is not valid YAML") from error
    return build_column_map(content, path.stem)


def build_column_map(content: object, name: str) -> ColumnMap:
    """A column map from parsed YAML; `name` serves when the content has none.

    Raises:
        ConfigError: On an unknown, missing or wrong key; the message lists what is allowed.
    """
    where = f"column map {name}"
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected a mapping, got {type(content).__name__}")
    full = {"name": name} | {str(key): _longhand(str(key), value) for key, value in content.items()}
    return _checked(build_config(full, ColumnMap, where), where)


def _longhand(key: str, value: object) -> object:
    if key in _VALUE_FIELDS:
        return {"column": value} if isinstance(value, str) else value
    if key == "sections" and isinstance(value, Mapping):
        return {name: [_longhand("text", s) for s in _listed(sources)] for name, sources in value.items()}
    if key == "filter" and isinstance(value, Mapping):
        return {name: [str(v) for v in _listed(values)] for name, values in value.items()}
    return value


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _checked(column_map: ColumnMap, where: str) -> ColumnMap:
    unknown = sorted(set(column_map.sections) - set(Section))
    if unknown:
        raise ConfigError(f"{where}: unknown section {', '.join(unknown)}; known sections: {', '.join(Section)}")
    if not column_map.study_id.column:
        raise ConfigError(f"{where}: study_id must name a column")
    if not column_map.image.column and not column_map.sections and not column_map.text.column:
        raise ConfigError(f"{where}: needs a column for image, text or a section; there is nothing to search otherwise")
    if column_map.date_order not in {"", *DATE_ORDERS}:
        raise ConfigError(f"{where}: date_order is one of {', '.join(DATE_ORDERS)}, got {column_map.date_order!r}")
    if len(column_map.delimiter) > 1:
        raise ConfigError(f"{where}: delimiter is one character, got {column_map.delimiter!r}")
    masks = {column_map.mask.value, column_map.mask.otherwise or "", *column_map.mask.values.values()}
    if masks - {"", *MASKS} or (column_map.mask.column and column_map.mask.otherwise is None):
        raise ConfigError(f"{where}: mask gives one of {', '.join(MASKS)}, and with a column also `otherwise`")
    return column_map
