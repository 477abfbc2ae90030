"""Two studies side by side, in a real browser over stacks in memory: what is linked, and what is not."""

from __future__ import annotations

import re

import pytest
from chromium import (
    LAPTOP,
    browser_marks,
    corner,
    expect,
    resting_box,
    script_viewer,
    wait_for_picture,
    wait_until,
    wait_until_run,
)
from stack_archive import StackArchive
from streamlit.testing.v1 import AppTest

from radseek.records.search_options import Region
from radseek_viewer.comparison import relation_of
from radseek_viewer.components import ASSETS
from radseek_viewer.connection import connect
from radseek_viewer.links import compare_parameters, similar_parameters

WINDOW = LAPTOP
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
    with script_viewer("stack_archive.py") as url:
        yield url


def compare(page, url: str, left: str, right: str) -> None:
    page.goto(f"{url}compare?left={left}&right={right}")
    page.locator(".stack canvas").nth(1).wait_for()
    wait_for_picture(page)
    page.locator(".stack canvas").first.focus()


def slices(page) -> list[int]:
    return [int(canvas.get_attribute("data-slice")) for canvas in page.locator(".stack canvas").all()]


def have(page, *wanted: list[int]) -> None:
    """Waits until the two pictures show these slices, or others that are as good."""
    wait_until(page, lambda: slices(page) in wanted)


def press(page, *keys: str, on: int = 0) -> None:
    page.locator(".stack canvas").nth(on).focus()
    for key in keys:
        page.keyboard.press(key)


class TestInTheBrowser:
    pytestmark = browser_marks

    def test_slices_follow_by_millimetres_and_keep_an_offset(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        expect(page.locator(".words")).to_contain_text("by position in mm")
        have(page, [6, 12])  # both at 30 mm
        press(page, "ArrowDown")
        have(page, [7, 14])
        press(page, "ArrowUp", "ArrowUp", "ArrowUp", on=1)
        have(page, [5, 11], [6, 11])  # 27.5 mm lies between two slices of the other
        press(page, "Home")
        have(page, [0, 0])

        press(page, "l")
        expect(page.get_by_role("button", name="Linked")).to_have_attribute("aria-pressed", "false")
        press(page, *["ArrowDown"] * 4, on=1)
        have(page, [0, 4])
        press(page, "l", on=1)
        expect(page.locator(".words")).to_contain_text("right is 10 mm further")
        press(page, "ArrowDown", "ArrowDown")
        have(page, [2, 8])
        press(page, "ArrowUp", "ArrowUp", on=1)  # 15 mm, less 10
        have(page, [1, 6])

    def test_slices_without_positions_follow_by_share(self, page, url: str) -> None:
        compare(page, url, "mr", "prior")
        expect(page.locator(".words")).to_contain_text("by their share")
        have(page, [5, 6])  # different patients: as they stand
        press(page, "Home")
        have(page, [0, 0])
        press(page, "End")
        have(page, [9, 11])
        page.get_by_role("button", name="Scroll", exact=True).first.click()
        press(page, "Home")
        have(page, [0, 11])

    def test_window_zoom_and_magnifier_follow_until_unlinked(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        press(page, "2")
        expect(corner(page, "bottomLeft")).to_contain_text(["C 60 W 80"] * 2)
        press(page, "+", "+", on=1)
        for side in (0, 1):
            expect(page.locator(".stack canvas").nth(side)).to_have_attribute("data-zoom", re.compile("^1.56[23]$"))
        box = resting_box(page, page.locator(".stack canvas").first)
        assert page.evaluate(RING) == [0, 0]
        press(page)
        page.keyboard.down("z")
        page.mouse.move(box["x"] + 200, box["y"] + 200)
        wait_until(page, lambda: min(page.evaluate(RING)) > 100)
        page.keyboard.up("z")
        wait_until(page, lambda: page.evaluate(RING) == [0, 0])
        page.locator("[data-link=window]").click()
        expect(page.locator("[data-link=window]")).to_have_attribute("aria-pressed", "false")
        press(page, "1")
        expect(corner(page, "bottomLeft")).to_contain_text(["C 128 W 256", "C 60 W 80"])

    def test_sides_are_swapped_and_the_address_says_so(self, page, url: str) -> None:
        compare(page, url, "prior", "current")
        expect(page.get_by_text("Prior, 2 years before")).to_have_count(1)
        page.get_by_role("button", name="Swap sides").click()
        have(page, [12, 6])
        wait_until(page, lambda: "left=current&right=prior" in page.url)
        page.reload()
        page.locator(".stack canvas").nth(1).wait_for()
        have(page, [12, 6])

    def test_the_study_page_leads_to_the_comparison(self, page, url: str) -> None:
        page.goto(f"{url}study?study=current")
        page.locator(".study[data-study=prior]").wait_for()
        page.get_by_role("button", name="Compare with").click()
        page.locator(".stack canvas").nth(1).wait_for()
        wait_until(page, lambda: "left=current&right=prior" in page.url)

    def test_a_study_without_pictures_shows_its_report(self, page, url: str) -> None:
        page.goto(f"{url}compare?left=prior&right=words")
        page.get_by_text("This study has a report only.").wait_for()
        wait_until_run(page)
        page.locator(".report", has_text="pleural effusion").last.wait_for()  # the other one is folded away
        page.locator(".stack canvas").wait_for()
        expect(page.locator(".stack canvas")).to_have_count(1)


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
