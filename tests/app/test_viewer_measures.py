"""Lengths, angles, ellipses and rectangles on pictures with known values, held against plain numpy."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from chromium import LAPTOP, browser_marks, expect, pixels, resting_box, script_viewer, search, wait_until
from measure_archive import OFFSET, SPACING_MM, STEP, stored_values

pytestmark = browser_marks

WINDOW = LAPTOP
ONE_LINE = """(toolbar) => {
  const tops = [...toolbar.querySelectorAll(":scope > *, :scope > .group > *")]
    .filter((node) => node.offsetParent).map((node) => node.getBoundingClientRect())
  return Math.max(...tops.map((box) => box.top)) < Math.min(...tops.map((box) => box.bottom))
}"""
"""Whether all that is in the toolbar stands beside each other."""


@pytest.fixture(scope="module")
def url():
    with script_viewer("measure_archive.py") as url:
        yield url


class Picture:
    """The picture on the page, with the mouse in picture pixels."""

    def __init__(self, page, url: str, study: str) -> None:
        self.page = page
        page.goto(f"{url}study?study={study}")
        self.canvas = page.locator(".stack canvas")
        wait_until(page, lambda: "%" in page.locator(".corner.bottomLeft").inner_text())
        self.box = resting_box(page, self.canvas)
        row_mm, col_mm = SPACING_MM[study] or (1.0, 1.0)
        self.aspect = row_mm / col_mm
        self.scale = min(
            self.box["width"] / 256, self.box["height"] / (128 * self.aspect)
        )  # as it is when all of it fits
        self.canvas.focus()

    def place(self, row: float, col: float) -> tuple[float, float]:
        """Where on the page the middle of the picture is moved to by so many rows and columns."""
        x = self.box["x"] + self.box["width"] / 2 + (col - 128) * self.scale
        return x, self.box["y"] + self.box["height"] / 2 + (row - 64) * self.scale * self.aspect

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*end), steps=3)
        self.page.mouse.up()

    def said(self) -> str:
        return self.page.locator(".stack .spoken").inner_text()


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def inside(start: tuple[float, float], end: tuple[float, float], kind: str) -> np.ndarray:
    """Boolean `[128, 256]`: pixels whose middle lies inside, by the formula of the shape."""
    rows, cols = np.mgrid[0:128, 0:256] + 0.5
    down = 2 * (rows - (start[0] + end[0]) / 2) / (end[0] - start[0])
    along = 2 * (cols - (start[1] + end[1]) / 2) / (end[1] - start[1])
    return down**2 + along**2 <= 1 if kind == "ellipse" else (abs(down) <= 1) & (abs(along) <= 1)


@pytest.mark.parametrize(("kind", "key"), [("ellipse", "e"), ("rectangle", "b")])
@pytest.mark.parametrize("study", ["ct", "dx", "plain"])
def test_an_area_tells_the_values_inside(page, url: str, study: str, kind: str, key: str) -> None:
    picture = Picture(page, url, study)
    picture.canvas.press(key)
    start, end = (20.0, 60.0), (100.0, 220.0)
    picture.drag(start, end)
    slice_ = 1 if study == "ct" else 0
    shown = (stored_values(study, slice_) * STEP[study] + OFFSET[study])[inside(start, end, kind)]
    said = picture.said()
    mean, sd, low, high, *area, n = numbers(said)
    # a drag ends on whole pixels of the screen: the edge may be a third of a picture pixel elsewhere
    assert n == pytest.approx(shown.size, rel=0.02)
    assert mean == pytest.approx(shown.mean(), rel=0.02)
    assert sd == pytest.approx(shown.std(), rel=0.03)
    assert (low, high) == pytest.approx((shown.min(), shown.max()), rel=0.08)
    assert ("HU" in said) == (study == "ct")
    assert ("at detector" in said) == (study == "dx")
    if SPACING_MM[study]:
        part = math.pi / 4 if kind == "ellipse" else 1.0
        cm2 = part * 80 * 160 * math.prod(SPACING_MM[study]) / 100
        assert "cm²" in said
        assert area == [pytest.approx(cm2, rel=0.02)]
    else:
        assert (area, "m²" in said) == ([], False)


def test_values_are_those_of_the_slice_and_stay_with_it(page, url: str) -> None:
    picture = Picture(page, url, "ct")
    picture.canvas.press("b")
    picture.drag((20, 60), (100, 220))
    first, before = picture.said(), pixels(page)
    picture.canvas.press("ArrowDown")
    expect(page.locator(".corner.bottomRight")).to_have_text("3 / 3")
    wait_until(page, lambda: pixels(page) != before)  # and it is the next picture
    picture.drag((20, 60), (100, 220))
    second = picture.said()
    assert numbers(second)[0] - numbers(first)[0] == pytest.approx(2 * 10, abs=2)  # the next slice is brighter
    picture.canvas.press("Delete")
    assert picture.said() == "Last measurement removed"


@pytest.mark.parametrize(
    ("study", "expected"),
    [("ct", math.degrees(math.atan2(40 * 1.0, 60 * 0.5))), ("plain", math.degrees(math.atan2(40, 60)))],
)
def test_an_angle_reckons_with_the_size_of_pixels(page, url: str, study: str, expected: float) -> None:
    picture = Picture(page, url, study)
    picture.canvas.press("n")
    picture.drag((60, 200), (60, 100))  # to the corner
    assert "other side" in picture.said()
    picture.drag((60, 100), (100, 160))  # and from it: 40 rows down, 60 columns along
    assert numbers(picture.said())[0] == pytest.approx(expected, abs=1.0)
    assert picture.said().endswith("°")


def test_the_second_side_of_an_angle_may_be_a_click_and_escape_gives_it_up(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("n")
    picture.drag((60, 200), (60, 100))
    page.mouse.move(*picture.place(20, 120))
    page.mouse.click(*picture.place(20, 100))  # straight up from the corner
    assert numbers(picture.said())[0] == pytest.approx(90, abs=1.0)
    picture.drag((100, 200), (100, 100))
    picture.canvas.press("Escape")
    picture.drag((100, 200), (100, 100))
    assert "other side" in picture.said()  # it began anew


def test_the_button_takes_the_kind_that_is_chosen(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    page.get_by_role("combobox", name="What is measured").select_option("ellipse")
    button = page.get_by_role("button", name="Measure ellipse")
    expect(button).to_have_attribute("aria-pressed", "true")
    picture.canvas.press("w")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    picture.drag((20, 60), (100, 220))
    assert picture.said().startswith("Measured Mean")
    picture.canvas.press("m")
    expect(page.get_by_role("button", name="Measure length")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_the_toolbar_stands_on_one_line(page, url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    search(page, url, "effusion")
    page.locator(".card").first.click()
    page.get_by_role("button", name="Where", exact=True).wait_for()  # the most that the toolbar ever has
    wait_until(page, lambda: page.locator(".stack .toolbar").evaluate(ONE_LINE))


def listed(page) -> list[str]:
    """The measures of the picture as screen readers name them, once what was done is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return [button.get_attribute("aria-label") for button in page.locator(".stack .measures button").all()]


def test_the_end_of_a_length_is_dragged_and_its_value_follows(page, url: str) -> None:
    picture = Picture(page, url, "ct")
    picture.canvas.press("m")
    picture.drag((60, 100), (60, 160))
    assert numbers(picture.said())[0] == pytest.approx(60 * 0.5, abs=0.4)
    picture.canvas.press("w")  # whatever tool is chosen
    window = page.locator(".corner.bottomLeft").inner_text()
    page.mouse.move(*picture.place(60, 160))
    assert picture.canvas.get_attribute("data-grip") is not None
    page.mouse.down()
    page.mouse.move(*picture.place(60, 180), steps=3)
    assert numbers(listed(page)[0])[0] == pytest.approx(80 * 0.5, abs=0.4)  # before the button is let go
    page.mouse.move(*picture.place(60, 200), steps=3)
    page.mouse.up()
    assert picture.said().startswith("Moved: ")
    assert numbers(picture.said())[0] == pytest.approx(100 * 0.5, abs=0.4)
    assert page.locator(".corner.bottomLeft").inner_text() == window
    page.mouse.move(*picture.place(100, 200))
    assert picture.canvas.get_attribute("data-grip") is None


def test_an_angle_changes_by_its_corner(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("n")
    picture.drag((60, 200), (60, 100))
    picture.drag((60, 100), (20, 100))
    assert numbers(picture.said())[0] == pytest.approx(90, abs=1.0)
    picture.drag((60, 100), (60, 60))
    assert numbers(picture.said())[0] == pytest.approx(math.degrees(math.atan2(40, 40)), abs=1.0)


@pytest.mark.parametrize("key", ["e", "b"])
def test_an_area_is_moved_by_its_edge_and_stays_in_the_picture(page, url: str, key: str) -> None:
    picture = Picture(page, url, "ct")
    picture.canvas.press(key)
    picture.drag((20, 60), (60, 100))
    picture.canvas.press("w")
    mean, *_, n = numbers(picture.said())
    picture.drag((40, 60), (70, 110))  # by the middle of its left edge: 30 rows down, 50 columns along
    moved, *_, moved_n = numbers(picture.said())
    assert moved - mean == pytest.approx(STEP["ct"] * (30 + 2 * 50), abs=5)
    assert moved_n == pytest.approx(n, rel=0.03)
    picture.drag((70, 110), (70, 250))  # 140 columns along, of which there is room for 106
    assert numbers(picture.said())[-1] == pytest.approx(n, rel=0.03)
    assert numbers(picture.said())[0] - moved == pytest.approx(STEP["ct"] * 2 * 106, abs=5)


def test_a_corner_of_a_rectangle_leaves_the_opposite_one_where_it_is(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("b")
    picture.drag((20, 60), (60, 100))
    picture.drag((20, 100), (10, 140))  # the upper right corner
    assert numbers(picture.said())[-1] == pytest.approx(50 * 80, rel=0.04)


def test_inside_an_area_a_drag_does_what_the_tool_does(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("b")
    picture.drag((20, 60), (100, 200))
    picture.canvas.press("w")
    before, window = listed(page), page.locator(".corner.bottomLeft").inner_text()
    picture.drag((60, 110), (70, 130))
    assert page.locator(".corner.bottomLeft").inner_text() != window
    assert listed(page) == before


def test_the_chosen_measure_is_removed_and_brought_back(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("m")
    picture.drag((20, 40), (20, 140))
    picture.drag((100, 40), (100, 90))
    first, second = listed(page)
    picture.canvas.press("w")
    page.mouse.click(*picture.place(20, 90))  # the older one
    assert picture.said() == first
    picture.canvas.press("Delete")
    assert (picture.said(), listed(page)) == ("Length removed", [second])
    picture.canvas.press("Backspace")  # none is chosen: the newest
    assert (picture.said(), listed(page)) == ("Last measurement removed", [])
    picture.canvas.press("u")
    assert listed(page) == [second]
    picture.canvas.press("u")
    assert listed(page) == [first, second]
    picture.canvas.press("u")  # the second was not drawn yet
    assert listed(page) == [first]
    for _ in range(2):
        picture.canvas.press("u")
    assert (picture.said(), listed(page)) == ("Nothing to take back here", [])


def test_a_move_is_taken_back(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("m")
    picture.drag((20, 40), (20, 140))
    before = listed(page)
    picture.drag((20, 140), (90, 140))
    assert listed(page) != before
    picture.canvas.press("u")
    assert listed(page) == before
    page.mouse.move(*picture.place(20, 140))
    page.mouse.down()
    page.mouse.move(*picture.place(60, 160), steps=3)
    picture.canvas.press("Escape")  # while it is dragged
    page.mouse.up()
    assert listed(page) == before


def test_who_changes_the_slice_while_dragging_leaves_the_measure_where_it_was(page, url: str) -> None:
    picture = Picture(page, url, "ct")
    picture.canvas.press("m")
    picture.drag((20, 40), (20, 140))
    before = listed(page)
    page.mouse.move(*picture.place(20, 140))
    page.mouse.down()
    page.mouse.move(*picture.place(60, 160), steps=3)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: listed(page) == [])
    page.mouse.up()
    page.keyboard.press("u")
    assert picture.said() == "Nothing to take back here"
    page.keyboard.press("ArrowUp")
    wait_until(page, lambda: listed(page) == before)


def test_keys_reach_move_and_remove_measures(page, url: str) -> None:
    picture = Picture(page, url, "plain")
    picture.canvas.press("m")
    picture.drag((20, 40), (20, 140))
    picture.drag((60, 40), (60, 140))
    first, second = listed(page)
    length = numbers(first)[0]
    picture.canvas.focus()
    page.keyboard.press("Tab")
    assert picture.said() == first
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert picture.said() == "End 2 of 2"
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    assert numbers(picture.said())[0] == pytest.approx(length + 11, abs=0.11)
    page.keyboard.press("Enter")
    assert picture.said() == "All of it"
    page.keyboard.press("ArrowDown")
    assert numbers(picture.said())[0] == pytest.approx(length + 11, abs=0.11)
    page.keyboard.press("u")  # the way down
    page.keyboard.press("u")  # both ways to the right
    assert listed(page) == [first, second]
    page.keyboard.press("Delete")
    assert listed(page) == [second]
    page.keyboard.press("Delete")  # the focus went to the one that is left
    assert listed(page) == []
    page.keyboard.press("u")  # and then to the picture
    assert listed(page) == [second]


def test_a_finger_chooses_a_measure_before_it_moves_it(page, url: str) -> None:
    picture = Picture(page, url, "ct")
    picture.canvas.press("m")
    picture.drag((60, 100), (60, 160))
    before = listed(page)
    picture.canvas.press("Escape")
    touch = page.context.new_cdp_session(page)

    def finger(*places: tuple[float, float]) -> None:
        for kind, place in [("touchStart", places[0]), *(("touchMove", place) for place in places[1:])]:
            x, y = picture.place(*place)
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    picture.canvas.press("p")
    finger((60, 160), (60, 160.3))  # hardly moved: chosen
    wait_until(page, lambda: picture.said() == before[0])
    picture.canvas.press("Escape")
    finger((60, 130), (90, 130))  # none is chosen: the picture moves
    assert listed(page) == before
    picture.canvas.press("f")
    finger((60, 160))
    wait_until(page, lambda: picture.said() == before[0])
    finger((60, 160), (60, 180), (60, 200))
    wait_until(page, lambda: numbers(listed(page)[0])[0] == pytest.approx(100 * 0.5, abs=0.4))
