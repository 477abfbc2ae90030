"""What the map page says where a map is old, damaged, was not finished, or cannot be built."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.archive.map_claim import claim_map
from radseek.errors import StorageError
from radseek.records.archive_map import MapKind
from radseek.records.progress import Progress
from radseek.service import Archive, IngestOptions
from radseek.service.demo import write_demo_sources
from radseek_viewer.connection import connect

APP = Path(radseek_viewer.__file__).with_name("app.py")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build_real_archive(tmp_path_factory.mktemp("map"), n_radiographs=20, n_ct=1)
    with Archive.open(path) as archive:
        archive.map.build(MapKind.PICTURES)
    return path


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    """An archive to be changed."""
    return Path(shutil.copytree(built, tmp_path / "archive"))


@pytest.fixture
def archive(path: Path):
    with Archive.open(path) as archive:
        connect(archive)
        yield archive
        archive.map.stop()
        connect(None)


def open_map(kind: MapKind) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.query_params["by"] = kind.value
    page.switch_page("app_pages/map.py").run()
    assert not page.exception
    return page


def notices(page: AppTest) -> dict[str, str]:
    """Title -> text of all notices."""
    components = [element.proto for element in page.get("bidi_component")]
    walls = [json.loads(one.json) for one in components if one.component_name == "radseek.wall"]
    return {notice["title"]: notice["text"] for wall in walls for notice in wall.get("notices", [])}


def is_drawn(page: AppTest) -> bool:
    return any(element.proto.component_name == "radseek.archive_map" for element in page.get("bidi_component"))


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


def wait_for_build(archive: Archive) -> None:
    wait = threading.Event()
    while archive.map.building().is_running:
        wait.wait(0.05)


def test_an_older_map_is_shown_says_so_and_is_built_anew(archive: Archive, tmp_path: Path) -> None:
    more = write_demo_sources(tmp_path / "more", 23, 0)
    archive.ingest(more.dicom_folder, IngestOptions("dicom", name="more"))
    archive.index()
    page = open_map(MapKind.PICTURES)
    assert is_drawn(page)
    assert "2 studies more can be laid out now" in notices(page)["This map is of an older index"]
    press(page, "Build anew")
    wait_for_build(archive)
    page = open_map(MapKind.PICTURES)
    assert (is_drawn(page), notices(page)) == (True, {})
    assert "Build anew" not in labels(page)  # the popover of this name is for a map that lacks nothing


def test_a_damaged_map_is_not_drawn_and_is_built_anew(archive: Archive, path: Path) -> None:
    points = next((path / "maps").glob("*-pictures.npz"))
    points.write_bytes(points.read_bytes()[:-1] + b"x")
    page = open_map(MapKind.PICTURES)
    assert not is_drawn(page)
    assert "sha256" in notices(page)["This map cannot be used"]
    press(page, "Build anew")
    wait_for_build(archive)
    assert is_drawn(open_map(MapKind.PICTURES))


def test_a_build_that_was_cut_off_is_told_until_one_ends(archive: Archive, path: Path) -> None:
    (path / "maps" / ".lock").write_text("reports")  # what a kill leaves
    page = open_map(MapKind.REPORTS)
    assert "map by reports ended before" in notices(page)["A map was not finished"]
    press(page, "Build the map")
    wait_for_build(archive)
    page = open_map(MapKind.REPORTS)
    assert (is_drawn(page), notices(page)) == (True, {})


def test_a_build_that_failed_says_why(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("writing the map: no space left on the device")

    with monkeypatch.context() as patch:
        patch.setattr("radseek.service.archive_map.write_map", refuse)
        press(open_map(MapKind.REPORTS), "Build the map")
        wait_for_build(archive)
    page = open_map(MapKind.REPORTS)
    assert "no space left" in notices(page)["The map could not be built"]
    press(page, "Build the map")
    wait_for_build(archive)
    assert is_drawn(open_map(MapKind.REPORTS))


def test_a_map_that_another_process_builds_is_not_built_twice(archive: Archive, path: Path) -> None:
    page = open_map(MapKind.REPORTS)
    with claim_map(path / "maps", MapKind.REPORTS):  # as `radseek map` beside the server holds it
        press(page, "Build the map")  # drawn before the other one began
        assert len(page.get("progress")) == 1
        assert archive.map.start(MapKind.REPORTS)  # as one who pressed at the same moment
        wait = threading.Event()
        while not archive.map._shelf.builder.now().problem:
            wait.wait(0.05)
    assert "being built already" in notices(open_map(MapKind.REPORTS))["The map could not be built"]


def test_how_far_another_process_is_is_shown_and_nothing_else_is_begun(archive: Archive, path: Path) -> None:
    with claim_map(path / "maps", MapKind.REPORTS) as noting:
        noting(Progress("lay out", 3, 12, seconds_left=40.0))
        page = open_map(MapKind.PICTURES)
        [bar] = page.get("progress")
        assert (
            bar.proto.text.replace("\\", "").replace("\u200b", "")
            == "Map by reports: laying the studies out, 3 of 12 · about 40 s left"
        )
        assert bar.proto.value == 25
        assert labels(page) == []  # neither Stop nor another build
        assert any("stop it there" in caption.value for caption in page.caption)
    assert open_map(MapKind.PICTURES).get("progress") == []


def test_a_map_that_lacks_nothing_is_built_again_by_wish(archive: Archive) -> None:
    before = archive.map.built()
    press(open_map(MapKind.PICTURES), "Build it all the same")
    wait_for_build(archive)
    assert [(one.kind, one.generation) for one in archive.map.built()] == [(MapKind.PICTURES, before[0].generation)]
    assert archive.map.built()[0].written >= before[0].written


def test_a_build_that_was_cut_off_is_told_only_while_its_map_is_missing(archive: Archive, path: Path) -> None:
    (path / "maps" / ".lock").write_text("reports")  # what a kill leaves
    page = open_map(MapKind.PICTURES)  # which is there
    assert "map by reports ended before" in notices(page)["A map was not finished"]
    press(page, "Build the map by reports")
    wait_for_build(archive)
    (path / "maps" / ".lock").write_text("reports")  # another build by wish was killed: the map is there all the same
    assert notices(open_map(MapKind.PICTURES)) == {}
    assert archive.map.cut_off() is None


def test_two_people_who_press_build_start_one(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = [], threading.Event()

    def build(kind: MapKind, progress: object) -> None:
        begun.append(kind)
        go_on.wait(60)

    monkeypatch.setattr(
        "radseek.service.archive_map.ArchiveMap._build", lambda self, kind, progress: build(kind, progress)
    )
    one, other = open_map(MapKind.REPORTS), open_map(MapKind.REPORTS)
    try:
        press(one, "Build the map")
        press(other, "Build the map")  # drawn before the first one pressed
        assert "Stop" in labels(one)
        assert "Stop" in labels(other)
    finally:
        go_on.set()
    wait_for_build(archive)
    assert begun == [MapKind.REPORTS]
    assert archive.map.building().problem == ""  # the second press is no failed build
