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
SIZE = {"width": 1440, "height": 900}
HERE = Path(__file__).parent


def main() -> None:
    """Start the viewer, search, open the first hit, and save both screens."""
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
    field = page.get_by_placeholder("A finding or a report sentence")
    for text in ("warming up", query):  # the first search loads the encoder: its time says nothing
        field.fill(text)
        field.press("Enter")
        page.get_by_text("not searched").wait_for()
        page.wait_for_timeout(5000)
    if query.split()[-1] not in page.locator(".card").first.inner_text():
        raise SystemExit("the first hit does not say what was asked: not a picture to show")
    page.mouse.click(1200, 30)
    page.screenshot(path=out / "viewer-search.png")
    page.locator(".card", has_text="Radiograph").first.click()
    page.locator("canvas").wait_for()
    page.wait_for_timeout(3000)
    page.screenshot(path=out / "viewer-study.png")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
