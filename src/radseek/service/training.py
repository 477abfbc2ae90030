"""Training by a configuration file, for the command."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from radseek.records.config import read_config
from radseek.records.progress import ProgressListener, no_progress
from radseek.training import TrainingConfig


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


def train_encoder(config: Path, places: TrainingPlaces, progress: ProgressListener = no_progress) -> TrainedEncoder:
    """Trains by the YAML file `config`; a run that was interrupted goes on from its last epoch.

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used.
        InputError: When a table or picture cannot be read.
        MismatchError: When the output folder holds the state of another configuration.
    """
    from radseek.training import train

    checkpoint = train(_read_training(config, places), progress)
    metrics = checkpoint.parent / "metrics.json"
    return TrainedEncoder(checkpoint, json.loads(metrics.read_text(encoding="utf-8")))


def evaluate_encoder(
    config: Path, places: TrainingPlaces, encoder: str, progress: ProgressListener = no_progress
) -> dict[str, float]:
    """Figures of an encoder on the val part that the YAML file `config` names; nothing is trained.

    Raises:
        ConfigError: When the configuration, a table's columns or the split cannot be used.
        InputError: When a table or picture cannot be read.
        ArtifactError: When there is no such encoder.
    """
    from radseek.encoders import load_encoder
    from radseek.training import evaluate_pairs

    settings = _read_training(config, places)
    wanted = {settings.validation.retrieval_table, settings.validation.findings_table}
    tables = tuple(table for table in settings.tables if table.name in wanted)
    return evaluate_pairs(dataclasses.replace(settings, tables=tables), load_encoder(encoder), progress)


def _read_training(config: Path, places: TrainingPlaces) -> TrainingConfig:
    given = {field.name: value for field in dataclasses.fields(places) if (value := getattr(places, field.name))}
    return dataclasses.replace(read_config(config, TrainingConfig), **given)
