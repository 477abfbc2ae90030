"""Train or fine-tune an encoder by a YAML configuration, and write a checkpoint with its manifest."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek train configs/training/radseek-mini.yaml --out runs/mini
  radseek train our-pairs.yaml --out runs/ours --resume
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("config", type=Path, help="training configuration (YAML)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint, metrics and state")
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
    parser.add_argument("--json", action="store_true", help="print the metrics as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train and say where the checkpoint is."""
    from radseek.cli.progress import shown_progress
    from radseek.service.training import train_encoder

    with shown_progress() as progress:
        trained = train_encoder(arguments.config, arguments.out, arguments.resume, progress)
    if arguments.json:
        write_json(trained)
    else:
        print(trained.checkpoint)
        for name, value in trained.metrics.items():
            print(f"  {name:<28} {value}")
    note(f"use it: radseek init my-archive --encoder {trained.checkpoint}")
    return 0
