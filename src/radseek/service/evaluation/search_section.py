"""The whole search of an archive, as people use it, each way of searching apart."""

from __future__ import annotations

from radseek.errors import InputError
from radseek.records.progress import ProgressListener
from radseek.service.archive import Archive
from radseek.service.evaluation.archive_lookup import Evaluation, EvaluationOptions, evaluate_archive, way_task
from radseek.service.evaluation.outcomes import TextOutcomes
from radseek.service.evaluation.report import Figure, Panel, Section, finite
from radseek.service.evaluation.target import EvaluateOptions


def search_section(
    archive: Archive, options: EvaluateOptions, sources: tuple[str, ...], progress: ProgressListener
) -> tuple[Section, tuple[TextOutcomes, ...]]:
    """Report text -> own study through the archive's own index: pictures only, reports only, fused; and of each text.

    Args:
        archive: Which archive.
        options: Sections that ask, how many texts, seed.
        sources: Sources that are tested.
        progress: Told how far it is.
    """
    key, title = "search", "The whole search"
    question = "Through the archive's own index: does a report's text find its own study?"
    asked = EvaluationOptions(options.sections, sources, options.max_queries, options.seed or 0)
    try:
        found = evaluate_archive(archive, asked, progress)
    except InputError as error:
        return Section(key, title, question, why_not=str(error)), ()
    panel = Panel("search", found.title, figures=_figures(found), in_card=True)
    return Section(key, title, question, (panel,), notes=found.notes), found.outcomes


def _figures(found: Evaluation) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            f"{way_task(row.channel)}/{row.measure}",
            f"{row.channel} · {row.measure}",
            finite(row.value),
            finite(row.low),
            finite(row.high),
            found.n_queries,
            finite(row.random),
        )
        for row in found.rows
    )
