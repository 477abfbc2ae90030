"""Measuring, playing and the region map in the stack viewer, in a real browser over the archive in memory."""

from __future__ import annotations

import re

import pytest
from chromium import chromium, fake_viewer, needs_chromium, open_first_hit, search, wait_until, watch

pytestmark = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]

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
def page(url: str):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(20_000)
        troubles = watch(page)
        search(page, url, "effusion")
        open_first_hit(page)  # a CT of 12 slices, pixels of 1 mm
        yield page
        assert troubles == []


def draw(page, dx: int, dy: int = 0) -> None:
    box = page.locator(".stack canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 40
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def colored(page) -> int:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(COLORED)


def said(page) -> str:
    return page.locator(".stack .spoken").inner_text()


def percent(page) -> float:
    return float(re.search(r"(\d+) %", page.locator(".corner.bottomLeft").inner_text()).group(1))


def test_a_length_is_in_millimetres_whatever_the_zoom(page) -> None:
    page.locator(".stack canvas").focus()
    page.keyboard.press("m")
    assert page.get_by_role("button", name="Measure").get_attribute("aria-pressed") == "true"
    window = page.locator(".corner.bottomLeft").inner_text()
    draw(page, 120)
    first = float(re.fullmatch(r"Measured ([\d.]+) mm", said(page)).group(1))
    assert first == pytest.approx(120 / (percent(page) / 100), rel=0.02)
    assert page.locator(".corner.bottomLeft").inner_text() == window  # the drag did not change the window
    page.keyboard.press("+")
    page.keyboard.press("+")
    draw(page, 120)
    second = float(re.fullmatch(r"Measured ([\d.]+) mm", said(page)).group(1))
    assert second == pytest.approx(first / 1.25**2, rel=0.02)


def test_a_shadow_is_measured_at_the_detector(page) -> None:
    page.get_by_role("button", name="Results").click()
    page.get_by_text("60 hits").wait_for()  # the study page shows this study too, among the patient's others
    page.locator(".card[data-study=study001]").click()
    page.locator(".stack canvas").wait_for()
    wait_until(page, lambda: page.locator(".corner.topRight").inner_text() in {"PA", "LL"})
    page.get_by_role("button", name="Measure").click()
    draw(page, 100)
    assert re.fullmatch(r"Measured [\d.]+ mm at detector", said(page))


def test_lines_belong_to_their_slice_and_can_be_taken_back(page) -> None:
    page.get_by_role("button", name="Measure").click()
    assert colored(page) == 0
    draw(page, 100, 60)
    one = colored(page)
    assert one > 100
    draw(page, 2)  # a click is no length
    assert colored(page) == one
    page.locator(".stack canvas").focus()
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: colored(page) == 0)
    page.keyboard.press("ArrowUp")
    wait_until(page, lambda: colored(page) == one)
    page.keyboard.press("Delete")
    wait_until(page, lambda: colored(page) == 0)
    assert said(page) == "Last measurement removed"


def test_slices_play_until_paused(page) -> None:
    canvas, label = page.locator(".stack canvas"), page.locator(".slicelabel")
    start = label.inner_text()
    page.wait_for_timeout(300)
    assert label.inner_text() == start  # nothing moves by itself
    canvas.focus()
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Pause").count() == 1
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
    assert page.get_by_role("button", name="Play").count() == 1  # who takes a step wants to look


def test_the_picture_is_marked_where_it_shows_what_was_asked(page) -> None:
    where = page.get_by_role("button", name="Where", exact=True)
    assert where.get_attribute("aria-pressed") == "false"
    page.locator(".stack canvas").focus()
    assert colored(page) == 0
    page.keyboard.press("s")
    assert where.get_attribute("aria-pressed") == "true"
    marked = colored(page)
    assert marked > 1000
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
    assert page.get_by_role("button", name="Where", exact=True).count() == 0
