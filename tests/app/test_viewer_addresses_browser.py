"""A copied address shows the same in another browser: slice and window of a study, filters and pictures of a search."""

from __future__ import annotations

import pytest
from chromium import browser_marks, fake_viewer, open_first_hit, pixels, search, wait_until

pytestmark = browser_marks


@pytest.fixture(scope="module")
def url():
    with fake_viewer() as url:
        yield url


@pytest.fixture
def other(own_context):
    """Another person's browser: it has nothing but the address."""
    return own_context.new_page()


def corner(page) -> str:
    return page.locator(".stack .bottomLeft").inner_text()


def test_slice_and_window_of_a_study_are_shown_again(page, other, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    opened = page.url
    canvas = page.locator(".stack canvas")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("3")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 240, steps=4)
    page.mouse.up()
    wait_until(page, lambda: "slice=" in page.url and "window=" in page.url)
    page.wait_for_load_state("networkidle")
    at, told = canvas.get_attribute("data-slice"), corner(page)

    other.goto(page.url)
    wait_until(other, lambda: other.locator(".stack canvas").count() == 1 and any(pixels(other)), 60)
    assert other.locator(".stack canvas").get_attribute("data-slice") == at
    wait_until(other, lambda: corner(other) == told)
    canvas.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("r")
    wait_until(page, lambda: page.url == opened)


def test_a_place_that_a_study_has_not_is_left_out(page, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    at = page.locator(".stack canvas").get_attribute("data-slice")
    page.goto(f"{page.url}&series=99&slice=9999&window=1~-5")
    wait_until(page, lambda: page.locator(".stack canvas").count() == 1 and any(pixels(page)), 60)
    assert page.locator(".stack canvas").get_attribute("data-slice") == at


def test_filters_and_pictures_of_a_search_are_asked_again(page, other, url: str) -> None:
    search(page, url, "effusion")
    page.get_by_text("With report only").click()
    page.get_by_role("button", name="More like this", exact=False).first.click()
    wait_until(page, lambda: "like=" in page.url and "reported=" in page.url)
    assert "effusion" not in page.url
    other.goto(page.url)
    other.locator(".chip", has_text="like a picture").wait_for()
    assert other.get_by_label("With report only").is_checked()
