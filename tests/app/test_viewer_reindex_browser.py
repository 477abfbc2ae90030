"""Another process changes the archive below an open page in Chromium: it keeps what it shows, says so, goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bad_input_archive import N_SLICES, BadInputArchive, build_bad_input_archive, write_more_radiographs
from chromium import LAPTOP, archive_viewer, ask, browser_marks, pixels, wait_until
from sqlalchemy import delete

from radseek.archive.schema import studies
from radseek.service import Archive

pytestmark = browser_marks
WINDOW = LAPTOP

N_MORE = 3


@pytest.fixture
def made(tmp_path: Path) -> BadInputArchive:
    return build_bad_input_archive(tmp_path, "SLICES", "CONTROLS", "VIEWS")


@pytest.fixture
def page(made: BadInputArchive, own_context):
    page = own_context.new_page()  # opened first, closed last: a page whose server ends tells errors
    with archive_viewer(made.path) as url:
        page.goto(url)
        yield page
        page.close()


def answered(page, text: str) -> None:
    """Ask, and wait for the answer to just this."""
    ask(page, text)
    page.get_by_text("searched").first.wait_for()


def card_of(page, study_key: str):
    return page.locator(f".card[href*='{study_key}']")


def look_again(page) -> None:
    """Go to another page of the viewer and come back, as people do."""
    page.get_by_role("link", name="About").click()
    page.get_by_text("not for diagnosis").first.wait_for()
    page.get_by_role("link", name="Search").click()


def radseek(*arguments: object) -> None:
    command = ["nice", sys.executable, "-m", "radseek", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=300, capture_output=True)


def remove(made: BadInputArchive, study_key: str) -> None:
    with Archive.open(made.path) as other, other.folder.catalogue.writing() as writer:
        writer.connection.execute(delete(studies).where(studies.c.study_key == study_key))


def test_an_archive_indexed_again_below_the_page_is_told_and_searched_again(page, made: BadInputArchive) -> None:
    answered(page, "modality:DX radiograph")
    page.locator(".card").first.wait_for()
    before = page.locator(".card").count()
    radseek("ingest", made.path, write_more_radiographs(made.sources.parent / "more", N_MORE))
    radseek("index", made.path)
    assert page.locator(".card").count() == before  # nothing changes places while somebody reads
    look_again(page)
    page.get_by_text("The archive was indexed again since this search").wait_for()
    assert page.locator(".card").count() == before
    page.get_by_role("button", name="Search again").click()
    wait_until(page, lambda: page.locator(".card").count() == before + N_MORE)
    assert page.get_by_text("The archive was indexed again since this search").count() == 0


def test_a_study_that_is_gone_is_told_and_the_next_one_opens(page, made: BadInputArchive) -> None:
    gone, left = made.key_of("CONTROLS"), made.key_of("SLICES")
    answered(page, "left effusion")
    card_of(page, gone).wait_for()
    remove(made, gone)
    card_of(page, gone).click()
    page.get_by_text("There is no such study here").wait_for()
    page.get_by_role("link", name="Back to the search").click()
    card_of(page, left).click()
    page.locator(".report .sentence").first.wait_for()
    wait_until(page, lambda: any(pixels(page)))


def test_an_open_study_stays_while_it_is_removed(page, made: BadInputArchive) -> None:
    key = made.key_of("SLICES")
    answered(page, "left effusion computed tomography")
    card_of(page, key).click()
    canvas = page.locator(".stack canvas")
    wait_until(page, lambda: canvas.count() == 1 and any(pixels(page)))
    page.wait_for_load_state("networkidle")
    opened_at = int(canvas.get_attribute("data-slice"))
    remove(made, key)
    canvas.focus()
    page.keyboard.press("End")
    wait_until(page, lambda: canvas.get_attribute("data-slice") == str(N_SLICES - 1))
    page.locator(
        ".message", has_text=f"Slice {N_SLICES}: No picture with this key; it may have been removed"
    ).wait_for()
    for _ in range(N_SLICES - 1 - opened_at):
        page.keyboard.press("ArrowUp")
    wait_until(page, lambda: any(pixels(page)))  # what was loaded is still read
    page.reload()
    page.get_by_text("There is no such study here").wait_for()
