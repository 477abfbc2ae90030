"""Make what was ingested searchable: encode what is new and publish an index generation."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import write_json

EXAMPLES = """examples:
  radseek index my-archive
  radseek index my-archive --kind exact --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument("--kind", choices=("auto", "exact", "faiss"), default="auto", help="vector index; auto: FAISS")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Build and publish a generation."""
    from radseek.cli.progress import shown_progress
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        built = archive.index(kind=arguments.kind, progress=progress)
    if arguments.json:
        write_json(built)
    else:
        state = "published" if built.changed else "unchanged"
        print(f"{state} generation {built.generation}: {built.n_images:,} pictures, {built.n_sentences:,} sentences")
    return 0
