"""The tour of five steps in a real browser: led to the end over the real pages, skipped, and not offered twice."""

from __future__ import annotations

import pytest
from chromium import (
    LAPTOP,
    browser_marks,
    expect,
    fake_viewer,
    question,
    resting_box,
    script_viewer,
    search,
    wait_until,
    wait_until_run,
    watched,
)

pytestmark = browser_marks

WINDOW = LAPTOP
FOCUS = """() => {
  let node = document.activeElement
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  return [node?.getAttribute("role") ?? "", node?.textContent ?? "", node?.getAttribute("aria-label") ?? ""]
}"""
"""Role, words and name of what has the focus."""


@pytest.fixture(scope="module")
def url():
    with fake_viewer() as url:
        yield url


@pytest.fixture
def page(own_context):
    """In a context of its own: what the browser remembers is what is tested."""
    with watched(own_context.new_page()) as page:
        yield page


def offer(page):
    return page.get_by_role("button", name="Take the tour")


def bubble(page):
    return page.get_by_role("dialog")


def begin(page, url: str) -> None:
    page.goto(url)
    offer(page).click()
    step(page, 1, "Ask")


def step(page, number: int, title: str) -> None:
    page.get_by_role("dialog", name=f"Step {number} of 5: {title}").wait_for()


def press(page, name: str) -> None:
    bubble(page).get_by_role("button", name=name).click()


def rings(page, selector: str, nth: int = 0) -> bool:
    """Whether the ring lies around what `selector` finds, and the bubble beside it."""
    box, ring, words = (
        page.locator(one).nth(nth * (one == selector)).bounding_box() for one in (selector, ".ring", ".bubble")
    )
    if not (box and ring and words):
        return False
    around = all(abs(ring[side] + 5 - box[side]) < 2 for side in ("x", "y"))
    apart = (
        words["x"] >= box["x"] + box["width"]
        or words["x"] + words["width"] <= box["x"]
        or words["y"] >= box["y"] + box["height"]
        or words["y"] + words["height"] <= box["y"]
    )
    return around and apart


def test_from_the_first_step_to_the_last(page, url: str) -> None:
    page.goto(url)
    offer(page).wait_for()
    before = resting_box(page, page.locator(".lead"))
    offer(page).click()
    step(page, 1, "Ask")
    wait_until(page, lambda: page.evaluate(FOCUS)[0] == "dialog")
    assert page.locator(".lead").bounding_box() == before  # nothing moves
    assert bubble(page).get_attribute("aria-modal") is None
    wait_until(page, lambda: rings(page, "input[aria-label=Search]"))
    press(page, "Search: small left pleural effusion")
    page.locator(".card").first.wait_for()
    expect(question(page)).to_have_value("small left pleural effusion")
    assert "effusion" not in page.url
    press(page, "Next")
    step(page, 2, "Read a card")
    wait_until(page, lambda: rings(page, ".listed"))
    press(page, "Next")
    step(page, 3, "Open it")
    page.locator(".card").first.click()  # the real control, not the tour's
    page.locator(".stack canvas").wait_for()
    bubble(page).get_by_text("its region lights up").wait_for()
    wait_until(page, lambda: rings(page, ".sentence.matched"))
    press(page, "Next")
    step(page, 4, "Look further")
    wait_until(page, lambda: rings(page, ".st-key-similar button"))
    press(page, "Next")
    step(page, 5, "Keep it")
    press(page, "To the results")
    wait_until(page, lambda: rings(page, ".st-key-keep_as_cohort button"))
    press(page, "Done")
    expect(bubble(page)).to_have_count(0)
    expect(page.locator(".ring")).to_be_hidden()
    page.goto(url)
    page.locator(".tips").wait_for()
    wait_until_run(page)
    page.wait_for_timeout(500)  # what the browser remembers is looked up after that
    expect(offer(page)).to_have_count(0)
    page.goto(f"{url}about")
    offer(page).click()  # About always offers it
    step(page, 1, "Ask")
    press(page, "Search: small left pleural effusion")
    wait_until(page, lambda: rings(page, "input[aria-label=Search]"))


@pytest.mark.parametrize("how", ["Escape", "Skip the tour"])
def test_it_ends_at_any_step_gives_the_focus_back_and_is_remembered(page, url: str, how: str) -> None:
    search(page, url, "effusion")
    page.get_by_role("link", name="About").click()
    offer(page).click()
    step(page, 1, "Ask")
    press(page, "Next")
    step(page, 2, "Read a card")
    bubble(page).get_by_text("a card stands here for each study").wait_for()  # there is none on this page
    page.keyboard.press("Escape") if how == "Escape" else press(page, how)
    expect(bubble(page)).to_have_count(0)
    expect(page.locator(".ring")).to_be_hidden()
    wait_until(page, lambda: page.evaluate(FOCUS)[1] == "Take the tour")
    wait_until(page, lambda: page.evaluate("() => localStorage.getItem('radseek:tour-seen')") == "yes")
    page.get_by_role("link", name="Search").click()
    page.locator(".card").first.wait_for()


def test_who_declines_is_not_asked_again(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="No, thanks").click()
    expect(offer(page)).to_have_count(0)
    page.reload()
    page.locator(".tips").wait_for()
    wait_until_run(page)
    page.wait_for_timeout(500)  # what the browser remembers is looked up after that
    expect(offer(page)).to_have_count(0)


def test_it_is_done_by_keyboard_and_leaves_the_page_usable(page, url: str) -> None:
    page.goto(url)
    offer(page).focus()
    page.keyboard.press("Enter")
    step(page, 1, "Ask")
    bubble(page).get_by_role("button", name="Go to it").focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: page.evaluate(FOCUS)[2] == "Search")
    page.keyboard.type("left effusion")
    page.keyboard.press("Enter")
    page.locator(".card").first.wait_for()
    step(page, 1, "Ask")  # it waits for its person
    bubble(page).get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    step(page, 2, "Read a card")
    wait_until(page, lambda: page.evaluate(FOCUS)[0] == "dialog")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(bubble(page)).to_have_count(0)


def test_nothing_moves_the_bubble_off_a_tablet(page, url: str) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    begin(page, url)
    press(page, "Search: small left pleural effusion")
    page.locator(".card").first.wait_for()
    for _ in range(4):
        box = resting_box(page, page.locator(".bubble"))
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 820
        assert box["y"] + box["height"] <= 1180
        press(page, "Next")


def test_without_pictures_the_steps_say_what_would_be_there(page) -> None:
    with script_viewer("stack_archive.py") as url:
        page.goto(f"{url}study?study=words")
        page.get_by_role("link", name="About").click()
        offer(page).click()
        for words in (
            "The search field stands",
            "a card stands here",
            "without pictures the report opens",
            "On the page of a study",
        ):
            bubble(page).get_by_text(words).wait_for()
            press(page, "Next")
        bubble(page).get_by_text("Beside the result line").wait_for()
        page.goto("about:blank")  # an open page looks for its server, which ends here


def test_about_lists_the_keys_of_the_picture_as_its_own_list_does(page, url: str) -> None:
    page.goto(f"{url}study?study=study001")
    page.locator(".help summary").click()
    expect(page.locator(".help dt").first).to_be_visible()
    own = list(zip(page.locator(".help dt").all_inner_texts(), page.locator(".help dd").all_inner_texts(), strict=True))
    page.goto(f"{url}about")
    table = page.locator(".keys table", has=page.get_by_text("A study's pictures"))
    table.wait_for()
    expect(table.locator("tr")).to_have_count(len(own))
    rows = [(row.locator("th").inner_text(), row.locator("td").inner_text()) for row in table.locator("tr").all()]
    assert rows == own
    assert len(rows) > 10
