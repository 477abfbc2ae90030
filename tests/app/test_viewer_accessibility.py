"""Every page under axe-core in both themes: nothing serious against WCAG 2.2 A and AA."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from bad_input_archive import build_bad_input_archive, write_more_radiographs
from chromium import archive_viewer, browser_marks, fake_viewer, search, wait_until_run
from real_archive import build_real_archive
from sqlalchemy import select

from radseek.archive.schema import studies
from radseek.records.archive_map import MapKind
from radseek.records.cohort import CohortDefinition
from radseek.records.search_options import Band, SearchOptions
from radseek.service import Archive, IngestOptions
from radseek.service.evaluation import EvaluateOptions
from radseek_viewer.components import PREFIX

pytestmark = browser_marks

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """(tags) => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build_real_archive(tmp_path_factory.mktemp("axe"), n_radiographs=20, n_ct=1)  # enough for a map
    with Archive.open(path) as archive:
        for name in ("all", "more"):
            archive.cohorts.save(name, CohortDefinition())
        archive.cohorts.run("all")
        for name in ("one", "two"):
            archive.evaluations.run(EvaluateOptions(max_queries=2), name)
        with archive.folder.catalogue.writing() as writer:  # the first two studies become those of one patient
            first, second, *_ = writer.connection.execute(select(studies.c.id, studies.c.patient_id)).all()
            writer.connection.execute(
                studies.update().where(studies.c.id == second.id).values(patient_id=first.patient_id)
            )
        archive.map.build(MapKind.PICTURES)
    return path


@pytest.fixture(scope="module", params=["dark", "light"])
def shown(request: pytest.FixtureRequest, path: Path, context):
    with archive_viewer(path, theme=request.param) as url:
        yield context.new_page(), url


def serious(page) -> list[str]:
    """What axe-core calls serious or critical, one line each: rule, and the first elements that break it."""
    wait_until_run(page)
    page.wait_for_timeout(500)  # what fades in is there
    page.evaluate(AXE)
    found = page.evaluate(RUN, RULES)["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]


def test_search_and_study(shown) -> None:
    page, url = shown
    page.goto(url)
    page.locator(".lead").wait_for()
    assert serious(page) == []
    search(page, url, "chest")
    assert serious(page) == []
    page.locator(".card").first.focus()
    page.keyboard.press("x")
    page.locator(".foot").get_by_role("button", name="Keep as cohort").wait_for()
    assert serious(page) == []
    page.locator(".foot").get_by_role("button", name="Keep as cohort").click()
    page.get_by_role("dialog").get_by_text("chosen by hand").wait_for()
    assert serious(page) == []
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("selected")
    page.get_by_role("dialog").get_by_role("button", name="Keep", exact=True).click()
    page.locator(".foot .done").wait_for()
    assert serious(page) == []
    page.locator(".foot").get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back").wait_for()
    page.locator(".card").first.click()
    page.locator(".stack canvas").wait_for()
    page.locator(".report, .notice").first.wait_for()
    assert serious(page) == []


def test_map(shown) -> None:
    page, url = shown
    page.goto(f"{url}map?by=reports")
    page.locator(".tips").wait_for()
    assert serious(page) == []
    page.goto(f"{url}map?by=pictures")
    page.locator(".legend .select").first.click()
    page.get_by_text("selected of 21").wait_for()
    page.locator(".card[href]").first.wait_for()
    page.locator(".legend .show").last.click()
    assert serious(page) == []


def test_similar_and_compare(shown, path: Path) -> None:
    page, url = shown
    with Archive.open(path) as archive:
        one, other = [hit.study_key for hit in archive.search("chest modality:DX", k=2).hits]
    page.goto(f"{url}similar")
    page.get_by_text("From a study").wait_for()
    assert serious(page) == []
    page.goto(f"{url}similar?study={one}")
    page.get_by_text("left out").wait_for()
    assert serious(page) == []
    page.goto(f"{url}compare?left={one}&right={other}")
    page.locator("canvas").nth(1).wait_for()
    assert serious(page) == []


def test_timeline_and_tour(shown, path: Path) -> None:
    page, url = shown
    with Archive.open(path) as archive:
        everything = SearchOptions(floor=Band.MISS)
        found = [archive.study(hit.study_key) for hit in archive.search("effusion", k=9, options=everything).hits]
        study = next(one for one in found if one.other_studies)
    page.goto(f"{url}study?study={study.study_key}")
    page.locator(".timeline .study[aria-current=page]").wait_for()
    assert serious(page) == []
    page.goto(f"{url}about")
    for fold in page.locator("summary").all():
        fold.click()
    page.get_by_role("button", name="Take the tour").click()
    page.get_by_role("dialog").wait_for()
    assert serious(page) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cohorts", "more"),
        ("cohorts?cohort=all", "Every study"),
        ("evaluate", "First figure"),
        ("evaluate?evaluation=one&beside=two", "beside chance"),
        ("evaluate?evaluation=one&section=pairs", "studies looked at"),
        ("evaluate?evaluation=one&section=rests_on", "Tested"),
        ("evaluate?evaluation=one&section=search", "Which way of searching finds more"),
        ("archive", "Everything seen"),
        ("archive?tab=jobs", "evaluation two"),
        ("about", "About this archive"),
    ],
)
def test_other_pages(shown, name: str, words: str) -> None:
    page, url = shown
    page.goto(f"{url}{name}")
    page.get_by_text(words).first.wait_for()
    assert serious(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_older_answer_and_a_lost_server(failing_page, theme: str, tmp_path: Path) -> None:
    made = build_bad_input_archive(tmp_path, "SLICES", "CONTROLS")
    page = failing_page
    with archive_viewer(made.path, theme=theme) as url:
        search(page, url, "small left effusion")
        with Archive.open(made.path) as archive:
            archive.ingest(write_more_radiographs(tmp_path / "more", 1), IngestOptions("dicom"))
            archive.index()
        page.locator(".card").first.click()
        page.locator(".stack canvas").wait_for()
        page.get_by_role("button", name="Results").click()
        page.get_by_role("button", name="Search again").wait_for()
        assert serious(page) == []
        lose_server(page)
        assert serious(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_near_misses_and_results_that_are_gone(failing_page, theme: str) -> None:
    page = failing_page
    with fake_viewer(theme, n_studies=200) as url:
        search(page, url, "weak")
        page.locator(".misses .card").first.wait_for()
        assert serious(page) == []
        search(page, url, "effusion")
        page.route(f"**{PREFIX}/cards/**", lambda route: route.fulfill(status=404, json={"message": "gone"}))
        page.locator(".card").first.focus()
        page.keyboard.press("End")
        page.get_by_role("alert").get_by_role("button", name="Search again").wait_for()
        assert serious(page) == []
        lose_server(page)
        assert serious(page) == []


def lose_server(page) -> None:
    """Have the page believe that its server is gone, and say so."""
    page.route(f"**{PREFIX}/ready", lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator(".lost").wait_for()
