"""Rows of a research table -> studies: what each row says under a column map, and which rows belong together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from radseek.archive.column_map import ColumnMap, check_columns
from radseek.archive.field_values import (
    parse_age_years,
    parse_date,
    parse_identifier,
    parse_modality,
    parse_sex,
    split_labels,
)
from radseek.archive.table_rows import BadRow, Row, Table, bad_row
from radseek.records.outcomes import Reason, Refusal, quarantined, skipped
from radseek.records.reports import ParsedReport, Section
from radseek.text import dicom_body_part, normalise, parse_report, parse_sections

_UID = re.compile(r"(?=.{8,64}$)[0-2](?:\.(?:0|[1-9]\d*)){4,}")
"""A DICOM UID (PS3.5 section 9) long enough not to be a version number."""
TABLE_UID_ROOT = "2.25."


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row under a column map; identifiers are as received."""

    place: str
    """Where it stands in the table, such as `row 17`."""
    key: str
    """SHA-256 of all its cells."""
    source: str
    study_id: str
    patient_id: str
    accession: str
    image: str
    """Path as the table gives it; empty for a row of text only."""
    modality: str
    body_part: str
    view: str
    laterality: str
    age_years: float | None
    sex: str
    study_date: date | None
    description: str
    labels: tuple[str, ...]
    mask: str
    sections: Mapping[Section, str]
    text: str
    """A whole report; only when `sections` is empty."""
    unused: tuple[str, ...] = ()
    """Fields of the map whose cell says something that cannot be used, such as an age of `1-5 y`."""

    @property
    def has_text(self) -> bool:
        """Whether the row brings report text."""
        return bool(self.sections or self.text)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that does not become part of a study."""

    place: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class TableStudy:
    """The rows of one study, in the table's order; at least one."""

    rows: tuple[TableRow, ...]

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.rows[0].source

    @property
    def study_id(self) -> str:
        """The table's own id of the study."""
        return self.rows[0].study_id

    @property
    def study_uid(self) -> str:
        """The UID under which the catalogue keeps the study."""
        return table_study_uid(self.source, self.study_id)

    @property
    def issuer(self) -> str:
        """What tells its patient ids from those of other sources; empty when the table has real study UIDs."""
        return "" if self.study_uid == self.study_id else f"table {self.source}"

    @property
    def age_years(self) -> float | None:
        """The first age that any row has."""
        return next((row.age_years for row in self.rows if row.age_years is not None), None)

    @property
    def study_date(self) -> date | None:
        """The first date that any row has."""
        return next((row.study_date for row in self.rows if row.study_date is not None), None)

    def first(self, field: str) -> str:
        """The first value of a text field, such as `patient_id`, that any row has."""
        return next((value for row in self.rows if (value := getattr(row, field))), "")

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of all rows, once each, in order."""
        return tuple(dict.fromkeys(label for row in self.rows for label in row.labels))


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A whole table, grouped."""

    refused: tuple[RefusedRow, ...]
    studies: tuple[TableStudy, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the table, the refused ones included."""
        return len(self.refused) + sum(len(study.rows) for study in self.studies)


def table_study_uid(source: str, study_id: str) -> str:
    """The UID of a table's study: its id where that is a DICOM UID, else one that is derived from it and the source."""
    return study_id if _UID.fullmatch(study_id) else table_uid("study", source, study_id)


def table_uid(*parts: str) -> str:
    """A UID for what has none, always the same for the same parts: 2.25 and 128 bits of their SHA-256 (PS3.5 B.2)."""
    digest = hashlib.sha256(json.dumps(["radseek table", *parts]).encode()).digest()
    return f"{TABLE_UID_ROOT}{int.from_bytes(digest[:16], 'big')}"


def row_key(values: Mapping[str, str]) -> str:
    """SHA-256 of all cells of a row, by column name."""
    return hashlib.sha256(json.dumps(sorted(values.items())).encode()).hexdigest()


def read_studies(table: Table, column_map: ColumnMap, name: str = "", joined: Table | None = None) -> StudyTable:
    """The table's studies in order of their first row, and the rows that belong to none.

    Args:
        table: Rows as read from the file.
        column_map: What their columns mean.
        name: Name of the source; empty lets the map decide.
        joined: Rows of the second table, when the map has a join.

    Raises:
        ConfigError: When a column that the map names is missing.
    """
    check_columns(column_map.needed_columns, table.columns)
    if column_map.join and joined:
        check_columns({column_map.join.column, *column_map.join.columns}, joined.columns, "the joined table")
        table = join_tables(table, joined, column_map.join.column)
    groups: dict[tuple[str, str], list[TableRow]] = {}
    refused: list[RefusedRow] = []
    for row in table.rows:
        read = RefusedRow(row.place, row.refusal) if isinstance(row, BadRow) else read_row(row, column_map, name)
        if isinstance(read, TableRow):
            group = groups.setdefault((read.source, read.study_id), [])
            read = _of_one_patient(read, group)
        if isinstance(read, RefusedRow):
            refused.append(read)
        else:
            group.append(read)
    studies = tuple(TableStudy(tuple(rows)) for rows in groups.values())
    return StudyTable(tuple(refused), studies)


def _of_one_patient(row: TableRow, group: list[TableRow]) -> TableRow | RefusedRow:
    """The row, unless another row of its study names another patient."""
    other = next((r for r in group if r.patient_id), row)
    if row.patient_id in {"", other.patient_id}:
        return row
    detail = f"{row.place}: its study has another patient in {other.place}"
    return RefusedRow(row.place, quarantined(Reason.CONFLICTING_PATIENT, detail))


def join_tables(first: Table, second: Table, column: str) -> Table:
    """One row for each row of `second` with the matching row of `first`, and the rows of `first` that none matches.

    A row of `second` stands at `joined row 17`. On a column that both have, `first` wins.
    """
    by_value: dict[str, list[Row]] = {}
    rows: list[Row | BadRow] = []
    for row in second.rows:
        place = f"joined {row.place}"
        if isinstance(row, BadRow):
            rows.append(BadRow(place, Refusal(row.refusal.outcome, row.refusal.reason, f"joined {row.refusal.detail}")))
        else:
            by_value.setdefault(row.values.get(column, ""), []).append(Row(place, row.values))
    for row in first.rows:
        if isinstance(row, BadRow):
            rows.append(row)
            continue
        matches = by_value.pop(row.values.get(column, ""), None)
        rows += [Row(m.place, {**m.values, **row.values}) for m in matches] if matches else [row]
    rows += [row for unmatched in by_value.values() for row in unmatched]
    return Table(tuple(dict.fromkeys((*first.columns, *second.columns))), iter(rows))


def read_row(row: Row, column_map: ColumnMap, name: str = "") -> TableRow | RefusedRow:
    """What one row says under a column map, or why it cannot be used."""
    for column, allowed in column_map.filter.items():
        if row.values.get(column, "").strip() not in allowed:
            return RefusedRow(row.place, skipped(Reason.FILTERED, f"{row.place}: column {column}"))
    study_id = parse_identifier(column_map.study_id.read(row.values))
    if not study_id:
        return RefusedRow(row.place, bad_row(row.place, f"column {column_map.study_id.column} has no usable value"))
    image = column_map.image.read(row.values)
    sections = _read_sections(row, column_map)
    text = "" if sections else column_map.text.read(row.values)
    if not (image or sections or text):
        return RefusedRow(row.place, _nothing_to_keep(row.place, column_map))
    return _build_row(row, column_map, name or _source_name(row, column_map), study_id, (image, sections, text))


def _nothing_to_keep(place: str, column_map: ColumnMap) -> Refusal:
    if column_map.image.column:
        return bad_row(place, f"column {column_map.image.column} is empty, and there is no text")
    return skipped(Reason.EMPTY_REPORT, place)


def _source_name(row: Row, column_map: ColumnMap) -> str:
    return column_map.source.read(row.values) or column_map.name


def _read_sections(row: Row, column_map: ColumnMap) -> dict[Section, str]:
    sections = {}
    for section, sources in column_map.sections.items():
        parts = [text for source in sources if (text := source.read(row.values)) and text.casefold() != "nan"]
        if parts:
            sections[Section(section)] = "\n".join(dict.fromkeys(parts))
    return sections


def _build_row(
    row: Row, column_map: ColumnMap, source: str, study_id: str, content: tuple[str, Mapping[Section, str], str]
) -> TableRow:
    image, sections, text = content
    raw = {
        "age": column_map.age.read(row.values),
        "sex": column_map.sex.read(row.values),
        "date": column_map.date.read(row.values),
        "modality": column_map.modality.read(row.values),
    }
    age_years, sex = parse_age_years(raw["age"]), parse_sex(raw["sex"])
    study_date = parse_date(raw["date"], column_map.date_order)
    modality = parse_modality(raw["modality"])
    parsed: dict[str, object] = {"age": age_years, "sex": sex, "date": study_date, "modality": modality}
    return TableRow(
        place=row.place,
        key=row_key(row.values),
        source=source,
        study_id=study_id,
        patient_id=parse_identifier(column_map.patient_id.read(row.values)),
        accession=parse_identifier(column_map.accession.read(row.values)),
        image=image,
        modality=modality,
        body_part=dicom_body_part(column_map.body_part.read(row.values)),
        view=column_map.view.read(row.values),
        laterality=column_map.laterality.read(row.values),
        age_years=age_years,
        sex=sex,
        study_date=study_date,
        description=column_map.description.read(row.values),
        labels=_read_labels(row, column_map),
        mask=column_map.mask.read(row.values),
        sections=sections,
        text=text,
        unused=tuple(f for f, value in parsed.items() if value in {None, ""} and parse_identifier(raw[f])),
    )


def _read_labels(row: Row, column_map: ColumnMap) -> tuple[str, ...]:
    labels = split_labels(column_map.labels.read(row.values), column_map.label_separator)
    split = column_map.split.read(row.values)
    return (*labels, f"split:{split}") if split else labels


def study_report(study: TableStudy) -> ParsedReport | None:
    """The study's one report from the texts of all its rows, each text once; None when there is none.

    Rows without sections but with a whole report have its headings looked for, unless other rows have sections: then it
    goes to `other`.
    """
    whole = _distinct(row.text for row in study.rows)
    by_section = {s: _distinct(row.sections.get(s, "") for row in study.rows) for s in Section}
    if not any(by_section.values()):
        return parse_report("\n\n".join(whole)) if whole else None
    by_section[Section.OTHER] += whole
    return parse_sections({section: "\n".join(texts) for section, texts in by_section.items() if texts})


def _distinct(texts: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for text in texts:
        if key := normalise(text):
            kept.setdefault(key, text)
    return list(kept.values())
