"""Takes the pictures of the viewer from a demo archive: `python docs/take_screenshots.py .demo/archive`.

Those of the README, and with `--gallery` all pages in both themes, which docs/viewer.md shows. Needs Debian's chromium
and the `dev` extra. Use the demo only: a screenshot must never show a patient.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from radseek.records.archive_map import MapKind
from radseek.records.cohort import CohortDefinition
from radseek.service import Archive
from radseek.service.evaluation import EvaluateOptions
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
    parser.add_argument("--gallery", action="store_true", help="all pages in both themes, into docs/gallery")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    if not options.gallery:
        _visit(
            options.archive, "dark", lambda page, url: _take(page, url, options.query, _saver(options.out, "viewer-"))
        )
        return
    folder = options.out / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    with Archive.open(options.archive) as archive:
        archive.cohorts.save("effusions", CohortDefinition(query="pleural effusion", k=9))
        archive.cohorts.run("effusions")
        archive.map.build(MapKind.PICTURES)
        if not archive.evaluations.all():
            archive.evaluations.run(EvaluateOptions(max_queries=20), "first")
    for theme in ("dark", "light"):
        save = _saver(folder, "", f"-{theme}.jpg")
        _visit(options.archive, theme, lambda page, url, save=save: _take_all(page, url, options.query, save))


Save = Callable[[Page, str], None]
"""(page, name of the screen): keeps the screen as it is now."""


def _saver(folder: Path, prefix: str, suffix: str = ".png") -> Save:
    quality = {"type": "jpeg", "quality": 82} if suffix.endswith("jpg") else {}
    return lambda page, name: page.screenshot(path=folder / f"{prefix}{name}{suffix}", **quality) and None


def _visit(archive: Path, theme: str, take: Callable[[Page, str], None]) -> None:
    port = _free_port()
    with subprocess.Popen(viewer_command(archive, ViewerOptions(port=port, theme=theme))) as server:
        try:
            if not wait_until_ready(port, timeout_s=120):
                raise SystemExit("the viewer did not start")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                take(browser.new_page(viewport=SIZE), f"http://127.0.0.1:{port}/")
        finally:
            server.terminate()


def _take_all(page: Page, url: str, query: str, save: Save) -> None:
    page.set_default_timeout(120_000)
    page.goto(url)
    page.locator(".tips").wait_for()
    save(page, "start")
    _take(page, url, query, save)
    _take_selection(page, save)
    _search(page, "liver cyst modality:CT")
    page.locator(".card").first.click()
    page.locator(".stack canvas").wait_for()
    page.wait_for_timeout(3000)
    save(page, "study-ct")
    _take_measures(page, save)
    _take_first_minute(page, url, query, save)
    _take_likeness_and_comparison(page, url, query, save)
    for name, wanted in (
        ("cohorts", ".card"),
        ("archive", "[data-testid=stDataFrame]"),
        ("about", "[data-testid=stMetric]"),
    ):
        page.get_by_role("link", name=name.capitalize()).first.click()
        page.locator(wanted).first.wait_for()
        page.wait_for_timeout(3000)
        save(page, name)
    page.goto(f"{url}map?by=pictures&colour=body_part")
    page.locator(".legend .line").first.wait_for()
    page.wait_for_timeout(3000)
    save(page, "map")
    for section, name in (("pairs", "evaluate"), ("auroc", "evaluate-findings"), ("search", "evaluate-ways")):
        page.goto(f"{url}evaluate?evaluation=first&section={section}")
        page.locator("svg.drawing").first.wait_for()
        page.wait_for_timeout(2000)
        if section == "search":
            page.get_by_text("Which way of searching finds more?").scroll_into_view_if_needed()
            page.wait_for_timeout(1000)
        save(page, name)
    page.goto(f"{url}archive?tab=jobs")
    page.get_by_text("Evaluation first").wait_for()
    page.wait_for_timeout(1000)
    save(page, "jobs")
    _take_tablet(page, url, query, save)


def _take_tablet(page: Page, url: str, query: str, save: Save) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    page.goto(url)
    _search(page, query)
    save(page, "tablet")
    page.set_viewport_size(SIZE)


def _take_selection(page: Page, save: Save) -> None:
    _search(page, "chest")
    for place in (0, 2):
        page.locator(".card").nth(place).focus()
        page.keyboard.press("x")
    page.wait_for_timeout(1000)
    save(page, "selection")
    page.keyboard.press("Escape")


def _take_first_minute(page: Page, url: str, query: str, save: Save) -> None:
    """The tour, the region that a sentence lights, and the patient's other studies in time."""
    page.goto(url)
    page.get_by_role("button", name="Take the tour").wait_for()
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Take the tour").click()
    page.get_by_role("dialog").wait_for()
    page.wait_for_timeout(1000)
    save(page, "tour")
    page.keyboard.press("Escape")
    _search(page, f"{query} modality:DX")
    page.locator(".card").first.click()
    page.locator(".sentence.matched").first.hover()
    page.wait_for_timeout(2000)
    save(page, "report-and-region")
    page.locator(".timeline .study").first.wait_for()  # the first hit of the demo has a later study
    page.locator(".timeline").scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    save(page, "timeline")


def _take_measures(page: Page, save: Save) -> None:
    """A region and an angle on the picture that is open."""
    canvas = page.locator(".stack canvas")
    canvas.focus()
    box = canvas.bounding_box()
    if box is None:
        raise SystemExit("the picture is not on the page")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    drags = [("e", (-140, -80), (-20, 0)), ("n", (120, 60), (20, 60)), ("", (20, 60), (90, 120))]
    for key, (left, top), (right, bottom) in drags:
        if key:
            page.keyboard.press(key)
        page.mouse.move(x + left, y + top)
        page.mouse.down()
        page.mouse.move(x + right, y + bottom, steps=3)
        page.mouse.up()
    page.wait_for_timeout(500)
    save(page, "measures")


def _take_likeness_and_comparison(page: Page, url: str, query: str, save: Save) -> None:
    page.goto(url)
    _search(page, f"{query} modality:DX")
    page.locator(".card").first.click()
    page.get_by_role("button", name="Similar", exact=True).click()
    page.get_by_text("left out").wait_for()
    page.wait_for_timeout(4000)
    save(page, "similar")
    page.locator(".card").first.click()
    page.locator(".stack canvas").wait_for()
    page.get_by_role("button", name="Compare").first.click()
    page.get_by_role("button", name="With the next hit").click()
    page.locator("canvas").nth(1).wait_for()
    page.wait_for_timeout(4000)
    save(page, "compare")


def _take(page: Page, url: str, query: str, save: Save) -> None:
    page.set_default_timeout(120_000)
    page.goto(url)
    for text in (NO_MATCH, query, NO_MATCH):  # the first searches load encoder and vocabulary: their times say nothing
        _search(page, text)
    page.locator(".misses").wait_for()
    save(page, "no-match")
    _search(page, query)
    first = page.locator(".card").first
    if query.split()[-1] not in first.inner_text() or first.locator(".map").count() != 1:
        raise SystemExit("the first hit does not say and show what was asked: not a picture to show")
    save(page, "search")
    page.locator(".card", has_text="Radiograph").first.click()
    page.locator(".stack canvas").wait_for()
    page.wait_for_timeout(3000)
    save(page, "study")
    page.get_by_role("button", name="Results").click()
    page.get_by_role("button", name="More like this").first.click()
    page.locator(".chip img").wait_for()
    _search(page, "")
    save(page, "like")
    page.locator(".chip").first.click()  # what comes next is asked without it
    page.locator(".tips").wait_for()


def _search(page: Page, text: str) -> None:
    field = page.get_by_placeholder("A finding or a report sentence")
    field.fill(text)
    field.press("Enter")
    page.wait_for_timeout(1500)
    page.get_by_text("· searched").wait_for()
    page.wait_for_timeout(4000)
    page.mouse.click(1200, 30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
