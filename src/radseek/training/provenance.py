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
from radseek.training.pairs import Pair, table_path
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
            "tables": {table.name: _file_digest(config, place) for place, table in enumerate(config.tables)},
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


def _file_digest(config: TrainingConfig, place: int) -> str:
    try:
        with table_path(config, config.tables[place]).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"table {config.tables[place].name} cannot be read: {error.strerror}") from error
