"""Train an encoder by a YAML configuration, or fine-tune one on your own pairs with nothing but a table or an archive.

A table is a CSV with a column of pictures (PNG, JPEG or DICOM; relative paths are beside the table) and at least one of
caption, findings, impression, report, labels. patient_id, study_id and split are used where they are there; without a
split, patients are split by the hash of their ID. The start encoder is measured first, the best epoch after, side by
side. Pressing Ctrl-C, or a kill, loses at most one epoch: the same command goes on from there, to the same weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_json, write_table
from radseek.errors import ConfigError

if TYPE_CHECKING:
    from radseek.records.progress import Progress, ProgressListener
    from radseek.service.training import PreparedFineTuning, TrainedEncoder
    from radseek.training import TrainingConfig
    from radseek.training.comparison import Comparison
    from radseek.training.plan import TrainingPlan

EXAMPLES = """examples:
  radseek train --table our-pairs.csv --out runs/ours --dry-run
  radseek train --table our-pairs.csv --out runs/ours
  radseek train --table our-pairs.csv --start runs/ours/checkpoint --freeze image --epochs 10 --out runs/more
  radseek train --archive my-archive --out runs/ours --processes 2
  radseek train configs/training/radseek-mini.yaml --data-root /data/pairs --phantoms /data/phantoms
  radseek train configs/training/radseek-mini.yaml --data-root /data/pairs --evaluate radseek-mini
"""
_FINE_TUNING_ONLY = ("start", "freeze", "epochs", "batch_size", "rate", "seed", "name")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("config", type=Path, nargs="?", help="training configuration (YAML)")
    parser.add_argument("--table", type=Path, help="instead of a configuration: CSV or TSV of your own pairs")
    parser.add_argument(
        "--archive", type=Path, help="instead: an archive, whose studies with pictures and reports train"
    )
    parser.add_argument(
        "--out", type=Path, help="folder for checkpoint, figures, logs and state; default: the configuration's"
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything, try one step, say how long; no more")
    parser.add_argument("--processes", type=int, default=1, help="processes that share the work, one a GPU; default 1")
    parser.add_argument("--evaluate", metavar="ENCODER", help="train nothing: measure this encoder on the val part")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    own = parser.add_argument_group("with --table or --archive")
    own.add_argument("--start", help="shipped encoder or checkpoint folder to go on from; default radseek-mini")
    own.add_argument("--freeze", choices=("none", "image", "text"), help="tower that stays as it starts; default none")
    own.add_argument("--epochs", type=int, help="most epochs; default: by the number of pairs")
    own.add_argument("--batch-size", type=int, help="pictures of a step; default: by the number of pairs")
    own.add_argument("--rate", type=float, help="factor on all learning rates: above 1 learns more boldly; default 1")
    own.add_argument("--seed", type=int, help="another seed, another order of pictures; default 1")
    own.add_argument("--name", help="what the encoder is called; default: the name of the output folder")
    configured = parser.add_argument_group("with a configuration")
    configured.add_argument("--data-root", type=Path, help="folder of the tables; default: RADSEEK_DATA")
    configured.add_argument(
        "--phantoms", type=Path, help="folder of a phantom table, as `radseek demo --phantom-table` writes"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prepare, show the plan, train, compare and say where the checkpoint is."""
    from radseek.cli.progress import shown_progress
    from radseek.service.training import evaluate_encoder, is_main_process

    _check(arguments)
    if not is_main_process():
        return _follow(arguments)
    with shown_progress() as progress:
        prepared, config = _prepare(arguments, progress)
        if arguments.evaluate is not None:
            figures = evaluate_encoder(config, arguments.evaluate, progress)
            _write_figures(figures, arguments.json)
            return 0
        plan = _plan(config, prepared, progress)
        if arguments.dry_run:
            if arguments.json:
                write_json(plan)
            return 0
        trained = _train(config, arguments.processes, progress)
        can_compare = prepared is not None and bool(config.validation.retrieval_table)
        comparison = _compare(config, trained, progress) if can_compare else None
    _write_result(trained, comparison, arguments.json)
    if prepared and comparison is None:
        note(
            "without texts the start encoder is not compared; its figures, for the same labels: "
            f"radseek train {config.output / 'config.yaml'} --evaluate {config.start.weights}"
        )
    return 0


def _check(arguments: argparse.Namespace) -> None:
    given = [name for name in ("config", "table", "archive") if getattr(arguments, name) is not None]
    if len(given) != 1:
        raise ConfigError("give one of: a training configuration, --table or --archive; see radseek train --help")
    if given == ["config"] and arguments.config.suffix.lower() in {".csv", ".tsv"}:
        raise ConfigError(f"a configuration is a YAML file; give a table as --table {arguments.config}")
    if given != ["config"] and arguments.out is None:
        raise ConfigError("--table and --archive need --out, a folder for the result")
    used = [f"--{name.replace('_', '-')}" for name in _FINE_TUNING_ONLY if getattr(arguments, name) is not None]
    if given == ["config"] and used:
        raise ConfigError(f"{', '.join(used)}: only with --table or --archive; set it in the configuration instead")
    if arguments.processes < 1:
        raise ConfigError(f"--processes: expected 1 or more, got {arguments.processes}")


def _prepare(
    arguments: argparse.Namespace, progress: ProgressListener
) -> tuple[PreparedFineTuning | None, TrainingConfig]:
    from radseek.service.training import OwnPairs, TrainingPlaces, prepare_fine_tuning, read_training
    from radseek.training.recipe import FineTuneChoices

    if arguments.config is not None:
        places = TrainingPlaces(arguments.out, arguments.data_root, arguments.phantoms)
        return None, read_training(arguments.config, places)
    given = {name: getattr(arguments, name) for name in _FINE_TUNING_ONLY}
    choices = FineTuneChoices(**{name: value for name, value in given.items() if value is not None})
    prepared = prepare_fine_tuning(OwnPairs(arguments.table, arguments.archive), arguments.out, choices, progress)
    return prepared, prepared.config


def _plan(config: TrainingConfig, prepared: PreparedFineTuning | None, progress: ProgressListener) -> TrainingPlan:
    from radseek.service.training import plan_run

    plan = plan_run(config, progress)
    for line in plan_lines(plan, prepared):
        note(line)
    return plan


def plan_lines(plan: TrainingPlan, prepared: PreparedFineTuning | None) -> list[str]:
    """A plan for people."""
    from radseek.cli.progress import in_words

    lines = [f"{plan.name}: what will be trained on"]
    lines += [
        f"  {name:<6} {part.pictures:>7,} pictures  {part.studies:>7,} studies  {part.patients:>7,} patients  "
        f"{part.texts:>7,} different texts"
        for name, part in (("train", plan.train), ("val", plan.val))
    ]
    share = plan.trained_parameters / plan.parameters
    lines += [
        f"  at most {plan.epochs} epochs, {plan.steps:,} steps of {plan.batch_size} pictures",
        f"  {plan.trained_parameters:,} of {plan.parameters:,} weights ({share:.0%}) learn, in {plan.precision} "
        f"on {plan.device}",
        f"  about {in_words(plan.seconds)}, from one trial step",
    ]
    if prepared is not None:
        found = ", ".join(f"{ours} = {theirs!r}" for ours, theirs in prepared.columns.items())
        lines += [f"  columns: {found}"]
        lines += [f"  left out: {count:,} ({reason})" for reason, count in prepared.left_out.items()]
    notes = (*plan.notes, *(prepared.notes if prepared else ()))
    return lines + [f"  note: {text}" for text in notes]


def _train(config: TrainingConfig, n_processes: int, progress: ProgressListener) -> TrainedEncoder:
    from radseek.service.training import run_training

    try:
        return run_training(config, n_processes, _with_epoch_lines(progress))
    except KeyboardInterrupt:
        note("\nstopped; all whole epochs are kept. The same command goes on from there.")
        raise


def _with_epoch_lines(progress: ProgressListener) -> ProgressListener:
    """A listener that gives each epoch's figures a line of their own, which stays."""

    def listen(message: Progress, /) -> None:
        if message.stage == "validate":
            note(f"epoch {message.done} of {message.total}: {message.note}")
        else:
            progress(message)

    return listen


def _follow(arguments: argparse.Namespace) -> int:
    """What the other processes of `torchrun` or `accelerate launch` do: train, and say nothing."""
    from radseek.records.progress import no_progress
    from radseek.service.training import TrainingPlaces, read_training, run_training

    if arguments.config is None:
        raise ConfigError("--table and --archive start their own processes: use --processes N without a launcher")
    if not arguments.dry_run and arguments.evaluate is None:
        places = TrainingPlaces(arguments.out, arguments.data_root, arguments.phantoms)
        run_training(read_training(arguments.config, places), 1, no_progress)
    return 0


def _compare(config: TrainingConfig, trained: TrainedEncoder, progress: ProgressListener) -> Comparison:
    from radseek.service.training import compare_with_start

    return compare_with_start(config, trained, progress)


def _write_result(trained: TrainedEncoder, comparison: Comparison | None, as_json: bool) -> None:
    if as_json:
        compared = {"comparison": comparison} if comparison else {}
        write_json({"checkpoint": trained.checkpoint, **trained.metrics, **compared})
    else:
        print(trained.checkpoint)
        if comparison is None:
            _write_figures(trained.metrics, False)
        else:
            _write_comparison(comparison)
    note(f"use it: radseek init my-archive --encoder {trained.checkpoint}")


def _write_comparison(comparison: Comparison) -> None:
    print(
        f"val part: {comparison.n_texts} texts, {comparison.n_studies} studies, {comparison.n_patients} patients; "
        "95 % intervals by patient; the best epoch was chosen on this part"
    )
    rows = []
    for figure in comparison.figures:
        digits = 1 if figure.measure == "median_rank" else 3
        spans = [
            f"{part.value:{sign}.{digits}f} [{part.low:{sign}.{digits}f}, {part.high:{sign}.{digits}f}]"
            for part, sign in ((figure.before, ""), (figure.after, ""), (figure.change, "+"))
        ]
        change = spans[2] if figure.change.n else ""
        name = f"{figure.direction.replace('_', ' ')}: {figure.measure.replace('_', ' ')}"
        rows.append([name, f"{figure.random:.{digits}f}", spans[0], spans[1], change])
    write_table(rows, ("measure", "chance", "before", "after", "change"))
    print(comparison.verdict)


def _write_figures(figures: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        write_json(figures)
        return
    for name, value in figures.items():
        if not isinstance(value, (list, dict)):
            print(f"  {name:<36} {value:.3f}" if isinstance(value, float) else f"  {name:<36} {value}")
