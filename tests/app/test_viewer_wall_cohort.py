"""A range of hits that were never loaded becomes a cohort, in a real browser over a real archive of 1,000 studies."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from chromium import archive_viewer, expect, in_browser, search, wait_until
from real_archive import write_tiny_encoder

from radseek.records.search_options import Band, SearchOptions
from radseek.service import Archive, IngestOptions
from radseek_viewer.components import PREFIX

N = 1_000
PARTS = ("right upper", "right middle", "right lower", "left upper", "left lower")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studies with a report only, each of a patient of its own: no pixels are needed to select."""
    folder = tmp_path_factory.mktemp("wall_cohort")
    table = folder / "reports.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "patient", "findings"])
        writer.writerows([n, f"P{n}", f"Nodule of {n % 50} mm in the {PARTS[n % 5]} lobe, case {n}."] for n in range(N))
    columns = folder / "columns.yaml"
    columns.write_text("study_id: id\npatient_id: patient\nsections: {findings: findings}\n", encoding="utf-8")
    with Archive.create(folder / "archive", encoder=str(write_tiny_encoder(folder / "encoder"))) as archive:
        archive.ingest(table, IngestOptions("table", column_map=str(columns), name="notes"))
        archive.index()
    return folder / "archive"


@in_browser
def test_a_range_over_cards_that_never_came_is_kept_and_taken_back(failing_page, path: Path) -> None:
    with Archive.open(path) as archive:
        expected = [hit.study_key for hit in archive.search("nodule", N, options=SearchOptions(floor=Band.WEAK)).hits]
    assert len(expected) == N
    page = failing_page
    with archive_viewer(path) as url:
        search(page, url, "nodule")
        page.route(f"**{PREFIX}/cards/**", lambda route: route.abort())
        page.locator(".listed[aria-posinset='3'] .card").focus()
        page.keyboard.press("Shift+End")
        page.get_by_text("could not be loaded").wait_for()
        expect(page.locator(".foot strong")).to_have_text("998 selected")
        page.locator(".foot").get_by_role("button", name="Keep as cohort").click()
        page.get_by_role("dialog").get_by_text("998 studies, chosen by hand.").wait_for()
        page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("far")
        page.get_by_role("dialog").get_by_role("button", name="Keep", exact=True).click()
        page.get_by_text("998 studies kept as “far”.").wait_for()
        expect(page.locator(".foot .selected")).to_be_hidden()
        with Archive.open(path) as archive:
            assert archive.cohorts.last("far").members == tuple(expected[2:])

        page.locator(".foot").get_by_role("button", name="Open the cohort").click()
        wait_until(page, lambda: page.url.endswith("/cohorts?cohort=far"))
        page.get_by_text("998 studies chosen by hand").wait_for()
        page.locator(f".card[data-study={expected[2]}]").wait_for()

        page.unroute(f"**{PREFIX}/cards/**")
        page.get_by_role("link", name="Search").first.click()
        page.get_by_text("998 studies kept as “far”.").wait_for()
        page.locator(".foot").get_by_role("button", name="Undo").click()
        page.get_by_text("there is no cohort “far” any more").wait_for()
        with Archive.open(path) as archive:
            assert archive.cohorts.all() == []
