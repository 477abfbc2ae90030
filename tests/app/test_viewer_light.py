"""Report and region, both ways: what is pointed at in one is lit in the other, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from chromium import browser_marks, expect, fake_viewer, resting_box, search, wait_for_picture, wait_until
from fake_archive import region_map

pytestmark = browser_marks

WARM = """() => {
  const roots = [document]
  const found = []
  for (const root of roots) {
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot)
    for (const canvas of root.querySelectorAll(".stack canvas")) {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      let sum = 0
      for (let i = 0; i < data.length; i += 4 * 7) sum += Math.max(0, data[i] - data[i + 2])
      found.push(sum)
    }
  }
  return found
}"""
"""How warm each canvas is, summed over every seventh pixel: scans are grey, the mark of a region is orange."""

COLS, ROWS = 200, 256
"""Of the fake archive's pictures."""


@pytest.fixture(scope="module")
def url():
    with fake_viewer() as url:
        yield url


def open_hit(page, url: str, rank: int) -> None:
    search(page, url, "effusion")
    page.locator(".card").nth(rank - 1).click()
    page.locator(".sentence.matched").wait_for()
    wait_for_picture(page)
    resting_box(page, page.locator(".stack canvas"))


def warmth(page, canvas: int = 0) -> int:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(WARM)[canvas]


def lit_place(page, canvas: int = 0) -> tuple[float, float]:
    """The middle of the lit cell of the map on the screen: the map covers the square that the picture was fitted to."""
    region = region_map(lit=True)
    [(row, column)] = [(r, c) for r, cells in enumerate(region.values) for c, value in enumerate(cells) if value == 1.0]
    across = ((column + 0.5) / 4 - region.inside.left) / (region.inside.right - region.inside.left)
    down = (row + 0.5) / 4
    box = resting_box(page, page.locator(".stack canvas").nth(canvas))
    scale = min(box["width"] / COLS, box["height"] / ROWS)
    x = box["x"] + box["width"] / 2 + (across - 0.5) * COLS * scale
    return x, box["y"] + box["height"] / 2 + (down - 0.5) * ROWS * scale


def lit(page) -> list[str]:
    return page.locator(".sentence.lit").all_inner_texts()


def note(page, canvas: int = 0) -> str:
    shown = page.locator(".litnote").nth(canvas)
    return shown.inner_text() if shown.is_visible() else ""


def test_a_pointed_sentence_lights_its_region(page, url: str) -> None:
    open_hit(page, url, 1)
    marked = warmth(page)
    page.locator(".sentence.matched").hover()
    wait_until(page, lambda: warmth(page) > 1.5 * marked)
    wait_until(page, lambda: note(page).startswith("Lit: where CT 12 slices, slice 7 shows what was asked"))
    page.locator(".sentence:not(.matched)").first.hover()  # it was not asked for
    wait_until(page, lambda: warmth(page) == marked and note(page) == "")


def test_a_focused_sentence_lights_its_region_even_when_marks_are_off(page, url: str) -> None:
    open_hit(page, url, 1)
    page.locator(".stack canvas").focus()
    page.keyboard.press("s")
    wait_until(page, lambda: warmth(page) == 0)
    page.locator(".sentence.matched").focus()
    wait_until(page, lambda: warmth(page) > 0)
    page.keyboard.press("Tab")
    wait_until(page, lambda: warmth(page) == 0)
    page.keyboard.press("Shift+Tab")
    wait_until(page, lambda: warmth(page) > 0)


def test_away_from_its_slice_the_picture_says_where_it_is(page, url: str) -> None:
    open_hit(page, url, 1)
    page.locator(".stack canvas").focus()
    page.keyboard.press("Home")
    page.locator(".sentence.matched").hover()
    wait_until(page, lambda: note(page) == "What was asked is shown on CT 12 slices, slice 7")
    wait_until(page, lambda: warmth(page) == 0)


def test_the_pointed_region_outlines_the_sentences_that_it_answers(page, url: str) -> None:
    open_hit(page, url, 1)
    x, y = lit_place(page)
    page.mouse.move(x, y)
    wait_until(page, lambda: lit(page) == ["There is a small left pleural effusion."])
    wait_until(page, lambda: note(page) == "“There is a small left pleural effusion.”")
    box = page.locator(".stack canvas").bounding_box()
    page.mouse.move(box["x"] + 60, y)  # beside the picture
    wait_until(page, lambda: lit(page) == [])
    page.mouse.move(x, y)
    wait_until(page, lambda: len(lit(page)) == 1)
    page.mouse.down()  # who drags a window does not point
    page.mouse.move(x + 4, y + 4, steps=2)
    wait_until(page, lambda: lit(page) == [])
    page.mouse.up()
    page.mouse.move(x, y)
    wait_until(page, lambda: len(lit(page)) == 1)
    page.mouse.wheel(0, 120)  # another slice: nothing of it is lit there
    wait_until(page, lambda: lit(page) == [])


def test_by_keyboard_the_control_of_the_region_outlines_them(page, url: str) -> None:
    open_hit(page, url, 1)
    page.get_by_role("button", name="Where", exact=True).focus()
    wait_until(page, lambda: len(lit(page)) == 1)
    page.keyboard.press("Tab")  # to its strength
    assert len(lit(page)) == 1
    page.keyboard.press("Tab")
    wait_until(page, lambda: lit(page) == [])


def test_a_dark_map_lights_nothing(page, url: str) -> None:
    open_hit(page, url, 2)
    expect(page.get_by_role("button", name="Where", exact=True)).to_have_count(0)
    page.locator(".sentence.matched").hover()
    page.mouse.move(*lit_place(page))
    page.wait_for_timeout(300)  # nothing comes that could be waited for
    assert (lit(page), note(page), warmth(page)) == ([], "", 0)


def test_side_by_side_each_report_goes_with_its_own_picture(page, url: str) -> None:
    open_hit(page, url, 3)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("button", name="With the next hit").click()
    page.locator(".stack canvas").nth(1).wait_for()
    wait_for_picture(page)
    resting_box(page, page.locator(".stack canvas").first)

    top = page.locator(".stack canvas").first.bounding_box()["y"]
    page.mouse.move(*lit_place(page, 1))  # the reports are folded: the picture says it itself, and nothing moves
    wait_until(page, lambda: note(page, 1) == "“Status after median sternotomy.”")
    assert note(page, 0) == ""
    assert page.locator(".stack canvas").first.bounding_box()["y"] == top

    marked = [warmth(page, side) for side in (0, 1)]
    page.mouse.move(5, 5)
    page.locator("summary", has_text="Report").first.click()
    sign = page.locator(".sentence.matched .mark").first  # the sentence itself may be broken over two lines
    wait_until(page, lambda: sign.hover() or warmth(page, 0) > 1.5 * marked[0])  # it moves while its report unfolds
    assert warmth(page, 1) == marked[1]
    assert note(page, 1) == ""
    page.locator(".stack canvas").first.scroll_into_view_if_needed()
    page.mouse.move(*lit_place(page, 0))
    wait_until(page, lambda: [text.endswith("A nodule cannot be excluded.") for text in lit(page)] == [True])
