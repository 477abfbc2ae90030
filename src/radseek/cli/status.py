"""What an archive holds, what was quarantined and why, and which reports wait for a person to link them."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import plain_tally, write_json, write_table, write_tally

EXAMPLES = """examples:
  radseek status my-archive
  radseek status my-archive --quarantined
  radseek status my-archive --waiting --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument("--quarantined", action="store_true", help="list what was quarantined, by our own keys")
    parser.add_argument("--waiting", action="store_true", help="list reports that wait to be linked")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the summary and the lists asked for."""
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive:
        summary = archive.summary()
        quarantined = archive.quarantined() if arguments.quarantined else ()
        waiting = archive.review.waiting() if arguments.waiting else ()
    if arguments.json:
        write_json({
            "summary": summary,
            "tally": plain_tally(summary.tally),
            "quarantined": quarantined,
            "waiting": waiting,
        })
        return 0
    for name in ("n_studies", "n_images", "n_reports", "n_sentences", "n_waiting_reports", "generation", "encoder"):
        print(f"{name.removeprefix('n_').replace('_', ' '):<18} {getattr(summary, name)}")
    write_tally(summary.tally)
    if quarantined:
        write_table(
            [(entry.thing_key, entry.reason, entry.detail) for entry in quarantined], ("key", "reason", "detail")
        )
    if waiting:
        write_table([(entry.report_key, entry.reason, len(entry.candidates)) for entry in waiting],
                    ("report", "why it waits", "candidates"))  # fmt: skip
    return 0
