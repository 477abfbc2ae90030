"""A reader of reports against expert coding: precision and recall, as counted and after a person judged disagreements.

Coding is no perfect truth: coders leave things out and add what is only hedged. So a person reads a sample of the
disagreements, and the shares of real errors found there correct the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.estimates import DEFAULT_RESAMPLING, Estimate, Resampling, estimate_statistic

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Verdict(StrEnum):
    """Who was right where reader and coder disagree about a finding of a report."""

    READER = "reader"
    CODER = "coder"
    BOTH_DEFENSIBLE = "both_defensible"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A finding that one states of a report and the other does not."""

    report: str
    finding: str
    stated: bool
    """True when the reader states it and the coder does not; False the other way round."""


@dataclass(frozen=True, slots=True)
class FindingTrial:
    """One finding, or (`finding` empty) the mean of all."""

    finding: str
    n_stated: int
    n_coded: int
    n_both: int
    n_judged: int
    """Disagreements with a verdict."""
    precision: Estimate
    recall: Estimate
    read_precision: Estimate
    """After the reading; NaN where no disagreement was judged."""
    read_recall: Estimate
    strict_precision: Estimate
    """After the reading, with `both_defensible` counted as errors of the reader."""
    strict_recall: Estimate


@dataclass(frozen=True, slots=True)
class CodingTrial:
    """Reader and coder over all reports."""

    n_reports: int
    rows: tuple[FindingTrial, ...]
    """The commonest finding first."""
    mean: FindingTrial
    disagreements: tuple[Disagreement, ...]
    """Of these findings, by finding and report."""
    verdicts: Mapping[Verdict, int]
    """Verdicts that were used."""
    n_unused_verdicts: int
    """Verdicts about what is no disagreement any more, or about other findings."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The four kinds of report for each finding, bool `[n_findings, n_reports]`, and which are judged real errors."""

    stated: Bools
    coded: Bools
    judged: Bools
    wrong: Bools
    """Judged, and the coder was right."""
    doubtful: Bools
    """Judged, and the coder was right or both are defensible."""


def measure_coding_trial(
    stated: Mapping[str, frozenset[str]],
    coded: Mapping[str, frozenset[str]],
    verdicts: Mapping[tuple[str, str], Verdict] | None = None,
    n_findings: int = 10,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> CodingTrial:
    """Precision and recall of the reader for the findings that coders give most often, with intervals by report.

    After the reading, an error is a disagreement in which the coder was right. Where only some disagreements were
    judged, their share of errors stands for those of the same finding and direction; where none was, the share over
    all findings does. `both_defensible` is no error.

    Args:
        stated: Report -> findings that the reader says are there.
        coded: Report -> findings that the coder gave; the same reports.
        verdicts: (report, finding) -> who was right.
        n_findings: How many findings, at least 1; ties go to the alphabet.
        resampling: How intervals are made.

    Raises:
        InputError: When the reports differ or there is nothing to measure.
    """
    if stated.keys() != coded.keys():
        raise InputError("the trial needs the same reports from reader and coder")
    counts = _counts(coded)
    findings = sorted(counts, key=lambda name: (-counts[name], name))[:n_findings]
    if not findings:
        raise InputError("no report has a coded finding that the lexicon knows")
    reports = list(coded)
    verdicts = verdicts or {}
    cells = _cells(stated, coded, verdicts, findings, reports)
    used = {key: v for key, v in verdicts.items() if _is_judged(key, cells, findings, reports)}
    rows = tuple(_trial_of([row], cells, findings[row], reports, resampling) for row in range(len(findings)))
    return CodingTrial(
        n_reports=len(reports),
        rows=rows,
        mean=_trial_of(range(len(findings)), cells, "", reports, resampling),
        disagreements=_disagreements(cells, findings, reports),
        verdicts={verdict: sum(v is verdict for v in used.values()) for verdict in Verdict},
        n_unused_verdicts=len(verdicts) - len(used),
    )


def draw_disagreements(trial: CodingTrial, n: int, seed: int = 0) -> tuple[Disagreement, ...]:
    """`n` of the disagreements, or all when there are fewer: from each finding and direction in turn, at random."""
    rng = np.random.default_rng(seed)
    groups: dict[tuple[str, bool], list[Disagreement]] = {}
    for one in trial.disagreements:
        groups.setdefault((one.finding, one.stated), []).append(one)
    shuffled = [[group[i] for i in rng.permutation(len(group))] for group in groups.values()]
    longest = max(map(len, shuffled), default=0)
    in_turn = [group[turn] for turn in range(longest) for group in shuffled if turn < len(group)]
    return tuple(in_turn[:n])


def _counts(coded: Mapping[str, frozenset[str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for names in coded.values():
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _cells(
    stated: Mapping[str, frozenset[str]],
    coded: Mapping[str, frozenset[str]],
    verdicts: Mapping[tuple[str, str], Verdict],
    findings: Sequence[str],
    reports: Sequence[str],
) -> _Cells:
    said = np.array([[name in stated[report] for report in reports] for name in findings])
    truth = np.array([[name in coded[report] for report in reports] for name in findings])
    given = np.array([[(report, name) in verdicts for report in reports] for name in findings]) & (said != truth)
    who = [[verdicts.get((report, name)) for report in reports] for name in findings]
    wrong = np.array([[verdict is Verdict.CODER for verdict in row] for row in who])
    right = np.array([[verdict is Verdict.READER for verdict in row] for row in who])
    return _Cells(said, truth, given, wrong & given, ~right & given)


def _is_judged(key: tuple[str, str], cells: _Cells, findings: Sequence[str], reports: Sequence[str]) -> bool:
    report, finding = key
    if finding not in findings or report not in reports:
        return False
    return bool(cells.judged[findings.index(finding), reports.index(report)])


def _disagreements(cells: _Cells, findings: Sequence[str], reports: Sequence[str]) -> tuple[Disagreement, ...]:
    differ = cells.stated != cells.coded
    return tuple(
        Disagreement(reports[place], findings[row], bool(cells.stated[row, place]))
        for row, place in zip(*(axis.tolist() for axis in np.nonzero(differ)), strict=True)
    )


def _trial_of(
    rows: Sequence[int], cells: _Cells, finding: str, reports: Sequence[str], resampling: Resampling
) -> FindingTrial:
    """The figures of one row of `cells`, or the means over several."""
    chosen = list(rows)
    figures = [
        estimate_statistic(partial(_figure, cells=cells, rows=chosen, number=number), reports, resampling)
        for number in range(6)
    ]
    said, truth, judged = (part[chosen] for part in (cells.stated, cells.coded, cells.judged))
    return FindingTrial(
        finding,
        int(said.sum()),
        int(truth.sum()),
        int((said & truth).sum()),
        int(judged.sum()),
        *figures,
    )


def _figure(weights: Floats, *, cells: _Cells, rows: Sequence[int], number: int) -> Floats:
    return _figures(weights, cells, rows)[number]


def _figures(weights: Floats, cells: _Cells, rows: Sequence[int]) -> list[Floats]:
    """Mean precision and recall of `rows`, as counted, after the reading, strictly, for each draw: six `[n_drawn]`."""
    both = weights @ (cells.stated & cells.coded).T.astype(np.float64)  # [n_drawn, n_findings]
    added = weights @ (cells.stated & ~cells.coded).T.astype(np.float64)
    missed = weights @ (cells.coded & ~cells.stated).T.astype(np.float64)
    figures = [_ratio(both, both + added), _ratio(both, both + missed)]
    for wrong in (cells.wrong, cells.doubtful):
        right = both + added - added * _share(weights, wrong, cells.judged, cells.stated)
        missed_wrong = missed * _share(weights, wrong, cells.judged, cells.coded)
        figures += [_ratio(right, both + added), _ratio(right, right + missed_wrong)]
    means: list[Floats] = [figure[:, list(rows)].mean(axis=1) for figure in figures]
    return means


def _share(weights: Floats, wrong: Bools, judged: Bools, direction: Bools) -> Floats:
    """Share of errors among the judged disagreements of one direction `[n_drawn, n_findings]`.

    A finding without a judged disagreement gets the share over all findings, NaN where none was judged at all.
    """
    n_judged = weights @ (judged & direction).T.astype(np.float64)
    n_wrong = weights @ (wrong & direction).T.astype(np.float64)
    pooled = _ratio(n_wrong.sum(axis=1, keepdims=True), n_judged.sum(axis=1, keepdims=True))
    share: Floats = np.where(n_judged > 0, _ratio(n_wrong, n_judged), pooled)
    return share


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(whole.shape, math.nan), where=whole > 0)
    return ratio
