"""The page that each address loads first: ours before anything is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import browser_context, fake_viewer, in_browser, open_first_hit, search
from starlette.applications import Starlette
from starlette.testclient import TestClient

from radseek_viewer.components import ASSETS, picture_address
from radseek_viewer.page_policy import inline_script_hashes
from radseek_viewer.routes import viewer_routes
from radseek_viewer.start_page import PAGE_PATHS, start_page_html

PAGES = Path(ASSETS).with_name("app_pages")


def test_every_page_has_the_stylesheet_in_its_head() -> None:
    assert set(PAGE_PATHS) == {"/"} | {f"/{path.stem}" for path in PAGES.glob("*.py")}
    client = TestClient(Starlette(routes=viewer_routes()))
    for path in PAGE_PATHS:
        page = client.get(path)
        assert page.headers["cache-control"] == "no-cache"
        head, body = page.text.split("</head>")
        assert (ASSETS / "page.css").read_text(encoding="utf-8") in head
        assert "<title>radseek</title>" in head
        assert "favicon.png" not in head
        assert '<div id="root"></div>' in body


def test_streamlits_own_scripts_are_left_as_its_policy_knows_them() -> None:
    page = start_page_html()
    assert page.count("<script>") == len(inline_script_hashes())
    assert page.count('type="module"') == 1


@in_browser
@pytest.mark.parametrize(("theme", "ground"), [("dark", "rgb(11, 14, 18)"), ("light", "rgb(251, 252, 253)")])
def test_the_ground_is_the_themes_before_any_script_runs(browser, theme: str, ground: str) -> None:
    with fake_viewer(theme) as url, browser_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{url}cohorts")
        assert page.locator("html").evaluate("root => getComputedStyle(root).backgroundColor") == ground


LEAVE_SIDEBAR = """() => {
  const sidebar = document.createElement("section")
  sidebar.dataset.testid = "stSidebar"
  document.querySelector(".stApp").append(sidebar)
  const head = document.querySelector("[data-testid=stToolbar] > div")
  const mark = getComputedStyle(head, "::before")
  return [getComputedStyle(sidebar).display, mark.backgroundImage, parseFloat(mark.width)]
}"""


@in_browser
def test_a_sidebar_that_stays_behind_a_study_takes_neither_room_nor_the_wordmark(page) -> None:
    with fake_viewer() as url:
        search(page, url, "effusion")
        open_first_hit(page)
        display, image, width = page.evaluate(LEAVE_SIDEBAR)
        assert (display, width > 100) == ("none", True)
        assert picture_address("wordmark.svg") in image
        page.close()
