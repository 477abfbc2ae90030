"""Training by a configuration file, and fine-tuning on one's own pairs, for the command."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.errors import ConfigError
from radseek.records.config import read_config, resolved_config
from radseek.records.progress import ProgressListener, no_progress
from radseek.training import TrainingConfig

if TYPE_CHECKING:
    from radseek.training.comparison import Comparison
    from radseek.training.plan import TrainingPlan
    from radseek.training.recipe import FineTuneChoices


@dataclass(frozen=True, slots=True)
class TrainingPlaces:
    """Folders that differ from machine to machine; None keeps what the configuration says."""

    output: Path | None = None
    data_root: Path | None = None
    phantoms_root: Path | None = None


@dataclass(frozen=True, slots=True)
class TrainedEncoder:
    """A finished training."""

    checkpoint: Path
    metrics: dict[str, object]
    """Figures of the validation part and what the run was, as stored beside the checkpoint."""


@dataclass(frozen=True, slots=True)
class OwnPairs:
    """Where a person's pairs come from: exactly one of both."""

    table: Path | None = None
    """CSV or TSV file."""
    archive: Path | None = None
    """Folder of an archive with pictures and reports."""


@dataclass(frozen=True, slots=True)
class PreparedFineTuning:
    """A fine-tuning that can begin."""

    config: TrainingConfig
    columns: Mapping[str, str]
    """Our column -> the table's, as found."""
    left_out: Mapping[str, int]
    """Reason -> rows (or studies) left out."""
    notes: tuple[str, ...] = field(default=())


def is_main_process() -> bool:
    """False in all but the first of several processes that a launcher started: only that one speaks."""
    return os.environ.get("RANK", "0") == "0"


def read_training(config: Path, places: TrainingPlaces) -> TrainingConfig:
    """The YAML file `config`, with this machine's folders.

    Raises:
        ConfigError: When it cannot be read or has an unknown, missing or mistyped key.
    """
    given = {field.name: value for field in dataclasses.fields(places) if (value := getattr(places, field.name))}
    return dataclasses.replace(read_config(config, TrainingConfig), **given)


def prepare_fine_tuning(
    pairs: OwnPairs, output: Path, choices: FineTuneChoices, progress: ProgressListener = no_progress
) -> PreparedFineTuning:
    """Reads a person's pairs, writes them in our columns into `output/pairs`, and settles how to train on them.

    Raises:
        ConfigError: When not exactly one source is given, a column is missing or a choice has an unknown value.
        InputError: When the table cannot be read, or too little is left of it.
        ArtifactError: When there is no such start encoder or archive.
        PrivacyError: When the archive's principal may not read its reports.
    """
    from radseek.training.own_table import read_own_table, write_own_table
    from radseek.training.recipe import fine_tuning_config

    if (pairs.table is None) == (pairs.archive is None):
        raise ConfigError("fine-tuning needs either a table or an archive")
    folder = output / "pairs"
    left_out: dict[str, int] = {}
    if pairs.table is not None:
        source, name = pairs.table, pairs.table.name.split(".")[0]
    else:
        source, left_out = _archive_table(Path(str(pairs.archive)), folder, choices.start, progress)
        name = "archive"
    table = read_own_table(source)
    written = write_own_table(table, folder, name)
    config = fine_tuning_config(table, written, output, folder, choices)
    return PreparedFineTuning(config, table.columns, {**left_out, **table.left_out}, table.notes)


def plan_run(config: TrainingConfig, progress: ProgressListener = no_progress) -> TrainingPlan:
    """What a training will do and about how long it takes; one step is tried and thrown away.

    Raises:
        ConfigError: As `run_training`.
        InputError: As `run_training`.
    """
    from radseek.training.plan import plan_training

    return plan_training(config, progress)


def run_training(
    config: TrainingConfig, n_processes: int = 1, progress: ProgressListener = no_progress
) -> TrainedEncoder:
    """Trains; a run that was interrupted goes on from its last epoch.

    Args:
        config: What to train.
        n_processes: Processes on this machine that share the work; each takes a GPU where there are GPUs.
        progress: Told how far it is.

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used.
        InputError: When a table or picture cannot be read.
        MismatchError: When the output folder holds the state of another configuration.
    """
    from radseek.training import train
    from radseek.training.launching import train_in_processes

    checkpoint = train(config, progress) if n_processes == 1 else train_in_processes(config, n_processes, progress)
    metrics = checkpoint.parent / "metrics.json"
    return TrainedEncoder(checkpoint, json.loads(metrics.read_text(encoding="utf-8")))


def compare_with_start(
    config: TrainingConfig, trained: TrainedEncoder, progress: ProgressListener = no_progress
) -> Comparison:
    """The start encoder and the trained one on the val part, also written to `comparison.json` beside the checkpoint.

    Raises:
        ArtifactError: When a checkpoint cannot be loaded.
        StorageError: When the disk refuses.
    """
    from radseek.encoders import load_encoder
    from radseek.training.comparison import compare_encoders
    from radseek.training.logs import as_json, write_text

    before = load_encoder(config.start.weights)
    comparison = compare_encoders(config, before, load_encoder(trained.checkpoint), progress)
    write_text(config.output / "comparison.json", as_json(resolved_config(comparison)))
    return comparison


def evaluate_encoder(
    config: TrainingConfig, encoder: str, progress: ProgressListener = no_progress
) -> dict[str, float]:
    """Figures of an encoder on the val part that a configuration names; nothing is trained.

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used.
        InputError: When a table or picture cannot be read.
        ArtifactError: When there is no such encoder.
    """
    from radseek.encoders import load_encoder
    from radseek.training import evaluate_pairs

    wanted = {config.validation.retrieval_table, config.validation.findings_table}
    tables = tuple(table for table in config.tables if table.name in wanted)
    return evaluate_pairs(dataclasses.replace(config, tables=tables), load_encoder(encoder), progress)


def _archive_table(archive: Path, folder: Path, start: str, progress: ProgressListener) -> tuple[Path, dict[str, int]]:
    from radseek.encoders.checkpoint import read_manifest
    from radseek.encoders.registry import checkpoint_folder
    from radseek.service.archive import Archive
    from radseek.service.archive_pairs import write_archive_pairs

    preprocessing = read_manifest(checkpoint_folder(start)).spec.preprocessing
    with Archive.open(archive) as opened:
        written = write_archive_pairs(opened, folder, preprocessing, progress)
    return written.table, dict(written.left_out)
