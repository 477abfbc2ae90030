"""Cohorts in a real browser over a real archive: search, keep, leave one out, take the file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from chromium import archive_viewer, browser_marks, expect, search, wait_until, wait_until_run
from real_archive import build_real_archive

pytestmark = browser_marks


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    archive = build_real_archive(tmp_path_factory.mktemp("cohorts"), n_radiographs=4, n_ct=1)
    with archive_viewer(archive) as url:
        yield url


def test_a_search_becomes_a_file(page, url: str, tmp_path: Path) -> None:
    search(page, url, "chest modality:DX")
    wait_until_run(page)
    n_hits = int(page.locator(".listed").first.get_attribute("aria-setsize"))
    page.get_by_role("button", name="Keep as cohort").click()
    page.get_by_role("textbox", name="Name").fill("chests")
    page.get_by_text("exactly these").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("chosen by hand").wait_for()
    wait_until(page, lambda: page.url.endswith("/cohorts?cohort=chests"))
    expect(page.locator(".card")).to_have_count(n_hits)

    page.get_by_role("button", name="Leave out").first.click()
    page.get_by_text("1 study left out").wait_for()
    expect(page.locator(".card")).to_have_count(n_hits - 1)

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
