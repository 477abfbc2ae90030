"""Many people search at once: from Enter to the painted wall, and are there errors?

    python benchmarks/viewer_load.py LARGE             # one person, then 25, on the archive of search_latency.py
    python benchmarks/viewer_load.py ARCHIVE --people 5 --searches 4 --table try.md

The real server is started on the archive. A few of the people have a real Chromium page; the others speak the page's
protocol without a browser (viewer_client.py), which asks as much of the server, since 25 browsers would measure
themselves on a small machine. Each person asks a query of their own, looks for some seconds, now and then opens the
first study, and asks again. Browsers and server share this machine's processors.

- painted: from the key to the frame after the new cards stand on the page (browsers)
- with pictures: until the pictures of the first row are decoded too (browsers)
- answered: from asking to the last message of the answer (people without a browser)
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from latency_queries import make_queries
from playwright.async_api import Browser, Page, Response, async_playwright
from playwright.async_api import Error as PlaywrightError
from viewer_client import ViewerClient, ViewerError, server_environment

from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready

TARGETS_S = {1: 1.0, 25: 2.5}
"""People -> 95th percentile from key to painted wall."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
PAUSE_S = (8.0, 12.0)
OPENS_STUDY = 0.3
"""Share of searches after which the first study is opened."""

WATCH = """() => {
  const roots = () => [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean)
  const shown = (what) => roots().map((root) => root.querySelector(`.wall ${what}`)).find(Boolean) ?? null
  const first = () => shown(".card")
  const captions = () => [...document.querySelectorAll("[data-testid=stCaptionContainer]")].map((n) => n.textContent)
  const line = () => captions().find((text) => / searched |Searching/.test(text)) ?? ""
  const settled = (image) => image.complete || new Promise((over) => {
    for (const end of ["load", "error"]) image.addEventListener(end, over)
    setTimeout(over, 20000)
  })
  const before = first()
  window.__asked = new Promise((done) => {
    let from = 0
    const begin = (event) => { if (event.key === "Enter") from ||= performance.now() }
    addEventListener("keydown", begin, { capture: true })
    const painted = async () => {
      const paintedAt = performance.now() - from
      const images = [...(first()?.closest(".wall").querySelectorAll(".card img") ?? [])].slice(0, 6)
      await Promise.all(images.map(settled))
      removeEventListener("keydown", begin, { capture: true })
      done([paintedAt, performance.now() - from, images.filter((image) => !image.naturalWidth).length])
    }
    const look = () => {
      const card = first()
      const isNew = from && / searched /.test(line()) && (card ? card !== before : shown(".notice"))
      requestAnimationFrame(isNew ? () => setTimeout(painted) : look)
    }
    requestAnimationFrame(look)
  })
}"""
"""Waits in the page for the next answer's cards: milliseconds to the painted wall, to its pictures; broken pictures."""


@dataclass
class Measured:
    """What one number of people saw, in seconds."""

    people: int
    painted: list[float] = field(default_factory=list)
    with_pictures: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    server_cpu: float = 0.0
    """Processors that the server kept busy."""
    memory_mb: tuple[float, float] = (0.0, 0.0)
    """Before and after."""


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 25], help="how many at once, one run each")
    parser.add_argument(
        "--searches", type=int, default=8, help="searches of each person (default 8; one alone: 3 times)"
    )
    parser.add_argument("--browsers", type=int, default=3, help="how many of them have a browser (default 3)")
    parser.add_argument("--port", type=int, default=8917)
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("viewer_load.md"))
    arguments = parser.parse_args()
    environment = server_environment()
    command = viewer_command(arguments.archive, ViewerOptions(port=arguments.port))
    with subprocess.Popen(command, env=environment) as server:
        try:
            if not wait_until_ready(arguments.port, timeout_s=120):
                sys.exit("the viewer did not start")
            runs = asyncio.run(measure(arguments, psutil.Process(server.pid)))
        finally:
            server.terminate()
    arguments.table.write_text(table(runs, arguments), encoding="utf-8")
    print(arguments.table.read_text(encoding="utf-8"))


async def measure(arguments: argparse.Namespace, server: psutil.Process) -> list[Measured]:
    """One run for each number of people, after one search that loads everything."""
    url = f"http://127.0.0.1:{arguments.port}/"
    texts = [text for kind, text in make_queries(200) if kind != "report"]
    random.Random(5).shuffle(texts)
    asked = iter(texts)
    first = await ViewerClient.opened(url)
    await first.search(next(asked))
    await first.close()
    runs = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        for people in arguments.people:
            n_searches = arguments.searches * (3 if people == 1 else 1)
            queries = [[next(asked) for _ in range(n_searches)] for _ in range(people)]
            runs.append(await one_run(url, browser, queries, arguments.browsers, server))
        await browser.close()
    return runs


async def one_run(
    url: str, browser: Browser, queries: Sequence[Sequence[str]], n_browsers: int, server: psutil.Process
) -> Measured:
    """All people at once; each begins at a moment of their own."""
    told = Measured(len(queries))
    memory = server.memory_info().rss / 2**20
    cpu, began_s = sum(server.cpu_times()[:2]), time.perf_counter()
    people = [
        with_browser(url, browser, own, random.Random(number), told)
        if number < n_browsers
        else without_browser(url, own, random.Random(number), told)
        for number, own in enumerate(queries)
    ]
    await asyncio.gather(*people)
    told.server_cpu = (sum(server.cpu_times()[:2]) - cpu) / (time.perf_counter() - began_s)
    told.memory_mb = (memory, server.memory_info().rss / 2**20)
    return told


async def with_browser(url: str, browser: Browser, queries: Sequence[str], rng: random.Random, told: Measured) -> None:
    """One person with a browser of their own."""
    await asyncio.sleep(rng.uniform(0, PAUSE_S[1]))
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: told.errors.append(f"script: {error}"))
    page.on("response", lambda answer: is_refused(answer) and told.errors.append(f"HTTP {answer.status}"))
    await page.goto(url)
    await page.locator(".lead").wait_for()
    for text in queries:
        await asyncio.sleep(rng.uniform(*PAUSE_S))
        try:
            await ask(page, text, told)
            if rng.random() < OPENS_STUDY and await page.locator(".card").count():
                await open_and_return(page, told)
        except (PlaywrightError, TimeoutError) as error:
            told.errors.append(f"{type(error).__name__}")
            await page.goto(url)
    await context.close()


def is_refused(answer: Response) -> bool:
    """A frame is not counted: the large archive's made-up pictures have no files."""
    return answer.status >= 400 and "/radseek/" in answer.url and "/radseek/frames/" not in answer.url


async def ask(page: Page, text: str, told: Measured) -> None:
    """Type, press Enter, and wait for the wall."""
    field_ = page.get_by_placeholder("A finding or a report sentence")
    await field_.fill(text)
    await page.evaluate(WATCH)
    await field_.press("Enter")
    painted_ms, pictures_ms, n_broken = await asyncio.wait_for(page.evaluate("() => window.__asked"), 60)
    told.painted.append(painted_ms / 1000)
    told.with_pictures.append(pictures_ms / 1000)
    if n_broken:
        told.errors.append("pictures that did not load")
    if await page.get_by_role("alert").count():
        told.errors.append("an error on the page")


async def open_and_return(page: Page, told: Measured) -> None:
    """Open the first study, wait for its page, and come back to the results."""
    began_s = time.perf_counter()
    await page.locator(".card").first.click()
    await page.locator(".report, .notice").first.wait_for()
    told.opened.append(time.perf_counter() - began_s)
    await page.get_by_role("button", name="Results").click()
    await page.get_by_placeholder("A finding or a report sentence").wait_for()
    await page.locator(".card").first.wait_for()


async def without_browser(url: str, queries: Sequence[str], rng: random.Random, told: Measured) -> None:
    """One person without a browser."""
    await asyncio.sleep(rng.uniform(0, PAUSE_S[1]))
    client = await ViewerClient.opened(url)
    for text in queries:
        await asyncio.sleep(rng.uniform(*PAUSE_S))
        try:
            told.answered.append(await client.search(text))
            await client.fetch_thumbnails()
            if rng.random() < OPENS_STUDY and client.cards:
                told.opened.append(await client.open_study(client.cards[0]))
        except ViewerError as error:
            told.errors.append(str(error))
            client = await ViewerClient.opened(url)
    await client.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed; NaN without any."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)] if ordered else float("nan")


def table(runs: Sequence[Measured], arguments: argparse.Namespace) -> str:
    """The page: what was run, the figures, and whether the targets are reached."""
    lines = [
        "# People at the viewer",
        "",
        f"`python benchmarks/viewer_load.py`: {arguments.browsers} browsers at most, the others without; "
        f"{os.cpu_count()} processors ({platform.machine()}) for server and browsers together; pauses of "
        f"{PAUSE_S[0]:.0f} to {PAUSE_S[1]:.0f} s. Seconds.",
        "",
        "| people | what | n | median | 95 % | longest |",
        "| ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for run in runs:
        for name in ("painted", "with_pictures", "answered", "opened"):
            values: list[float] = getattr(run, name)
            if values:
                figures = [percentile(values, 0.5), percentile(values, 0.95), max(values)]
                shown = " | ".join(f"{value:.2f}" for value in figures)
                lines.append(f"| {run.people} | {name.replace('_', ' ')} | {len(values)} | {shown} |")
    lines.append("")
    for run in runs:
        low, high = run.memory_mb
        kept = f"server: {run.server_cpu:.2f} processors, {low:,.0f} to {high:,.0f} MB"
        lines.append(f"- {run.people} people: {len(run.errors)} errors; {kept}. {_verdict(run)}")
        lines += [f"  - {error}" for error in sorted(set(run.errors))]
    return "\n".join(lines) + "\n"


def _verdict(run: Measured) -> str:
    target, reached = TARGETS_S.get(run.people), percentile(run.painted, 0.95)
    if target is None or not run.painted:
        return ""
    word = "reached" if reached <= target and not run.errors else "NOT reached"
    return f"Painted within {reached:.2f} s for 95 %; target {target:.1f} s and no errors: {word}."


if __name__ == "__main__":
    main()
