"""What a person feels in the viewer: the first slice of a large CT, a step of the wheel, a click, a scroll.

    python benchmarks/viewer_browser.py LARGE           # the archive of search_latency.py; any other will do

A CT of 300 slices of 512 x 512 is made, ingested and shown by the real server in headless Chromium, which draws by
software on the same processors. The cost of a click is measured on LARGE, as the time of one whole run of the search
page's script with 1,000 hits, from sending the click to its last message; there too the wall is scrolled through.

- first slice: from asking for the study's address to the first grey pixels, by a browser that starts when the server
  answers, and in a server that has settled; then from clicking its card on the wall
- wheel step: time that the page's own scripts take from the event to the drawn picture; and until the frame is shown
- scroll: time from frame to frame while the wall of 1,000 hits is scrolled from its first to its last card
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from viewer_client import ViewerClient, server_environment
from viewer_load import FLAGS, percentile

from radseek.dicom.write import ImageAttributes, StudyAttributes, uid_from, write_image
from radseek.records.instances import Window
from radseek.records.search_options import Band, SearchOptions
from radseek.service import Archive, IngestOptions
from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready
from radseek_viewer.state import N_HITS

N_SLICES, SIDE_PX = 300, 512
N_STEPS, N_CLICKS, N_OPENINGS, N_STARTS = 120, 40, 10, 5
TARGET_SLICE_S, TARGET_STEP_MS, TARGET_CLICK_MS = 1.5, 16.0, 50.0
SETTLING_S = 30.0
"""A server that has just started still loads index, encoder and libraries beside what is measured."""
QUERY = "left pleural effusion"

PAINTED = """() => {
  const canvasOf = () => [...document.querySelectorAll("*")]
    .map((node) => node.shadowRoot?.querySelector(".stack canvas")).find(Boolean)
  const isPainted = (canvas) => {
    const { width, height } = canvas
    if (!width || !height) return false
    const { data } = canvas.getContext("2d").getImageData(0, Math.floor(height / 2), width, 1)
    return data.some((value, place) => place % 4 === 0 && value > 40)
  }
  window.__painted = new Promise((done) => {
    const look = () => {
      const canvas = canvasOf()
      if (canvas && isPainted(canvas)) done(performance.now())
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}"""
"""Sets `window.__painted`: the time at which the picture has grey pixels."""

COUNT_WORK = """
window.__work = 0
const ask = window.requestAnimationFrame.bind(window)
window.requestAnimationFrame = (draw) => ask((now) => {
  const from = performance.now()
  draw(now)
  window.__work += performance.now() - from
})
window.__frame = ask
"""
"""Counts what the page's own drawing takes; must run before its scripts."""

STEP = """(down) => new Promise((done) => {
  const canvas = [...document.querySelectorAll("*")]
    .map((node) => node.shadowRoot?.querySelector(".stack canvas")).find(Boolean)
  window.__work = 0
  const from = performance.now()
  canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: down, bubbles: true, cancelable: true }))
  const handled = performance.now() - from
  window.__frame(() => setTimeout(() => done([handled + window.__work, performance.now() - from])))
})"""
"""One step of the wheel: milliseconds of work, and until the frame is shown."""


SCROLL = """async () => {
  const main = document.querySelector("[data-testid=stMain]")
  const frames = []
  let before = performance.now()
  while (main.scrollTop + main.clientHeight < main.scrollHeight - 2) {
    main.scrollTop += 300
    await new Promise(requestAnimationFrame)
    const now = performance.now()
    frames.push(now - before)
    before = now
  }
  return frames
}"""
"""Scrolls to the end, three quarters of a card in each frame: milliseconds from frame to frame."""


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="where a click's cost is measured")
    parser.add_argument("--port", type=int, default=8918)
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("viewer_browser.md"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive, study_key = make_ct_archive(Path(folder))
        started = [measure_start(archive, study_key, arguments.port) for _ in range(N_STARTS)]
        opened, clicked, work, shown = measure_stack(archive, study_key, arguments.port)
    clicks = asyncio.run(measure_clicks(arguments.archive, arguments.port))
    frames = measure_scroll(arguments.archive, arguments.port)
    rows = [
        ("first slice of 300, server just started, s", started, TARGET_SLICE_S),
        ("first slice of 300, address opened, s", opened, TARGET_SLICE_S),
        ("first slice of 300, card clicked, s", clicked, TARGET_SLICE_S),
        ("wheel step, the page's work, ms", work, TARGET_STEP_MS),
        ("wheel step, until the frame is shown, ms", shown, None),
        ("a click's script, 1,000 hits, ms", clicks, TARGET_CLICK_MS),
        ("scroll through 1,000 hits, from frame to frame, ms", frames, None),
    ]
    arguments.table.write_text(table(rows), encoding="utf-8")
    print(arguments.table.read_text(encoding="utf-8"))


def make_ct_archive(folder: Path) -> tuple[Path, str]:
    """An archive with one CT: a textured cylinder that changes from slice to slice."""
    source = folder / "ct"
    source.mkdir()
    study = StudyAttributes(
        study_uid=uid_from("study", "ct"), patient_id="CT-300", accession="", study_date=date(2024, 1, 1),
        body_part="CHEST",
    )  # fmt: skip
    noise = np.random.default_rng(0).normal(0, 60, (SIDE_PX, SIDE_PX))
    rows, cols = np.mgrid[-1 : 1 : SIDE_PX * 1j, -1 : 1 : SIDE_PX * 1j]
    for number in range(N_SLICES):
        inside = rows**2 + cols**2 < 0.5 + 0.3 * np.sin(number / 40)
        values = np.where(inside, 40 + np.roll(noise, number, axis=0), -1000).astype(np.int16)
        attributes = ImageAttributes(
            study=study,
            series_uid=uid_from("series", "ct"),
            instance_uid=uid_from("instance", "ct", str(number)),
            modality="CT",
            spacing_mm=(0.8, 0.8),
            window=Window(40.0, 400.0),
            instance_number=number + 1,
            position_mm=(0.0, 0.0, float(number)),
        )
        write_image(source / f"{number:03d}.dcm", values, attributes)
    path = folder / "archive"
    with Archive.create(path) as archive:
        archive.ingest(source, IngestOptions("dicom", name="ct"))
        archive.index()
        return path, archive.search("chest modality:CT", options=SearchOptions(floor=Band.MISS)).hits[0].study_key


@contextlib.contextmanager
def served(archive: Path, port: int) -> Iterator[str]:
    """The real server on `archive`."""
    environment = server_environment()
    with subprocess.Popen(viewer_command(archive, ViewerOptions(port=port)), env=environment) as server:
        try:
            if not wait_until_ready(port, timeout_s=120):
                sys.exit("the viewer did not start")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def measure_start(archive: Path, study_key: str, port: int) -> float:
    """Seconds to the first slice by address, in a server and a browser that have both just started."""
    with served(archive, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        taken = open_address(browser, f"{url}study?study={study_key}")
        browser.close()
    return taken


def open_address(browser: Browser, address: str) -> float:
    """Seconds to the first slice, without anything in the browser's cache."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(f"({PAINTED})()")
        page.goto(address)
        return float(page.evaluate("() => window.__painted")) / 1000


def measure_stack(
    archive: Path, study_key: str, port: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Seconds to the first slice by address and by card; milliseconds of wheel steps: work, and until shown."""
    clicked = []
    with served(archive, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        time.sleep(SETTLING_S)
        opened = [open_address(browser, f"{url}study?study={study_key}") for _ in range(N_OPENINGS)]
        with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
            page = context.new_page()
            page.add_init_script(COUNT_WORK)
            for _ in range(N_OPENINGS):
                clicked.append(open_from_wall(page, url))
            steps = wheel(page)
        browser.close()
    return opened, clicked, [work for work, _ in steps], [shown for _, shown in steps]


def open_from_wall(page: Page, url: str) -> float:
    """Seconds from a click on the card to the first slice."""
    page.goto(url)
    field = page.get_by_placeholder("A finding or a report sentence")
    field.fill("modality:CT chest")
    field.press("Enter")
    page.locator(".card").first.wait_for(timeout=60_000)
    page.evaluate(PAINTED)
    began = page.evaluate("() => performance.now()")
    page.locator(".card").first.click()
    return float(page.evaluate("() => window.__painted") - began) / 1000


def wheel(page: Page) -> list[tuple[float, float]]:
    """Steps through slices that the page has fetched already: there and back, and there again."""
    steps: list[tuple[float, float]] = []
    n_loaded = 20
    for direction in (100, -100):
        for _ in range(n_loaded):
            page.evaluate(STEP, direction)
            page.wait_for_timeout(60)
    while len(steps) < N_STEPS:
        direction = 100 if (len(steps) // n_loaded) % 2 == 0 else -100
        steps.append(tuple(page.evaluate(STEP, direction)))
    return steps


async def measure_clicks(archive: Path, port: int) -> list[float]:
    """Milliseconds of a run of the search page's script after its answer stands: the switch of the maps."""
    with served(archive, port) as url:
        client = await ViewerClient.opened(url)
        await client.search(QUERY)
        time.sleep(SETTLING_S)
        switch = client.widgets["show_where"]
        taken = []
        for number in range(N_CLICKS):
            client.values[switch] = ("bool_value", bool(number % 2))
            taken.append(1000 * await client.rerun(page=""))
            time.sleep(0.1)
        await client.close()
    return taken


def measure_scroll(archive: Path, port: int) -> list[float]:
    """Milliseconds from frame to frame while the wall is scrolled from its first to its last card."""
    with served(archive, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        field = page.get_by_placeholder("A finding or a report sentence")
        field.fill(QUERY)
        field.press("Enter")
        page.locator(".card").first.wait_for(timeout=60_000)
        time.sleep(SETTLING_S)
        frames = [float(frame) for frame in page.evaluate(SCROLL)]
        page.locator(".card[data-study] .rank", has_text=f"{N_HITS:,}").wait_for()  # of fewer hits it says nothing
        browser.close()
    return frames


def table(rows: Sequence[tuple[str, list[float], float | None]]) -> str:
    """The page."""
    lines = [
        "# What a person feels in the viewer",
        "",
        f"`python benchmarks/viewer_browser.py`: headless Chromium that draws by software, {os.cpu_count()} processors "
        f"({platform.machine()}) for server and browser together.",
        "",
        "| what | n | median | 95 % | longest | target | |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for what, values, target in rows:
        high = percentile(values, 0.95)
        figures = " | ".join(f"{value:.2f}" for value in (statistics.median(values), high, max(values)))
        verdict = "" if target is None else "reached" if high <= target else "NOT reached"
        lines.append(f"| {what} | {len(values)} | {figures} | {'' if target is None else f'{target:g}'} | {verdict} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
