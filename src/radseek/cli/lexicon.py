"""What radseek understands: show a finding, read a text, or try the reader on reports with expert codes.

`show` tells a finding's words, parents and kinds; `read` tells what is read in a text; `trial` compares what the reader
says of each report with expert MeSH coding, for the findings that coders give most often. A report counts as stating a
finding when the reader says PRESENT; denied, suspected, former and unmentioned all count as not. --disagreements writes
a sample for reading by hand (it holds report text: keep it where reports may be kept); fill its column `verdict` with
reader, coder or both_defensible, give it back with --judged, and the figures after the reading are printed too.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_json, write_table
from radseek.errors import InputError

if TYPE_CHECKING:
    from radseek.evaluation.coding_trial import CodingTrial, FindingTrial
    from radseek.evaluation.estimates import Estimate
    from radseek.records.findings import Finding
    from radseek.text import Lexicon

EXAMPLES = """examples:
  radseek lexicon show
  radseek lexicon show "heart failure"
  radseek lexicon read "Small left effusion, no pneumothorax." --json
  radseek lexicon trial reports.csv --disagreements 100 --out to-read.csv
  radseek lexicon trial reports.csv --judged to-read.csv
"""
ACTIONS = ("show", "read", "trial")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("subject", nargs="?", default="", help="show: WORD; read: TEXT or FILE; trial: REPORTS.csv")
    parser.add_argument("--lexicon", type=Path, metavar="YAML", help="your own findings and words, beside the shipped")
    parser.add_argument("--query", action="store_true", help="read: as a query, where abbreviations need no capitals")
    parser.add_argument("--findings", type=int, default=10, help="trial: how many findings, the commonest first")
    parser.add_argument("--report-column", default="uid", help="trial: column that tells reports apart")
    parser.add_argument("--findings-column", default="findings", help="trial: column of the findings section")
    parser.add_argument("--impression-column", default="impression", help="trial: column of the impression section")
    parser.add_argument("--codes-column", default="mesh_major", help="trial: column of MeSH codes, | between them")
    parser.add_argument(
        "--disagreements", type=int, default=0, metavar="N", help="trial: write N disagreements to --out"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="trial: where to write them (CSV)")
    parser.add_argument("--judged", type=Path, metavar="FILE", help="trial: CSV of verdicts: report, finding, verdict")
    parser.add_argument("--seed", type=int, default=0, help="trial: seed of the sample and of the intervals")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show, read or try."""
    from radseek.text import default_lexicon, load_lexicon

    lexicon = load_lexicon(arguments.lexicon) if arguments.lexicon else default_lexicon()
    if arguments.action == "show":
        return _show(arguments, lexicon)
    if not arguments.subject:
        needed = "a text or file" if arguments.action == "read" else "a CSV of reports"
        raise InputError(f"lexicon {arguments.action} needs {needed}")
    return _read(arguments, lexicon) if arguments.action == "read" else _try(arguments, lexicon)


def _show(arguments: argparse.Namespace, lexicon: Lexicon) -> int:
    shown = _asked(arguments.subject, lexicon)
    if arguments.json:
        write_json([_plain(finding, lexicon) for finding in shown])
    elif not arguments.subject:
        rows = [(finding.name, finding.title, ", ".join(finding.parents)) for finding in shown]
        write_table(sorted(rows), ("finding", "title", "is a kind of"))
        note(f"{len(rows)} findings")
    else:
        for finding in shown:
            for name, value in _plain(finding, lexicon).items():
                print(f"{name:<16} {', '.join(value) if isinstance(value, list) else value}")
            print()
    return 0


def _asked(word: str, lexicon: Lexicon) -> list[Finding]:
    """The findings that `word` names or means; all without a word."""
    from radseek.text import stated_findings

    if not word:
        return list(lexicon.findings.values())
    meant = [m.finding for m in stated_findings(word, lexicon, as_query=True)]
    names = dict.fromkeys([word] if word in lexicon.findings else meant)
    if not names:
        raise InputError(f"no finding of the lexicon is called {word!r}; `radseek lexicon show` lists all")
    return [lexicon.findings[name] for name in names]


def _plain(finding: Finding, lexicon: Lexicon) -> dict[str, str | bool | list[str]]:
    return {
        "finding": finding.name,
        "title": finding.title,
        "regions": [region.value for region in finding.regions],
        "wordings": list(finding.wordings),
        "abbreviations": list(finding.abbreviations),
        "denied_by_normal": list(finding.denied_by_normal),
        "is_a_kind_of": sorted(lexicon.with_parents(finding.name) - {finding.name}),
        "its_kinds": sorted(lexicon.kinds_of(finding.name) - {finding.name}),
        "sided": finding.sided,
    }


def _read(arguments: argparse.Namespace, lexicon: Lexicon) -> int:
    from radseek.text import one_line, parse_report, stated_findings

    text = _text_of(arguments.subject)
    sentences = parse_report(text).sentences
    rows = []
    for mention in stated_findings(text, lexicon, as_query=arguments.query):
        around = next((s.text for s in sentences if s.start <= mention.start < s.end), text)
        side = mention.side.value if mention.side else ""
        words = one_line(text[mention.start : mention.end])
        rows.append((one_line(around), words, mention.finding, mention.assertion.value, side))
    header = ("sentence", "words", "finding", "assertion", "side")
    if arguments.json:
        write_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        write_table([(*row[1:], row[0]) for row in rows], (*header[1:], header[0]))
    return 0


def _text_of(subject: str) -> str:
    """The content of the file that `subject` names, else `subject` itself."""
    from radseek.text import decode_text

    path = Path(subject) if len(subject) < 1000 and "\n" not in subject and "\0" not in subject else None
    if path is None or not path.is_file():
        return subject
    return decode_text(path.read_bytes())


def _try(arguments: argparse.Namespace, lexicon: Lexicon) -> int:
    from radseek.cli.progress import shown_progress
    from radseek.service.lexicon_trial import TrialColumns, TrialOptions, draw_disagreements, run_trial
    from radseek.service.lexicon_trial import write_disagreements as write

    if bool(arguments.disagreements) != bool(arguments.out):
        raise InputError("--disagreements N and --out FILE go together")
    columns = TrialColumns(
        arguments.report_column, arguments.findings_column, arguments.impression_column, arguments.codes_column
    )
    options = TrialOptions(columns, arguments.findings, arguments.judged, arguments.seed)
    with shown_progress() as progress:
        trial, reports = run_trial(Path(arguments.subject), options, lexicon, progress)
    if arguments.out:
        drawn = draw_disagreements(trial, arguments.disagreements, arguments.seed)
        write(arguments.out, drawn, reports, lexicon)
        note(f"written: {len(drawn)} of {len(trial.disagreements)} disagreements, with report text")
    if arguments.json:
        names = ("n_reports", "rows", "mean", "verdicts", "n_unused_verdicts")
        write_json({name: getattr(trial, name) for name in names})
    else:
        _print_trial(trial)
    return 0


def _print_trial(trial: CodingTrial) -> None:
    judged = sum(trial.verdicts.values())
    header = ["finding", "coded", "stated", "precision", "95 % interval", "recall", "95 % interval"]
    header += ["after reading: precision", "recall", "both as errors: precision", "recall", "judged"] if judged else []
    rows = [_row(row, bool(judged)) for row in (*trial.rows, trial.mean)]
    write_table(rows, header)
    print(f"\n{trial.n_reports:,} reports, {len(trial.disagreements):,} disagreements")
    if judged:
        told = ", ".join(f"{verdict} {count}" for verdict, count in trial.verdicts.items())
        print(f"judged {judged}: {told}; {trial.n_unused_verdicts} verdicts are about no disagreement of this trial")


def _row(row: FindingTrial, judged: bool) -> list[str]:
    cells = [row.finding or "mean of the findings", f"{row.n_coded:,}", f"{row.n_stated:,}"]
    for estimate in (row.precision, row.recall):
        cells += [_value(estimate), f"{estimate.low:.3f} to {estimate.high:.3f}"]
    if judged:
        after = (row.read_precision, row.read_recall, row.strict_precision, row.strict_recall)
        cells += [*map(_value, after), str(row.n_judged)]
    return cells


def _value(estimate: Estimate) -> str:
    return "" if estimate.value != estimate.value else f"{estimate.value:.3f}"
