"""Train or fine-tune an encoder by a YAML configuration, and write a checkpoint with its manifest.

A run that was interrupted goes on from its last epoch when the same command is given again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek train configs/training/radseek-mini.yaml --data-root /data/pairs
  radseek train our-pairs.yaml --out runs/ours
  radseek train configs/training/radseek-mini.yaml --data-root /data/pairs --evaluate radseek-mini
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
    parser.add_argument("--evaluate", metavar="ENCODER", help="train nothing: measure this encoder on the val part")
    parser.add_argument("--json", action="store_true", help="print the metrics as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train and say where the checkpoint is."""
    from radseek.cli.progress import shown_progress
    from radseek.service.training import TrainingPlaces, evaluate_encoder, train_encoder

    places = TrainingPlaces(arguments.out, arguments.data_root, arguments.phantoms)
    if arguments.evaluate is not None:
        with shown_progress() as progress:
            figures = evaluate_encoder(arguments.config, places, arguments.evaluate, progress)
        _write_figures(figures, arguments.json)
        return 0
    with shown_progress() as progress:
        trained = train_encoder(arguments.config, places, progress)
    if not arguments.json:
        print(trained.checkpoint)
    _write_figures(trained.metrics, arguments.json)
    note(f"use it: radseek init my-archive --encoder {trained.checkpoint}")
    return 0


def _write_figures(figures: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        write_json(figures)
        return
    for name, value in figures.items():
        if not isinstance(value, (list, dict)):
            print(f"  {name:<36} {value:.3f}" if isinstance(value, float) else f"  {name:<36} {value}")
