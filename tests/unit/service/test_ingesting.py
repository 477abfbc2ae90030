"""What a source is, by its ending or as asked."""

from __future__ import annotations

import pytest

from radseek.errors import InputError
from radseek.service.ingesting import IngestOptions, source_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pairs.csv", "table"),
        ("PAIRS.TSV", "table"),
        ("t.parquet", "table"),
        ("t.csv.gz", "table"),
        ("r.jsonl", "reports"),
        ("r.xml", "reports"),
        ("r.txt", "reports"),
        ("study.zip", "dicom"),
        ("IM0001", "dicom"),
        ("a.dcm", "dicom"),
    ],
)
def test_by_ending(tmp_path, name, kind):
    source = tmp_path / name
    source.write_bytes(b"x")
    assert source_kind(source, IngestOptions()) == kind
    assert source_kind(source, IngestOptions(kind="reports")) == "reports"


def test_a_folder_is_dicom_unless_asked_otherwise(tmp_path):
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert source_kind(folder, IngestOptions()) == "dicom"


def test_a_missing_source_and_an_unknown_kind_are_errors(tmp_path):
    with pytest.raises(InputError, match="the source does not exist"):
        source_kind(tmp_path / "none", IngestOptions())
    with pytest.raises(InputError, match="unknown kind of source 'dcm'; known: auto, dicom, table, reports"):
        source_kind(tmp_path, IngestOptions(kind="dcm"))
