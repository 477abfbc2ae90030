"""Regions as queries, fingers, keys after clicks, light between report and picture, and troubles of a stack."""

from __future__ import annotations

import sys

import pytest
from chromium import chromium, free_port, needs_chromium, viewer_process, wait_until
from stack_archive import BROKEN_SLICE, StackArchive

from radseek.records.search_options import Region
from radseek_viewer.components import PREFIX, assets_digest
from radseek_viewer.stack import DrawnRegion, read_region

needs_browser = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]


def test_only_regions_of_the_studys_own_pictures_are_taken() -> None:
    study = StackArchive().study("prior")
    sent = {"image_key": "prior-i0", "left": 0.1, "top": 0.2, "right": 0.5, "bottom": 0.75}
    assert read_region(study, sent) == DrawnRegion("prior-i0", Region(0.1, 0.2, 0.5, 0.75))
    for wrong in ({"image_key": "mr-i0"}, {"left": 0.9}, {"top": None}, {"bottom": 1.5}):
        assert read_region(study, sent | wrong) is None


@pytest.fixture(scope="module")
def url():
    port = free_port()
    with viewer_process([sys.executable, "stack_archive.py", str(port), "dark"], port) as url:
        yield url


@pytest.fixture(scope="module")
def engine():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(engine):
    page = engine.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(20_000)
    yield page
    page.context.close()


def open_study(page, url: str, key: str) -> None:
    page.goto(f"{url}study?study={key}")
    page.locator(".stack canvas").wait_for()
    wait_until(page, lambda: page.locator(".corner.bottomLeft").inner_text() != "")


def place(page) -> int:
    return int(page.locator(".stack canvas").get_attribute("data-slice"))


def draw(page, dx: int, dy: int) -> None:
    box = page.locator(".stack canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 40
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


class TestInTheBrowser:
    pytestmark = needs_browser

    def test_a_region_searches_only_with_a_slice_that_is_searched(self, page, url: str) -> None:
        open_study(page, url, "prior")
        page.keyboard.press("g")
        draw(page, 120, 100)
        bar = page.locator(".regionbar")
        assert bar.get_by_role("button", name="Search with this region").count() == 1
        page.keyboard.press("ArrowDown")
        assert "Slice 8 is not searched; nearest searched slice is 7." in bar.inner_text()
        bar.get_by_role("button", name="Go there").click()
        assert place(page) == 6
        page.keyboard.press("Escape")
        assert bar.is_hidden()
        draw(page, 12, 12)
        assert "at least 16 × 16" in bar.inner_text()
        draw(page, 120, 100)
        bar.get_by_role("button", name="Search with this region").click()
        wait_until(page, lambda: "/similar?" in page.url)
        assert "image=prior-i0" in page.url
        assert "region=0." in page.url

    def test_keys_go_to_the_picture_after_a_click(self, page, url: str) -> None:
        open_study(page, url, "prior")
        page.get_by_role("button", name="Pan", exact=True).click()
        page.keyboard.press("ArrowDown")
        assert place(page) == 7
        page.get_by_role("button", name="Invert").focus()
        page.keyboard.press("Enter")
        assert page.get_by_role("button", name="Invert").evaluate("(node) => node.matches(':focus')")

    def test_a_broken_slice_says_so_and_the_others_go_on(self, page, url: str) -> None:
        page.goto(f"{url}study?study=broken")
        page.locator(".message", has_text=f"Slice {BROKEN_SLICE + 1}: The picture cannot be shown").wait_for()
        page.locator(".stack canvas").hover()
        page.mouse.wheel(0, 120)  # the message lets the wheel through
        wait_until(page, lambda: page.locator(".message").is_hidden())
        assert place(page) == BROKEN_SLICE + 1

    def test_a_lost_server_is_named_and_tried_again(self, page, url: str) -> None:
        page.route("**/radseek/frames/**", lambda route: route.abort())
        page.goto(f"{url}study?study=prior")
        page.locator(".message", has_text="The server does not answer").wait_for()
        page.unroute("**/radseek/frames/**")
        page.get_by_role("button", name="Try again").click()
        wait_until(page, lambda: page.locator(".message").is_hidden())
        assert page.locator(".corner.bottomLeft").inner_text() != ""

    def test_a_long_clip_is_not_fetched_all_at_once(self, page, url: str) -> None:
        asked: list[str] = []
        page.on("request", lambda request: "/radseek/frames/" in request.url and asked.append(request.url))
        open_study(page, url, "many")
        page.keyboard.press("Home")
        for _ in range(60):
            page.keyboard.press("PageDown")
        wait_until(page, lambda: place(page) == 600)
        page.wait_for_timeout(500)
        assert len(set(asked)) < 150

    def test_all_of_forty_views_are_reached_by_keyboard(self, page, url: str) -> None:
        open_study(page, url, "views")
        assert page.locator(".thumb").count() == 40
        for _ in range(39):
            page.keyboard.press("ArrowRight")
        last = page.locator(".thumb").last
        assert last.get_attribute("aria-current") == "true"
        box, strip = last.bounding_box(), page.locator(".strip").bounding_box()
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

    def test_fingers_scroll_pinch_and_reset(self, engine, url: str) -> None:
        context = engine.new_context(viewport={"width": 1024, "height": 1366}, has_touch=True, is_mobile=True)
        page = context.new_page()
        open_study(page, url, "prior")
        box = page.locator(".stack canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        client = context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        touch("touchStart", (x, y))
        touch("touchMove", (x, y + 40))
        touch("touchMove", (x, y + 80))
        touch("touchEnd")
        wait_until(page, lambda: place(page) > 6)
        touch("touchStart", (x - 40, y))
        touch("touchStart", (x - 40, y), (x + 40, y))
        touch("touchMove", (x - 80, y), (x + 80, y))
        touch("touchMove", (x - 120, y), (x + 120, y))
        touch("touchEnd")
        zoom = lambda: float(page.locator(".stack canvas").get_attribute("data-zoom"))  # noqa: E731
        wait_until(page, lambda: zoom() > 1.3)
        for _ in range(2):
            touch("touchStart", (x, y))
            touch("touchEnd")
        wait_until(page, lambda: zoom() == 1)
        assert page.get_by_role("button", name="Measure").bounding_box()["height"] >= 44
        context.close()
