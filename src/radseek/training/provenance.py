"""What made a checkpoint: versions, machine, seed and the digests of what it was trained on. No paths, no names."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from radseek.errors import InputError, MismatchError
from radseek.training.config import TrainingConfig
from radseek.training.pairs import Pair, data_root, table_path
from radseek.training.placement import Placement

_LIBRARIES = ("torch", "numpy", "monai", "tokenizers", "safetensors", "accelerate")


def describe_run(
    config: TrainingConfig, pairs: Sequence[Pair], pixels: NDArray[np.uint8], placement: Placement
) -> dict[str, Any]:
    """All that decides a checkpoint's bytes beside the configuration; equal for a run and its resumption.

    Raises:
        InputError: When a table cannot be read.
    """
    return {
        "seed": config.seed,
        "versions": {"radseek": version("radseek"), "python": platform.python_version(), **_versions()},
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "device": _device_name(placement.device),
            "precision": placement.precision,
            "threads": torch.get_num_threads(),
            "processes": placement.share.world,
        },
        "data": {
            "tables": {
                table.name: _digest([table_path(config, table)], f"table {table.name}") for table in config.tables
            },
            "further_files": _digest(_further_files(config), "a further file of the configuration"),
            "pixels": hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest(),
            "pictures": {split: sum(pair.split == split for pair in pairs) for split in ("train", "val")},
            "patients": {
                split: len({pair.patient for pair in pairs if pair.split == split}) for split in ("train", "val")
            },
        },
    }


def check_same_data(output: Path, about: Mapping[str, Any]) -> None:
    """Refuse to go on with other tables or pictures than the run in `output` began with.

    Raises:
        MismatchError: When one differs from what `run.json` says; one that cannot be read says nothing.
    """
    try:
        known = json.loads((output / "run.json").read_text(encoding="utf-8"))["data"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name, now in about["data"].items():
        if known.get(name, now) != now:
            way_out = "The data changed since this run began: put it back, or use another output folder."
            raise MismatchError(f"data.{name}", known[name], now, way_out)


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _further_files(config: TrainingConfig) -> list[Path]:
    """What is read beside the tables and their pictures: teachers, background, report sentences, texts alone."""
    backgrounds = [(table, table.background.path) for table in config.tables if table.background]
    teachers = [(table, table.teacher) for table in config.tables if table.teacher]
    named = teachers + (backgrounds if config.objective.background else [])
    beside = [table_path(config, table).parent / path for table, path in named]
    start = config.start
    alone = [source.path for source in start.adaptation.sources] if start.adaptation.steps else []
    below = [*(source.path for source in config.prompts.sentences), *start.vocabulary_texts, *alone]
    return beside + [data_root(config) / path for path in below]


def _digest(files: Sequence[Path], what: str) -> str:
    """SHA-256 of all contents, one after the other."""
    digest = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise InputError(f"{what} cannot be read: {path.name}: {error.strerror}") from error
    return digest.hexdigest()
