"""Evaluation of an encoder on an archive, on configured tables or on a plain table of pairs: figures, page, cards."""

from radseek.service.evaluation.archive_lookup import Evaluation, EvaluationOptions, EvaluationRow, evaluate_archive
from radseek.service.evaluation.card import fill_card
from radseek.service.evaluation.config import Places
from radseek.service.evaluation.report import EvaluationReport, read_report, report_json, without_pictures
from radseek.service.evaluation.run import Evaluated, evaluate
from radseek.service.evaluation.target import EvaluateOptions

__all__ = [
    "EvaluateOptions",
    "Evaluated",
    "Evaluation",
    "EvaluationOptions",
    "EvaluationReport",
    "EvaluationRow",
    "Places",
    "evaluate",
    "evaluate_archive",
    "fill_card",
    "read_report",
    "report_json",
    "without_pictures",
]
