"""Measure retrieval on an archive: does a report's text find its own study?

Printed apart, because they are different things: image vectors only (what pixels answer), reports only (record lookup,
since each report can find itself) and fused. The random baseline stands beside each, and intervals come from a
bootstrap over patients.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json, write_table

EXAMPLES = """examples:
  radseek evaluate my-archive
  radseek evaluate my-archive --section other --source medpix2 --json
  radseek evaluate my-archive --queries 500 --seed 1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument(
        "--section", action="append", default=[], choices=("findings", "impression", "other"),
        help="report sections whose text is the query; may be repeated; default: findings, else impression, else other",
    )  # fmt: skip
    parser.add_argument("--source", action="append", default=[], help="only studies of this source; may be repeated")
    parser.add_argument("--queries", type=int, default=0, help="at most this many queries, drawn at random (0: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw and of the bootstrap")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print the table."""
    from radseek.cli.progress import shown_progress
    from radseek.service import Archive
    from radseek.service.evaluation import EvaluationOptions, evaluate_archive

    options = EvaluationOptions(
        sections=tuple(arguments.section),
        sources=tuple(arguments.source),
        max_queries=arguments.queries,
        seed=arguments.seed,
    )
    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        evaluation = evaluate_archive(archive, options, progress)
    if arguments.json:
        write_json(evaluation)
        return 0
    print(evaluation.title)
    rows = [
        (row.channel, row.measure, f"{row.value:.3f}", f"{row.low:.3f} to {row.high:.3f}", f"{row.random:.3f}")
        for row in evaluation.rows
    ]
    write_table(rows, ("searched by", "measure", "value", "95 % interval", "random"))
    for line in evaluation.notes:
        note(line)
    return 0
