"""Measuring, playing and the region map in the stack viewer, in a real browser over the archive in memory."""

from __future__ import annotations

import re

import pytest
from chromium import (
    browser_marks,
    corner,
    drag,
    expect,
    fake_viewer,
    open_first_hit,
    search,
    wait_for_picture,
    wait_until,
    wait_until_run,
)

pytestmark = browser_marks

COLORED = """() => {
  const roots = [document]
  let count = 0
  for (const root of roots) {
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot)
    const canvas = root.querySelector(".stack canvas")
    if (!canvas) continue
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    for (let i = 0; i < data.length; i += 4) if (data[i] - data[i + 2] > 30) count += 1
  }
  return count
}"""
"""Pixels of the picture that are yellow or orange: scans are grey, what is drawn on them is not."""


@pytest.fixture(scope="module")
def url():
    with fake_viewer() as url:
        yield url


@pytest.fixture
def page(page, url: str):
    """With the first hit opened: a CT of 12 slices, pixels of 1 mm."""
    search(page, url, "effusion")
    open_first_hit(page)
    return page


def colored(page) -> int:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(COLORED)


def spoken(page):
    return page.locator(".stack .spoken")


def measured_mm(page) -> float:
    expect(spoken(page)).to_have_text(re.compile(r"^Measured [\d.]+ mm$"))
    return float(re.search(r"[\d.]+", spoken(page).inner_text()).group())


def percent(page) -> float:
    return float(re.search(r"(\d+) %", corner(page, "bottomLeft").inner_text()).group(1))


def test_a_length_is_in_millimetres_whatever_the_zoom(page) -> None:
    page.locator(".stack canvas").focus()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Measure")).to_have_attribute("aria-pressed", "true")
    window = corner(page, "bottomLeft").inner_text()
    drag(page, 120)
    first = measured_mm(page)
    assert first == pytest.approx(120 / (percent(page) / 100), rel=0.02)
    assert corner(page, "bottomLeft").inner_text() == window  # the drag did not change the window
    page.keyboard.press("+")
    page.keyboard.press("+")
    drag(page, 120)
    wait_until(page, lambda: measured_mm(page) == pytest.approx(first / 1.25**2, rel=0.02))


def test_a_shadow_is_measured_at_the_detector(page) -> None:
    page.get_by_role("button", name="Results").click()
    page.get_by_text("60 hits").wait_for()  # the study page shows this study too, among the patient's others
    page.locator(".card[data-study=study001]").click()
    page.locator(".stack canvas").wait_for()
    expect(corner(page, "topRight")).to_have_text(re.compile("^(PA|LL)$"))
    wait_for_picture(page)
    page.get_by_role("button", name="Measure").click()
    drag(page, 100)
    expect(spoken(page)).to_have_text(re.compile(r"^Measured [\d.]+ mm at detector$"))


def test_lines_belong_to_their_slice_and_can_be_taken_back(page) -> None:
    page.get_by_role("button", name="Measure").click()
    assert colored(page) == 0
    drag(page, 100, 60)
    wait_until(page, lambda: colored(page) > 100)
    one = colored(page)
    drag(page, 2)  # a click is no length
    assert colored(page) == one
    page.locator(".stack canvas").focus()
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: colored(page) == 0)
    page.keyboard.press("ArrowUp")
    wait_until(page, lambda: colored(page) == one)
    page.keyboard.press("Delete")
    wait_until(page, lambda: colored(page) == 0)
    expect(spoken(page)).to_have_text("Last measurement removed")


def test_slices_play_until_paused(page) -> None:
    canvas, label = page.locator(".stack canvas"), page.locator(".slicelabel")
    start = label.inner_text()
    page.wait_for_timeout(300)
    assert label.inner_text() == start  # nothing moves by itself
    canvas.focus()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_have_count(1)
    seen: set[str] = set()
    wait_until(page, lambda: seen.add(label.inner_text()) or len(seen) == 12)  # round and round
    page.get_by_role("combobox", name="Slices a second").select_option("25")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(200)
    still = label.inner_text()
    page.wait_for_timeout(300)
    assert label.inner_text() == still
    page.get_by_role("button", name="Play").click()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Play")).to_have_count(1)  # who takes a step wants to look


def test_the_picture_is_marked_where_it_shows_what_was_asked(page) -> None:
    where = page.get_by_role("button", name="Where", exact=True)
    expect(where).to_have_attribute("aria-pressed", "false")
    page.locator(".stack canvas").focus()
    assert colored(page) == 0
    page.keyboard.press("s")
    expect(where).to_have_attribute("aria-pressed", "true")
    wait_until(page, lambda: colored(page) > 1000)
    marked = colored(page)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: colored(page) == 0)  # the map is of one slice
    page.keyboard.press("ArrowUp")
    wait_until(page, lambda: colored(page) == marked)
    page.get_by_role("slider", name="How strongly it is marked").fill("0")
    wait_until(page, lambda: colored(page) == 0)


def test_a_picture_that_points_nowhere_offers_no_mark(page) -> None:
    page.get_by_role("button", name="Results").click()
    page.get_by_text("60 hits").wait_for()
    page.locator(".card").nth(1).click()  # its map is dark
    page.locator(".stack canvas").wait_for()
    page.get_by_text("hit 2 of 60").wait_for()
    wait_until_run(page)
    wait_for_picture(page)
    expect(page.get_by_role("button", name="Where", exact=True)).to_have_count(0)
