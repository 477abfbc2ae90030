"""The page of similar studies over a real archive: what is asked, what is left out, what the address restores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chromium import archive_viewer, in_browser, resting_box, search, wait_until, watched
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.records.search_options import Band, Region
from radseek.service import Archive
from radseek_viewer.connection import connect
from radseek_viewer.links import similar_parameters
from radseek_viewer.similar_question import (
    Likeness,
    chosen_likeness,
    model_picture,
    read_address,
    reported_text,
    similar_question,
)

APP = Path(radseek_viewer.__file__).with_name("app.py")
PART = Region(0.25, 0.25, 0.75, 0.75)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_real_archive(tmp_path_factory.mktemp("similar"), n_radiographs=6, n_ct=1)


@pytest.fixture(scope="module")
def archive(path: Path):
    with Archive.open(path) as archive:
        yield archive


@pytest.fixture
def study(archive: Archive):
    hits = archive.search("chest modality:DX", k=10).hits
    return next(study for study in (archive.study(hit.study_key) for hit in hits) if study.images and study.reports)


@pytest.fixture
def page(archive: Archive):
    connect(archive)
    yield AppTest.from_file(str(APP), default_timeout=120).run()
    connect(None)


def open_similar(page: AppTest, **parameters: str) -> AppTest:
    for name, value in parameters.items():
        page.query_params[name] = value
    page.switch_page("app_pages/similar.py").run()
    assert not page.exception
    return page


def wall(page: AppTest) -> dict:
    drawn = [e.proto for e in page.get("bidi_component") if e.proto.component_name == "radseek.wall"]
    return json.loads(drawn[-1].json)


def test_addresses_come_back_as_they_were_made(study) -> None:
    image = study.images[-1].image_key
    model = read_address(similar_parameters(study.study_key, image, PART))
    assert (model.study_key, model.image_key, model.region) == (study.study_key, image, PART)
    assert chosen_likeness(study, model) is Likeness.PART
    assert model_picture(study, model.image_key) == image


@pytest.mark.parametrize("region", ["", "1,2", "0.9,0,0.1,1", "a,b,c,d", "0,0,1,1,1", "nan,0,1,1"])
def test_a_region_that_is_none_is_left_out(study, region: str) -> None:
    model = read_address({"study": study.study_key, "image": study.images[0].image_key, "region": region, "by": "part"})
    assert model.region is None
    assert chosen_likeness(study, model) is Likeness.PICTURE


def test_no_report_text_is_in_the_address_and_why_it_was_made_is_not_asked(study) -> None:
    model = read_address(similar_parameters(study.study_key))
    likeness = chosen_likeness(study, model)
    assert likeness is Likeness.BOTH
    question = similar_question(study, model, likeness, None, Band.WEAK)
    assert question.text == reported_text(study)
    asked = {sentence.text for report in study.reports for sentence in report.sentences}
    indicated = [s.text for r in study.reports for s in r.sentences if s.section.value == "indication"]
    assert any(text in question.text for text in asked)
    assert not any(text in question.text for text in indicated)
    assert question.other_patients_than == study.study_key


@pytest.mark.parametrize("by", ["picture", "report", "both"])
def test_hits_are_of_other_patients(page: AppTest, archive: Archive, study, by: str) -> None:
    open_similar(page, study=study.study_key, image=study.images[0].image_key, by=by)
    shown = wall(page)
    found = [card["study_key"] for card in shown.get("cards") or shown["misses"]["cards"]]
    assert found
    assert study.patient_key not in {archive.study(key).patient_key for key in found}
    assert "left out" in " ".join(caption.value for caption in page.caption)


def test_another_way_of_comparing_is_another_address(page: AppTest, study) -> None:
    open_similar(page, study=study.study_key)
    assert page.radio[0].value == "both"
    page.radio[0].set_value(Likeness.REPORT).run()
    assert page.query_params["by"] in ("report", ["report"])
    assert page.radio[0].value == "report"


def test_the_empty_page_teaches_and_an_unknown_study_is_told(page: AppTest, study) -> None:
    open_similar(page)
    assert [tip["title"] for tip in wall(page)["tips"]][0] == "From a study"
    open_similar(page, study="st_0000000000000000")
    assert wall(page)["notices"][0]["title"] == "There is no such study here"


@in_browser
def test_a_part_is_drawn_by_mouse_and_by_keys(own_context, path: Path) -> None:
    with archive_viewer(path) as url, watched(own_context.new_page()) as page:
        search(page, url, "chest modality:DX")
        page.locator(".listed:has(img) .card").first.click()
        page.get_by_role("button", name="Similar", exact=True).click()
        page.get_by_text("left out").wait_for()
        page.locator(".card").first.wait_for()

        frame = resting_box(page, page.locator(".frame"))
        page.mouse.move(frame["x"] + 0.2 * frame["width"], frame["y"] + 0.2 * frame["height"])
        page.mouse.down()
        page.mouse.move(frame["x"] + 0.6 * frame["width"], frame["y"] + 0.7 * frame["height"], steps=4)
        page.mouse.up()
        wait_until(page, lambda: "region=" in page.url)
        page.get_by_role("radio", name="This part", checked=True).wait_for()
        page.locator(".chip", has_text="like part of a picture").wait_for()
        first = page.url

        page.get_by_role("button", name="Choose a part").click()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Enter")
        wait_until(page, lambda: page.url != first and "region=" in page.url)
        page.reload()
        page.get_by_role("radio", name="This part", checked=True).wait_for()
        page.locator(".card").first.wait_for()

        page.locator(".card").first.click()
        page.get_by_role("button", name="Results").click()
        page.get_by_text("left out").wait_for()
        wait_until(page, lambda: "similar?study=" in page.url)
        page.get_by_role("button", name="Whole picture").click()
        wait_until(page, lambda: "region=" not in page.url)
