"""The collection of real DICOM files that RADSEEK_DATA names: each ends in one bin, and what should decode does."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from radseek.dicom import FrameRequest, HeaderRead, Locator, SandboxReader
from radseek.records.instances import InstanceKind
from radseek.records.outcomes import Reason

pytestmark = pytest.mark.real_data

NO_SCAN_OR_NO_IDENTITY = {Reason.UNSUPPORTED_SOP_CLASS, Reason.MISSING_UID, Reason.BAD_UID}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    root = os.environ.get("RADSEEK_DATA")
    if not root or not (Path(root) / "dicom" / "index.csv").is_file():
        pytest.skip("RADSEEK_DATA names no folder with dicom/index.csv")
    with (Path(root) / "dicom" / "index.csv").open(newline="", encoding="utf-8") as file:
        return [{**row, "path": str(Path(root) / "dicom" / row["file"])} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def reads(rows: list[dict[str, str]]) -> list[HeaderRead]:
    with SandboxReader(n_workers=2) as reader:
        return list(reader.read_headers(Locator(Path(row["path"])) for row in rows))


def test_every_file_ends_in_one_bin(rows: list[dict[str, str]], reads: list[HeaderRead]) -> None:
    assert len(reads) == len(rows) == 169
    assert all((read.header is None) != (read.refusal is None) for read in reads)
    assert [read.sha256 for read in reads] == [row["sha256"] for row in rows]
    reasons = {read.refusal.reason for read in reads if read.refusal is not None}
    assert not reasons & {Reason.DECODER_DIED, Reason.TOO_SLOW, Reason.OUT_OF_MEMORY, Reason.NOT_READABLE}


def test_what_should_decode_decodes(rows: list[dict[str, str]], reads: list[HeaderRead]) -> None:
    """`decode` starts with `ok` where another set of decoders managed; nothing of that may be lost here."""
    good = [read for row, read in zip(rows, reads, strict=True) if row["decode"].startswith("ok")]
    assert len(good) > 100
    lost = [read for read in good if read.refusal and read.refusal.reason not in NO_SCAN_OR_NO_IDENTITY]
    assert lost == []
    with SandboxReader(n_workers=2) as reader:
        frames = list(reader.read_frames(FrameRequest(read.locator) for read in good if read.header is not None))
    assert [read.refusal for read in frames if read.refusal is not None] == []


def test_reports_have_their_text(rows: list[dict[str, str]], reads: list[HeaderRead]) -> None:
    told = {row["file"]: read for row, read in zip(rows, reads, strict=True) if float(row["sr_text_chars"] or 0) > 0}
    assert len(told) >= 10
    for read in told.values():
        if read.header is None:
            assert read.refusal is not None
            assert read.refusal.reason in NO_SCAN_OR_NO_IDENTITY
        else:
            assert read.header.kind == InstanceKind.REPORT
            assert read.header.report_text
