"""Build a small archive of synthetic studies and real test files, search it three times, open the viewer on it.

The studies are procedural phantoms, labelled SYNTHETIC in pixels, headers and viewer. A second run reuses the archive.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from radseek.cli.output import note, write_json, write_tally
from radseek.cli.serve import add_viewer_arguments, serve_viewer

EXAMPLES = """examples:
  radseek demo
  radseek demo --folder /tmp/radseek-demo --no-serve
  radseek demo --phantom-table /tmp/phantoms --phantoms 700     # a table of phantoms to train with
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where the demo lives (default .demo)")
    parser.add_argument("--no-serve", action="store_true", help="do not open the viewer")
    parser.add_argument("--phantom-table", type=Path, help="only write a table of phantoms for training, here")
    parser.add_argument("--phantoms", type=int, default=700, help="phantoms in that table (default 700)")
    parser.add_argument("--json", action="store_true", help="print the searches as JSON")
    add_viewer_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prepare the demo archive, print the searches, serve the viewer."""
    from radseek.cli.progress import shown_progress
    from radseek.cli.search import write_hit
    from radseek.service import Archive
    from radseek.service.demo import demo_searches
    from radseek.service.demo_archive import prepare_demo_archive

    if arguments.phantom_table is not None:
        return _write_phantoms(arguments)
    began_s = time.monotonic()
    with shown_progress() as progress:
        demo = prepare_demo_archive(arguments.folder, progress)
    if demo.built and not arguments.json:
        write_tally(demo.tally)
    with Archive.open(demo.archive) as archive:
        answers = [archive.search(text, k=3) for text in demo_searches()]
    if arguments.json:
        write_json(answers)
    else:
        for text, answer in zip(demo_searches(), answers, strict=True):
            print(f"\nradseek search {demo.archive} {text!r}")
            for hit in answer.hits:
                write_hit(hit)
    note(f"\nthe demo archive is ready after {time.monotonic() - began_s:.1f} s: {demo.archive}")
    return 0 if arguments.no_serve else serve_viewer(demo.archive, arguments)


def _write_phantoms(arguments: argparse.Namespace) -> int:
    from radseek.cli.progress import shown_progress
    from radseek.service.phantom_table import write_phantom_table

    with shown_progress() as progress:
        table = write_phantom_table(arguments.phantom_table, arguments.phantoms, progress=progress)
    print(table)
    return 0
