"""Takes the README's pictures of the viewer from a demo archive: `python docs/take_screenshots.py .demo/archive`.

Needs Debian's chromium and the `dev` extra. Use the demo only: a screenshot must never show a patient.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready

QUERY = "large left pleural effusion"
NO_MATCH = "my cat sleeps on the sofa"
SIZE = {"width": 1440, "height": 900}
HERE = Path(__file__).parent


def main() -> None:
    """Start the viewer, search for words, for nonsense and for a picture, open a hit, and save each screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="the demo's archive folder")
    parser.add_argument("--query", default=QUERY)
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    port = _free_port()
    with subprocess.Popen(viewer_command(options.archive, ViewerOptions(port=port, theme=options.theme))) as server:
        try:
            if not wait_until_ready(port, timeout_s=120):
                raise SystemExit("the viewer did not start")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                _take(browser.new_page(viewport=SIZE), f"http://127.0.0.1:{port}/", options.query, options.out)
        finally:
            server.terminate()


def _take(page: Page, url: str, query: str, out: Path) -> None:
    page.set_default_timeout(120_000)
    page.goto(url)
    for text in (NO_MATCH, query, NO_MATCH):  # the first searches load encoder and vocabulary: their times say nothing
        _search(page, text)
    page.locator(".misses").wait_for()
    page.screenshot(path=out / "viewer-no-match.png")
    _search(page, query)
    first = page.locator(".card").first
    if query.split()[-1] not in first.inner_text() or first.locator("canvas").count() != 1:
        raise SystemExit("the first hit does not say and show what was asked: not a picture to show")
    page.screenshot(path=out / "viewer-search.png")
    page.locator(".card", has_text="Radiograph").first.click()
    page.locator(".stack canvas").wait_for()
    page.wait_for_timeout(3000)
    page.screenshot(path=out / "viewer-study.png")
    page.get_by_role("button", name="Results").click()
    page.get_by_role("button", name="More like this").first.click()
    page.locator(".chip img").wait_for()
    _search(page, "")
    page.screenshot(path=out / "viewer-like.png")


def _search(page: Page, text: str) -> None:
    field = page.get_by_placeholder("A finding or a report sentence")
    field.fill(text)
    field.press("Enter")
    page.wait_for_timeout(1500)
    page.get_by_text("not searched").wait_for()
    page.wait_for_timeout(4000)
    page.mouse.click(1200, 30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
