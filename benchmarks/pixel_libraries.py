"""Whether a library can carry the pixels of the stack viewer: Cornerstone3D and Niivue beside the viewer's own.

    mkdir FOLDER
    npm install --prefix FOLDER @cornerstonejs/core@5.14.0 @cornerstonejs/tools@5.14.0 @cornerstonejs/metadata@5.14.0
    npm install --prefix FOLDER @cornerstonejs/utils@5.14.0 @niivue/niivue@0.69.0 esbuild@0.28.2 events@3.3.0 url@0.11.4
    python benchmarks/pixel_libraries.py FOLDER

Each contender shows the same CT of 300 slices of 512 x 512 in a shadow root of a page with the viewer's own headers,
from the viewer's own frame route, in headless Chromium that draws by software; then once more in one without WebGL.
`pixel_libraries/` has what is ours of each: a loader of our frames, and five verbs. In turn, so that all meet the same
neighbours:

- until the module runs, and until its first slice can be read back
- a step to a loaded slice, a change of the window: time until a pixel can be read back; the work of the page's own
  thread; processor time of all processes of the browser
- memory of all processes of the browser (PSS) when 300 slices are loaded, less an empty page's
- greys of all 65,536 values of a 16-bit picture against the formulas of the `dicom` floor
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Error, Page, sync_playwright
from viewer_load import FLAGS, percentile

from radseek.dicom.display import apply_window
from radseek.records.instances import Window

HERE = Path(__file__).with_name("pixel_libraries")
N_SLICES, SIDE_PX, START = 300, 512, 150
N_ROUNDS, N_STEPS, N_WINDOWS = 3, 40, 40
LONGEST_MS = 120_000

WINDOWS = {
    "CT soft tissue": Window(40.0, 400.0),
    "CT brain": Window(40.0, 80.0),
    "all values": Window(0.0, 65536.0),
    "LINEAR_EXACT": Window(127.5, 255.0, "", "LINEAR_EXACT"),
    "SIGMOID": Window(40.0, 400.0, "", "SIGMOID"),
}


@dataclass
class Figures:
    """What was measured of one contender in one browser; times in ms."""

    imports: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    step_page: list[float] = field(default_factory=list)
    step_all: list[float] = field(default_factory=list)
    windows: list[float] = field(default_factory=list)
    window_all: list[float] = field(default_factory=list)
    pairs: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    greys: dict[str, str] = field(default_factory=dict)
    troubles: set[str] = field(default_factory=set)


CONTENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ours": ("ours", {}),
    "Cornerstone3D": ("cornerstone", {}),
    "Niivue, slice by slice": ("niivue", {}),
    "Niivue, one volume": ("niivue", {"whole": True}),
}
BROWSERS = {
    "WebGL by software": list(FLAGS),
    "no WebGL": [*FLAGS, "--disable-3d-apis"],
}


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("node", type=Path, help="where the libraries were installed with npm")
    parser.add_argument("--port", type=int, default=8922)
    parser.add_argument("--table", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = bundle(arguments.node.resolve(), Path(folder))
        figures = {name: measure(flags, Path(folder), arguments.port) for name, flags in BROWSERS.items()}
        tools = drawn_with_tools(Path(folder), arguments.port)
    arguments.table.write_text(page_of(sizes, figures, tools), encoding="utf-8")
    print(arguments.table.read_text(encoding="utf-8"))


def bundle(node: Path, folder: Path) -> list[tuple[str, int, int, int]]:
    """Makes one ES module of each library with our few lines; (name, bytes, gzipped bytes, packages in it)."""
    environment = os.environ | {"NODE_PATH": str(node / "node_modules")}
    sizes = []
    for name in ("cornerstone", "cornerstone_tools", "niivue"):
        notes = folder / f"{name}.json"
        command = [
            node / "node_modules/.bin/esbuild", HERE / f"{name}.js", "--bundle", "--format=esm", "--minify",
            "--legal-comments=none", f"--outfile={folder / name}.js", f"--metafile={notes}", "--log-level=error",
        ]  # fmt: skip
        subprocess.run(command, check=True, env=environment, cwd=node)
        content = (folder / f"{name}.js").read_bytes()
        packages = {package_of(path) for path in json.loads(notes.read_text())["inputs"] if "node_modules/" in path}
        sizes.append((name, len(content), len(gzip.compress(content, 9)), len(packages)))
    own = b"".join(path.read_bytes() for path in own_modules())
    return [("ours, as it is (not minified)", len(own), len(gzip.compress(own, 9)), 0), *sizes]


def package_of(path: str) -> str:
    """`@niivue/niivue` of `node_modules/@niivue/niivue/build/index.js`."""
    parts = path.rpartition("node_modules/")[2].split("/")
    return "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]


def own_modules() -> list[Path]:
    """The modules that `stack_viewer.js` needs, itself among them."""
    from radseek_viewer.components import ASSETS

    found, waiting = [], [ASSETS / "stack_viewer.js"]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        waiting += [ASSETS / line.split('"')[-2].removeprefix("./") for line in lines if line.startswith("import ")]
    return found


def measure(flags: list[str], bundles: Path, port: int) -> dict[str, Figures]:
    """Figures of each contender, in turn."""
    figures = {name: Figures() for name in CONTENDERS}
    with served(bundles, port) as url, sync_playwright() as playwright:
        for number in range(N_ROUNDS):
            for name, (module, options) in CONTENDERS.items():
                if figures[name].troubles and not figures[name].steps:
                    continue  # it did not even begin the first time
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
                try:
                    one_round(browser, url, module, options, figures[name], is_last=number == N_ROUNDS - 1)
                except (Error, TimeoutError) as error:
                    figures[name].troubles.add(reason_of(error))
                browser.close()
    return figures


def one_round(
    browser: Browser, url: str, module: str, options: dict[str, Any], figures: Figures, *, is_last: bool
) -> None:
    """Adds one visit's figures."""
    stack = {"module": module, "key": "ct", "n": N_SLICES, "start": START, "side_px": SIDE_PX, **options}
    page = trial_page(browser, url, figures)
    empty_mb = memory_mb()
    loaded, shown = in_page(page, "first", stack)
    figures.imports.append(loaded)
    figures.firsts.append(loaded + shown)
    in_page(page, "loadAll", N_SLICES)
    figures.memory_mb.append(memory_mb() - empty_mb)
    slices = list(range(100, 100 + N_STEPS))
    in_page(page, "steps", slices)  # once, so that each way of drawing is warm
    with counted(page) as work:
        figures.steps += in_page(page, "steps", slices)
    figures.step_page.append(work["page"] / N_STEPS)
    figures.step_all.append(work["all"] / N_STEPS)
    if options.get("whole"):
        page.close()
        return  # each change of the window takes it seconds: once is enough, below
    with counted(page) as work:
        figures.windows += in_page(page, "windows", list(range(400, 400 + N_WINDOWS)))
    figures.window_all.append(work["all"] / N_WINDOWS)
    in_page(page, "pair", stack)
    in_page(page, "loadAll", N_SLICES)
    in_page(page, "steps", slices)
    figures.pairs += in_page(page, "steps", slices)
    page.close()
    if is_last:
        figures.greys = {name: exactness(browser, url, module, window, figures) for name, window in WINDOWS.items()}
        figures.greys["MONOCHROME1"] = exactness(browser, url, module, WINDOWS["CT soft tissue"], figures, "inverted")
        figures.greys["pixels twice as high as wide"] = oblong(browser, url, module, figures)


def exactness(browser: Browser, url: str, module: str, window: Window, figures: Figures, key: str = "codes") -> str:
    """How far the shown greys are from the formula, over every 16-bit value."""
    expected = 255.0 * apply_window(np.repeat(np.arange(-32768, 32768, dtype=np.float32), 4), window).astype(np.float64)
    if key == "inverted":
        expected = 255.0 - expected
    try:
        shown = greys_of(browser, url, module, key, window, figures)
    except Error as error:
        return reason_of(error)
    off = np.abs(shown - expected.reshape(SIDE_PX, SIDE_PX))
    wrong = float((off > 0.5 + 1e-3).mean())
    return "exact" if wrong == 0 else f"{100 * wrong:.2g} % of pixels off, by {off.max() - 0.5:.1f} at most"


def reason_of(error: Exception) -> str:
    """What the page said."""
    return str(error).splitlines()[0].removeprefix("Page.evaluate: ").removeprefix("Error: ")[:160]


def oblong(browser: Browser, url: str, module: str, figures: Figures) -> str:
    """What part of the square a picture of 512 x 256 pixels fills that is square in millimetres."""
    shown = greys_of(browser, url, module, "oblong", Window(40.0, 400.0), figures)
    high, wide = (shown > 127).any(axis=1).sum(), (shown > 127).any(axis=0).sum()
    return f"{wide} x {high}"


def greys_of(browser: Browser, url: str, module: str, key: str, window: Window, figures: Figures) -> np.ndarray:
    """float64 `[rows, cols]`: what stands on the canvas."""
    page = trial_page(browser, url, figures)
    in_page(page, "first", {"module": module, "key": f"{key}-x", "n": 1, "start": 0, "side_px": SIDE_PX})
    told = in_page(
        page, "greys", {"center": window.center, "width": window.width, "function": window.function}
    )  # fmt: skip
    page.close()
    return np.array(told["greys"], np.float64).reshape(told["height"], told["width"])


def drawn_with_tools(bundles: Path, port: int) -> list[str]:
    """What Cornerstone3D's own tools tell of 100 columns of 0.8 mm, dragged in a shadow root under our headers."""
    figures, lines = Figures(), []
    with served(bundles, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = trial_page(browser, url, figures)
        stack = {"module": "cornerstone_tools", "key": "ct", "n": N_SLICES, "start": START, "side_px": SIDE_PX}
        in_page(page, "first", stack)
        for tool, (x, y, down) in {"LengthTool": (206, 206, 0), "EllipticalROITool": (206, 306, 60)}.items():
            box = in_page(page, "choose", tool)
            page.mouse.move(box["left"] + x, box["top"] + y)
            page.mouse.down()
            page.mouse.move(box["left"] + x + 100, box["top"] + y + down, steps=5)
            page.mouse.up()
            page.wait_for_timeout(1000)
        lines = [f"{one['tool']}: {told_by(one['stats'])}" for one in in_page(page, "measured", None)]
        browser.close()
    return [*lines, *sorted(figures.troubles)]


def told_by(stats: dict[str, dict[str, Any]]) -> str:
    """The figures of one annotation of Cornerstone3D."""
    (of_slice,) = stats.values()
    names = {"length": "mm", "mean": "mean", "stdDev": "SD", "min": "min", "max": "max", "area": "area in mm2"}
    return ", ".join(f"{said} {of_slice[name]:.1f}" for name, said in names.items() if name in of_slice)


def trial_page(browser: Browser, url: str, figures: Figures) -> Page:
    """An empty page under the viewer's headers; what it must not do is noted."""
    page = browser.new_page(viewport={"width": 1300, "height": 700})
    page.set_default_timeout(LONGEST_MS)
    page.on(
        "request", lambda request: request.url.startswith((url, "blob:", "data:")) or figures.troubles.add(request.url)
    )
    page.on("console", lambda said: "Security Policy" in said.text and figures.troubles.add(said.text[:160]))
    page.goto(f"{url}try")
    return page


def in_page(page: Page, verb: str, argument: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """What `trial.js` answers; refused after two minutes."""
    call = """([verb, argument, longest]) => Promise.race([
      import("/try/trial.js").then((trial) => trial[verb](argument)),
      new Promise((_, refuse) => setTimeout(() => refuse(new Error("it took longer than two minutes")), longest)),
    ])"""
    return page.evaluate(call, [verb, argument, LONGEST_MS])


@contextlib.contextmanager
def counted(page: Page) -> Iterator[dict[str, float]]:
    """Milliseconds of work meanwhile: `page`, of the page's own thread; `all`, of all processes of the browser."""
    work: dict[str, float] = {}
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def page_ms() -> float:
        told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(told["TaskDuration"])

    page_before, all_before = page_ms(), processor_ms()
    yield work
    work["all"] = processor_ms() - all_before
    work["page"] = page_ms() - page_before
    session.detach()


def browser_processes() -> list[Path]:
    """Folders in /proc of the browser's processes that this one started."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            _, _, rest = (folder / "stat").read_text().rpartition(")")
            parents[int(folder.name)] = int(rest.split()[1])
            names[int(folder.name)] = (folder / "comm").read_text()
    ours, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    return [Path(f"/proc/{pid}") for pid in ours if names.get(pid, "").startswith("chrom")]


def processor_ms() -> float:
    """Processor time that they have taken."""
    ticks = 0
    for folder in browser_processes():
        with contextlib.suppress(OSError):
            ticks += sum(map(int, (folder / "stat").read_text().rpartition(")")[2].split()[11:13]))
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def memory_mb() -> float:
    """Memory of all of them; shared pages count once."""
    total_kb = 0
    for folder in browser_processes():
        with contextlib.suppress(OSError):
            lines = (folder / "smaps_rollup").read_text().splitlines()
            total_kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


@contextlib.contextmanager
def served(bundles: Path, port: int) -> Iterator[str]:
    """The trial's server."""
    script = Path(__file__).with_name("pixel_libraries_server.py")
    command = [sys.executable, str(script), "--port", str(port), "--bundles", str(bundles)]
    url = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command) as server:
        try:
            for _ in range(600):
                time.sleep(0.1)
                with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}radseek/ready"):
                    break
            yield url
        finally:
            server.terminate()


def page_of(sizes: list[tuple[str, int, int, int]], figures: dict[str, dict[str, Figures]], tools: list[str]) -> str:
    """The tables."""
    lines = [
        "# Libraries for the stack viewer's pixels",
        "",
        f"`python benchmarks/pixel_libraries.py FOLDER`: headless Chromium that draws by software, {os.cpu_count()} "
        f"processors ({platform.machine()}) for server and browser together, {N_ROUNDS} rounds in turn. "
        "What follows from it: [docs/pixel-libraries.md](../docs/pixel-libraries.md).",
        "",
        "| one ES module | KB | gzipped KB | packages in it |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [f"| {name} | {size / 1000:.0f} | {zipped / 1000:.0f} | {n} |" for name, size, zipped, n in sizes]
    for browser, contenders in figures.items():
        shown = {name: one for name, one in contenders.items() if one.steps}
        lines += ["", f"## {browser}", "", f"| | {' | '.join(shown)} |", f"| --- |{' ---: |' * len(shown)}"]
        lines += [f"| {what} | {' | '.join(of(one) for one in shown.values())} |" for what, of in ROWS.items()]
        greys = [(name, one) for name, one in shown.items() if one.greys]
        for what in (*WINDOWS, "MONOCHROME1", "pixels twice as high as wide"):
            lines.append(
                f"| {what} | {' | '.join(one.greys.get(what, '') for one in shown.values())} |" if greys else ""
            )
        lines += ["", *(f"{name}: {trouble}" for name, one in contenders.items() for trouble in sorted(one.troubles))]
    lines += ["", "## Cornerstone3D's tools in a shadow root", "", *(f"- {line}" for line in tools)]
    return "\n".join(lines).rstrip() + "\n"


def middle(values: list[float]) -> str:
    return f"{statistics.median(values):.1f}" if values else ""


def middle_and_high(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({percentile(values, 0.95):.0f})" if values else ""


ROWS = {
    "module runs, ms": lambda one: middle_and_high(one.imports),
    "first slice, module included, ms": lambda one: middle_and_high(one.firsts),
    "step, until read back, ms (95 %)": lambda one: middle_and_high(one.steps),
    "step, work of the page's thread, ms": lambda one: middle(one.step_page),
    "step, work of all processes, ms": lambda one: middle(one.step_all),
    "window, until read back, ms (95 %)": lambda one: middle_and_high(one.windows),
    "window, work of all processes, ms": lambda one: middle(one.window_all),
    "two stacks, step of both, ms (95 %)": lambda one: middle_and_high(one.pairs),
    "300 slices loaded, MB": lambda one: f"{statistics.median(one.memory_mb):.0f}" if one.memory_mb else "",
}


if __name__ == "__main__":
    main()
