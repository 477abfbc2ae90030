"""Lesion boxes of a table, by picture and finding."""

from __future__ import annotations

from radseek.errors import ConfigError, InputError
from radseek.evaluation.letterbox import Box
from radseek.service.evaluation.config import BoxesConfig, TableTarget
from radseek.service.evaluation.pictures import Picture, boxes_path
from radseek.service.evaluation.subject import MarkedPicture
from radseek.training.table_rows import Row, check_columns, read_rows

COLUMNS = ("image", "finding", "x", "y", "width", "height")


def read_marked(target: TableTarget, pictures: tuple[Picture, ...]) -> tuple[MarkedPicture, ...]:
    """Pictures with boxes of every boxes file of `target`, in file order; boxes of one finding on one picture together.

    Rows whose finding has no entry in `labels`, or whose picture no table has, are left out.

    Raises:
        ConfigError: When a file lacks a column, or a label names no prompted finding.
        InputError: When a file cannot be read, or a number is none.
    """
    found: dict[tuple[str, str], tuple[Picture, list[Box]]] = {}
    for boxes in target.config.boxes:
        unknown = sorted({label for names in boxes.labels.values() for label in names} - set(target.prompts.findings))
        if unknown:
            raise ConfigError(f"boxes of {boxes.table}: no prompted finding {', '.join(unknown)}")
        by_file = {picture.image: picture for picture in pictures if picture.source == boxes.table}
        folder = boxes_path(target, boxes.path).parent
        what = f"boxes of {boxes.table}"
        rows = read_rows(boxes_path(target, boxes.path), what)
        check_columns(rows, COLUMNS, what)
        for row in rows:
            picture, findings = by_file.get(folder / row["image"]), boxes.labels.get(row["finding"], ())
            if picture is not None and findings:
                found.setdefault((picture.key, findings[0]), (picture, []))[1].append(_box(boxes, row))
    return tuple(MarkedPicture(picture, finding, tuple(b)) for (_, finding), (picture, b) in found.items())


def _box(boxes: BoxesConfig, row: Row) -> Box:
    try:
        return Box(float(row["x"]), float(row["y"]), float(row["width"]), float(row["height"]))
    except ValueError as error:
        raise InputError(f"boxes of {boxes.table}: x, y, width and height must be numbers") from error
