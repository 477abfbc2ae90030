"""Debian's Chromium under Playwright, and the viewer's server process, for the browser tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready

PATIENCE_S = 120.0
"""How long a browser test waits for what is to come: far longer than it takes, for a machine that has other work."""
DESKTOP, LAPTOP = {"width": 1440, "height": 900}, {"width": 1280, "height": 800}

expect.set_options(timeout=1000 * PATIENCE_S)

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
browser_marks = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]


def in_browser(test):
    """Marks a test that drives Chromium, in a file where others do not."""
    for mark in browser_marks:
        test = mark(test)
    return test


_started: list = []


@contextlib.contextmanager
def chromium():
    """The one Chromium of this process: Playwright allows no second, so who asks while it runs gets the same."""
    if _started:
        yield _started[0]
        return
    with sync_playwright() as playwright:
        _started.append(playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
        try:
            yield _started[0]
        finally:
            _started.pop().close()


@contextlib.contextmanager
def browser_context(browser, **options):
    """What pages share: cookies, memory, cache, and the patience of these tests."""
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE_S)
    yield context
    context.close()


@contextlib.contextmanager
def viewer_process(command: list[str], port: int):
    """The viewer's server at `port`; ended with the test."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(["nice", *command], env=environment, cwd=Path(__file__).parent) as process:
        try:
            assert wait_until_ready(port, timeout_s=PATIENCE_S), "the viewer did not start"
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:  # how it ends is what test_viewer_launch.py is about
                process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fake_viewer(theme: str = "dark", n_studies: int = 60):
    return script_viewer("serve_fake.py", theme, str(n_studies))


def script_viewer(script: str, *arguments: str):
    """The viewer over the archive in memory that `script` makes."""
    port = free_port()
    return viewer_process([sys.executable, script, str(port), *arguments], port)


def archive_viewer(archive: Path, **options: str):
    """The viewer over a real archive, started as people start it."""
    port = free_port()
    return viewer_process(viewer_command(archive, ViewerOptions(port=port, **options)), port)


@contextlib.contextmanager
def watched(page):
    """The page; what it must not have done fails the test when it is closed."""
    troubles = watch(page)
    yield page
    page.close()
    assert troubles == []


def watch(page) -> list[str]:
    """Everything that a page must not do, filled while it runs: errors, refused or foreign requests."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("console", lambda message: _is_error(message) and troubles.append(f"console: {message.text}"))
    page.on("request", lambda request: _is_foreign(request.url) and troubles.append(f"foreign: {request.url}"))
    return troubles


def _is_error(message) -> bool:
    """Streamlit looks for its server below a page before it looks at the root: those 404s are its own."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def question(page):
    """The search field."""
    return page.get_by_placeholder("A finding or a report sentence")


def ask(page, text: str) -> None:
    question(page).fill(text)
    question(page).press("Enter")


def search(page, url: str, text: str) -> None:
    """Asks on a fresh page, and waits for the cards that it shows: none is on its way when the next question comes."""
    page.goto(url)
    ask(page, text)
    page.locator(".card").first.wait_for()
    expect(page.locator(".listed.waiting")).to_have_count(0)


def open_first_hit(page) -> None:
    """Its picture, without the mark of where it shows what was asked."""
    page.locator(".card").first.click()
    wait_for_picture(page)
    wait_until_run(page)
    if page.get_by_role("button", name="Where", exact=True).count():
        page.get_by_role("button", name="Where", exact=True).click()
        page.locator(".stack canvas").focus()
    resting_box(page, page.locator(".stack canvas"))


def open_study(page, url: str, study_key: str) -> None:
    page.goto(f"{url}study?study={study_key}")
    page.locator(".report").first.wait_for()


def corner(page, name: str):
    """What stands in a corner of the picture."""
    return page.locator(f".corner.{name}")


def wait_for_picture(page) -> None:
    """Until each picture of the page is there: one corner tells its window then."""
    page.locator(".stack canvas").first.wait_for()
    for number in range(page.locator(".stack canvas").count()):
        expect(corner(page, "bottomLeft").nth(number)).to_contain_text("%")
    wait_until(page, lambda: any(pixels(page)))


def wait_until(page, predicate: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Asks again and again; Playwright's own way needs `eval`, which the viewer's content policy forbids."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(50)


def wait_until_run(page) -> None:
    """Until Streamlit has run the page's script to its end: what is not there by then does not come."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")


def resting_box(page, locator) -> dict[str, float]:
    """Its bounding box, once nothing that is still being drawn moves it."""
    boxes: list = [None]

    def rests() -> bool:
        boxes.append(locator.bounding_box())
        return boxes[-1] is not None and boxes[-1] == boxes[-2]

    wait_until_run(page)
    wait_until(page, rests)
    return boxes[-1]


def drag(page, dx: int, dy: int = 0, button: str = "left") -> None:
    """Over the picture, from a little above and left of its middle."""
    box = resting_box(page, page.locator(".stack canvas"))
    x, y = box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 40
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up(button=button)


def fingers(page) -> Callable[..., None]:
    """A function that puts fingers on the page, moves them and lifts them, by the clock that it is given."""
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float], at_s: float | None = None) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        clock = {} if at_s is None else {"timestamp": at_s}
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches, **clock})

    return touch


PIXELS = """() => {
  const roots = [document]
  for (const root of roots) {
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot)
    const canvas = root.querySelector(".stack canvas")
    if (!canvas) continue
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    const greys = []
    for (let i = 0; i < data.length; i += 4 * 997) greys.push(data[i])
    return greys
  }
  return []
}"""
"""Greys of every 997th pixel of the first canvas of the page, shadow roots included."""


def pixels(page) -> list[int]:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(PIXELS)
