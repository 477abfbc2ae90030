"""Learn how sure hits are: how often a hit of this archive answers, by its cosines and words in common.

Findings and sentences of the archive are asked of other patients' studies, as if the lexicon did not know them; its
reading of the reports (or labels, where there is no report) says which hits were right. One half of the patients is
learned from, the other one checks. Searches of the archive then use what was learned for the bands strong, fair, weak
and miss. Bands say how often such hits answer such queries; they are no probability of disease.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_json, write_table

if TYPE_CHECKING:
    from radseek.service.relevance_file import Learned

EXAMPLES = """examples:
  radseek calibrate my-archive
  radseek calibrate my-archive --json
  radseek calibrate validation-archive --out relevance.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder, indexed")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there, and leave the archive as it is")
    parser.add_argument("--json", action="store_true", help="print all that was learned as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Learn, check, write, and print what the bands are worth."""
    from radseek.cli.progress import shown_progress
    from radseek.service import Archive
    from radseek.service.calibrating import calibrate

    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        learned = calibrate(archive, arguments.out, progress)
    if arguments.json:
        write_json(learned)
    else:
        write_learned_table(learned)
    return 0


def write_learned_table(learned: Learned) -> None:
    """How often hits of each band were right, on patients that nothing was learned from."""
    rows = [
        (one.kind, one.band, f"{one.n:,}", f"{one.mean_chance:.0%}", f"{one.n_right / one.n:.0%}")
        for one in learned.bands
    ]
    write_table(rows, ("found by", "band", "hits", "expected right", "were right"))
    for kind in learned.kinds:
        note(
            f"{kind.kind}: calibration error {kind.ece:.3f}, Brier score {kind.brier:.3f} (chance "
            f"{kind.brier_of_base_rate:.3f}), AUROC {kind.auroc:.3f}, {kind.n_learned:,} hits learned from, "
            f"{kind.n_checked:,} checked"
        )
    note(f"asked {learned.n_queries:,} queries of {learned.n_patients:,} patients' studies")
