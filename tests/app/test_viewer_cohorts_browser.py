"""Cohorts in a real browser over a real archive: search, keep, leave one out, take the file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from chromium import chromium, free_port, needs_chromium, search, viewer_process, wait_until, watch
from real_archive import build_real_archive

from radseek_viewer.launch import ViewerOptions, viewer_command

pytestmark = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    archive = build_real_archive(tmp_path_factory.mktemp("cohorts"), n_radiographs=4, n_ct=1)
    port = free_port()
    with viewer_process(viewer_command(archive, ViewerOptions(port=port)), port) as url:
        yield url


@pytest.fixture(scope="module")
def page(url: str):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)  # the first search loads the encoder
        troubles = watch(page)
        yield page
        assert troubles == []


def test_a_search_becomes_a_file(page, url: str, tmp_path: Path) -> None:
    search(page, url, "chest modality:DX")
    n_hits = page.locator(".card").count()
    page.get_by_role("button", name="Keep as cohort").click()
    page.get_by_role("textbox", name="Name").fill("chests")
    page.get_by_text("exactly these").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("chosen by hand").wait_for()
    wait_until(page, lambda: page.url.endswith("/cohorts?cohort=chests"))
    wait_until(page, lambda: page.locator(".card").count() == n_hits)

    page.get_by_role("button", name="Leave out").first.click()
    page.get_by_text("1 study left out").wait_for()
    wait_until(page, lambda: page.locator(".card").count() == n_hits - 1)

    page.get_by_role("tab", name="Export").click()
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download chests.csv").click()
    download.value.save_as(tmp_path / "chests.csv")
    with (tmp_path / "chests.csv").open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == n_hits - 1
    assert {row["modality"] for row in rows} == {"DX"}


def test_the_list_leads_to_a_cohort_and_back(page, url: str) -> None:
    search(page, url, "chest")
    page.get_by_role("button", name="Keep as cohort").click()
    page.get_by_role("textbox", name="Name").fill("whenever")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("link", name="All cohorts").click()
    page.get_by_role("button", name="Look for new studies").click()
    page.get_by_text("nothing new").first.wait_for()
    wait_until(page, lambda: page.url.endswith("/cohorts"))
    page.get_by_role("link", name="chests", exact=True).click()
    wait_until(page, lambda: page.url.endswith("/cohorts?cohort=chests"))  # the list says the same words of it
    page.get_by_role("link", name="All cohorts").wait_for()
    page.get_by_text("chosen by hand").first.wait_for()
