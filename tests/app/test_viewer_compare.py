"""Two studies side by side, in a real browser over stacks in memory: what is linked, and what is not."""

from __future__ import annotations

import sys

import pytest
from chromium import chromium, free_port, needs_chromium, viewer_process, wait_until, watch
from stack_archive import StackArchive
from streamlit.testing.v1 import AppTest

from radseek.records.search_options import Region
from radseek_viewer.comparison import relation_of
from radseek_viewer.components import ASSETS
from radseek_viewer.connection import connect
from radseek_viewer.links import compare_parameters, similar_parameters

browser_test = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]

RING = """() => {
  const roots = [document]
  const found = []
  for (const root of roots) {
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot)
    for (const canvas of root.querySelectorAll(".stack canvas")) {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      let count = 0
      for (let i = 0; i < data.length; i += 4) if (data[i + 2] - data[i] > 12) count += 1
      found.push(count)
    }
  }
  return found
}"""
"""Bluish pixels of each canvas: the magnifier's rim; scans are grey."""


@pytest.fixture(scope="module")
def url():
    port = free_port()
    with viewer_process([sys.executable, "stack_archive.py", str(port), "dark"], port) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser.new_context(viewport={"width": 1280, "height": 800})


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_default_timeout(20_000)
    troubles = watch(page)
    yield page
    page.close()
    assert troubles == []


def compare(page, url: str, left: str, right: str) -> None:
    page.goto(f"{url}compare?left={left}&right={right}")
    page.locator(".stack canvas").nth(1).wait_for()
    wait_until(page, lambda: all(corner.inner_text() for corner in page.locator(".corner.bottomLeft").all()))
    page.locator(".stack canvas").first.focus()


def slices(page) -> list[int]:
    return [int(canvas.get_attribute("data-slice")) for canvas in page.locator(".stack canvas").all()]


def windows(page) -> list[str]:
    return [corner.inner_text() for corner in page.locator(".corner.bottomLeft").all()]


def press(page, *keys: str, on: int = 0) -> None:
    page.locator(".stack canvas").nth(on).focus()
    for key in keys:
        page.keyboard.press(key)


class TestInTheBrowser:
    pytestmark = browser_test

    def test_slices_follow_by_millimetres_and_keep_an_offset(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        assert "by position in mm" in page.locator(".words").inner_text()
        assert slices(page) == [6, 12]  # both at 30 mm
        press(page, "ArrowDown")
        assert slices(page) == [7, 14]
        press(page, "ArrowUp", "ArrowUp", "ArrowUp", on=1)
        assert slices(page) in ([5, 11], [6, 11])  # 27.5 mm lies between two slices of the other
        press(page, "Home")
        assert slices(page) == [0, 0]

        press(page, "l")
        assert page.get_by_role("button", name="Linked").get_attribute("aria-pressed") == "false"
        press(page, *["ArrowDown"] * 4, on=1)
        assert slices(page) == [0, 4]
        press(page, "l", on=1)
        assert "right is 10 mm further" in page.locator(".words").inner_text()
        press(page, "ArrowDown", "ArrowDown")
        assert slices(page) == [2, 8]
        press(page, "ArrowUp", "ArrowUp", on=1)  # 15 mm, less 10
        assert slices(page) == [1, 6]

    def test_slices_without_positions_follow_by_share(self, page, url: str) -> None:
        compare(page, url, "mr", "prior")
        assert "by their share" in page.locator(".words").inner_text()
        assert slices(page) == [5, 6]  # different patients: as they stand
        press(page, "Home")
        assert slices(page) == [0, 0]
        press(page, "End")
        assert slices(page) == [9, 11]
        page.get_by_role("button", name="Scroll", exact=True).first.click()
        press(page, "Home")
        assert slices(page) == [0, 11]

    def test_window_zoom_and_magnifier_follow_until_unlinked(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        press(page, "2")
        assert [text.startswith("C 60  W 80") for text in windows(page)] == [True, True]
        press(page, "+", "+", on=1)
        zooms = [float(canvas.get_attribute("data-zoom")) for canvas in page.locator(".stack canvas").all()]
        assert zooms == [1.562, 1.562] or zooms == [1.563, 1.563]
        box = page.locator(".stack canvas").first.bounding_box()
        assert page.evaluate(RING) == [0, 0]
        press(page)
        page.keyboard.down("z")
        page.mouse.move(box["x"] + 200, box["y"] + 200)
        wait_until(page, lambda: min(page.evaluate(RING)) > 100)
        page.keyboard.up("z")
        wait_until(page, lambda: page.evaluate(RING) == [0, 0])
        page.locator("[data-link=window]").click()
        press(page, "1")
        assert windows(page)[0].startswith("C 128  W 256")
        assert windows(page)[1].startswith("C 60  W 80")

    def test_sides_are_swapped_and_the_address_says_so(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        assert page.get_by_text("Prior, 2 years before").count() == 1
        page.get_by_role("button", name="Swap sides").click()
        wait_until(page, lambda: slices(page) == [12, 6])
        assert "left=current&right=prior" in page.url
        page.reload()
        page.locator(".stack canvas").nth(1).wait_for()
        wait_until(page, lambda: slices(page) == [12, 6])

    def test_the_study_page_leads_to_the_comparison(self, page, url: str) -> None:
        page.goto(f"{url}study?study=current")
        page.locator(".study[data-study=prior]").wait_for()
        page.get_by_role("button", name="Compare with").click()
        page.locator(".stack canvas").nth(1).wait_for()
        wait_until(page, lambda: "left=current&right=prior" in page.url)

    def test_a_study_without_pictures_shows_its_report(self, page, url: str) -> None:
        page.goto(f"{url}compare?left=prior&right=words")
        page.get_by_text("This study has a report only.").wait_for()
        page.locator(".report", has_text="pleural effusion").last.wait_for()  # the other one is folded away
        page.locator(".stack canvas").wait_for()
        assert page.locator(".stack canvas").count() == 1


def test_a_missing_study_is_named_by_its_side() -> None:
    connect(StackArchive())
    try:
        page = AppTest.from_file(ASSETS.parent / "app.py", default_timeout=30)
        page.switch_page("app_pages/compare.py")
        page.query_params["left"] = "prior"
        page.query_params["right"] = "gone"
        page.run()
        assert not page.exception
        assert [link.label for link in page.get("page_link")] == ["Back to the search"]
    finally:
        connect(None)


def test_which_study_is_the_prior() -> None:
    studies = {study.study_key: study for study in StackArchive().studies}
    assert relation_of(studies["prior"], studies["current"]) == "Prior, 2 years before"
    assert relation_of(studies["current"], studies["prior"]) == "Current, 2 years later"
    assert relation_of(studies["prior"], studies["mr"]) == ""


def test_addresses_hold_keys_and_numbers_only() -> None:
    assert compare_parameters("st_1", "st_2") == {"left": "st_1", "right": "st_2"}
    assert similar_parameters("st_1") == {"study": "st_1"}
    region = Region(0.1, 0.25, 2 / 3, 1.0)
    assert similar_parameters("st_1", "im_1", region)["region"] == "0.100,0.250,0.667,1.000"
