"""The timeline of a patient, in a real browser over patients in memory: places, keys, comparison, many studies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chromium import LAPTOP, browser_marks, expect, resting_box, script_viewer, search, wait_until
from fake_archive import HOSTILE
from streamlit.testing.v1 import AppTest
from timeline_archive import FEW, MANY, TimelineArchive

from radseek.records.reports import Assertion
from radseek.records.timeline import PatientTimeline
from radseek.text import parse_query
from radseek_viewer.components import ASSETS
from radseek_viewer.connection import connect
from radseek_viewer.distances import distance_words
from radseek_viewer.timeline import timeline_content

WINDOW = LAPTOP
ACTIVE = """() => {
  let node = document.activeElement
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  return node?.dataset.study ?? node?.textContent
}"""
"""The study of the link that has the focus, or the words of another control."""


@pytest.fixture(scope="module")
def url():
    with script_viewer("timeline_archive.py") as url:
        yield url


def opened(page, url: str, study: str) -> None:
    page.goto(f"{url}study?study={study}")
    shown(page, study)


def shown(page, study: str) -> None:
    page.locator(f".study[data-study='{study}'][aria-current=page]").wait_for()
    wait_until(page, lambda: page.locator(".dated li").first.evaluate("(card) => Boolean(card.style.left)"))


def lefts(page) -> dict[str, float]:
    resting_box(page, page.locator(".timeline li").last)
    boxes = {card: card.bounding_box() for card in page.locator(".timeline li").all()}
    return {card.locator("a").get_attribute("data-study"): box["x"] for card, box in boxes.items()}


def dots(page) -> list[float]:
    return [float(dot.get_attribute("cx")) for dot in page.locator(".timeline .dot").all()]


class TestInTheBrowser:
    pytestmark = browser_marks

    def test_each_study_stands_at_its_distance_and_none_touches_another(self, page, url: str) -> None:
        opened(page, url, "today")
        places = lefts(page)
        assert list(places) == list(FEW)  # in time, those without a date last
        apart = [
            later - earlier for earlier, later in zip(list(places.values()), list(places.values())[1:], strict=False)
        ]
        assert min(apart) >= 104
        at = dots(page)
        days = [day for day, *_ in FEW.values() if day is not None]
        share = [(day - days[0]) / (days[-1] - days[0]) for day in days]
        assert [(x - at[0]) / (at[-1] - at[0]) for x in at] == pytest.approx(share, abs=1e-3)
        expect(page.locator(".apart .when")).to_have_text(["date not known"])
        words = ["2 years before", "3 weeks before", "3 weeks before", "this study", "same day", "2 years later"]
        expect(page.locator(".dated .when")).to_have_text(words)

    def test_what_was_asked_is_told_of_every_study(self, page, url: str) -> None:
        search(page, url, "left pleural effusion")
        page.locator(".card[data-study=today]").click()
        shown(page, "today")
        told = ["− absent", "? uncertain", "+ present", "+ present", "· not told", "· not told", "+ present"]
        expect(page.locator(".timeline .marks")).to_have_text(told, use_inner_text=True)
        page.locator(".study[data-study=first]").hover()
        page.locator(".told .says", has_text="No left pleural effusion.").wait_for()
        expect(page.locator(".told .what")).to_contain_text("2021 · 800 days before")
        page.mouse.move(5, 5)
        page.locator(".told .says", has_text="There is a small left pleural effusion.").wait_for()
        assert "effusion" not in page.url

    def test_brackets_open_the_earlier_and_the_later_study(self, page, url: str) -> None:
        opened(page, url, "today")
        page.locator(".stack canvas").focus()
        page.keyboard.press("[")
        shown(page, "closer")
        page.keyboard.press("[")
        shown(page, "close")
        page.keyboard.press("]")
        shown(page, "closer")
        opened(page, url, "first")
        page.keyboard.press("[")
        page.get_by_text("There is no earlier study of this patient here.").wait_for()
        expect(page.get_by_role("button", name="Earlier")).to_be_disabled()
        opened(page, url, "later")  # what has no date is no later study
        expect(page.get_by_role("button", name="Later")).to_be_disabled()
        page.keyboard.press("[")
        shown(page, "twin")

    def test_cards_are_walked_and_opened_by_keyboard(self, page, url: str) -> None:
        opened(page, url, "today")
        page.locator(".study[data-study=today]").focus()
        for key, study in (("ArrowLeft", "closer"), ("Home", "first"), ("ArrowLeft", "first"), ("End", "unknown")):
            page.keyboard.press(key)
            wait_until(page, lambda study=study: page.evaluate(ACTIVE) == study)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Tab")
        wait_until(
            page, lambda: page.evaluate(ACTIVE) == "Compare"
        )  # of the focused card: the others are not in the way
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        shown(page, "later")

    def test_compare_puts_it_beside_the_open_study(self, page, url: str) -> None:
        opened(page, url, "today")
        page.locator(".timeline li", has_text="2 years before").get_by_role("button").click()
        page.locator(".stack canvas").nth(1).wait_for()
        wait_until(page, lambda: "left=today&right=first" in page.url)

    @pytest.mark.parametrize("width", [820, 1440])
    def test_forty_studies_scroll_by_themselves_around_the_open_one(self, page, url: str, width: int) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        opened(page, url, "many30")
        places = list(lefts(page).values())
        assert len(places) == len(MANY) == 40
        assert min(later - earlier for earlier, later in zip(places, places[1:], strict=False)) >= 103.9
        box = resting_box(page, page.locator(".study[data-study=many30]"))
        assert 0 <= box["x"] <= width - 100
        wide = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= width
        expect(page.locator(".timeline .row")).to_contain_text("in order, not to scale")
        expect(page.locator(".timeline .axis")).to_contain_text("9 years")
        page.locator(".study[data-study=many30]").focus()
        page.keyboard.press("Home")
        wait_until(page, lambda: page.evaluate(ACTIVE) == "many00")
        box = resting_box(page, page.locator(".study[data-study=many00]"))
        assert 0 <= box["x"] <= width  # the line has scrolled to what has the focus


def test_words_for_distances() -> None:
    days = [None, 0, -1, 13, 14, -60, 61, -729, 730, -3652]
    assert [distance_words(day) for day in days] == [
        "date not known", "same day", "1 day before", "13 days later", "2 weeks later", "9 weeks before",
        "2 months later", "24 months before", "2 years later", "10 years before",
    ]  # fmt: skip


def test_what_the_script_gets_of_a_study() -> None:
    archive = TimelineArchive()
    asked = parse_query("left pleural effusion").stated
    timeline = archive.timeline("today", asked)
    content = timeline_content(timeline, "today")
    first = content["studies"][0]
    assert content["asked"] == "left pleural effusion"
    assert (first["shape"], first["letters"], first["when"]) == ("square", "DX", "2 years before")
    assert first["told"] == [{"title": "left pleural effusion", "tone": "absent", "sign": "−", "word": "absent"}]
    assert first["sentence"]["text"] == "No left pleural effusion."
    assert first["label"].startswith("Radiograph · Chest, 2 years before, 2021, left pleural effusion: absent")
    bare = replace(timeline.studies[0], image_key=None, modality="", modalities=(), told=())
    assert timeline_content(PatientTimeline((bare,)), "")["studies"][0]["shape"] == "lines"


def test_an_open_patient_is_read_once_and_a_study_alone_says_so() -> None:
    archive = TimelineArchive()
    connect(archive)
    read = []
    original = archive.timeline
    archive.timeline = lambda key, asked: read.append((key, asked)) or original(key, asked)
    try:
        page = AppTest.from_file(ASSETS.parent / "app.py", default_timeout=30).run()
        page.query_params["study"] = "today"
        page.switch_page("app_pages/study.py").run()
        page.run()
        assert read == [("today", ())]
        page.query_params["study"] = "study005"
        page.switch_page("app_pages/study.py").run()
        assert [caption.value for caption in page.caption if "other study" in caption.value]
        assert len(read) == 1
    finally:
        connect(None)


def test_a_hostile_sentence_stays_text() -> None:
    archive = TimelineArchive()
    told = archive.timeline("today", parse_query("left pleural effusion").stated).studies[1].told[0]
    hostile = replace(told, sentence=replace(told.sentence, text=HOSTILE), assertion=Assertion.PRESENT)
    study = replace(archive.timeline("today").studies[1], told=(hostile,))
    content = timeline_content(PatientTimeline((study,)), "today")
    assert content["studies"][0]["sentence"]["pieces"] == [{"text": HOSTILE, "answers": False}]
