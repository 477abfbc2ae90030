"""Check an archive for damage and loss. Nothing is repaired silently."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek verify my-archive
  radseek verify my-archive --deep     # also re-hash every source file
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument("--deep", action="store_true", help="re-hash every source file, embedding and picture")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Verify and print what was found."""
    from radseek.cli.main import EXIT_ERROR
    from radseek.cli.progress import shown_progress
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        problems = archive.verify(deep=arguments.deep, progress=progress)
        digest = archive.digest()
    if arguments.json:
        write_json({"problems": problems, "digest": digest})
    else:
        for problem in problems:
            print(f"{problem.kind}: {problem.message}")
        print(f"digest {digest}")
    note("nothing wrong found" if not problems else f"{len(problems)} problems found")
    return EXIT_ERROR if problems else 0
