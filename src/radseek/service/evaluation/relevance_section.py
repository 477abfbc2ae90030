"""Do the studies that come first say what the query says: finding, assertion and side?"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from radseek.evaluation.measuring import Measured, measure_run
from radseek.evaluation.references import random_baseline
from radseek.evaluation.relevance import (
    RelevanceConfig,
    Statements,
    graded_qrels,
    is_abnormal,
    measure_by_finding,
)
from radseek.records.ranking import Qrels, Run
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.statements import statements_of, study_statements
from radseek.service.evaluation.subject import (
    Subject,
    TextTask,
    estimate_figure,
    measured_figure,
    run_of,
    text_tasks,
)

MEASURES = {
    "ndcg@10": "nDCG@10, graded",
    "map": "mean average precision",
    "precision@10": "share of the first 10 that mostly agrees",
}
MAX_QUERIES = 500
"""More texts than this are drawn from at random: a graded ranking of thousands by thousands takes minutes."""
_MIN_QUERIES = 5
_MOST_FINDINGS = 16


def relevance_section(subject: Subject) -> Section:
    """Graded relevance of every text task, and finding by finding."""
    panels: list[Panel] = []
    for task in text_tasks(subject):
        panels += _task_panels(subject, task)
    return Section(
        "relevance",
        "Clinical relevance",
        "Picture vectors rank the studies: do those that come first say what the text says?",
        tuple(panels),
        why_not="" if panels else "no tested picture has a text that states a finding",
        notes=(
            "A study gains by how far its texts agree with the query in finding, assertion and side, read by rules; "
            "agreement below .4 is none. Other studies that say the same count as right here.",
        ),
    )


def _task_panels(subject: Subject, task: TextTask) -> list[Panel]:
    chosen = _draw(len(task.texts), subject.options.seed)
    queries = {str(i): statements_of([task.texts[i]]) for i in chosen}
    said = study_statements(task.gallery)
    studies = {str(column): statements for column, statements in enumerate(said)}
    qrels = graded_qrels("what the text states", queries, studies, RelevanceConfig(symmetric=task.field == "report"))
    if not any(gains for gains in qrels.gains.values()):
        return []
    scores = task.gallery.image_scores(subject.texts([task.texts[i] for i in chosen]))
    run = run_of("picture vectors", [str(i) for i in chosen], scores)
    patients = {str(i): task.patients[i] for i in chosen}
    measured = measure_run(run, qrels, tuple(MEASURES), patients, subject.options.n_resamples, subject.options.seed)
    baseline = random_baseline(qrels, len(said), tuple(MEASURES))
    rows = [_figure(task, "all", name, measured[name], baseline[name]) for name in MEASURES]
    rows += _abnormal_rows(subject, task, (run, qrels, patients), queries)
    left_out = measured["ndcg@10"].n_left_out
    note = f"{left_out:,} texts state no finding that any study has: they are left out." if left_out else ""
    graded = Panel(f"relevance/{task.key}", task.title, figures=tuple(rows), note=note, in_card=True)
    return [graded, *_by_finding(subject, task, measured["ndcg@10"], (queries, said))]


def _draw(n: int, seed: int) -> list[int]:
    return list(range(n)) if n <= MAX_QUERIES else sorted(random.Random(seed).sample(range(n), MAX_QUERIES))


def _figure(task: TextTask, kind: str, name: str, measured: Measured, chance: float) -> Figure:
    words = MEASURES[name] if kind == "all" else f"{MEASURES[name]}, texts with a finding only"
    return measured_figure(f"relevance/{task.key}/{kind}/{name}", words, measured, chance)


def _abnormal_rows(
    subject: Subject,
    task: TextTask,
    ranked: tuple[Run, Qrels, Mapping[str, str]],
    queries: Mapping[str, Statements],
) -> list[Figure]:
    """NDCG of the texts that state a finding as present, where some do not."""
    run, qrels, patients = ranked
    abnormal = {query for query, statements in queries.items() if is_abnormal(statements)}
    if not abnormal or len(abnormal) == len(queries):
        return []
    fewer = Qrels(qrels.name, {query: gains for query, gains in qrels.gains.items() if query in abnormal})
    scores = {query: found for query, found in run.scores.items() if query in abnormal}
    options = subject.options
    measured = measure_run(Run(run.name, scores), fewer, ("ndcg@10",), patients, options.n_resamples, options.seed)
    chance = random_baseline(fewer, len(task.gallery.studies), ("ndcg@10",))["ndcg@10"]
    return [_figure(task, "abnormal", "ndcg@10", measured["ndcg@10"], chance)]


def _by_finding(
    subject: Subject,
    task: TextTask,
    measured: Measured,
    told: tuple[Mapping[str, Statements], Sequence[Statements]],
) -> list[Panel]:
    queries, studies = told
    values = [measured.per_query.get(query, math.nan) for query in queries]
    patients = [task.patients[int(query)] for query in queries]
    table = measure_by_finding(
        values, list(queries.values()), patients, studies, _MIN_QUERIES, subject.options.resampling
    )
    if not table.rows:
        return []
    key = f"relevance/{task.key}/finding"
    rows = [
        estimate_figure(f"{key}/{row.finding}", row.finding.replace("_", " "), row.estimate, prevalence=row.prevalence)
        for row in table.rows[:_MOST_FINDINGS]
    ]
    macro = estimate_figure(f"{key}/macro", f"mean of {table.macro.n} findings", table.macro)
    few = f" {table.n_too_few} findings with fewer than {_MIN_QUERIES} texts are left out." if table.n_too_few else ""
    note = f"Commonest first; prevalence is the share of studies that state it.{few}"
    return [Panel(key, f"{task.title} · nDCG@10 by finding", figures=(macro, *rows), note=note, folded=True)]
