"""Report files into reports: columns by name, plain text by file name, Open-i XML, and everything that is no report."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import date
from pathlib import Path

import pytest

from radseek.archive.open_i import OPEN_I_COLUMNS, parse_open_i, read_open_i_table
from radseek.archive.report_files import FoundReport, RefusedReport, read_reports
from radseek.archive.report_rows import ReportOptions
from radseek.archive.table_rows import BadRow, Row
from radseek.archive.table_studies import table_study_uid
from radseek.errors import ConfigError, InputError, UnsupportedInputError
from radseek.records.outcomes import Outcome, Reason
from radseek.records.reports import Section

OPEN_I = """<?xml version="1.0" encoding="utf-8"?>
<eCitation><uId id="CXR77"/><pmcId id="77"/>
<MedlineCitation><Article><Abstract>
<AbstractText Label="COMPARISON">None.</AbstractText>
<AbstractText Label="INDICATION">Cough &amp; fever</AbstractText>
<AbstractText Label="FINDINGS">The heart is <i>large</i>. No effusion.</AbstractText>
<AbstractText Label="IMPRESSION"/>
<AbstractText Label="ADDENDUM">Seen twice.</AbstractText>
</Abstract></Article></MedlineCitation>
<MeSH><major>Cardiomegaly/mild</major><major>Cardiomegaly/mild</major><automatic>heart</automatic></MeSH>
<parentImage id="CXR77_IM-1-1001"><caption>PA</caption></parentImage>
<parentImage id="CXR77_IM-1-2001"/>
</eCitation>"""
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><eCitation><uId id="x"/><AbstractText>&c;</AbstractText></eCitation>'
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<eCitation><uId id="x"/><AbstractText>&e;</AbstractText></eCitation>'
)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def csv_text(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def found(path: Path, options: ReportOptions | None = None) -> list[FoundReport]:
    reports = list(read_reports(path, options))
    assert all(isinstance(report, FoundReport) for report in reports)
    return [report for report in reports if isinstance(report, FoundReport)]


def test_a_csv_with_dicom_names(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "r.csv",
        csv_text(
            [
                "StudyInstanceUID",
                "Accession Number",
                "PatientID",
                "StudyDate",
                "Modality",
                "Site",
                "ReportID",
                "Report",
            ],
            ["1.2.3", "A1", "007", "20240517", "mri", "north", "R1", "FINDINGS: Clear lungs.\nIMPRESSION: Normal."],
        ),
    )
    (report,) = found(file)
    incoming = report.incoming
    assert (incoming.study_uid, incoming.accession, incoming.patient_id) == ("1.2.3", "A1", "007")
    assert (incoming.study_date, incoming.modality) == (date(2024, 5, 17), "MR")
    assert (incoming.site, incoming.report_id, incoming.source) == ("north", "R1", "csv")
    assert [(s.section, s.text) for s in report.parsed.sentences] == [
        (Section.FINDINGS, "Clear lungs."),
        (Section.IMPRESSION, "Normal."),
    ]
    assert (report.path, report.place) == ("r.csv", "row 2")


def test_section_columns_and_nested_json_lines_say_the_same(tmp_path: Path) -> None:
    table = write(tmp_path, "r.csv", csv_text(["accession", "Findings", "IMPRESSION"], ["A1", "Clear.", "Normal."]))
    lines = write(
        tmp_path,
        "r.jsonl",
        json.dumps({"accession": "A1", "sections": {"findings": "Clear.", "impression": "Normal."}}),
    )
    assert found(table)[0].parsed == found(lines)[0].parsed
    assert found(lines)[0].incoming.source == "jsonl"


def test_a_filled_text_column_counts_before_section_columns(tmp_path: Path) -> None:
    rows = [["text", "findings"], ["Whole report.", "Part."], ["nan", "Only part."]]
    texts = [report.incoming.text for report in found(write(tmp_path, "r.csv", csv_text(*rows)))]
    assert texts == ["Whole report.", "FINDINGS: Only part."]


def test_columns_can_be_named(tmp_path: Path) -> None:
    file = write(tmp_path, "r.csv", csv_text(["befund", "auftrag"], ["Clear.", "A1"]))
    (report,) = found(
        file, ReportOptions(columns={"text": "befund", "accession": "auftrag"}, site="north", modality="ct")
    )
    assert (report.incoming.accession, report.incoming.site, report.incoming.modality) == ("A1", "north", "CT")


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        (["a", "b"], {}, r"no column with report text; its columns are: a, b\. Name it report_text"),
        (["text", "report"], {}, "several columns could be the field text: text, report"),
        (["text"], {"columns": {"accession": "acc_no"}}, "no column acc_no; its columns are: text"),
    ],
)
def test_columns_that_do_not_fit(tmp_path: Path, header: list[str], options: dict[str, object], message: str) -> None:
    file = write(tmp_path, "r.csv", csv_text(header, ["x"] * len(header)))
    with pytest.raises(ConfigError, match=message):
        read_reports(file, ReportOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"tekst": "a"}}, "unknown field tekst; known fields: text, report_id"),
        ({"name_is": "patient"}, "name_is: expected one of accession, study_uid, report_id, got 'patient'"),
        ({"date_order": "ydm"}, "date_order: expected one of"),
        ({"modality": "<CT> or so it seems"}, "modality: expected a DICOM code"),
        ({"name": " "}, "name: the source needs a name"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ReportOptions(**options)  # type: ignore[arg-type]


def test_an_ambiguous_date_is_left_empty_and_said(tmp_path: Path) -> None:
    file = write(tmp_path, "r.csv", csv_text(["text", "date"], ["Clear.", "03/04/2024"], ["Clear.", ""]))
    assert [(r.incoming.study_date, r.unused) for r in found(file)] == [(None, ("study_date",)), (None, ())]
    (first, _) = found(file, ReportOptions(date_order="dmy"))
    assert (first.incoming.study_date, first.unused) == (date(2024, 4, 3), ())


def test_a_tables_own_study_ids_become_its_uids(tmp_path: Path) -> None:
    file = write(tmp_path, "r.csv", csv_text(["study_uid", "text"], ["7", "Clear."]))
    (report,) = found(file, ReportOptions(study_ids_of="pairs"))
    assert report.incoming.study_uid == table_study_uid("pairs", "7") != "7"


@pytest.mark.parametrize(
    ("name_is", "expected"),
    [("accession", ("A1", "", "sub/A1")), ("study_uid", ("", "A1", "sub/A1")), ("report_id", ("", "", "A1"))],
)
def test_a_folder_of_text_files(tmp_path: Path, name_is: str, expected: tuple[str, str, str]) -> None:
    write(tmp_path, "sub/A1.txt", "FINDINGS: Clear.\r\n")
    (report,) = found(tmp_path, ReportOptions(name_is=name_is))
    assert (report.incoming.accession, report.incoming.study_uid, report.incoming.report_id) == expected
    assert report.incoming.text == "FINDINGS: Clear.\n"


def test_every_file_of_a_folder_has_an_outcome(tmp_path: Path) -> None:
    write(tmp_path, "folder/a.txt", "Kein Erguss über rechts.".encode("utf-16"))
    write(tmp_path, "folder/b.txt", "Kein Erguss über rechts.".encode("latin-1"))
    write(tmp_path, "folder/c.txt", b"")
    write(tmp_path, "folder/d.txt", " \n--- \n")
    write(tmp_path, "folder/e.txt", bytes(range(256)) * 20)
    write(tmp_path, "folder/f.pdf", "%PDF")
    write(tmp_path, "folder/g.xml", OPEN_I)
    write(tmp_path, "folder/h.xml", BOMB)
    write(tmp_path, "folder/i.xml", EXTERNAL)
    write(tmp_path, "folder/j.xml", "<eCitation>")
    write(tmp_path, "folder/k.xml", "<other/>")
    write(tmp_path, "outside/secret.txt", "Not ours.")
    os.symlink(tmp_path / "outside/secret.txt", tmp_path / "folder/l.txt")
    os.symlink(tmp_path / "outside", tmp_path / "folder/m")
    os.mkfifo(tmp_path / "folder/n.txt")
    reports = list(read_reports(tmp_path / "folder"))
    assert [report.path[0] for report in reports] == list("abcdefghijklmn")
    refused = {r.path: (r.refusal.outcome, r.refusal.reason) for r in reports if isinstance(r, RefusedReport)}
    assert refused == {
        "c.txt": (Outcome.SKIPPED, Reason.EMPTY_REPORT),
        "d.txt": (Outcome.SKIPPED, Reason.EMPTY_REPORT),
        "e.txt": (Outcome.QUARANTINED, Reason.BAD_ENCODING),
        "f.pdf": (Outcome.SKIPPED, Reason.NOT_A_REPORT),
        "h.xml": (Outcome.QUARANTINED, Reason.BAD_XML),
        "i.xml": (Outcome.QUARANTINED, Reason.BAD_XML),
        "j.xml": (Outcome.QUARANTINED, Reason.BAD_XML),
        "k.xml": (Outcome.QUARANTINED, Reason.BAD_XML),
        "l.txt": (Outcome.SKIPPED, Reason.SPECIAL_FILE),
        "m": (Outcome.SKIPPED, Reason.SPECIAL_FILE),
        "n.txt": (Outcome.SKIPPED, Reason.SPECIAL_FILE),
    }
    assert all("passwd" not in str(r) and "root:" not in str(r) for r in reports)
    texts = [r.incoming.text for r in reports if isinstance(r, FoundReport)]
    assert texts[:2] == ["Kein Erguss über rechts."] * 2


def test_a_single_text_or_xml_file(tmp_path: Path) -> None:
    assert found(write(tmp_path, "A9.txt", "Clear."))[0].incoming.accession == "A9"
    (report,) = found(write(tmp_path, "77.xml", OPEN_I))
    assert (report.incoming.report_id, report.incoming.accession) == ("CXR77", "CXR77")
    assert report.incoming.labels == ("Cardiomegaly/mild",)
    assert report.incoming.source == "openi_xml"


def test_a_link_that_a_person_gives_is_followed(tmp_path: Path) -> None:
    os.symlink(write(tmp_path, "store/blob", "Clear."), tmp_path / "A9.txt")
    assert found(tmp_path / "A9.txt")[0].incoming.accession == "A9"


def test_what_is_no_report_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file or folder"):
        read_reports(tmp_path / "missing.csv")
    with pytest.raises(UnsupportedInputError, match=r"reports are read from \.csv"):
        read_reports(write(tmp_path, "r.docx", "PK"))


def test_a_binary_table_is_one_refusal(tmp_path: Path) -> None:
    (report,) = read_reports(write(tmp_path, "r.csv", bytes(range(256)) * 20))
    assert isinstance(report, RefusedReport)
    assert report.refusal.reason is Reason.BAD_ENCODING


def test_open_i_sections_codes_and_images() -> None:
    report = parse_open_i(OPEN_I.encode())
    assert (report.uid, report.pmc_id, report.mesh_major) == ("CXR77", "77", ("Cardiomegaly/mild",))
    assert report.sections == {
        Section.COMPARISON: "None.",
        Section.INDICATION: "Cough & fever",
        Section.FINDINGS: "The heart is large. No effusion.",
        Section.OTHER: "Seen twice.",
    }
    assert report.image_ids == ("CXR77_IM-1-1001", "CXR77_IM-1-2001")


def test_a_folder_of_open_i_files_is_a_table_with_a_row_an_image(tmp_path: Path) -> None:
    write(tmp_path, "1.xml", OPEN_I)
    write(tmp_path, "2.xml", BOMB)
    write(
        tmp_path, "3.xml", '<eCitation><uId id="CXR3"/><AbstractText Label="FINDINGS">Clear.</AbstractText></eCitation>'
    )
    table = read_open_i_table(tmp_path)
    assert table.columns == OPEN_I_COLUMNS
    found_rows = list(table.rows)
    assert [row.place for row in found_rows] == ["file 1, image 1", "file 1, image 2", "file 2", "file 3, image 1"]
    assert isinstance(found_rows[2], BadRow)
    rows = [row.values for row in found_rows if isinstance(row, Row)]
    assert [row["image"] for row in rows] == ["CXR77_IM-1-1001", "CXR77_IM-1-2001", ""]
    with pytest.raises(InputError, match=r"no \.xml file"):
        read_open_i_table(tmp_path / "..")
