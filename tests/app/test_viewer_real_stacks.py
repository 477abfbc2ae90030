"""Stacks of real CT files (pydicom's own): where their slices lie, and linked scrolling by millimetres over them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from chromium import archive_viewer, expect, in_browser, wait_for_picture
from pydicom import dcmread
from real_archive import write_tiny_encoder

from radseek.records.findings import Region
from radseek.records.reports import Assertion, Section
from radseek.records.search import ReportView, SentenceView
from radseek.service import Archive, IngestOptions
from radseek.service.told_findings import told_findings
from radseek.text import default_lexicon

SAMPLES = Path(pydicom.data.__file__).parent / "test_files" / "dicomdirtests" / "98892001"
WHOLE, EVERY_SECOND, LOCALIZERS = "1.2.3.1", "1.2.3.2", "1.2.3.3"


def slices_mm(files: list[Path]) -> list[float]:
    """What the files say themselves: all are axial, so that the place along the body is z."""
    return sorted(float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]) for path in files)


def copy_as(files: list[Path], folder: Path, study_uid: str) -> None:
    folder.mkdir(parents=True)
    for number, path in enumerate(files, 1):
        file = dcmread(path)
        file.StudyInstanceUID, file.SeriesInstanceUID = study_uid, f"{study_uid}.1"
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = f"{study_uid}.1.{number}"
        file.save_as(folder / f"{number}.dcm")


def in_order() -> list[Path]:
    files = [path for path in (SAMPLES / "CT5N").iterdir() if path.is_file()]
    return sorted(files, key=lambda path: float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real_stacks")
    copy_as(in_order()[1:4], folder / "sources" / "whole", WHOLE)
    copy_as(in_order()[::2], folder / "sources" / "second", EVERY_SECOND)
    localizers = [path for path in (SAMPLES / "CT2N").iterdir() if path.is_file()]
    copy_as(localizers, folder / "sources" / "localizers", LOCALIZERS)
    with Archive.create(folder / "archive", encoder=str(write_tiny_encoder(folder / "encoder"))) as archive:
        archive.ingest(folder / "sources", IngestOptions("dicom", name="samples"))
        archive.index()
    return folder / "archive"


def study_key(archive: Archive, study_uid: str) -> str:
    return archive.search(study_uid, k=1).hits[0].study_key


def test_depths_are_those_of_the_files_and_a_grown_series_is_read_again(path: Path, tmp_path: Path) -> None:
    with Archive.open(path) as archive:
        image = archive.study(study_key(archive, WHOLE)).images[1].image_key
        stack = archive.stack(image)
        assert stack.depths_mm == pytest.approx(slices_mm(in_order()[1:4]))
        assert stack.normal == pytest.approx((0.0, 0.0, 1.0))
        assert np.diff(stack.depths_mm) == pytest.approx([2.5, 2.5])
        assert [place for place, _ in stack.searched] == [0, 1, 2]
        second = archive.stack_frame_values(image, 1).values

        copy_as(in_order()[:1], tmp_path / "more", WHOLE)
        lowest = next((tmp_path / "more").iterdir())
        file = dcmread(lowest)
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = f"{WHOLE}.1.9"
        file.save_as(lowest)
        with Archive.open(path) as other:
            other.ingest(tmp_path / "more", IngestOptions("dicom", name="more"))
        grown = archive.stack(image)  # the archive was open all the while, and had read the stack
        assert grown.depths_mm == pytest.approx(slices_mm(in_order()[:4]))
        assert grown.index == stack.index + 1
        np.testing.assert_array_equal(archive.stack_frame_values(image, 2).values, second)


def test_localizers_have_no_common_geometry(path: Path) -> None:
    with Archive.open(path) as archive:
        images = archive.study(study_key(archive, LOCALIZERS)).images
        stack = archive.stack(images[0].image_key)
        assert (stack.depths_mm, stack.normal) == ((), ())
        assert stack.n_slices == 2


def test_only_what_names_a_finding_is_told_as_one() -> None:
    texts = ("Small left pleural effusion.", "Two views are submitted.", "No pneumothorax.", "אין pneumothorax כלל.")
    foreign = (False, False, False, True)
    sentences = tuple(
        SentenceView(f"s{n}", text, Section.FINDINGS, Assertion.PRESENT, Region.CHEST, states_finding=not is_foreign)
        for n, (text, is_foreign) in enumerate(zip(texts, foreign, strict=True))
    )
    report = ReportView("r", " ".join(texts), sentences, ((0, 1),) * len(texts), "")
    [told] = told_findings((report,), default_lexicon())
    assert [sentence.states_finding for sentence in told.sentences] == [True, False, True, False]
    assert replace(told, sentences=sentences) == report


@in_browser
def test_two_real_stacks_go_together_by_millimetres(page, path: Path) -> None:
    with Archive.open(path) as archive:
        keys = [study_key(archive, uid) for uid in (EVERY_SECOND, WHOLE)]
        depths = [archive.stack(archive.study(key).images[0].image_key).depths_mm for key in keys]
    with archive_viewer(path) as url:
        page.goto(f"{url}compare?left={keys[0]}&right={keys[1]}")
        page.get_by_text("Slices go together by position in mm").wait_for()
        wait_for_picture(page)
        left, right = (page.locator(f"[data-side={side}] canvas") for side in ("left", "right"))
        left.focus()
        page.keyboard.press("Home")
        for slice_ in range(len(depths[0])):
            if slice_:
                page.keyboard.press("ArrowDown")
            expect(left).to_have_attribute("data-slice", str(slice_))
            nearest = min(range(len(depths[1])), key=lambda n, mm=depths[0][slice_]: abs(depths[1][n] - mm))
            expect(right).to_have_attribute("data-slice", str(nearest))
        page.goto("about:blank")  # an open page looks for its server, which ends here
