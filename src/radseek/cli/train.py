"""Train or fine-tune an encoder by a YAML configuration, and write a checkpoint with its manifest.

A run that was interrupted goes on from its last epoch when the same command is given again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek train configs/training/radseek-mini.yaml --data-root /data/pairs
  radseek train our-pairs.yaml --out runs/ours
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("config", type=Path, help="training configuration (YAML)")
    parser.add_argument(
        "--out", type=Path, help="folder for checkpoint, metrics and state; default: the configuration's"
    )
    parser.add_argument("--data-root", type=Path, help="folder of the tables; default: RADSEEK_DATA")
    parser.add_argument(
        "--phantoms", type=Path, help="folder of a phantom table, as `radseek demo --phantom-table` writes"
    )
    parser.add_argument("--json", action="store_true", help="print the metrics as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train and say where the checkpoint is."""
    from radseek.cli.progress import shown_progress
    from radseek.service.training import TrainingPlaces, train_encoder

    places = TrainingPlaces(arguments.out, arguments.data_root, arguments.phantoms)
    with shown_progress() as progress:
        trained = train_encoder(arguments.config, places, progress)
    if arguments.json:
        write_json(trained)
    else:
        print(trained.checkpoint)
        for name, value in trained.metrics.items():
            print(f"  {name:<28} {value}")
    note(f"use it: radseek init my-archive --encoder {trained.checkpoint}")
    return 0
