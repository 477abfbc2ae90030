"""What to evaluate, read strictly from YAML, or made from a plain table of pairs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from radseek.errors import ConfigError
from radseek.records.config import config_folder, read_config
from radseek.training.config import PromptsConfig, TableConfig, TrainingConfig
from radseek.training.own_table import (
    CAPTION,
    IMAGE,
    LABELS,
    PATIENT,
    SPLIT,
    SPLITS,
    STUDY,
    STUDY_TEXTS,
    find_columns,
)
from radseek.training.table_rows import read_cells


@dataclass(frozen=True, slots=True)
class BoxesConfig:
    """Lesion boxes on pictures of one table: a CSV with image, finding, x, y, width, height in pixels of the file."""

    table: str
    path: Path
    labels: dict[str, tuple[str, ...]]
    """Finding as the boxes spell it -> prompted findings, the first of which is asked."""


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """An evaluation of an encoder on tables."""

    name: str
    training: Path | None = None
    """A training configuration whose tables and prompts are taken; relative to this file."""
    tables: tuple[TableConfig, ...] = ()
    """Further tables, or all of them when there is no `training`."""
    prompts: PromptsConfig | None = None
    tested: tuple[str, ...] = ()
    """Names of the tables that are tested; all when empty. The others are only looked at for leaks."""
    tested_split: str = "val"
    trained_splits: tuple[str, ...] = ("train",)
    """Parts of all tables that nothing tested may share anything with; empty when nothing was trained on them."""
    left_out: tuple[str, ...] = ()
    """Studies as `table/study_id` that are not tested although their split says so, such as one that leaks."""
    boxes: tuple[BoxesConfig, ...] = ()
    min_positives: int = 3
    """Findings with fewer positive (or negative) pictures have no AUROC."""
    gallery_sizes: tuple[int, ...] = (100, 500, 1000)
    """Retrieval is measured in random galleries of these sizes too, where the part has more studies."""
    seed: int = 0
    data_root: Path | None = None
    phantoms_root: Path | None = None

    def __post_init__(self) -> None:
        if len({table.name for table in self.tables}) != len(self.tables):
            raise ConfigError("evaluation: two tables have one name")
        if self.tested_split in self.trained_splits:
            raise ConfigError(f"evaluation: {self.tested_split!r} is both tested and trained on")


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of this machine; None keeps what the configuration says."""

    data_root: Path | None = None
    phantoms_root: Path | None = None


@dataclass(frozen=True, slots=True)
class TableTarget:
    """A resolved configuration: every table and the prompts are here."""

    config: EvaluationConfig
    prompts: PromptsConfig
    kind: str
    roots: Places = field(default_factory=Places)


def read_table_target(path: Path, places: Places) -> TableTarget:
    """The evaluation that a YAML file describes, with tables and prompts of its training configuration if it names one.

    Raises:
        ConfigError: On an unknown or wrong key, a tested table that is not there, or no tables at all.
    """
    config = read_config(path, EvaluationConfig)
    prompts = config.prompts
    if config.training is not None:
        training = read_config(path.parent / config.training, TrainingConfig)
        config = dataclasses.replace(config, tables=(*training.tables, *config.tables))
        prompts = prompts or training.prompts
    names = {table.name for table in config.tables}
    unknown = sorted((set(config.tested) | {boxes.table for boxes in config.boxes}) - names)
    if unknown or not names:
        raise ConfigError(f"evaluation: no table {', '.join(unknown)}; known: {', '.join(sorted(names)) or 'none'}")
    if not config.tested:
        config = dataclasses.replace(config, tested=tuple(table.name for table in config.tables))
    roots = _join(places, config)
    if roots.phantoms_root is None:
        # drawings share nothing with real pictures: without their folder they are no reason to stop
        kept = tuple(table for table in config.tables if table.root != "phantoms" or table.name in config.tested)
        config = dataclasses.replace(config, tables=kept)
    return TableTarget(config, prompts or default_prompts(), "configuration", roots)


def plain_table_target(path: Path, seed: int = 0) -> TableTarget:
    """The evaluation of a CSV of pairs with a column of pictures and texts, labels or both; others are optional.

    Columns are found by their names as for training on an own table (`radseek.training.own_table.ALIASES`). With a
    split column, the test part is tested where some row says so, else the val part, and nothing of the other parts may
    be shared. Without one, every row is tested. Without a study column each picture is its own study, without a
    patient column each study its own patient.

    Raises:
        InputError: When the table cannot be read.
        ConfigError: When it has no column of pictures, or neither text nor labels; the columns found are listed.
    """
    header, *lines = read_cells(path, "the table") or [[]]
    columns = find_columns(header)
    table = TableConfig(
        name=path.stem,
        path=Path(path.name),
        image_column=columns[IMAGE],
        image_texts=(columns[CAPTION],) if CAPTION in columns else (),
        study_texts=tuple(columns[name] for name in STUDY_TEXTS if name in columns),
        study_column=columns.get(STUDY, ""),
        patient_column=columns.get(PATIENT, ""),
        split_column=columns.get(SPLIT, ""),
        labels_column=columns.get(LABELS, ""),
        labels_complete=LABELS in columns,
        mask="none",
    )
    place = header.index(table.split_column) if table.split_column else len(header)
    parts = {part_of(cells[place]) for cells in lines if len(cells) > place} - {""}
    tested_split = next((name for name in ("test", "val") if name in parts), "test")
    config = EvaluationConfig(
        name=path.stem,
        tables=(table,),
        tested=(path.stem,),
        tested_split=tested_split,
        trained_splits=tuple(sorted(parts - {tested_split})),
        seed=seed,
    )
    return TableTarget(config, default_prompts(), "table", Places(data_root=path.parent))


def part_of(split: str) -> str:
    """`train`, `val` or `test` for what a person's table says, such as `Training` or `dev`; other words stay."""
    return SPLITS.get(split.strip().lower(), split.strip())


def default_prompts() -> PromptsConfig:
    """The label prompts that radseek-mini was trained with.

    Raises:
        ConfigError: When the shipped configurations are missing.
    """
    return read_config(config_folder() / "training" / "radseek-mini.yaml", TrainingConfig).prompts


def _join(places: Places, config: EvaluationConfig) -> Places:
    return Places(places.data_root or config.data_root, places.phantoms_root or config.phantoms_root)
