"""One row of a report table -> a report: which column is which, by name or by the reader's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from radseek.archive.field_values import DATE_ORDERS, parse_date, parse_identifier, parse_modality, split_labels
from radseek.archive.table_studies import table_study_uid
from radseek.errors import ConfigError
from radseek.records.reports import IncomingReport, ParsedReport, Section
from radseek.text import normalise, parse_report, parse_sections

NAME_IS = ("accession", "study_uid", "report_id")

FIELDS: dict[str, frozenset[str]] = {
    "text": frozenset({"text", "report", "reporttext", "fulltext", "radiologyreport", "narrative"}),
    "report_id": frozenset({"reportid", "reportkey", "documentid"}),
    "study_uid": frozenset({"studyuid", "studyinstanceuid"}),
    "accession": frozenset({"accession", "accessionnumber", "accessionno", "acc"}),
    "patient_id": frozenset({"patientid", "mrn", "subjectid"}),
    "study_date": frozenset({"studydate", "date", "examdate"}),
    "modality": frozenset({"modality"}),
    "site": frozenset({"site", "institution", "institutionname"}),
    "labels": frozenset({"labels", "label"}),
    Section.INDICATION: frozenset({"indication", "history", "clinicalhistory", "sectionsindication"}),
    Section.COMPARISON: frozenset({"comparison", "sectionscomparison"}),
    Section.TECHNIQUE: frozenset({"technique", "sectionstechnique"}),
    Section.FINDINGS: frozenset({"findings", "findingstext", "sectionsfindings"}),
    Section.IMPRESSION: frozenset({"impression", "impressiontext", "conclusion", "sectionsimpression"}),
    Section.OTHER: frozenset({"other", "caption", "sectionsother"}),
}
"""Field -> the column names, in lower case without punctuation, under which it is found by itself."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report file does not say by itself.

    Raises:
        ConfigError: When a value is not among the allowed ones.
    """

    name: str = "reports"
    """Name of the source; report ids are unique within it."""
    columns: dict[str, str] = field(default_factory=dict)
    """Field (a key of `FIELDS`) -> column, for columns that are not found by name."""
    name_is: str = "accession"
    """What the names of plain-text files are, without .txt: one of `NAME_IS`."""
    site: str = ""
    """Site of reports whose own column is empty or absent."""
    modality: str = ""
    """Modality of reports whose own column is empty or absent."""
    date_order: str = ""
    """`dmy` or `mdy` for dates such as 03/04/2020, which are not used otherwise."""
    label_separator: str = "|"
    study_ids_of: str = ""
    """Name of a research table's source whose own study ids stand in the column `study_uid`."""
    delimiter: str = ""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.columns) - set(map(str, FIELDS)))
        if unknown:
            raise ConfigError(f"columns: unknown field {', '.join(unknown)}; known fields: {', '.join(FIELDS)}")
        if self.name_is not in NAME_IS:
            raise ConfigError(f"name_is: expected one of {', '.join(NAME_IS)}, got {self.name_is!r}")
        if self.date_order not in {"", *DATE_ORDERS}:
            raise ConfigError(f"date_order: expected one of {', '.join(DATE_ORDERS)}, got {self.date_order!r}")
        if self.modality and not parse_modality(self.modality):
            raise ConfigError(f"modality: expected a DICOM code such as CT, got {self.modality!r}")
        if not self.name.strip():
            raise ConfigError("name: the source needs a name")


@dataclass(frozen=True, slots=True)
class RowReport:
    """A report from a row, parsed, with the fields whose cell could not be used."""

    incoming: IncomingReport
    parsed: ParsedReport
    unused: tuple[str, ...]


def choose_columns(present: Sequence[str], options: ReportOptions) -> dict[str, str]:
    """Field -> column, for the fields that the table has.

    Raises:
        ConfigError: When a named column is missing, two columns fit one field, or there is no column with text.
    """
    missing = sorted(set(options.columns.values()) - set(present))
    if missing:
        raise ConfigError(f"the table has no column {', '.join(missing)}; its columns are: {', '.join(present)}")
    chosen = dict(options.columns)
    for name, known in FIELDS.items():
        fitting = [column for column in present if re.sub(r"[\W_]+", "", column).lower() in known]
        if name in chosen or not fitting:
            continue
        if len(fitting) > 1:
            raise ConfigError(f"several columns could be the field {name}: {', '.join(fitting)}; say which")
        chosen[str(name)] = fitting[0]
    if not set(chosen) & {"text", *Section}:
        raise ConfigError(
            f"no column with report text; its columns are: {', '.join(present)}. Name it report_text, or one column a "
            f"section ({', '.join(Section)}), or say which one holds the field text"
        )
    return chosen


def read_report_row(
    values: Mapping[str, str], columns: Mapping[str, str], source: str, options: ReportOptions
) -> RowReport | None:
    """The report that a row holds, or None when it has no text. A filled text column counts before section columns."""
    parsed = _parse(values, columns)
    if not normalise(parsed.text):
        return None

    def cell(name: str) -> str:
        return parse_identifier(values.get(columns.get(name, ""), ""))

    study_date = parse_date(cell("study_date"), options.date_order)
    modality = parse_modality(cell("modality"))
    study_uid = cell("study_uid")
    incoming = IncomingReport(
        text=parsed.text,
        source=source,
        report_id=cell("report_id"),
        study_uid=table_study_uid(options.study_ids_of, study_uid) if options.study_ids_of and study_uid else study_uid,
        accession=cell("accession"),
        site=cell("site") or options.site,
        patient_id=cell("patient_id"),
        study_date=study_date,
        modality=modality or parse_modality(options.modality),
        labels=split_labels(values.get(columns.get("labels", ""), ""), options.label_separator),
    )
    used = {"study_date": study_date, "modality": modality}
    return RowReport(incoming, parsed, tuple(name for name, value in used.items() if cell(name) and not value))


def _parse(values: Mapping[str, str], columns: Mapping[str, str]) -> ParsedReport:
    def text(name: str) -> str:
        value = values.get(columns.get(name, ""), "").strip()
        return "" if value.casefold() == "nan" else value

    if whole := text("text"):
        return parse_report(whole)
    return parse_sections({section: body for section in Section if (body := text(section))})
