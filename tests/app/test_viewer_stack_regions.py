"""Regions as queries, fingers, keys after clicks, light between report and picture, and troubles of a stack."""

from __future__ import annotations

import re
import time

import pytest
from chromium import (
    LAPTOP,
    browser_marks,
    corner,
    drag,
    expect,
    fingers,
    resting_box,
    script_viewer,
    wait_for_picture,
    wait_until,
)
from stack_archive import BROKEN_SLICE, StackArchive

from radseek.records.search_options import Region
from radseek_viewer.components import PREFIX, assets_digest
from radseek_viewer.stack import DrawnRegion, read_region

WINDOW = LAPTOP


def test_only_regions_of_the_studys_own_pictures_are_taken() -> None:
    study = StackArchive().study("prior")
    sent = {"image_key": "prior-i0", "left": 0.1, "top": 0.2, "right": 0.5, "bottom": 0.75}
    assert read_region(study, sent) == DrawnRegion("prior-i0", Region(0.1, 0.2, 0.5, 0.75))
    for wrong in ({"image_key": "mr-i0"}, {"left": 0.9}, {"top": None}, {"bottom": 1.5}):
        assert read_region(study, sent | wrong) is None


@pytest.fixture(scope="module")
def url():
    with script_viewer("stack_archive.py") as url:
        yield url


@pytest.fixture
def page(failing_page):
    """Some of the slices are broken."""
    return failing_page


def open_picture(page, url: str, key: str) -> None:
    page.goto(f"{url}study?study={key}")
    wait_for_picture(page)


def stands_at(page, slice_: int) -> None:
    expect(page.locator(".stack canvas")).to_have_attribute("data-slice", str(slice_))


class TestInTheBrowser:
    pytestmark = browser_marks

    def test_a_region_searches_only_with_a_slice_that_is_searched(self, page, url: str) -> None:
        open_picture(page, url, "prior")
        page.keyboard.press("g")
        drag(page, 120, 100)
        bar = page.locator(".regionbar")
        expect(bar.get_by_role("button", name="Search with this region")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        expect(bar).to_contain_text("Slice 8 is not searched; nearest searched slice is 7.")
        bar.get_by_role("button", name="Go there").click()
        stands_at(page, 6)
        page.keyboard.press("Escape")
        expect(bar).to_be_hidden()
        drag(page, 12, 12)
        expect(bar).to_contain_text("at least 16 × 16")
        drag(page, 120, 100)
        bar.get_by_role("button", name="Search with this region").click()
        wait_until(page, lambda: "/similar?" in page.url)
        wait_until(page, lambda: "image=prior-i0" in page.url)
        wait_until(page, lambda: "region=0." in page.url)

    def test_keys_go_to_the_picture_after_a_click(self, page, url: str) -> None:
        open_picture(page, url, "prior")
        page.get_by_role("button", name="Pan", exact=True).click()
        page.keyboard.press("ArrowDown")
        stands_at(page, 7)
        page.get_by_role("button", name="Invert").focus()
        page.keyboard.press("Enter")
        expect(corner(page, "bottomLeft")).to_contain_text("inverted")
        expect(page.get_by_role("button", name="Invert")).to_be_focused()

    def test_a_broken_slice_says_so_and_the_others_go_on(self, page, url: str) -> None:
        page.goto(f"{url}study?study=broken")
        page.locator(".message", has_text=f"Slice {BROKEN_SLICE + 1}: The picture cannot be shown").wait_for()
        page.locator(".stack canvas").hover()
        page.mouse.wheel(0, 120)  # the message lets the wheel through
        expect(page.locator(".message")).to_be_hidden()
        stands_at(page, BROKEN_SLICE + 1)

    def test_a_lost_server_is_named_and_tried_again(self, page, url: str) -> None:
        page.route("**/radseek/frames/**", lambda route: route.abort())
        page.goto(f"{url}study?study=prior")
        page.locator(".message", has_text="The server does not answer").wait_for()
        page.unroute("**/radseek/frames/**")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".message")).to_be_hidden()
        wait_for_picture(page)

    def test_a_long_clip_is_not_fetched_all_at_once(self, page, url: str) -> None:
        asked: list[str] = []
        page.on("request", lambda request: "/radseek/frames/" in request.url and asked.append(request.url))
        open_picture(page, url, "many")
        page.keyboard.press("Home")
        for _ in range(60):
            page.keyboard.press("PageDown")
        stands_at(page, 600)
        page.wait_for_timeout(500)
        assert len(set(asked)) < 150

    def test_all_of_forty_views_are_reached_by_keyboard(self, page, url: str) -> None:
        open_picture(page, url, "views")
        expect(page.locator(".thumb")).to_have_count(40)
        for _ in range(39):
            page.keyboard.press("ArrowRight")
        last = page.locator(".thumb").last
        expect(last).to_have_attribute("aria-current", "true")
        box, strip = resting_box(page, last), page.locator(".strip").bounding_box()
        assert box["x"] + box["width"] <= strip["x"] + strip["width"] + 3

    def test_kept_frames_are_bounded_and_only_the_newest_wish_is_sent(self, page, url: str) -> None:
        page.goto(url)
        script = """async ([module]) => {
          const { FrameStore } = await import(module)
          const sent = []
          let most = 0, now = 0
          const fetchFrame = async (url) => {
            sent.push(url); most = Math.max(most, ++now)
            await new Promise((done) => setTimeout(done, 5)); now--
            return { codes: new Int16Array(500) }
          }
          const store = new FrameStore({ keepBytes: 10_000, fetchFrame })
          const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => store.get(`f${n}`, "me")))
          store.prefetch(Array.from({ length: 30 }, (_, n) => `g${n}`), "me")
          for (let tries = 200; sent.length < 35 && tries; tries--) await new Promise((done) => setTimeout(done, 50))
          await new Promise((done) => setTimeout(done, 100))
          const dropped = answers.filter((answer) => answer === null).length
          return { sent: sent.length, most, bytes: store.bytes, last: answers.at(-1) !== null, dropped }
        }"""
        got = page.evaluate(script, [f"{PREFIX}/assets/{assets_digest()}/frames.js"])
        assert got == {"sent": 35, "most": 4, "bytes": 10_000, "last": True, "dropped": 95}

    def test_fingers_scroll_pinch_and_reset(self, finger_page, url: str) -> None:
        page = finger_page
        open_picture(page, url, "prior")
        canvas = page.locator(".stack canvas")
        box = resting_box(page, canvas)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = fingers(page)
        touch("touchStart", (x, y))
        touch("touchMove", (x, y + 40))
        touch("touchMove", (x, y + 80))
        touch("touchEnd")
        wait_until(page, lambda: int(canvas.get_attribute("data-slice")) > 6)
        touch("touchStart", (x - 40, y))
        touch("touchStart", (x - 40, y), (x + 40, y))
        touch("touchMove", (x - 80, y), (x + 80, y))
        touch("touchMove", (x - 120, y), (x + 120, y))
        touch("touchEnd")
        wait_until(page, lambda: float(canvas.get_attribute("data-zoom")) > 1.3)
        taps_s = {"slow": (0.0, 0.9), "quick": (2.0, 2.2)}  # by the fingers' own clock, however slow this machine is
        now_s = time.time()
        for pace, zoom in (("slow", re.compile("^1[.][3-9]|^[2-9]")), ("quick", "1.000")):
            for at_s in taps_s[pace]:
                touch("touchStart", (x, y), at_s=now_s + at_s)
                touch("touchEnd", at_s=now_s + at_s + 0.05)
            expect(canvas).to_have_attribute("data-zoom", zoom)
        measure = page.get_by_role("button", name="Measure")
        assert resting_box(page, measure)["height"] >= 44
