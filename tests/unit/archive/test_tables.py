"""Research tables into an archive: each row in one bin; studies with pictures, report and labels; again and again."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from radseek.archive.column_map import ColumnMap, build_column_map, load_column_map
from radseek.archive.config import ArchiveConfig
from radseek.archive.folder import ArchiveFolder
from radseek.archive.schema import images, instances, labels, outcomes, patients, reports, series, sources, studies
from radseek.archive.tables import ingest_table
from radseek.errors import ConfigError, InputError
from radseek.records.outcomes import Tally
from radseek.records.progress import Progress

COLUMNS = ["file", "study", "patient", "modality", "view", "age", "sex", "date", "findings", "caption", "labels"]
MAP = build_column_map(
    {
        "image": "file",
        "study_id": "study",
        "patient_id": "patient",
        "modality": "modality",
        "view": "view",
        "age": "age",
        "sex": "sex",
        "date": "date",
        "labels": "labels",
        "sections": {"findings": "findings", "other": "caption"},
    },
    "mine",
)
TEXT_MAP = build_column_map({"study_id": "id", "sections": {"findings": "findings"}}, "texts")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArchiveFolder]:
    with ArchiveFolder.create(tmp_path / "archive", ArchiveConfig(workers=1)) as opened:
        yield opened


def row(file: str, study: str, **values: str) -> list[str]:
    return [{"file": file, "study": study, "modality": "DX", **values}.get(name, "") for name in COLUMNS]


def write_table(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def write_picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 30), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def rows_of(archive: ArchiveFolder, *columns: Any, joined: Sequence[tuple[Any, Any]] = ()) -> list[tuple[Any, ...]]:
    statement = select(*columns)
    for table, condition in joined:
        statement = statement.join(table, condition)
    with archive.catalogue.reading() as connection:
        return [tuple(found) for found in connection.execute(statement.order_by(*columns))]


def test_every_row_ends_in_one_bin(archive: ArchiveFolder, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for n in range(4):
        write_picture(folder / f"img/{n}.png", n)
    (folder / "img/copy.png").write_bytes((folder / "img/0.png").read_bytes())
    (folder / "img/broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(200))
    (folder / "img/text.png").write_text("no picture")
    (folder / "img/empty.png").touch()
    write_picture(tmp_path / "secret.png", 9)
    os.symlink(tmp_path / "secret.png", folder / "img/link.png")
    os.symlink(folder / "img/3.png", folder / "img/inner.png")
    os.mkfifo(folder / "img/pipe.png")
    cases = [
        (row("img/0.png", "S1", patient="P1", findings="Clear."), "ingested"),
        (row("img\\1.png", "S1", patient="P1", findings="Clear."), "ingested"),
        (row("img/copy.png", "S1", patient="P1"), "duplicate"),
        (row("img/0.png", "S1", patient="P1"), "duplicate"),
        (row("img/2.png", "S1", patient="P2"), "conflicting_patient"),
        (row("img/inner.png", "S2"), "ingested"),
        (row("", "S3", findings="Only text."), "ingested"),
        (row("", "S4"), "bad_row"),
        (row("img/3.png", ""), "bad_row"),
        (row("img/missing.png", "S5"), "missing_file"),
        (row("img", "S5"), "missing_file"),
        (row("../secret.png", "S5"), "unsafe_path"),
        (row(str(tmp_path / "secret.png"), "S5"), "unsafe_path"),
        (row("C:\\secret.png", "S5"), "unsafe_path"),
        (row("img/link.png", "S5"), "unsafe_path"),
        (row("img/text.png", "S5"), "decode_failed"),
        (row("img/broken.jpg", "S5"), "decode_failed"),
        (row("img/empty.png", "S5"), "empty_file"),
        (row("img/pipe.png", "S5"), "special_file"),
        (["too", "short"], "bad_row"),
        (row("x" * 5000, "S5"), "not_readable"),
    ]
    table = write_table(folder / "table.csv", [cells for cells, _ in cases])
    tally = ingest_table(archive, table, MAP)
    expected: dict[str, int] = {}
    for _, bin_ in cases:
        expected[bin_] = expected.get(bin_, 0) + 1
    found = {"ingested": tally.ingested, "duplicate": tally.duplicate, **tally.skipped, **tally.quarantined}
    assert found == expected
    assert tally.seen == len(cases)
    again = ingest_table(archive, table, MAP)
    assert again.duplicate == tally.ingested + tally.duplicate
    assert (again.skipped, again.quarantined, again.ingested) == (tally.skipped, tally.quarantined, 0)


def test_refusals_name_row_and_column_but_no_value(archive: ArchiveFolder, tmp_path: Path) -> None:
    table = write_table(
        tmp_path / "t.csv", [["SECRET-ID"], ["a", "SECRET", ""], ["", "x", "y"]], ["id", "n", "findings"]
    )
    ingest_table(archive, table, TEXT_MAP)
    details = [detail for (detail,) in rows_of(archive, outcomes.c.detail) if detail]
    assert details == [
        "row 2: 1 cells where the table has 3 columns",
        "row 3",
        "row 4: column id has no usable value",
    ]


def test_studies_patients_pictures_report_and_labels(archive: ArchiveFolder, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for n in range(3):
        write_picture(folder / f"{n}.png", n)
    shared = {"patient": "P1", "sex": "female", "age": "73", "date": "2020-05-06", "findings": "Mass. No effusion."}
    table = write_table(
        folder / "table.csv",
        [
            row("0.png", "S1", **shared, modality="CT", caption="Axial mass.", labels="mass|split"),
            row("1.png", "S1", **shared, modality="MRI", caption="Coronal mass.", labels="mass"),
            row("2.png", "S2", patient="P1", view="AP"),
        ],
    )
    ingest_table(archive, table, MAP, name="my set")
    assert rows_of(archive, sources.c.name, sources.c.kind) == [("my set", "table")]
    assert rows_of(archive, patients.c.patient_id, patients.c.issuer, patients.c.sex) == [("P1", "table my set", "F")]
    found = rows_of(archive, studies.c.age_years, studies.c.study_date, studies.c.modality)
    assert [f[0] for f in found] == [None, 73.0]
    assert {f[2] for f in found} == {"CT", "DX"}
    assert [m for (m,) in rows_of(archive, series.c.modality)] == ["CT", "DX", "MR"]
    ((text, method, state),) = rows_of(archive, reports.c.text, reports.c.link_method, reports.c.link_state)
    assert text == "Axial mass.\nCoronal mass.\n\nFINDINGS: Mass. No effusion."
    assert (method, state) == ("table", "linked")
    assert rows_of(archive, labels.c.name) == [("mass",), ("split",)]
    assert rows_of(archive, images.c.ready, images.c.width_px, images.c.height_px) == [(True, 30, 40)] * 3
    assert rows_of(archive, instances.c.view_position) == [("",), ("",), ("AP",)]


def test_equal_ids_of_two_tables_stay_apart_and_real_uids_stay_as_they_are(
    archive: ArchiveFolder, tmp_path: Path
) -> None:
    columns = ["id", "patient", "findings"]
    content = {"study_id": "id", "patient_id": "patient", "sections": {"findings": "findings"}}
    uid = "1.2.840.99999.1.2.3"
    for name in ("one", "two"):
        table = write_table(tmp_path / f"{name}.csv", [["1", "P1", f"Clear {name}."]], columns)
        assert ingest_table(archive, table, build_column_map(content, name)).ingested == 1
    table = write_table(tmp_path / "three.csv", [[uid, "P1", "Clear."]], columns)
    ingest_table(archive, table, build_column_map(content, "three"))
    uids = [u for (u,) in rows_of(archive, studies.c.study_uid)]
    assert len(set(uids)) == 3
    assert sorted(u.startswith("2.25.") for u in uids) == [False, True, True]
    assert uid in uids
    assert len(rows_of(archive, patients.c.patient_key)) == 3


def test_changed_text_of_a_known_study_is_quarantined_and_the_old_one_stays(
    archive: ArchiveFolder, tmp_path: Path
) -> None:
    columns = ["id", "findings"]
    table = write_table(tmp_path / "t.csv", [["1", "Clear."], ["2", "Mass."]], columns)
    assert ingest_table(archive, table, TEXT_MAP).ingested == 2
    write_table(table, [["1", "Clear."], ["2", "No mass."], ["3", "New."]], columns)
    tally = ingest_table(archive, table, TEXT_MAP)
    assert tally == Tally(ingested=1, duplicate=1, quarantined={"conflicting_report": 1})
    assert [t for (t,) in rows_of(archive, reports.c.text)] == ["FINDINGS: Clear.", "FINDINGS: Mass.", "FINDINGS: New."]
    assert ingest_table(archive, table, TEXT_MAP) == Tally(duplicate=2, quarantined={"conflicting_report": 1})


def test_changed_text_beside_known_pictures_is_counted_too(archive: ArchiveFolder, tmp_path: Path) -> None:
    write_picture(tmp_path / "set/0.png", 0)
    table = write_table(tmp_path / "set/t.csv", [row("0.png", "S1", findings="Clear.")])
    ingest_table(archive, table, MAP)
    write_table(table, [row("0.png", "S1", findings="Mass.")])
    assert ingest_table(archive, table, MAP) == Tally(duplicate=1, quarantined={"conflicting_report": 1})


def test_a_picture_that_arrives_later_is_ingested_then(archive: ArchiveFolder, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    table = write_table(folder / "t.csv", [row("0.png", "S1", findings="Clear.")])
    assert ingest_table(archive, table, MAP).quarantined == {"missing_file": 1}
    assert rows_of(archive, reports.c.link_method) == [("table",)]
    write_picture(folder / "0.png", 0)
    assert ingest_table(archive, table, MAP) == Tally(ingested=1)
    assert rows_of(archive, func.count(outcomes.c.id)) == [(2,)]
    assert rows_of(archive, func.count(reports.c.id)) == [(1,)]


def test_missing_columns_ingest_nothing(archive: ArchiveFolder, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", [["x", "S1", "t"]], ["file", "study", "text"])
    with pytest.raises(ConfigError, match=r"no column age, caption, date.*; its columns are: file, study, text"):
        ingest_table(archive, table, MAP)
    with pytest.raises(ConfigError, match="no ready column map fits this table; the nearest"):
        ingest_table(archive, table)
    assert rows_of(archive, func.count(outcomes.c.id)) == [(0,)]
    assert rows_of(archive, func.count(sources.c.id)) == [(0,)]


def test_header_only_is_nothing_to_do(archive: ArchiveFolder, tmp_path: Path) -> None:
    assert ingest_table(archive, write_table(tmp_path / "t.csv", []), MAP).seen == 0


def test_a_filter_leaves_rows_out_and_counts_them(archive: ArchiveFolder, tmp_path: Path) -> None:
    content = {"study_id": "id", "sections": {"findings": "f"}, "filter": {"split": ["train", "val"]}, "split": "split"}
    table = write_table(
        tmp_path / "t.csv", [["1", "a", "train"], ["2", "b", "test"], ["3", "c", "val"]], ["id", "f", "split"]
    )
    tally = ingest_table(archive, table, build_column_map(content, "mine"))
    assert tally == Tally(ingested=2, skipped={"filtered": 1})
    assert rows_of(archive, labels.c.name) == [("split:train",), ("split:val",)]


def test_values_that_cannot_be_used_are_left_empty_and_said(archive: ArchiveFolder, tmp_path: Path) -> None:
    heard: list[Progress] = []
    columns = ["id", "findings", "age", "date"]
    content = {"study_id": "id", "sections": {"findings": "findings"}, "age": "age", "date": "date"}
    table = write_table(tmp_path / "t.csv", [["1", "a", "1-5 y", "03/04/2020"], ["2", "b", "50+", ""]], columns)
    tally = ingest_table(archive, table, build_column_map(content, "mine"), progress=heard.append)
    assert tally.ingested == 2
    assert heard[-1].note == "values left empty because they could not be used: age in 2, date in 1"


def test_the_map_that_fits_is_used_and_said(archive: ArchiveFolder, tmp_path: Path) -> None:
    heard: list[Progress] = []
    table = tmp_path / "captions.csv.gz"
    table.write_bytes(gzip.compress(b"ID,Caption\nR1,Axial CT of the pelvis\n"))
    tally = ingest_table(archive, table, progress=heard.append)
    assert tally == Tally(quarantined={"missing_file": 1})
    assert heard[0].note == "column map rocov2"
    assert rows_of(archive, reports.c.text) == [("Axial CT of the pelvis",)]


def test_captions_without_header_line(archive: ArchiveFolder, tmp_path: Path) -> None:
    table = tmp_path / "captions.tsv"
    table.write_text("R1\ttrain\tAxial CT, with contrast\nR2\tval\t\n", encoding="utf-8")
    assert ingest_table(archive, table, load_column_map("roco_captions")) == Tally(
        ingested=1, skipped={"empty_report": 1}
    )


def open_i_folder(folder: Path) -> Path:
    (folder / "images/images_normalized").mkdir(parents=True)
    columns = ["uid", "MeSH", "Problems", "image", "indication", "comparison", "findings", "impression"]
    rows = [
        ["1", "normal", "normal", "Xray", "Cough", "None.", "Clear lungs.", "Normal."],
        ["2", "x", "Cardiomegaly;Edema", "Xray", "", "", "Large heart.", ""],
    ]
    table = write_table(folder / "indiana_reports.csv", rows, columns)
    projections = [["1", "1_a.png", "Frontal"], ["1", "1_b.png", "Lateral"], ["9", "9_a.png", "Frontal"]]
    write_table(folder / "indiana_projections.csv", projections, ["uid", "filename", "projection"])
    for n, (_, name, _) in enumerate(projections):
        write_picture(folder / "images/images_normalized" / name, n)
    return table


def test_open_i_csv_files_are_joined(archive: ArchiveFolder, tmp_path: Path) -> None:
    table = open_i_folder(tmp_path / "set")
    assert ingest_table(archive, table) == Tally(ingested=4)
    found = rows_of(
        archive,
        studies.c.modality,
        instances.c.view_position,
        joined=[(series, series.c.study_id == studies.c.id), (instances, instances.c.series_id == series.c.id)],
    )
    assert found == [("DX", "FRONTAL"), ("DX", "FRONTAL"), ("DX", "LATERAL")]
    assert rows_of(archive, labels.c.name) == [("Cardiomegaly",), ("Edema",), ("normal",)]
    assert len(rows_of(archive, reports.c.id)) == 2
    assert len(rows_of(archive, studies.c.id)) == 3
    assert ingest_table(archive, table) == Tally(duplicate=4)


def test_a_join_without_its_second_file(archive: ArchiveFolder, tmp_path: Path) -> None:
    table = open_i_folder(tmp_path / "set")
    (tmp_path / "set/indiana_projections.csv").unlink()
    with pytest.raises(InputError, match=r"also needs the file indiana_projections\.csv beside the table"):
        ingest_table(archive, table, load_column_map("open_i_csv"))


def test_open_i_xml_with_pictures(archive: ArchiveFolder, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write_picture(folder / "CXR1_a.png", 1)
    (folder / "1.xml").write_text(
        '<eCitation><uId id="CXR1"/><AbstractText Label="FINDINGS">Clear.</AbstractText>'
        "<MeSH><major>normal</major></MeSH>"
        '<parentImage id="CXR1_a"/><parentImage id="CXR1_b"/></eCitation>',
        encoding="utf-8",
    )
    (folder / "2.xml").write_text("<eCitation>", encoding="utf-8")
    assert ingest_table(archive, folder) == Tally(ingested=1, quarantined={"bad_xml": 1, "missing_file": 1})
    assert rows_of(archive, labels.c.name) == [("normal",)]


def test_the_name_of_the_mask_is_kept_with_the_picture(archive: ArchiveFolder, tmp_path: Path) -> None:
    content = {"study_id": "study", "image": "file", "mask": {"value": "medpix"}}
    write_picture(tmp_path / "set/0.png", 0)
    table = write_table(tmp_path / "set/t.csv", [["0.png", "S1"]], ["file", "study"])
    masked: ColumnMap = build_column_map(content, "mine")
    ingest_table(archive, table, masked)
    assert rows_of(archive, instances.c.burned_in_annotation) == [("medpix",)]


@pytest.mark.real_data
@pytest.mark.skipif("RADSEEK_DATA" not in os.environ, reason="RADSEEK_DATA names no folder of real data")
def test_real_reports_without_pixels(archive: ArchiveFolder) -> None:
    table = Path(os.environ["RADSEEK_DATA"]) / "iu_reports_text/reports.csv"
    tally = ingest_table(archive, table)
    columns = ("indication", "comparison", "findings", "impression")
    with table.open(newline="", encoding="utf-8") as stream:
        filled = [any(row[column].strip() for column in columns) for row in csv.DictReader(stream)]
    assert tally == Tally(ingested=sum(filled), skipped={"empty_report": len(filled) - sum(filled)})
