"""Cohorts: save a search under a name, run it again to see what is new, choose by hand, sample, export.

A cohort is a definition - query, filters, choices by hand, sampling - of which every version is kept. A run finds the
studies that belong now and keeps them, so that the next run says exactly which are new and which are gone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.cohort_output import (
    note_saved,
    write_checks,
    write_cohort,
    write_cohorts,
    write_export_report,
    write_new,
    write_result,
)
from radseek.cli.output import note, write_json
from radseek.errors import InputError
from radseek.records.channel_choices import CHANNEL_CHOICES, chosen_channels
from radseek.records.cohort import (
    COHORT_FIELDS,
    CohortDefinition,
    Grouping,
    SampleMethod,
    Sampling,
    decided_by_hand,
)
from radseek.records.search import Where

if TYPE_CHECKING:
    from radseek.service import Archive

EXAMPLES = """examples:
  radseek cohort save my-archive effusions "pleural effusion modality:DX age:>18" --one-per-patient
  radseek cohort save my-archive old-ct "modality:CT before:2015"     # filters only: all that they allow
  radseek cohort save my-archive teaching --include st_0123456789abcdef
  radseek cohort run my-archive effusions --new
  radseek cohort check my-archive     # from cron: how many new each cohort has
  radseek cohort exclude my-archive effusions st_0123456789abcdef
  radseek cohort sample my-archive effusions -n 40 --by sex --seed 7 --as effusions-40
  radseek cohort export my-archive effusions effusions.csv --facts
  radseek cohort import other-archive effusions.json
"""

_Action = Callable[["Archive", argparse.Namespace], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    for name, (summary, declare, _) in _ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        action.add_argument("archive", type=Path, help="archive folder")
        declare(action)
        action.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked and print it."""
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive:
        return _ACTIONS[arguments.action][2](archive, arguments)


# Arguments


def _no_more(parser: argparse.ArgumentParser) -> None:
    """The archive is all."""


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the cohort's name")


def _version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", type=int, dest="cohort_version", help="an older version; default: the newest")


def _declare_save(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "query", nargs="?", default="", help="as for `radseek search`; filters alone take all they allow"
    )
    parser.add_argument(
        "-k", type=int, help="most studies that the query may bring; default: as many as a search brings"
    )
    parser.add_argument("--floor", type=float, help="lowest score of a hit that belongs")
    parser.add_argument("--modality", action="append", default=[], help="only this modality; may be repeated")
    parser.add_argument("--body-part", action="append", default=[], help="only this body part; may be repeated")
    parser.add_argument("--sex", action="append", default=[], choices=("F", "M", "O"), help="only this sex")
    parser.add_argument("--source", action="append", default=[], help="only this source; may be repeated")
    parser.add_argument(
        "--channel", action="append", default=[], choices=list(CHANNEL_CHOICES),
        help="search in this way only; report is sentence and lexical; may be repeated; default: fused, all of them",
    )  # fmt: skip
    parser.add_argument("--include", nargs="+", default=[], metavar="STUDY", help="studies that belong in any case")
    parser.add_argument(
        "--exclude", nargs="+", default=[], metavar="STUDY", help="studies that do not belong in any case"
    )
    parser.add_argument("--one-per-patient", action="store_true", help="at most one study a patient, the first in rank")
    parser.add_argument("--all", action="store_true", help="without query and filters: the whole archive")
    parser.add_argument("--note", default="", help="what the cohort is for")


def _declare_show(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _version(parser)
    parser.add_argument("--members", action="store_true", help="also the studies of its last run")


def _declare_run(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _version(parser)
    parser.add_argument("--new", action="store_true", help="print only studies that the run before did not have")


def _declare_choice(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="study keys, such as st_0123456789abcdef")
    parser.add_argument("--undo", action="store_true", help="take the choice back: the query decides again")


def _declare_sample(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("-n", type=int, help="number of studies")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--by", choices=COHORT_FIELDS, help="equal shares of this field's values, as far as there are enough"
    )
    way.add_argument("--diverse", action="store_true", help="studies that look as different as possible")
    way.add_argument("--off", action="store_true", help="sample no longer")
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same studies (default 0)")
    parser.add_argument("--all-studies", action="store_true", help="several studies of one patient may be drawn")
    parser.add_argument(
        "--as", dest="new_name", metavar="NAME", help="save as a new cohort and leave this one as it is"
    )


def _declare_export(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("file", type=Path, help="ends in .csv (the definition goes beside it), .parquet or .json")
    _version(parser)
    parser.add_argument(
        "--facts", action="store_true", help="also patient key, modality, body part, sex, age, year, source"
    )
    parser.add_argument(
        "--with-identifiers", action="store_true",
        help="also accession numbers and study UIDs: these identify patients; needs the right to export them",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def _declare_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a JSON or Parquet file that `radseek cohort export` wrote")
    parser.add_argument("--as", dest="new_name", metavar="NAME", help="another name for it here")


def _declare_delete(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--yes", action="store_true", help="do it: all versions and runs are lost")


# Actions


def _save(archive: Archive, arguments: argparse.Namespace) -> int:
    definition = _definition(arguments)
    new = arguments.name not in {summary.newest.name for summary in archive.cohorts.all()}
    if not new:
        definition = _keeping_choices(archive.cohorts.get(arguments.name).definition, definition)
    return _finish_saving(archive, arguments, arguments.name, definition, new)


def _keeping_choices(before: CohortDefinition, now: CohortDefinition) -> CohortDefinition:
    """The new definition with what was chosen by hand and how it is sampled as before: `save` changes the search."""
    if now.hand_picked and not before.hand_picked:
        raise InputError("the cohort has a search: add studies with `radseek cohort include`, or give the new query")
    kept = decided_by_hand(before, "include", now.include, undo=False)
    kept = decided_by_hand(kept, "exclude", now.exclude, undo=False)
    if kept.include or kept.exclude or kept.sampling:
        sampled = ", and its sampling" if kept.sampling else ""
        note(f"kept: {len(kept.include)} studies included and {len(kept.exclude)} excluded by hand{sampled}")
    return replace(
        now,
        include=kept.include,
        exclude=kept.exclude,
        sampling=before.sampling,
        grouping=before.grouping if before.sampling else now.grouping,
        note=now.note or before.note,
    )


def _definition(arguments: argparse.Namespace) -> CohortDefinition:
    from radseek.service.filters import build_where

    filters = {name: getattr(arguments, name) for name in ("modality", "body_part", "sex", "source")}
    where = build_where(filters)
    searched = bool(arguments.query.strip()) or where != Where()
    if searched and arguments.all:
        raise InputError("--all goes without query and filters; without --all they say which studies belong")
    if not (searched or arguments.all or arguments.include):
        raise InputError("say which studies belong: a query, filters, --include STUDY, or --all for the whole archive")
    return CohortDefinition(
        query=arguments.query,
        where=where,
        channels=chosen_channels(arguments.channel),
        k=arguments.k,
        floor=arguments.floor,
        hand_picked=not (searched or arguments.all),
        include=tuple(arguments.include),
        exclude=tuple(arguments.exclude),
        grouping=Grouping.PATIENT if arguments.one_per_patient else Grouping.ALL,
        note=arguments.note,
    )


def _finish_saving(
    archive: Archive, arguments: argparse.Namespace, name: str, definition: CohortDefinition, new: bool
) -> int:
    """Save; a new cohort is run at once, so that from now on there is something to compare with."""
    cohort = archive.cohorts.save(name, definition)
    if not new:
        return _saved(arguments, archive, name)
    result = archive.cohorts.run(name)
    if arguments.json:
        write_json(result)
        return 0
    note_saved(cohort)
    write_result(result, {}, members=False)
    return 0


def _saved(arguments: argparse.Namespace, archive: Archive, name: str) -> int:
    cohort = archive.cohorts.get(name)
    if arguments.json:
        write_json(cohort)
    else:
        note_saved(cohort)
        note(f"see what it brings with `radseek cohort run ARCHIVE {name}`")
    return 0


def _list(archive: Archive, arguments: argparse.Namespace) -> int:
    cohorts = archive.cohorts.all()
    if arguments.json:
        write_json(cohorts)
    else:
        write_cohorts(cohorts)
    return 0


def _show(archive: Archive, arguments: argparse.Namespace) -> int:
    cohorts = archive.cohorts
    cohort = cohorts.get(arguments.name, arguments.cohort_version)
    last = cohorts.last(arguments.name, cohort.version)
    versions, runs = cohorts.versions(arguments.name), cohorts.runs(arguments.name)
    if arguments.json:
        members = {"members": last.members} if last and arguments.members else {}
        counts = last.counts if last else {}
        write_json({"cohort": cohort, "versions": versions, "runs": runs, "counts": counts, **members})
        return 0
    write_cohort(cohort, versions, runs)
    if last is not None:
        write_result(last, cohorts.studies(last.members) if arguments.members else {}, members=arguments.members)
    return 0


def _run_cohort(archive: Archive, arguments: argparse.Namespace) -> int:
    result = archive.cohorts.run(arguments.name, arguments.cohort_version)
    if arguments.json:
        write_json(result)
    elif arguments.new:
        write_new(result, archive.cohorts.studies(result.new))
    else:
        write_result(result, archive.cohorts.studies(result.members), members=True)
    return 0


def _check(archive: Archive, arguments: argparse.Namespace) -> int:
    from radseek.cli.main import EXIT_ERROR

    checks = archive.cohorts.check()
    if arguments.json:
        write_json(checks)
    else:
        write_checks(checks)
    return EXIT_ERROR if any(check.problem for check in checks) else 0


def _include(archive: Archive, arguments: argparse.Namespace) -> int:
    archive.cohorts.include(arguments.name, arguments.studies, arguments.undo)
    return _saved(arguments, archive, arguments.name)


def _exclude(archive: Archive, arguments: argparse.Namespace) -> int:
    archive.cohorts.exclude(arguments.name, arguments.studies, arguments.undo)
    return _saved(arguments, archive, arguments.name)


def _sample(archive: Archive, arguments: argparse.Namespace) -> int:
    sampling = _sampling(arguments)
    before = archive.cohorts.get(arguments.name).definition
    grouping = Grouping.ALL if arguments.all_studies else Grouping.PATIENT
    if sampling is None:
        grouping = before.grouping
    if arguments.new_name is None:
        archive.cohorts.sample(arguments.name, sampling, grouping)
        return _saved(arguments, archive, arguments.name)
    if arguments.new_name in {summary.newest.name for summary in archive.cohorts.all()}:
        raise InputError("a cohort has the name after --as already; choose another name")
    drawn = replace(before, sampling=sampling, grouping=grouping)
    return _finish_saving(archive, arguments, arguments.new_name, drawn, new=True)


def _sampling(arguments: argparse.Namespace) -> Sampling | None:
    if arguments.off:
        return None
    if arguments.n is None:
        raise InputError("say how many studies to draw with -n, or --off to sample no longer")
    if arguments.diverse:
        return Sampling(arguments.n, SampleMethod.DIVERSE, seed=arguments.seed)
    if arguments.by:
        return Sampling(arguments.n, SampleMethod.BALANCED, arguments.by, arguments.seed)
    return Sampling(arguments.n, seed=arguments.seed)


def _export(archive: Archive, arguments: argparse.Namespace) -> int:
    from radseek.service.cohort_export import ExportOptions

    options = ExportOptions(
        version=arguments.cohort_version,
        facts=arguments.facts,
        identifiers=arguments.with_identifiers,
        overwrite=arguments.overwrite,
    )
    report = archive.cohorts.export(arguments.name, arguments.file, options)
    if arguments.json:
        write_json(report)
    else:
        write_export_report(report, options.identifiers)
    return 0


def _import(archive: Archive, arguments: argparse.Namespace) -> int:
    imported = archive.cohorts.import_file(arguments.file, arguments.new_name)
    result = archive.cohorts.last(imported.cohort.name) or archive.cohorts.run(imported.cohort.name)
    if arguments.json:
        write_json({"n_missing": imported.n_missing, "result": result})
        return 0
    note_saved(imported.cohort)
    if imported.n_missing:
        note(f"{imported.n_missing} studies that were chosen by hand are not in this archive")
    write_result(result, {}, members=False)
    return 0


def _delete(archive: Archive, arguments: argparse.Namespace) -> int:
    n_versions = len(archive.cohorts.versions(arguments.name))
    if not arguments.yes:
        raise InputError(f"this would remove {n_versions} versions and all runs; say --yes to do it")
    archive.cohorts.delete(arguments.name)
    if arguments.json:
        write_json({"deleted": arguments.name, "versions": n_versions})
    else:
        note(f"{arguments.name} is gone, with {n_versions} versions and all runs")
    return 0


_ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], _Action]] = {
    "save": ("save a cohort, or the next version of one; a new one is run at once", _declare_save, _save),
    "list": ("all cohorts with their newest version and last run", _no_more, _list),
    "show": ("one cohort: definition, versions, runs, counts", _declare_show, _show),
    "run": ("find the studies that belong now, keep them, and say which are new and which are gone", _declare_run,
            _run_cohort),
    "check": ("how many new studies each cohort has; keeps nothing, so they stay new until `run`", _no_more, _check),
    "include": ("put studies into a cohort by hand (a new version)", _declare_choice, _include),
    "exclude": ("keep studies out of a cohort by hand (a new version)", _declare_choice, _exclude),
    "sample": ("draw a random, balanced or diverse sample of a cohort (a new version, or a new cohort)",
               _declare_sample, _sample),
    "export": ("write the last run as CSV, Parquet or JSON, with definition and counts", _declare_export, _export),
    "import": ("make the cohort that an exported file defines, and run it", _declare_import, _import),
    "delete": ("remove a cohort with all its versions and runs", _declare_delete, _delete),
}  # fmt: skip
