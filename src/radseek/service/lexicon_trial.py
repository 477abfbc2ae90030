"""The trial of the assertion reader: reports read by the lexicon against their expert MeSH coding."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radseek.errors import InputError
from radseek.evaluation.coding_trial import (
    CodingTrial,
    Disagreement,
    Verdict,
    draw_disagreements,
    measure_coding_trial,
)
from radseek.evaluation.estimates import Resampling
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.records.reports import Assertion
from radseek.text import (
    Lexicon,
    default_lexicon,
    findings_of_mesh,
    one_line,
    report_place,
    sentence_spans,
    stated_findings,
)

NOT_CODED = "no indexing"
"""What stands in place of codes where no coder read the report."""
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class TrialColumns:
    """Which columns of the table hold what."""

    report: str = "uid"
    findings: str = "findings"
    impression: str = "impression"
    codes: str = "mesh_major"
    """Codes such as `Pleural Effusion/left`, with `|` between."""


@dataclass(frozen=True, slots=True)
class CodedReport:
    """A report with the codes that an expert gave it."""

    key: str
    text: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """How the trial is made."""

    columns: TrialColumns = TrialColumns()
    n_findings: int = 10
    judged: Path | None = None
    """CSV of verdicts: report, finding, verdict."""
    seed: int = 0


def run_trial(
    table: Path,
    options: TrialOptions | None = None,
    lexicon: Lexicon | None = None,
    progress: ProgressListener = no_progress,
) -> tuple[CodingTrial, Mapping[str, CodedReport]]:
    """Reads every coded report and compares: a finding stated as PRESENT, with all that it is a kind of, or not.

    What is denied, only suspected or history counts as not present, and so does what is not mentioned.

    Args:
        table: CSV with the columns of `options`.
        options: How; the defaults suit the Indiana University reports.
        lexicon: The findings to look for; the shipped ones by default.
        progress: Told how far it is.

    Returns:
        The figures, and the reports by their key.

    Raises:
        InputError: When the table or the verdicts cannot be read.
    """
    options, lexicon = options or TrialOptions(), lexicon or default_lexicon()
    reports = {report.key: report for report in read_coded_reports(table, options.columns)}
    stated: dict[str, frozenset[str]] = {}
    for done, report in enumerate(reports.values()):
        stated[report.key] = _closed(present_findings(report.text, lexicon), lexicon)
        if done % 200 == 0:
            progress(Progress("reports", done, len(reports)))
    coded = {report.key: _closed(findings_of_mesh(report.codes), lexicon) for report in reports.values()}
    verdicts = read_verdicts(options.judged) if options.judged else {}
    trial = measure_coding_trial(stated, coded, verdicts, options.n_findings, Resampling(seed=options.seed))
    return trial, reports


def present_findings(text: str, lexicon: Lexicon) -> set[str]:
    """Findings that `text` states as present."""
    return {m.finding for m in stated_findings(text, lexicon) if m.assertion is Assertion.PRESENT}


def read_coded_reports(table: Path, columns: TrialColumns) -> list[CodedReport]:
    """The rows of a CSV that have a text and were coded.

    Raises:
        InputError: When the file cannot be read, lacks a column, has a report twice, or has no coded report.
    """
    reports: dict[str, CodedReport] = {}
    wanted = (columns.report, columns.findings, columns.impression, columns.codes)
    for row in _read_rows(table, wanted):
        text = "\n\n".join(part for part in (row[columns.findings], row[columns.impression]) if part.strip())
        codes = tuple(code for code in row[columns.codes].split("|") if code.strip())
        if not text or not codes or any(code.strip().lower() == NOT_CODED for code in codes):
            continue
        if row[columns.report] in reports:
            raise InputError(f"the table has a value of column {columns.report} twice; it must tell reports apart")
        reports[row[columns.report]] = CodedReport(row[columns.report], text, codes)
    if not reports:
        raise InputError("no row of the table has both a text and codes")
    return list(reports.values())


def read_verdicts(path: Path) -> dict[tuple[str, str], Verdict]:
    """(report, finding) -> who was right, from a CSV with columns report, finding and verdict.

    Rows without verdict yet are passed over.

    Raises:
        InputError: When the file cannot be read, lacks a column, or has an unknown verdict.
    """
    verdicts: dict[tuple[str, str], Verdict] = {}
    for number, row in enumerate(_read_rows(path, ("report", "finding", "verdict")), start=2):
        word = row["verdict"].strip().lower()
        if word and word not in set(Verdict):
            raise InputError(f"line {number}: unknown verdict {word!r}; known: {', '.join(Verdict)}")
        if word:
            verdicts[row["report"], row["finding"]] = Verdict(word)
    return verdicts


def write_disagreements(
    path: Path, drawn: Sequence[Disagreement], reports: Mapping[str, CodedReport], lexicon: Lexicon | None = None
) -> None:
    """A CSV for reading by hand: one line a disagreement, with what the report says, and an empty verdict to fill.

    It holds report text: keep it where reports may be kept. `read_verdicts` reads it back once verdicts stand in it.
    """
    lexicon = lexicon or default_lexicon()
    header = ("report", "finding", "verdict", "reader", "coder", "mentions", "codes", "text")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for one in drawn:
            report = reports[one.report]
            says = ("present", "not present") if one.stated else ("not present", "present")
            mentions = _mentions(report.text, one.finding, lexicon)
            codes = " | ".join(report.codes)
            writer.writerow((one.report, one.finding, "", *says, mentions, codes, one_line(report.text)))


def _mentions(text: str, finding: str, lexicon: Lexicon) -> str:
    """What the reader takes for the finding or a kind of it: `absent: No effusion.`, one sentence after the other."""
    kinds = lexicon.kinds_of(finding)
    told: dict[str, None] = {}
    place = report_place(text)
    for start, end in sentence_spans(text):
        for mention in stated_findings(text[start:end], lexicon, place=place):
            if mention.finding in kinds:
                told[f"{mention.finding} {mention.assertion}: {one_line(text[start:end])}"] = None
    return " / ".join(told)


def _closed(findings: Iterable[str], lexicon: Lexicon) -> frozenset[str]:
    """`findings` with all that they are kinds of, without being normal, which is no finding."""
    known = (name for name in findings if name in lexicon.findings)
    return frozenset(above for name in known for above in lexicon.with_parents(name)) - {NORMAL}


def _read_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(wanted) - set(reader.fieldnames or ()))
            if missing:
                known = ", ".join(map(repr, reader.fieldnames or ()))
                raise InputError(f"the table has no column {', '.join(missing)}; its columns: {known}")
            return [{name: row[name] or "" for name in wanted} for row in reader]
    except OSError as error:
        raise InputError(f"the table cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("the table is no CSV in UTF-8") from error


__all__ = [
    "CodedReport",
    "TrialColumns",
    "TrialOptions",
    "draw_disagreements",
    "present_findings",
    "read_coded_reports",
    "read_verdicts",
    "run_trial",
    "write_disagreements",
]
