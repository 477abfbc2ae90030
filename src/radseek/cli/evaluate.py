"""Measure an encoder: does a text find its study, do prompts tell findings apart, does it know no from yes?

The target is an archive folder, an evaluation YAML, or a CSV of pairs: a column of pictures (PNG or JPEG) and at least
one of caption, findings, impression, report, labels. patient_id, study_id and split are used where they are there; all
may have any name that `radseek train --table` knows. modality, view, sex, age and source make subgroups. Writes
evaluation.json and evaluation.html. Every figure stands beside chance, with an interval by patient. Whatever the tested
part shares with the training part (patient, pixels, near-duplicate picture, text) ends it with exit code 1.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_table

if TYPE_CHECKING:
    from radseek.service.evaluation import EvaluationReport

EXAMPLES = """examples:
  radseek evaluate configs/evaluation/radseek-mini.yaml --data-root /data/pairs
  radseek evaluate our-pairs.csv --encoder runs/ours/checkpoint --against train-pairs.csv
  radseek evaluate my-archive --trained-on teaching-files --json
  radseek evaluate runs/evaluation/radseek-mini/evaluation.json --card data_cards/radseek-mini.md
"""
PATH_OPTIONS = {"--data-root": "DATA", "--phantoms": "PHANTOMS", "--out": "", "--card": ""}
"""Options whose folder is this machine's: shown as a word, or not at all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", type=Path, help="archive folder, evaluation YAML, CSV of pairs, or evaluation.json")
    parser.add_argument("--encoder", default="", help="name or folder; default: radseek-mini, an archive's own")
    parser.add_argument(
        "--out", type=Path, help="folder for the results; default: runs/evaluation/NAME, or kept in the archive"
    )
    parser.add_argument("--data-root", type=Path, help="folder of the tables; default: RADSEEK_DATA")
    parser.add_argument("--phantoms", type=Path, help="folder of a phantom table")
    parser.add_argument("--against", type=Path, metavar="TABLE", help="CSV of pairs that the encoder was trained on")
    parser.add_argument(
        "--trained-on", action="append", default=[], metavar="SOURCE",
        help="source of the archive that the encoder was trained on, others are tested; may be repeated",
    )  # fmt: skip
    parser.add_argument("--allow-leaks", action="store_true", help="on leaks go on, and mark the page in red")
    parser.add_argument("--source", action="append", default=[], help="only this table or source; may be repeated")
    parser.add_argument(
        "--section", action="append", default=[], choices=("findings", "impression", "other"),
        help="archive: report sections whose text is the query; may be repeated; default: the first that has text",
    )  # fmt: skip
    parser.add_argument("--queries", type=int, default=0, help="archive: at most this many texts ask the whole search")
    parser.add_argument("--seed", type=int, help="seed of draws and intervals; default: the configuration's, else 0")
    parser.add_argument("--with-pictures", action="store_true", help="show pictures under the example maps of the page")
    parser.add_argument(
        "--card", type=Path, action="append", default=[], metavar="FILE",
        help="write the figures between <!-- figures: begin --> and <!-- figures: end -->; may be repeated",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, write the files, fill the cards and print the first figures."""
    from radseek.cli.progress import shown_progress
    from radseek.service.evaluation import (
        EvaluateOptions,
        Places,
        evaluate,
        fill_card,
        read_report,
        report_json,
        without_pictures,
    )

    options = EvaluateOptions(
        encoder=arguments.encoder,
        out=arguments.out,
        places=Places(arguments.data_root, arguments.phantoms),
        against=arguments.against,
        trained_on=tuple(arguments.trained_on),
        sources=tuple(arguments.source),
        sections=tuple(arguments.section),
        max_queries=arguments.queries,
        seed=arguments.seed,
        allow_leaks=arguments.allow_leaks,
        with_pictures=arguments.with_pictures,
        command=shown_command(sys.argv[1:]),
    )
    if arguments.target.suffix == ".json":
        report = read_report(arguments.target)
    else:
        with shown_progress() as progress:
            done = evaluate(arguments.target, options, progress)
        report = done.report
        note(f"written: {done.folder / 'evaluation.html'} and evaluation.json")
    for card in arguments.card:
        note(f"{card.name}: {fill_card(card, report)} places filled")
    if arguments.json:
        print(report_json(without_pictures(report)), end="")
    else:
        _print_report(report)
    return 0


def shown_command(words: Sequence[str]) -> str:
    """The command as typed, without the folders of this machine."""
    shown, skip = ["radseek"], False
    for place, word in enumerate(words):
        name, _, value = word.partition("=")
        if skip:
            skip = False
        elif name in PATH_OPTIONS:
            skip = not value and place + 1 < len(words)
            shown += [name, PATH_OPTIONS[name]] if PATH_OPTIONS[name] else []
        else:
            shown.append(Path(word).name if Path(word).is_absolute() else word)
    return shlex.join(shown)


def _print_report(report: EvaluationReport) -> None:
    print(report.header.title)
    for leak in report.leaks:
        print(f"LEAK: {leak.sentence}")
    for section in report.sections:
        if section.why_not:
            note(f"{section.title}: not measured, {section.why_not}")
    rows = []
    for key in report.headlines:
        figure = report.figure(key)
        if figure is not None and figure.value is not None:
            interval = "" if figure.low is None else f"{figure.low:.3f} to {figure.high:.3f}"
            chance = "" if figure.random is None else f"{figure.random:.3f}"
            rows.append((report.caption(key), f"{figure.value:.3f}", interval, chance))
    write_table(rows, ("figure", "value", "95 % interval", "chance"))
