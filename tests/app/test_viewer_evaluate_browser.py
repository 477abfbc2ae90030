"""An evaluation in a real browser over a real archive: started on the page, followed, read by keyboard, saved."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from chromium import archive_viewer, browser_marks, expect, resting_box, wait_until, watched
from real_archive import build_real_archive

from radseek.service import Archive

pytestmark = browser_marks

NAME = "by-hand"
LONG_MS = 180_000
"""An evaluation takes half a minute on a quiet machine."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough patients of each sex for a figure of their own."""
    return build_real_archive(tmp_path_factory.mktemp("evaluate"), n_radiographs=30, n_ct=1)


@pytest.fixture(scope="module")
def url(path: Path):
    with archive_viewer(path) as url:
        yield url


@pytest.fixture(scope="module")
def evaluated(context, url: str) -> str:
    """The address of an evaluation that was started and followed on the page."""
    with watched(context.new_page()) as page:
        return evaluate(page, url)


def evaluate(page, url: str) -> str:
    page.goto(f"{url}evaluate")
    page.get_by_text("How good is the search on this archive?").wait_for()
    page.get_by_role("spinbutton", name="Texts that ask the whole search").fill("3")
    page.get_by_role("textbox", name="Name").fill(NAME)
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_text("3 of them ask the whole search").wait_for()
    page.get_by_role("button", name="Evaluate this archive").last.click()
    page.get_by_text("is being evaluated").wait_for()
    page.get_by_text("Running for").wait_for()
    page.goto(f"{url}about")  # it goes on when its page is left
    page.goto(f"{url}evaluate")
    page.locator("svg.drawing").first.wait_for(timeout=LONG_MS)
    wait_until(page, lambda: page.url.endswith(f"evaluate?evaluation={NAME}"))
    return page.url


def focused(page) -> str:
    """What a screen reader would say of the focused mark."""
    return page.evaluate("""() => {
      let node = document.activeElement
      while (node && node.shadowRoot) node = node.shadowRoot.activeElement
      return node ? node.getAttribute("aria-label") ?? "" : ""
    }""")


def test_it_leads_to_its_figures(page, evaluated: str, path: Path) -> None:
    page.goto(evaluated)
    page.get_by_text("First figures, beside chance").wait_for()
    page.get_by_text("By pictures alone").first.wait_for()
    with Archive.open(path) as archive:
        summary = archive.evaluations.get(NAME)
    assert summary.run.state == "done"
    assert summary.run.choices.max_queries == 3
    expect(page.locator("svg.drawing .value").first).to_have_text(re.compile(f"^{summary.value:.3f}"))


def test_the_keyboard_reaches_every_mark_and_its_value_is_told(page, evaluated: str, path: Path) -> None:
    page.goto(f"{evaluated}&section=pairs")
    plot = page.locator(".plot", has=page.locator("polyline.curve")).first
    plot.get_by_role("button", name="Save the figures as CSV").focus()
    page.keyboard.press("Tab")
    with Archive.open(path) as archive:
        report = archive.evaluations.report(NAME)
    panel = next(panel for section in report.sections for panel in section.panels if panel.key.endswith("/curve"))
    line = panel.lines[0]
    wait_until(page, lambda: f"{line.x[0]:g}: {line.y[0]:.3f}" in focused(page))
    page.keyboard.press("ArrowRight")
    told = f"{line.x[1]:g}: {line.y[1]:.3f}, 95 % interval {line.low[1]:.3f} to {line.high[1]:.3f}"
    wait_until(page, lambda: told in focused(page))
    assert "chance" in focused(page)
    wait_until(page, lambda: plot.locator(".readout").text_content() == focused(page))
    page.keyboard.press("End")
    wait_until(page, lambda: f"{line.x[-1]:g}: {line.y[-1]:.3f}" in focused(page))
    page.keyboard.press("Home")
    wait_until(page, lambda: f"{line.x[0]:g}: {line.y[0]:.3f}" in focused(page))


def test_a_pointer_is_told_the_value_too_and_nothing_moves(page, evaluated: str) -> None:
    page.goto(f"{evaluated}&section=pairs")
    plot = page.locator(".plot", has=page.locator("polyline.curve")).first
    plot.locator(".point").nth(2).wait_for(state="attached")
    plot.scroll_into_view_if_needed()
    before = resting_box(page, plot)
    words = plot.locator(".point").nth(2).get_attribute("aria-label")
    box = plot.locator(".point").nth(2).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(plot.locator(".readout")).to_have_text(words)
    assert plot.bounding_box() == before


def test_the_same_figures_stand_in_a_table_and_in_files(page, evaluated: str, tmp_path: Path) -> None:
    page.goto(f"{evaluated}&section=auroc")
    plot = page.locator(".plot").first
    plot.locator("svg.drawing").wait_for()
    labels = plot.locator("svg.drawing .label").all_text_contents()
    plot.get_by_role("combobox", name="Order of the rows").select_option("by name")
    expect(plot.locator("svg.drawing .label").first).to_have_text(sorted(labels, key=str.lower)[0])
    saved = {}
    for kind in ("CSV", "SVG", "PNG"):
        with page.expect_download() as download:
            plot.get_by_role("button", name=f"as {kind}").click()
        saved[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[kind])
    rows = list(csv.DictReader(saved["CSV"].read_text(encoding="utf-8-sig").splitlines()))
    assert {row["figure"] for row in rows} == set(labels)
    assert saved["CSV"].name.startswith(f"{NAME}-auroc")
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    drawing = saved["SVG"].read_text(encoding="utf-8")
    assert "not for diagnosis" in drawing
    assert "var(" not in drawing
    plot.get_by_role("button", name="Show as table").click()
    expect(plot.locator("tbody tr")).to_have_count(len(labels))
    plot.get_by_role("button", name="Show as plot").click()
    plot.locator("svg.drawing").wait_for()


def test_subgroups_stand_beside_the_whole(page, evaluated: str) -> None:
    page.goto(evaluated)
    page.get_by_role("button", name="Subgroups").or_(page.get_by_role("radio", name="Subgroups")).first.click()
    wait_until(page, lambda: page.url.endswith("section=subgroups"))
    page.get_by_role("combobox", name="Groups").click()
    page.get_by_role("option", name="Sex").click()
    page.get_by_text("by sex").first.wait_for()
    plot = page.locator(".plot").first
    expect(plot.locator(".label")).to_have_count(3)
    expect(plot.locator(".label")).to_have_text(["all together", re.compile("^F "), re.compile("^M ")])
    page.get_by_text("no difference is sure").or_(page.get_by_text("than the whole")).first.wait_for()


def test_reload_restores_the_section(page, evaluated: str) -> None:
    page.goto(f"{evaluated}&section=trust")
    page.get_by_text("Can a score be believed").wait_for()
    page.reload()
    page.get_by_text("Can a score be believed").wait_for()
    wait_until(page, lambda: page.url.endswith("section=trust"))


def test_the_whole_evaluation_is_handed_out_and_taken_in_again(page, evaluated: str, tmp_path: Path) -> None:
    page.goto(evaluated)
    page.get_by_role("button", name="Files").click()
    page.get_by_role("button", name="Make the files").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Download {NAME}.json").click()
    download.value.save_as(tmp_path / "evaluation.json")
    page.goto(page.url.partition("?")[0])
    page.get_by_text("made elsewhere").last.click()
    page.locator("input[type=file]").set_input_files(tmp_path / "evaluation.json")
    page.get_by_role("button", name="Keep it here").click()
    page.get_by_text("it does not speak of this archive").wait_for()
    page.locator("svg.drawing").first.wait_for()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("is deleted").wait_for()


def test_it_is_stopped_when_asked(page, url: str, evaluated: str) -> None:
    page.goto(f"{url}evaluate")
    page.get_by_text("Evaluate this archive").first.click()
    page.get_by_role("textbox", name="Name").fill("halfway")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Evaluate this archive").last.click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("It was stopped").wait_for()
