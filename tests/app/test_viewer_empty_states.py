"""What every page says of real archives that lack something: all, an index, pictures, or reports."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from real_archive import write_tiny_encoder
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.dicom.write import (
    ImageAttributes,
    ReportAttributes,
    StudyAttributes,
    uid_from,
    write_image,
    write_report,
)
from radseek.records.config import config_folder
from radseek.records.instances import Window
from radseek.records.reports import Section
from radseek.records.search_options import Band, SearchOptions
from radseek.service import Archive, IngestOptions
from radseek.service.demo import write_demo_sources
from radseek_viewer.connection import connect
from radseek_viewer.empty_states import Lack, lack_of

APP = Path(radseek_viewer.__file__).with_name("app.py")
PAGES = ("search", "similar", "cohorts", "archive")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory):
    """One archive for each lack; of the one without an index both kinds came in."""
    folder = tmp_path_factory.mktemp("lacking")
    sources = write_demo_sources(folder / "sources", 2, 1)
    encoder = write_tiny_encoder(folder / "encoder")
    config = folder / "archive.yaml"
    settings = (config_folder() / "archives" / "default.yaml").read_text(encoding="utf-8")
    config.write_text(settings.replace("runtime: auto", "runtime: torch-f32"), encoding="utf-8")
    made = {lack: Archive.create(folder / lack.value, config, encoder=str(encoder)) for lack in Lack}
    made[Lack.INDEX].ingest(sources.dicom_folder, IngestOptions("dicom", name="phantoms"))
    made[Lack.INDEX].ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
    for lack, write in ((Lack.PICTURES, write_report_alone), (Lack.REPORTS, write_picture_alone)):
        source = folder / f"without {lack.value}"
        source.mkdir()
        write(source / "one.dcm")
        made[lack].ingest(source, IngestOptions("dicom", name="half"))
        made[lack].index()
    yield made
    for archive in made.values():
        archive.close()


STUDY = StudyAttributes(
    study_uid=uid_from("study", "alone"),
    patient_id="PAT-1",
    study_date=date(2024, 2, 29),
    accession="A1",
    body_part="CHEST",
    sex="F",
    age_years=61,
)


def write_report_alone(path: Path) -> None:
    attributes = ReportAttributes(STUDY, uid_from("series", "alone"), uid_from("instance", "alone"))
    write_report(path, {Section.FINDINGS: "Small left pleural effusion."}, attributes)


def write_picture_alone(path: Path) -> None:
    attributes = ImageAttributes(
        study=STUDY,
        series_uid=uid_from("series", "alone"),
        instance_uid=uid_from("instance", "alone"),
        modality="DX",
        spacing_mm=(1.0, 1.0),
        window=Window(500.0, 1000.0),
        view_position="PA",
    )
    write_image(path, np.arange(64 * 64).reshape(64, 64) % 1000, attributes)


def shown(archive: Archive, name: str, **parameters: str) -> tuple[AppTest, str]:
    """The page and all that its walls and captions say."""
    connect(archive)
    try:
        page = AppTest.from_file(str(APP), default_timeout=60).run()
        for key, value in parameters.items():
            page.query_params[key] = value
        page.switch_page(f"app_pages/{name}.py").run()
    finally:
        connect(None)
    assert not page.exception
    walls = [element.proto for element in page.get("bidi_component")]
    told = [proto.json for proto in walls if proto.component_name in {"radseek.wall", "radseek.tour_offer"}]
    return page, json.dumps([told, [caption.value for caption in page.caption]])


@pytest.mark.parametrize("lack", list(Lack))
def test_what_lacks_is_known(archives: dict[Lack, Archive], lack: Lack) -> None:
    assert lack_of(archives[lack].summary()) is lack


@pytest.mark.parametrize("name", PAGES)
def test_an_archive_with_nothing_in_it_says_how_to_begin(archives: dict[Lack, Archive], name: str) -> None:
    _, told = shown(archives[Lack.EVERYTHING], name)
    assert "This archive holds nothing yet" in told
    assert "radseek ingest ARCHIVE FOLDER" in told
    assert "radseek index ARCHIVE" in told
    assert "Take the tour" not in told
    assert "examples" not in told or '\\"examples\\": []' in told


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_indexed_is_counted_and_the_command_named(archives: dict[Lack, Archive], name: str) -> None:
    _, told = shown(archives[Lack.INDEX], name)
    assert "What came in is not indexed yet" in told
    assert "studies and" in told
    assert "radseek index ARCHIVE" in told
    assert "1. Bring it in" not in told


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("lack", "here"), [(Lack.PICTURES, "Only reports are here"), (Lack.REPORTS, "Only pictures are here")]
)
def test_half_an_archive_says_what_its_hits_go_by(
    archives: dict[Lack, Archive], name: str, lack: Lack, here: str
) -> None:
    _, told = shown(archives[lack], name)
    assert f"No {lack.value} in this archive" in told
    assert here in told


def test_searching_what_is_not_indexed_is_explained(archives: dict[Lack, Archive]) -> None:
    connect(archives[Lack.INDEX])
    try:
        page = AppTest.from_file(str(APP), default_timeout=60).run()
        page.text_input(key="query_text").set_value("effusion").run()
        assert not page.exception
        walls = [element.proto.json for element in page.get("bidi_component")]
        assert any("run `radseek index` first" in wall for wall in walls)
    finally:
        connect(None)


def test_a_study_says_what_is_missing(archives: dict[Lack, Archive]) -> None:
    _, told = shown(archives[Lack.EVERYTHING], "study", study="st_any")
    assert "There is no such study here" in told
    for lack, words in ((Lack.PICTURES, "No picture of this study"), (Lack.REPORTS, "No report is linked")):
        [first] = archives[lack].search("effusion", options=SearchOptions(floor=Band.MISS)).hits
        _, told = shown(archives[lack], "study", study=first.study_key)
        assert words in told


def test_the_lacking_archive_has_an_about_page(archives: dict[Lack, Archive]) -> None:
    page, told = shown(archives[Lack.EVERYTHING], "about")
    assert "Not for diagnosis" in told
    assert "run `radseek index`" in "\n".join(markdown.value for markdown in page.markdown)
