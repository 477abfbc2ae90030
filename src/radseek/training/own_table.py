"""A person's own table of pictures and texts, in whatever columns it has, as the plain table that training reads."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radseek.errors import ConfigError, InputError
from radseek.records.reports import Section
from radseek.text import parse_report
from radseek.training.config import TableConfig
from radseek.training.logs import write_text

IMAGE, PATIENT, STUDY, SPLIT, LABELS, CAPTION = "image", "patient_id", "study_id", "split", "labels", "caption"
STUDY_TEXTS = ("findings", "impression", "report")

ALIASES: dict[str, tuple[str, ...]] = {
    IMAGE: ("image", "image_path", "image_file", "path", "file", "file_path", "filename", "file_name", "picture",
            "dicom", "dicom_path"),
    CAPTION: ("caption", "captions", "image_caption", "description"),
    "findings": ("findings", "findings_text"),
    "impression": ("impression", "conclusion", "impression_text"),
    "report": ("report", "report_text", "full_report", "radiology_report", "text"),
    LABELS: ("labels", "label", "finding_labels", "tags"),
    PATIENT: ("patient_id", "patient", "patientid", "subject_id", "subject"),
    STUDY: ("study_id", "study", "studyid", "case_id", "case", "exam_id"),
    SPLIT: ("split", "subset", "part", "fold"),
}  # fmt: skip
"""Our column -> names that people give it, best first; case, spaces and dashes do not matter."""

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_SMALL, _SMALL_SHARE, _LARGE_SHARE = 1000, 0.2, 0.1
"""A fifth of the patients measures below so many patients, else a tenth: intervals of a few patients say nothing."""
_MIN_PATIENTS = 10
_TOLD = 5
"""Rows that a note names."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnTable:
    """What was found in a person's table."""

    rows: tuple[Row, ...]
    """Rows that can be used, in our columns; pictures with their whole path."""
    columns: Mapping[str, str]
    """Our column -> the table's own name, for those it has."""
    left_out: Mapping[str, int]
    """Reason -> rows left out."""
    notes: tuple[str, ...]
    """Plain sentences about what the table lacks and what was done instead."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Our text columns that it has."""
        return tuple(name for name in (CAPTION, *STUDY_TEXTS) if name in self.columns)


def read_own_table(path: Path) -> OwnTable:
    """The rows of the CSV or TSV file at `path`: one a picture, with a text or labels.

    Columns are found by their names (`ALIASES`). Relative pictures are looked for beside the file. Without a split
    column patients are split by the hash of their ID; without a patient column each study counts as a patient, without
    a study column each patient's picture as a study. Whole reports give their findings and impression, where they have
    those headings. Rows of a test part, without picture or with nothing to learn are left out and counted.

    Raises:
        ConfigError: When a needed column is missing or a split has an unknown name; the columns found are listed.
        InputError: When the file cannot be read, most pictures are not there, or nothing is left of a part.
    """
    header, lines = _read(path)
    columns = find_columns(header)
    notes: list[str] = []
    left_out: dict[str, int] = {}
    rows: list[dict[str, str]] = []
    absent: list[int] = []
    for number, line in enumerate(lines, start=1):
        row = _own_row(line, columns, number)
        reason = _unusable(row, path.parent)
        if reason == NOT_THERE:
            absent.append(number)
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        rows.append({**row, IMAGE: str((path.parent / row[IMAGE]).absolute())})
    if len(absent) * 2 > len(lines):
        raise InputError(
            f"{len(absent)} of {len(lines)} pictures are not there; relative paths in column {columns[IMAGE]!r} are "
            "looked for beside the table"
        )
    if absent:
        more = ", ..." if len(absent) > _TOLD else ""
        notes.append(f"pictures are not there in row {', '.join(map(str, absent[:_TOLD]))}{more} (the header is row 0)")
    if not rows:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "it has no rows"
        raise InputError(f"no row of the table can be used ({why}): each needs a picture, and a text or labels")
    if PATIENT not in columns:
        notes.append("no patient column: each study counts as a patient; if people repeat, figures flatter")
    if SPLIT in columns and len({row[SPLIT] for row in rows}) < 2:
        raise InputError(
            f"all usable rows are in the part {rows[0][SPLIT]!r} of column {columns[SPLIT]!r}: mark rows of some "
            "patients as `val` and of others as `train`, or remove the column to have them split"
        )
    if SPLIT not in columns:
        share = _split_by_patient(rows)
        notes.append(f"no split column: {share:.0%} of the patients, by the hash of their ID, are the val part")
    return OwnTable(tuple(rows), columns, left_out, tuple(notes))


NOT_THERE, NO_TEXT, TEST_PART = "picture not there", "neither text nor labels", "test part"


def find_columns(header: Sequence[str]) -> dict[str, str]:
    """Our column -> the table's.

    Raises:
        ConfigError: When there is no picture column, or neither text nor labels.
    """
    plain = {re.sub(r"[\s\-.]+", "_", name.strip().lower()): name for name in reversed(header)}
    found = {
        ours: next(plain[name] for name in names if name in plain)
        for ours, names in ALIASES.items()
        if any(name in plain for name in names)
    }
    if "report" in found and ("findings" in found or "impression" in found):
        del found["report"]  # the same text once more
    listed = ", ".join(header) or "none"
    if IMAGE not in found:
        raise ConfigError(
            f"the table has no picture column ({', '.join(ALIASES[IMAGE])}); it has: {listed}. Rename the one with the "
            "pictures to `image`"
        )
    if not {CAPTION, LABELS, *STUDY_TEXTS} & set(found):
        wanted = ", ".join(name for ours in (CAPTION, *STUDY_TEXTS, LABELS) for name in ALIASES[ours][:2])
        raise ConfigError(
            f"the table has neither a text nor a labels column ({wanted}); it has: {listed}. Rename the one that says "
            "what the pictures show"
        )
    return found


def write_own_table(table: OwnTable, folder: Path, name: str) -> TableConfig:
    """Write `table` into `folder` and return how training reads it; the file is named by its content.

    Raises:
        StorageError: When the disk refuses.
    """
    columns = (IMAGE, PATIENT, STUDY, SPLIT, *table.texts, LABELS)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.rows)
    digest = hashlib.sha256(text.getvalue().encode()).hexdigest()[:12]
    file = folder / f"pairs-{digest}.csv"
    write_text(file, text.getvalue())
    return TableConfig(
        name=name,
        path=Path(file.name),
        image_texts=(CAPTION,) if CAPTION in table.columns else (),
        study_texts=tuple(name for name in table.texts if name != CAPTION),
        labels_column=LABELS,
    )


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(file.readline())
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter, restval="")
            return list(reader.fieldnames or ()), [{k: v or "" for k, v in row.items() if k} for row in reader]
    except OSError as error:
        raise InputError(f"the table cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("the table cannot be read as UTF-8 CSV; save it as `CSV UTF-8`") from error


def _delimiter(header: str) -> str:
    return max((",", ";", "\t"), key=header.count)


def _own_row(line: Row, columns: Mapping[str, str], number: int) -> dict[str, str]:
    row = {ours: line[theirs].strip() for ours, theirs in columns.items()}
    if row.get("report"):
        row["report"] = _told(row["report"])
    if LABELS in row:
        row[LABELS] = "|".join(label.strip() for label in re.split(r"[|;]", row[LABELS]) if label.strip())
    row.setdefault(LABELS, "")
    patient, study = row.get(PATIENT, ""), row.get(STUDY, "")
    row[PATIENT] = patient or study or row[IMAGE]
    row[STUDY] = f"{row[PATIENT]}/{study or row[IMAGE]}"  # some hospitals count studies anew for each patient
    if SPLIT in row:
        if row[SPLIT].lower() not in SPLITS:
            raise ConfigError(f"row {number}: split is {row[SPLIT]!r}; known: {', '.join(SPLITS)}")
        row[SPLIT] = SPLITS[row[SPLIT].lower()]
    return row


def _told(report: str) -> str:
    """What a report tells of the pictures: findings and impression, or all of it without such headings."""
    wanted = (Section.FINDINGS, Section.IMPRESSION)
    told = [sentence.text for sentence in parse_report(report).sentences if sentence.section in wanted]
    return " ".join(told) or report


def _unusable(row: Row, folder: Path) -> str:
    if row.get(SPLIT) == "test":
        return TEST_PART
    if not any(row.get(name) for name in (CAPTION, *STUDY_TEXTS, LABELS)):
        return NO_TEXT
    return "" if row[IMAGE] and (folder / row[IMAGE]).is_file() else NOT_THERE


def _split_by_patient(rows: Sequence[dict[str, str]]) -> float:
    """Fill in the split of every row; the patients whose hashes are smallest are the val part. Returns its share."""
    patients = sorted({row[PATIENT] for row in rows}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    if len(patients) < _MIN_PATIENTS:
        raise InputError(
            f"{len(patients)} patients are too few to split into a training and a val part: at least {_MIN_PATIENTS}, "
            "or give a split column"
        )
    share = _SMALL_SHARE if len(patients) < _SMALL else _LARGE_SHARE
    val = set(patients[: round(len(patients) * share)])
    for row in rows:
        row[SPLIT] = "val" if row[PATIENT] in val else "train"
    return share
