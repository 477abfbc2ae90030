"""The map of an archive: seconds to lay it out, how well it keeps neighbourhoods, how long a frame takes to draw.

    python benchmarks/archive_map.py ARCHIVE            # the archive of search_latency.py; any other will do

Studies of ARCHIVE are drawn by a seed, their mean picture vectors laid out by `radseek.search.projection`, beside the
same with few landmarks. Then the page's own scripts draw 100,000 points in headless Chromium, which draws by software.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import platform
import shutil
import statistics
import threading
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from radseek.index import load_generation
from radseek.search.neighbourhoods import N_NEIGHBOURS, measure_neighbourhoods
from radseek.search.projection import ProjectionSettings, project
from radseek.search.study_means import picture_means

ASSETS = Path(__file__).parents[1] / "apps" / "viewer" / "radseek_viewer" / "assets"
N_POINTS, N_FRAMES = 100_000, 40

DRAW = """async ({ n, frames, width, height, density }) => {
  const { PointField } = await import("/map_field.js")
  const { MapPainter, PLAIN, FAINT } = await import("/map_painter.js")
  let state = 7
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32
  const near = (middle) => Math.min(1, Math.max(0, middle + 0.07 * (random() + random() + random() - 1.5)))
  const x = new Float32Array(n), y = new Float32Array(n), codes = new Uint8Array(n), manners = new Uint8Array(n)
  for (let row = 0; row < n; row += 1) {
    const group = Math.floor(random() * 24)
    x[row] = near(0.1 + 0.8 * ((group * 0.37) % 1))
    y[row] = near(0.1 + 0.8 * ((group * 0.61) % 1))
    codes[row] = group % 8
    manners[row] = group % 3 ? PLAIN : FAINT
  }
  const timed = (work) => { const from = performance.now(); work(); return performance.now() - from }
  let field
  const times = { prepare: [], draw: [], zoomed: [], arrange: [], lasso: [], point: [] }
  times.prepare.push(timed(() => (field = new PointField({ n, x, y }))))
  const canvas = Object.assign(document.createElement("canvas"), { width: width * density, height: height * density })
  document.body.append(canvas)
  const painter = new MapPainter(canvas)
  const look = { scale: "groups", theme: "dark", ground: "#0b0e12", ink: "#d5dbe3", radius: 1.5 * density }
  const outline = Array.from({ length: 120 }, (_, i) => [0.5 + 0.3 * Math.cos(i / 19), 0.5 + 0.3 * Math.sin(i / 19)])
  painter.arrange(field.mixed, manners, codes)
  const place = (zoom) => {
    const side = height * density * zoom
    return { side, left: (width * density - side) / 2, top: (height * density - side) / 2 }
  }
  painter.draw(field, codes, manners, look, place(1))
  for (let frame = 0; frame < frames; frame += 1) {
    times.draw.push(timed(() => painter.draw(field, codes, manners, look, place(1 + frame / 1000))))
    times.zoomed.push(timed(() => painter.draw(field, codes, manners, { ...look, radius: 3 * density }, place(4))))
    times.arrange.push(timed(() => painter.arrange(field.mixed, manners, codes)))
    times.lasso.push(timed(() => field.inside(outline, () => true)))
    times.point.push(timed(() => field.nearest(random(), random(), 0.02, () => true)))
  }
  return times
}"""

WORDS = {
    "prepare": "points made ready, once",
    "draw": "a frame with the whole map",
    "zoomed": "a frame at four times the size",
    "arrange": "another colouring or selection",
    "lasso": "a lasso of 120 corners",
    "point": "the study under the pointer",
}


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 20_000, 50_000])
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("archive_map.md"))
    arguments = parser.parse_args()
    drawn = {density: measure_drawing(density) for density in (1, 2)}
    means = picture_means(load_generation(arguments.archive / "index"))
    rows = []
    for size in arguments.sizes:
        if size > len(means.vectors):
            continue
        chosen = np.sort(np.random.default_rng(0).choice(len(means.vectors), size, replace=False))
        for n_landmarks in (ProjectionSettings().n_landmarks, 5_000):
            if n_landmarks == ProjectionSettings().n_landmarks or size > n_landmarks:
                rows.append(measure_projection(means.vectors[chosen], n_landmarks))
                print(rows[-1], flush=True)
    arguments.table.write_text(table(rows, drawn), encoding="utf-8")
    print(arguments.table.read_text(encoding="utf-8"))


def measure_projection(vectors: np.ndarray, n_landmarks: int) -> str:
    """One line of the table."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    projection = project(vectors, ProjectionSettings(n_landmarks=n_landmarks))
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    kept = measure_neighbourhoods(vectors, projection.points, seed=0)
    if kept is None:
        raise SystemExit("too few studies to measure")
    measured = f"{kept.kept * N_NEIGHBOURS:.1f} | {kept.trustworthiness:.3f}"
    return f"| {len(vectors):,} | {projection.n_landmarks:,} | {seconds:.0f} | {cpu_s:.0f} | {measured} |"


def measure_drawing(density: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of work, drawn by the page's own scripts."""
    handler = functools.partial(QuietHandler, directory=str(ASSETS))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            size = {"n": N_POINTS, "frames": N_FRAMES, "width": 1120, "height": 640, "density": density}
            return dict(page.evaluate(DRAW, size))
    finally:
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves the viewer's scripts and says nothing of it."""

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


def table(rows: list[str], drawn: dict[int, dict[str, list[float]]]) -> str:
    """The whole page."""
    lines = [
        "# The map of an archive",
        "",
        f"`python benchmarks/archive_map.py ARCHIVE`: {os.cpu_count()} processors ({platform.machine()}), shared with "
        "other work while this was measured. The layout takes one processor; its own seconds are in the fourth column.",
        "",
        "| studies | landmarks | seconds | processor seconds | of 15 neighbours kept | trustworthiness |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        "With fewer landmarks than studies, the others lie at the weighted middle of their five nearest landmarks.",
        "",
        f"Drawing {N_POINTS:,} points on a map of 1,120 x 640 CSS pixels in headless Chromium, by software, in ms:",
        "",
        "| what | pixel density | median | longest |",
        "| --- | ---: | ---: | ---: |",
    ]
    for density, times in drawn.items():
        for name, words in WORDS.items():
            lines.append(f"| {words} | {density} | {statistics.median(times[name]):.1f} | {max(times[name]):.1f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
