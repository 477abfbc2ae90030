"""The map page: its routes and their guard, what the address restores, and a real browser over a real archive."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from chromium import archive_viewer, expect, in_browser, resting_box, search, wait_until
from real_archive import build_real_archive
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.records.archive_map import MapKind
from radseek.records.progress import Progress
from radseek.service import Archive, MapBuilding
from radseek_viewer.connection import connect
from radseek_viewer.guard import PageGuard
from radseek_viewer.map_building import describe_building
from radseek_viewer.routes import viewer_routes

APP = Path(radseek_viewer.__file__).with_name("app.py")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build_real_archive(tmp_path_factory.mktemp("map"), n_radiographs=24, n_ct=1)
    with Archive.open(path) as archive:
        archive.map.build(MapKind.PICTURES)
    return path


@pytest.fixture
def archive(path: Path):
    with Archive.open(path) as archive:
        connect(archive)
        yield archive
        connect(None)


@pytest.fixture
def client(archive: Archive):
    page = Route("/", lambda request: HTMLResponse("page"))
    with TestClient(Starlette(routes=[*viewer_routes(), page], middleware=[Middleware(PageGuard)])) as client:
        yield client


def unpack(content: bytes) -> tuple[dict, bytes]:
    """Header and numbers, as the page's script reads them."""
    (length,) = struct.unpack_from("<I", content)
    return json.loads(content[4 : 4 + length]), content[4 + -(-length // 4) * 4 :]


def test_points_groups_and_cards_come_only_with_the_cookie_of_the_page(client: TestClient, archive: Archive) -> None:
    shown = archive.map.shown(MapKind.PICTURES)
    finding = shown.findings[0].finding
    base = f"/radseek/maps/{shown.name}"
    paths = [f"{base}/{rest}" for rest in ("points", "groups/modality", f"stated/{finding}", "studies/0")]
    assert [client.get(path).status_code for path in paths] == [403] * 4
    client.get("/", headers={"Accept": "text/html"})
    answers = [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all("no-store" in answer.headers["cache-control"] for answer in answers)

    header, numbers = unpack(answers[0].content)
    codes = np.frombuffer(numbers, "<u2").reshape(2, -1)
    assert header == {"n": len(shown.keys)}
    assert codes.T / 65535 == pytest.approx(shown.points, abs=1e-5)
    header, numbers = unpack(answers[1].content)
    assert numbers == shown.colour_by_field("modality").codes.tobytes()
    assert {line["label"]: line["count"] for line in header["legend"]} == {"Radiograph (DX)": 24, "CT": 1}
    assert not any(key.encode() in answer.content for key in shown.keys for answer in answers[:3])
    assert set(answers[3].json()) == {"title", "meta", "synthetic", "thumbnail"}


@pytest.mark.parametrize(
    "rest",
    ["{name}/groups/accession", "{name}/stated/nothing_of_the_kind", "{name}/studies/9999", "{name}/points/x",
     "g000001-000000000000-pictures/points", "..%2fcatalogue/points", "{name}x/points"],
)  # fmt: skip
def test_what_is_not_on_the_map_is_not_found(client: TestClient, archive: Archive, rest: str) -> None:
    client.get("/", headers={"Accept": "text/html"})
    name = archive.map.shown(MapKind.PICTURES).name
    assert client.get(f"/radseek/maps/{rest.format(name=name)}").status_code == 404


def open_map(**parameters: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    for name, value in parameters.items():
        page.query_params[name] = value
    page.switch_page("app_pages/map.py").run()
    assert not page.exception
    return page


def drawn(page: AppTest, component: str) -> dict:
    return json.loads([e.proto for e in page.get("bidi_component") if e.proto.component_name == component][-1].json)


def address(page: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in page.query_params.items()}


def test_the_address_restores_what_is_looked_at_and_holds_nothing_else(archive: Archive) -> None:
    finding = archive.map.shown(MapKind.PICTURES).findings[2].finding
    page = open_map(by="pictures", colour="finding", finding=finding)
    assert drawn(page, "radseek.archive_map")["groups_url"].endswith(f"/stated/{finding}")
    assert address(page) == {"by": "pictures", "colour": "finding", "finding": finding}
    page.selectbox[0].set_value("year").run()
    assert address(page) == {"by": "pictures", "colour": "year"}
    odd = open_map(by="<b>", colour="accession", finding="left effusion of Mrs. Smith")
    assert address(odd) == {"by": "pictures", "colour": "modality"}
    assert "Smith" not in str(address(open_map(colour="finding", finding="Mrs. Smith")))


def test_points_are_not_in_the_message(archive: Archive) -> None:
    message = drawn(open_map(by="pictures"), "radseek.archive_map")
    assert len(json.dumps(message)) < 500
    assert set(message) == {"url", "groups_url", "hits", "selected"}


def test_without_a_map_the_page_says_what_one_is_and_offers_it(archive: Archive) -> None:
    page = open_map(by="reports")
    assert drawn(page, "radseek.wall")["lead"]["title"] == "See the whole archive at once"
    assert page.button[-1].label == "Build the map"


def test_of_few_studies_and_of_none_the_page_says_what_is_needed(tmp_path: Path) -> None:
    few = build_real_archive(tmp_path / "few")
    with Archive.open(few) as archive:
        connect(archive)
        assert "at least 20" in drawn(open_map(), "radseek.wall")["lead"]["text"]
    with Archive.create(tmp_path / "none") as archive:
        connect(archive)
        assert drawn(open_map(), "radseek.wall")["lead"]["title"] == "This archive holds nothing yet"
    connect(None)


def test_progress_is_told_with_counts_and_time_left() -> None:
    progress = Progress("lay out", 320, 750, seconds_left=41.2)
    share, words = describe_building(MapBuilding(MapKind.PICTURES, progress, 30.0, True))
    assert share == pytest.approx(320 / 750)
    assert words == "Map by pictures: laying the studies out, 320 of 750 · about 41 s left"
    assert describe_building(MapBuilding(MapKind.REPORTS, None, 0.0, True)) == (0.0, "Map by reports: starting …")


@pytest.fixture(scope="module")
def url(path: Path):
    with archive_viewer(path) as url:
        yield url


def canvas(page):
    return page.locator(".archivemap .frame > canvas").first


def go_to_map(page, url: str, rest: str = "") -> None:
    page.goto(f"{url}map{rest}")
    page.locator(".archivemap canvas[data-zoom]").wait_for()
    page.locator(".legend .line").first.wait_for()


def n_selected(page) -> int:
    return int(canvas(page).get_attribute("data-selected"))


COLOUR_AT = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
DARK = [[0x56, 0xB4, 0xE9], [0xE6, 0x9F, 0x00]]
"""The first two colours of the dark theme, as assets/map_colours.js has them."""


def spoken(page) -> str:
    """What a screen reader was told last."""
    return page.locator(".archivemap .spoken").text_content()


def draw_lasso(page, share: float) -> None:
    """Round the middle of the canvas, so large a share of it."""
    box = resting_box(page, canvas(page))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    dx, dy = share * box["width"] / 2, share * box["height"] / 2
    page.mouse.move(x - dx, y - dy)
    page.mouse.down()
    for cx, cy in ((dx, -dy), (dx, dy), (-dx, dy)):
        page.mouse.move(x + cx, y + cy, steps=4)
    page.mouse.up()


@in_browser
def test_zoom_pan_and_the_legend(page, url: str) -> None:
    go_to_map(page, url)
    box = resting_box(page, canvas(page))
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -400)
    wait_until(page, lambda: float(canvas(page).get_attribute("data-zoom")) > 1.5)
    page.get_by_role("button", name="Fit", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-zoom", "1.000")
    canvas(page).focus()
    page.keyboard.press("+")
    expect(canvas(page)).to_have_attribute("data-zoom", "1.250")
    page.keyboard.press("f")
    shown = page.locator(".legend .show", has_text="CT")
    shown.click()
    expect(shown).to_have_attribute("aria-pressed", "false")
    shown.click()
    expect(shown).to_have_attribute("aria-pressed", "true")


@in_browser
def test_a_map_that_does_not_come_is_told_and_asked_again(page, url: str) -> None:
    other = page.context.browser.new_page()
    other.route("**/points", lambda route: route.abort())
    other.goto(f"{url}map")
    other.get_by_role("alert").filter(has_text="does not answer").wait_for()
    assert not other.get_by_text("Fetching the map").is_visible()
    other.unroute("**/points")
    other.get_by_role("button", name="Try again").click()
    other.locator(".archivemap canvas[data-zoom]").wait_for()
    other.locator(".legend .line").first.wait_for()
    assert other.get_by_role("button", name="Try again").count() == 0
    other.close()


@in_browser
def test_another_colouring_is_another_address_and_is_drawn(page, url: str) -> None:
    go_to_map(page, url)
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="A finding").click()
    page.locator(".legend .label", has_text="Present").first.wait_for()
    wait_until(page, lambda: "colour=finding&finding=" in page.url)
    page.reload()
    page.locator(".legend .label", has_text="Present").first.wait_for()


@in_browser
def test_a_lasso_becomes_a_cohort(page, url: str) -> None:
    go_to_map(page, url, "?colour=modality")
    page.get_by_role("button", name="Lasso").click()
    draw_lasso(page, 0.98)
    page.get_by_text("25 studies selected of 25").wait_for()
    expect(canvas(page)).to_have_attribute("data-selected", "25")
    page.get_by_role("button", name="Clear").click()
    wait_until(page, lambda: n_selected(page) == 0)
    page.get_by_role("button", name="Back", exact=True).click()
    wait_until(page, lambda: n_selected(page) == 25)
    draw_lasso(page, 0.5)
    wait_until(page, lambda: 0 < n_selected(page) < 25)
    n = n_selected(page)
    page.get_by_text(f"{n} studies selected of 25").wait_for()
    expect(page.locator(".card[href]")).to_have_count(min(n, 12))

    page.get_by_role("button", name="Keep as cohort").click()
    page.get_by_role("textbox", name="Name").fill("island")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name="Open the cohort").click()
    page.get_by_text("chosen by hand").first.wait_for()
    wait_until(page, lambda: page.url.endswith("/cohorts?cohort=island"))
    expect(page.locator(".card[href]")).to_have_count(n)


@in_browser
def test_a_lasso_with_shift_adds(page, url: str) -> None:
    go_to_map(page, url, "?colour=modality")
    canvas(page).press("l")
    draw_lasso(page, 0.5)
    wait_until(page, lambda: 0 < n_selected(page) < 25)
    few = n_selected(page)
    page.keyboard.down("Shift")
    draw_lasso(page, 0.98)
    wait_until(page, lambda: n_selected(page) == 25)  # it selects, and does not move the map
    draw_lasso(page, 0.5)
    page.keyboard.up("Shift")
    assert n_selected(page) == 25
    draw_lasso(page, 0.5)
    wait_until(page, lambda: n_selected(page) == few)


@in_browser
def test_groups_and_a_rectangle_select_by_keyboard(page, url: str) -> None:
    go_to_map(page, url, "?colour=modality")
    page.locator(".legend .select", has_text="Select").nth(1).focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 study selected of 25").wait_for()
    page.get_by_role("button", name="Rectangle").focus()
    page.keyboard.press("Enter")
    for _ in range(40):  # as far to the upper left as it goes, then as large as the map
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    for _ in range(60):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("25 studies selected of 25").wait_for()
    page.keyboard.press("u")  # the canvas has the keys again
    wait_until(page, lambda: n_selected(page) == 1)
    expect(page.locator(".archivemap .spoken")).to_have_text("1 study selected")


@in_browser
def test_pointing_shows_a_study_and_a_click_opens_it(page, url: str, path: Path) -> None:
    go_to_map(page, url)
    page.get_by_role("button", name="Move").click()
    with Archive.open(path) as archive:
        shown = archive.map.shown(MapKind.PICTURES)
    box = resting_box(page, canvas(page))
    spread = [max(0.05, 2 * float(np.abs(shown.points[:, axis] - 0.5).max())) for axis in (0, 1)]
    side = min(box["width"] / spread[0], box["height"] / spread[1]) * 0.94
    row = 5
    at = [
        box[corner] + box[size] / 2 + (float(shown.points[row, axis]) - 0.5) * side
        for axis, (corner, size) in enumerate((("x", "width"), ("y", "height")))
    ]
    group = int(shown.colour_by_field("modality").codes[row])
    x, y = (round(place - box[corner]) for place, corner in zip(at, ("x", "y"), strict=True))
    wait_until(page, lambda: canvas(page).evaluate(COLOUR_AT, [x, y])[:3] == DARK[group])
    page.mouse.move(at[0] + 60, at[1])
    page.mouse.move(*at)
    expect(canvas(page)).to_have_attribute("data-pointed", str(row))
    page.locator(".frame .card img").wait_for()
    page.mouse.click(*at)
    page.locator(".stack canvas").wait_for()
    wait_until(page, lambda: f"study={shown.keys[row]}" in page.url)


@in_browser
def test_keys_go_from_study_to_study_and_open_one(page, url: str) -> None:
    go_to_map(page, url)
    canvas(page).focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    wait_until(page, lambda: (canvas(page).get_attribute("data-pointed") or "-1") != "-1")
    wait_until(page, lambda: "Radiograph" in spoken(page) or "CT" in spoken(page))
    second = canvas(page).get_attribute("data-pointed")
    page.keyboard.press("n")
    page.keyboard.press("p")
    expect(canvas(page)).to_have_attribute("data-pointed", second)
    page.keyboard.press("Enter")
    page.locator(".stack canvas").wait_for()


@in_browser
def test_hits_of_the_last_search_are_lit(page, url: str) -> None:
    search(page, url, "chest modality:DX")
    n = int(page.locator("[aria-setsize]").first.get_attribute("aria-setsize"))
    page.get_by_role("link", name="Map").first.click()
    page.locator(".legend .line").first.wait_for()
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="Last search").click()
    page.locator(".legend .label", has_text="match").first.wait_for()

    def counts() -> list[int]:
        return [int(count) for count in page.locator(".legend .count").all_inner_texts()]

    wait_until(page, lambda: (sum(counts()), sum(counts()[:3])) == (25, n))


@in_browser
def test_a_map_is_built_from_the_page(page, url: str) -> None:
    page.goto(f"{url}map?by=reports")
    page.get_by_role("button", name="Build the map").click()
    page.locator(".archivemap canvas[data-zoom]").wait_for()
    page.get_by_text("reports say alike things").wait_for()
