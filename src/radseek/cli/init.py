"""Make an empty archive: a folder with a catalogue and a configuration."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek init my-archive
  radseek init my-archive --config configs/archives/default.yaml --encoder /models/our-encoder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="folder to make; it must be empty or not exist")
    parser.add_argument(
        "--config", type=Path, help="archive configuration (YAML); default: configs/archives/default.yaml"
    )
    parser.add_argument("--encoder", help="encoder name or folder; default: radseek-mini")
    parser.add_argument("--json", action="store_true", help="print the resolved configuration as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make the archive."""
    from radseek.service import Archive

    with Archive.create(arguments.archive, config=arguments.config, encoder=arguments.encoder) as archive:
        if arguments.json:
            write_json(archive.configuration())
    note(f"made an empty archive; next: radseek ingest {arguments.archive} FOLDER")
    return 0
