"""The wall of 1,000 hits in a real browser: few cards in the page, all of them within reach, and selecting them."""

from __future__ import annotations

import re

import pytest
from chromium import (
    browser_marks,
    expect,
    fake_viewer,
    resting_box,
    search,
    wait_until,
    wait_until_run,
)

from radseek_viewer.components import PREFIX, assets_digest

pytestmark = browser_marks

N = 1_000
MOST_NODES = 150
CARDS = f"**{PREFIX}/cards/**"
GONE = {"message": "These results are no longer kept."}


@pytest.fixture(scope="module")
def url():
    with fake_viewer(n_studies=N) as url:
        yield url


def card(page, number: int):
    """The card of hit `number`, if it is in the page."""
    return page.locator(f".listed[aria-posinset='{number}'] .card")


def focused(page) -> str:
    """What a screen reader says of the card that has the focus; empty while none has."""
    return page.evaluate("""() => {
      let at = document.activeElement
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
      return at?.matches(".card") ? at.getAttribute("aria-label") : ""
    }""")


def wait_for_focus(page, number: int) -> None:
    wait_until(page, lambda: re.match(rf"Hit {number}: ", focused(page)))


def scrolled(page) -> float:
    return page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollTop")


def have_selected(page, words: str) -> None:
    """Waits until so many are said to be selected; nothing is said of none."""
    wait_until(page, lambda: n_selected(page) == words)


def n_selected(page) -> str:
    return page.locator(".foot strong").inner_text() if page.locator(".foot .selected").is_visible() else ""


SCROLL = """async (px) => {
  const main = document.querySelector("[data-testid=stMain]")
  const list = [...document.querySelectorAll("*")].map((n) => n.shadowRoot?.querySelector(".cards.all")).find(Boolean)
  const seen = new Set()
  let most = 0, before = performance.now(), longest = 0
  while (main.scrollTop + main.clientHeight < main.scrollHeight - 2) {
    main.scrollTop += px
    await new Promise(requestAnimationFrame)
    await new Promise((done) => setTimeout(done))
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
    most = Math.max(most, list.children.length)
    for (const node of list.children) seen.add(Number(node.getAttribute("aria-posinset")))
  }
  return { most, seen: seen.size, longest }
}"""


def test_few_cards_are_in_the_page_while_it_is_scrolled_to_the_end(page, url: str, record_property) -> None:
    search(page, url, "effusion")
    page.get_by_text("1,000 hits").wait_for()
    told = page.evaluate(SCROLL, 400)
    record_property("longest_frame_ms", told["longest"])
    assert told["most"] < MOST_NODES
    assert told["seen"] == N
    expect(card(page, N)).to_have_attribute("data-study", "study999")
    expect(card(page, N).locator(".rank")).to_have_text("1,000")
    expect(card(page, N)).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    places = page.locator(".cards.all .listed").evaluate_all("(all) => all.map((one) => Number(one.ariaPosInSet))")
    assert places == sorted(places)  # read in rank order


def test_keys_move_over_all_cards_and_open_one(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 1).focus()
    page.keyboard.press("End")
    wait_for_focus(page, N)
    page.keyboard.press("ArrowRight")  # there is none after the last
    wait_for_focus(page, N)
    page.keyboard.press("Home")
    wait_for_focus(page, 1)
    expect(page.locator(".cards.all .card[tabindex='0']")).to_have_count(1)  # Tab leads to one card, not to all
    page.keyboard.press("ArrowDown")
    wait_for_focus(page, 6)  # five columns
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    wait_for_focus(page, 6)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # there is none above
    wait_for_focus(page, 1)
    page.keyboard.press("End")
    wait_for_focus(page, N)
    page.keyboard.press("Enter")
    page.locator(".stack canvas").wait_for()
    wait_until(page, lambda: "study=study999" in page.url)
    page.get_by_text("hit 1000 of 1000").wait_for()


def test_the_focus_stays_when_its_card_is_scrolled_away(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 3).focus()
    page.locator("[data-testid=stMain]").evaluate("(main) => (main.scrollTop = 40000)")
    card(page, 1).wait_for(state="detached")
    wait_for_focus(page, 3)
    page.keyboard.press("ArrowRight")
    wait_for_focus(page, 4)
    wait_until(page, lambda: scrolled(page) < 1000)  # and it is in sight


def test_results_leads_back_to_the_place_and_the_card(page, url: str) -> None:
    search(page, url, "effusion")
    page.locator("[data-testid=stMain]").evaluate("(main) => (main.scrollTop = 30000)")
    wait_until(page, lambda: page.locator(".cards.all .card[data-study]").count() > 10)
    number = int(page.locator(".listed:not(.waiting)").nth(12).get_attribute("aria-posinset"))
    card(page, number).focus()
    page.keyboard.press("x")
    have_selected(page, "1 selected")
    resting_box(page, card(page, number))
    before, where = card(page, number).bounding_box(), scrolled(page)
    page.keyboard.press("Enter")
    page.locator(".stack canvas").wait_for()
    page.get_by_role("button", name="Results").click()
    wait_until(page, lambda: card(page, number).count() == 1 and abs(scrolled(page) - where) < 2)
    wait_until(page, lambda: abs(card(page, number).bounding_box()["y"] - before["y"]) < 2)
    wait_for_focus(page, number)
    have_selected(page, "1 selected")
    assert "study" not in page.url


def test_another_answer_begins_at_its_beginning_with_nothing_selected(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 1).focus()
    page.keyboard.press("x")
    page.keyboard.press("End")
    wait_for_focus(page, N)
    page.get_by_role("button", name="CT 334").click()
    page.get_by_text("334 hits").wait_for()
    expect(page.locator(".listed").first).to_have_attribute("aria-setsize", "334")
    wait_until(page, lambda: scrolled(page) == 0)
    have_selected(page, "")


def test_keys_select_extend_and_clear(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 2).focus()
    page.keyboard.press("Space")
    have_selected(page, "1 selected")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    have_selected(page, "7 selected")  # 2 to 8
    page.keyboard.press("Shift+ArrowUp")
    have_selected(page, "2 selected")  # the range shrinks again
    assert page.locator(".listed.selected").evaluate_all("(all) => all.map((one) => one.ariaPosInSet)") == ["2", "3"]
    box = page.get_by_role("checkbox", name=re.compile("^Select Hit 5: "))
    size = resting_box(page, box)
    assert min(size["width"], size["height"]) >= 24
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    have_selected(page, "3 selected")
    expect(page.locator(".spoken")).to_have_text("3 selected")
    page.keyboard.press("Escape")
    have_selected(page, "")
    page.keyboard.press("Control+a")
    have_selected(page, "1,000 selected")
    page.get_by_role("button", name="Clear").last.click()
    have_selected(page, "")


def test_the_focus_is_not_lost_with_the_button_that_had_it(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 3).focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Select all 1,000").focus()
    page.keyboard.press("Enter")  # all are selected: there is nothing more that it could do
    wait_for_focus(page, 3)
    page.get_by_role("button", name="Clear").last.focus()
    page.keyboard.press("Enter")
    assert n_selected(page) == ""
    wait_for_focus(page, 3)


def test_a_click_with_shift_selects_the_cards_between(page, url: str) -> None:
    search(page, url, "effusion")
    address = page.url
    card(page, 2).hover()
    page.locator(".listed[aria-posinset='2'] .pick").click()
    page.locator(".listed[aria-posinset='4'] .pick").click(modifiers=["Shift"])
    have_selected(page, "3 selected")
    card(page, 8).click(modifiers=["Shift"])
    have_selected(page, "7 selected")
    for n, checked in ((1, False), (4, True), (8, True), (9, False)):
        expect(page.locator(f".listed[aria-posinset='{n}'] .pick")).to_be_checked(checked=checked)
    assert page.url == address
    assert len(page.context.pages) == 1  # a click with Shift opens no window here


def test_switching_maps_keeps_place_selection_and_cards(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 1).focus()
    page.keyboard.press("x")
    page.keyboard.press("End")
    wait_for_focus(page, N)
    card(page, N).locator(".map").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: "/cards/" in request.url and asked.append(request.url))
    where = scrolled(page)
    switch = page.get_by_role("switch", name="Show where")
    wait_until_run(page)
    switch = switch if switch.count() else page.get_by_role("checkbox", name="Show where")
    switch.dispatch_event("click")  # without scrolling to it
    expect(page.locator(".cards.all .map")).to_have_count(0)
    expect(card(page, N)).to_have_count(1)
    assert abs(scrolled(page) - where) < 2
    have_selected(page, "1 selected")
    assert asked == []


def test_two_are_compared(page, url: str) -> None:
    search(page, url, "effusion")
    card(page, 3).focus()
    page.keyboard.press("x")
    compare = page.locator(".foot").get_by_role("button", name="Compare")
    expect(compare).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("End")
    wait_for_focus(page, N)
    page.keyboard.press("x")
    expect(compare).to_have_attribute("aria-disabled", "false")
    compare.click()
    wait_until(page, lambda: page.url.endswith("/compare?left=study002&right=study999"))
    page.get_by_text("Compare two studies").wait_for()


def test_cards_that_do_not_come_are_told_and_asked_again(failing_page, url: str) -> None:
    page = failing_page
    search(page, url, "effusion")
    page.route(CARDS, lambda route: route.abort())
    card(page, 1).focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+End")
    trouble = page.get_by_role("alert")
    trouble.get_by_text("could not be loaded").wait_for()
    wait_until(page, lambda: re.match("Hit 1000, on its way", focused(page)))
    heights = page.locator(".listed").evaluate_all("(all) => all.map((one) => one.offsetHeight)")
    assert len(set(heights)) == 1  # what waits is as high as what came
    have_selected(page, "1,000 selected")
    page.unroute(CARDS)
    trouble.get_by_role("button", name="Try again").click()
    expect(card(page, N)).to_have_attribute("data-study", "study999")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(f".listed[aria-posinset='{N}'] .pick")).to_be_checked()


def test_an_answer_that_is_no_longer_kept_is_searched_again(failing_page, url: str) -> None:
    page = failing_page
    search(page, url, "effusion")
    page.route(CARDS, lambda route: route.fulfill(status=404, json=GONE))
    card(page, 1).focus()
    page.keyboard.press("End")
    page.get_by_role("alert").get_by_text("no longer kept").wait_for()
    page.unroute(CARDS)
    page.get_by_role("button", name="Search again").click()
    wait_until(page, lambda: scrolled(page) == 0 and page.get_by_role("alert").count() == 0)
    card(page, 1).focus()
    page.keyboard.press("End")
    wait_for_focus(page, N)


def test_other_columns_leave_the_same_card_in_sight(page, url: str) -> None:
    search(page, url, "effusion")
    page.locator("[data-testid=stMain]").evaluate("(main) => (main.scrollTop = 44000)")

    def first_in_sight() -> int:
        return page.locator(".listed").evaluate_all(
            "(all) => Number(all.find((one) => one.getBoundingClientRect().bottom > 0)?.ariaPosInSet ?? 0)"
        )

    wait_until(page, lambda: first_in_sight() > 400)
    resting_box(page, page.locator(".cards.all"))
    before = first_in_sight()
    page.set_viewport_size({"width": 820, "height": 1180})
    columns = "(list) => new Set([...list.children].map((one) => one.style.left)).size"
    wait_until(page, lambda: page.locator(".cards.all").evaluate(columns) == 3)
    wait_until(page, lambda: abs(first_in_sight() - before) <= 5)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("(main) => main.scrollWidth <= main.clientWidth")  # nothing stands out at the side
    page.set_viewport_size({"width": 1440, "height": 900})


def test_why_a_hit_was_found_stands_on_its_card(page, url: str) -> None:
    search(page, url, "effusion")
    why = card(page, 1).locator(".why")
    expect(why).to_be_visible()
    assert why.get_attribute("title") == why.inner_text()
    told = card(page, 1).get_attribute("aria-describedby").split()
    ids = card(page, 1).locator(".sentence, .why").evaluate_all("(all) => all.map((one) => one.id)")
    assert told == ids


def test_a_finger_finds_the_check_boxes(finger_page, url: str) -> None:
    page = finger_page
    search(page, url, "effusion")
    box = page.locator(".listed[aria-posinset='1'] .pick")
    expect(box).to_have_css("opacity", "1")
    box.tap()
    have_selected(page, "1 selected")


def test_places_of_cards_equal_python(page, url: str) -> None:
    """Rows of one height: each place in its row and column, all of them reached by the last pixel of the list."""
    page.goto(url)
    script = """async ([url, cases]) => {
      const { layoutOf, placesToDraw, placesInSight } = await import(url)
      return cases.map(([n, width, top]) => {
        const layout = layoutOf(n, width, 15)
        const places = [placesToDraw(layout, top, 900), placesInSight(layout, top, 900)]
        return [layout.columns, layout.rows, layout.rowHeight, ...places]
      })
    }"""
    cases = [[n, width, top] for n in (1, 7, 61, 1000) for width in (300, 1111, 3500) for top in (-500, 0, 5000, 1e6)]
    told = page.evaluate(script, [f"{PREFIX}/assets/{assets_digest()}/wall_layout.js", cases])
    for (n, width, top), (columns, rows, height, drawn, seen) in zip(cases, told, strict=True):
        assert 1 <= columns <= 14
        assert rows == -(-n // columns)
        in_sight = [place for place in range(n)
                    if (place // columns + 1) * height > top and place // columns * height <= top + 900]  # fmt: skip
        assert 0 <= drawn[0] <= seen[0] <= seen[1] <= drawn[1] <= n - 1, (n, width, top)
        if in_sight:
            assert seen == [in_sight[0], in_sight[-1]], (n, width, top)
