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

from radseek_viewer.launch import wait_until_ready

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")


@contextlib.contextmanager
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def viewer_process(command: list[str], port: int):
    """The viewer's server at `port`; ended with the test."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(["nice", *command], env=environment, cwd=Path(__file__).parent) as process:
        try:
            assert wait_until_ready(port, timeout_s=60), "the viewer did not start"
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
    port = free_port()
    return viewer_process([sys.executable, "serve_fake.py", str(port), theme, str(n_studies)], port)


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


def search(page, url: str, text: str) -> None:
    page.goto(url)
    field = page.get_by_placeholder("A finding or a report sentence")
    field.fill(text)
    field.press("Enter")
    page.locator(".card").first.wait_for()


def open_first_hit(page) -> None:
    """Its picture, without the mark of where it shows what was asked."""
    page.locator(".card").first.click()
    page.locator(".stack canvas").wait_for()
    if page.get_by_role("button", name="Where", exact=True).count():
        page.get_by_role("button", name="Where", exact=True).click()
        page.locator(".stack canvas").focus()
    wait_until(page, lambda: any(pixels(page)))


def wait_until(page, predicate: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Asks again and again; Playwright's own way needs `eval`, which the viewer's content policy forbids."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(50)


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
