"""Lay the archive out in two dimensions, so that studies which are alike lie together; the viewer shows it.

Pictures and reports are compared by their vectors, so there is a map of each. A map belongs to an index generation:
after `radseek index` brought something new, build it again. Maps (the archive's folder `maps`) can be deleted any time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_json

if TYPE_CHECKING:
    from radseek.records.archive_map import MapFacts

EXAMPLES = """examples:
  radseek map my-archive
  radseek map my-archive --by reports
  radseek map my-archive --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument(
        "--by",
        choices=("pictures", "reports", "both"),
        default="both",
        help="what studies are compared by; both: the map of each of which there is enough",
    )
    parser.add_argument("--json", action="store_true", help="print what was built as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Build the maps."""
    from radseek.cli.progress import shown_progress
    from radseek.records.archive_map import FEWEST_STUDIES, MapKind
    from radseek.service import Archive

    built: list[MapFacts] = []
    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        kinds = list(MapKind) if arguments.by == "both" else [MapKind(arguments.by)]
        enough = [kind for kind in kinds if archive.map.n_studies(kind) >= FEWEST_STUDIES]
        for kind in enough or kinds:
            built.append(archive.map.build(kind, progress))
    for kind in kinds:
        if kind not in {facts.kind for facts in built}:
            note(f"no map by {kind}: fewer than {FEWEST_STUDIES} studies have them")
    if arguments.json:
        write_json(built)
    else:
        for facts in built:
            print(describe(facts))
    return 0


def describe(facts: MapFacts) -> str:
    """One line about a map that was built."""
    kept = ""
    if facts.kept_neighbours is not None:
        kept = f"; of {facts.n_neighbours} neighbours {facts.kept_neighbours * facts.n_neighbours:.0f} are kept"
        kept += f", trustworthiness {facts.trustworthiness:.3f}"
    return f"map by {facts.kind} of {facts.generation}: {facts.n_studies:,} studies in {facts.seconds:.0f} s{kept}"
