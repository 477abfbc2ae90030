"""Training by a configuration file, for the command."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from radseek.records.config import read_config
from radseek.records.progress import ProgressListener, no_progress


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
    from radseek.training import TrainingConfig, train

    given = {field.name: value for field in dataclasses.fields(places) if (value := getattr(places, field.name))}
    checkpoint = train(dataclasses.replace(read_config(config, TrainingConfig), **given), progress)
    metrics = checkpoint.parent / "metrics.json"
    return TrainedEncoder(checkpoint, json.loads(metrics.read_text(encoding="utf-8")))
