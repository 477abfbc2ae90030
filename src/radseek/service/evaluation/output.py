"""The files of an evaluation: JSON for machines, one HTML page for people, each written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from radseek.errors import StorageError
from radseek.service.evaluation.page import report_page
from radseek.service.evaluation.report import EvaluationReport, report_json, without_pictures

JSON_NAME, PAGE_NAME = "evaluation.json", "evaluation.html"


def write_evaluation(folder: Path, report: EvaluationReport) -> None:
    """Writes both files into `folder`, which is made; earlier ones are replaced. Pictures are on the page only.

    Raises:
        StorageError: When the disk refuses.
    """
    contents = {JSON_NAME: report_json(without_pictures(report)), PAGE_NAME: report_page(report)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            part = folder / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)
    except OSError as error:
        raise StorageError(f"cannot write the evaluation: {error.strerror}") from error
