"""The pages in Streamlit's own test runner, over an archive in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fake_archive import HOSTILE, FakeArchive, make_study, picture_file
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.errors import ArtifactError, InputError
from radseek.records.search import Where
from radseek.records.search_options import Band, Example
from radseek_viewer.card_blocks import BLOCK_SIZE, block_of_cards
from radseek_viewer.card_view import card_sections
from radseek_viewer.connection import connect
from radseek_viewer.kept_answers import KEPT_ANSWERS
from radseek_viewer.plain_text import literal

APP = Path(radseek_viewer.__file__).with_name("app.py")
DISCLAIMER = "Research and teaching use, not for diagnosis."


@pytest.fixture
def archive():
    archive = FakeArchive()
    connect(archive)
    yield archive
    connect(None)


@pytest.fixture
def page(archive) -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30)


def drawn(page: AppTest, name: str) -> list[dict]:
    """What the named component was given, in page order."""
    elements = [element.proto for element in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in elements if proto.component_name == f"radseek.{name}"]


def search(page: AppTest, text: str) -> AppTest:
    return page.run().text_input(key="query_text").set_value(text).run()


def test_start_screen_teaches(page: AppTest) -> None:
    page.run()
    assert not page.exception
    [wall] = drawn(page, "wall")
    assert wall["lead"]["text"].startswith("60 studies, 120 pictures and 60 reports")
    assert wall["examples"][0] == "small left pleural effusion"
    assert len(wall["tips"]) == 3
    assert page.caption[-1].value == DISCLAIMER


def test_searching_draws_the_wall(page: AppTest, archive: FakeArchive) -> None:
    search(page, "  left effusion ")
    assert not page.exception
    [wall] = drawn(page, "wall")
    assert [card["rank"] for card in wall["cards"]] == list(range(1, BLOCK_SIZE + 1))
    assert page.caption[0].value == literal("60 hits · searched 60 studies, 3 not searched · 0.01 s")
    assert archive.answers == [("left effusion", Where())]
    assert "effusion" not in json.dumps(page.query_params)


def test_the_page_gets_the_first_cards_and_the_word_for_the_others(page: AppTest, archive: FakeArchive) -> None:
    archive.studies = [make_study(number) for number in range(130)]
    search(page, "effusion")
    [wall] = drawn(page, "wall")
    assert [card["rank"] for card in wall["cards"]] == list(range(1, BLOCK_SIZE + 1))
    answer = wall["answer"]
    assert (answer["n_hits"], answer["block_size"], answer["show_where"]) == (130, BLOCK_SIZE, True)
    assert answer["url"] == f"/radseek/cards/{answer['token']}/"
    assert [card["rank"] for card in block_of_cards(answer["token"], 120)] == list(range(121, 131))
    page.run()
    assert drawn(page, "wall")[0]["answer"] == answer  # the same answer: what is selected stays so
    assert len(archive.answers) == 1
    page.text_input(key="query_text").set_value("nodule").run()
    assert drawn(page, "wall")[0]["answer"]["token"] != answer["token"]
    assert block_of_cards(answer["token"], 0)  # its wall stands while the next answer is on its way
    page.text_input(key="query_text").set_value("mass").run()
    with pytest.raises(InputError, match="no longer kept"):
        block_of_cards(answer["token"], 0)


def test_an_answer_that_the_store_has_dropped_is_kept_again_under_its_word(page: AppTest) -> None:
    search(page, "effusion")
    token = drawn(page, "wall")[0]["answer"]["token"]
    KEPT_ANSWERS.drop(token)
    page.run()
    assert drawn(page, "wall")[0]["answer"]["token"] == token
    assert block_of_cards(token, 0)[0]["rank"] == 1


def test_filters_reach_the_search_and_keep_other_counts(page: AppTest, archive: FakeArchive) -> None:
    search(page, "effusion")
    modality = next(pills for pills in page.pills if pills.label == "Modality")
    assert modality.options == ["DX 40", "CT 20"]
    modality.set_value(["CT"]).run()
    assert archive.answers[-1] == ("effusion", Where(modality=("CT",)))
    modality, _, sex, *_ = page.pills
    assert modality.options == ["DX 40", "CT 20"]  # its own field does not narrow its counts
    assert sex.options == ["F 10", "M 10"]
    sex.set_value(["F"]).run()
    assert archive.answers[-1][1] == Where(modality=("CT",), sex=("F",))
    assert {card["title"] for card in drawn(page, "wall")[0]["cards"]} == {"CT · Chest"}


def test_age_and_presence_filters(page: AppTest, archive: FakeArchive) -> None:
    search(page, "effusion")
    page.slider[0].set_range(18, 100).run()
    page.slider[1].set_range(2021, 2023).run()
    next(box for box in page.checkbox if box.label == "With report only").check().run()
    expected = Where(age_min_years=18.0, date_from=date(2021, 1, 1), has_report=True)
    assert archive.answers[-1][1] == expected
    page.slider[1].set_range(2020, 2022).run()
    assert archive.answers[-1][1] == replace(expected, date_from=None, date_to=date(2022, 12, 31))


def test_clearing_takes_all_filters_out(page: AppTest, archive: FakeArchive) -> None:
    search(page, "effusion")
    assert page.button(key="clear_filters").disabled
    page.pills[0].set_value(["CT"]).run()
    page.button(key="clear_filters").click().run()
    assert archive.answers[-1][1] == Where()
    assert page.pills[0].value == []


def test_many_values_become_a_list(archive: FakeArchive, page: AppTest) -> None:
    archive.studies = [make_study(n, body_part=f"PART{n}") for n in range(12)]
    page.run()
    assert [select.label for select in page.multiselect] == ["Body part"]


def test_nothing_found_says_so(page: AppTest) -> None:
    search(page, "nothing like it")
    [wall] = drawn(page, "wall")
    assert wall["cards"] == []
    assert wall["notices"][0]["title"] == "No hits"


def test_an_empty_answer_says_so_and_sets_the_nearest_misses_apart(page: AppTest) -> None:
    search(page, "weak")
    [wall] = drawn(page, "wall")
    assert wall["notices"][0] == {"title": "No good match", "text": HOSTILE, "kind": "weak"}
    assert wall["cards"] == []
    assert len(page.toggle) == 0
    assert wall["misses"]["heading"] == "Nearest misses, probably not what was asked"
    assert [card["band"]["label"] for card in wall["misses"]["cards"]] == ["Near miss"] * 5
    assert page.caption[0].value.startswith("0 hits")
    page.query_params["study"] = "study000"
    page.switch_page("app_pages/study.py").run()
    assert page.button(key="back").label == "Results"
    assert not any(button.key == "next_hit" for button in page.button)  # it is no hit


def test_the_floor_searches_again_and_is_cleared_with_the_filters(page: AppTest, archive: FakeArchive) -> None:
    search(page, "effusion")
    floor = page.selectbox[0]
    assert floor.options == ["Strong only", "Fair and better", "Weak and better", "Show all"]
    assert archive.options[-1].floor is Band.WEAK
    floor.set_value(Band.STRONG).run()
    assert archive.options[-1].floor is Band.STRONG
    assert page.caption[0].value.startswith("20 hits")
    page.run()
    assert len(archive.options) == 2
    page.button(key="clear_filters").click().run()
    assert archive.options[-1].floor is Band.WEAK


def test_maps_are_shown_until_they_are_switched_off(page: AppTest, archive: FakeArchive) -> None:
    search(page, "effusion")
    first, dark, *_ = drawn(page, "wall")[0]["cards"]
    assert first["map"]["rows"][1][2] == 1.0
    assert dark["map"] is None
    page.toggle(key="show_where").set_value(False).run()
    [wall] = drawn(page, "wall")
    assert wall["answer"]["show_where"] is False
    assert wall["cards"][0] == first  # the page hides the maps that it has
    assert len(archive.answers) == 1


def test_examples_are_asked_with_and_without_words(page: AppTest, archive: FakeArchive) -> None:
    search(page, "left effusion")
    like = Example(image_key="study003-i0")
    keep_examples(page, like)
    assert archive.options[-1].examples == (like,)
    *words, example = drawn(page, "wall")[0]["chips"]
    assert len(words) >= 1
    assert example["key"] == "example:1"
    assert example["thumbnail"] == "/radseek/thumbnails/study003-i0"
    page.text_input(key="query_text").set_value("").run()
    assert archive.answers[-1] == ("", Where())
    assert archive.options[-1].examples == (like,)


def keep_examples(page: AppTest, *examples: Example) -> None:
    page.session_state["example_pictures"] = examples
    page.run()


def upload(page: AppTest, content: bytes) -> None:
    page.file_uploader[0].upload("Doe^Jane.dcm", content, "application/dicom").run()


def test_an_uploaded_file_becomes_an_example_and_its_name_is_lost(page: AppTest, archive: FakeArchive) -> None:
    page.run()
    upload(page, picture_file())
    assert not page.exception
    assert archive.options[-1].examples == (Example(picture=picture_file()),)
    assert [chip["label"] for chip in drawn(page, "wall")[0]["chips"]] == ["like a picture"]
    assert "Doe" not in json.dumps(drawn(page, "wall"))


def test_a_bad_file_is_explained_beside_the_chip_that_takes_it_out(page: AppTest) -> None:
    page.run()
    upload(page, b"no picture")
    [wall] = drawn(page, "wall")
    assert wall["notices"][0]["text"] == "the example is no picture: <b>text</b>"
    assert [chip["key"] for chip in wall["chips"]] == ["example:1"]


def test_an_empty_file_is_refused(page: AppTest, archive: FakeArchive) -> None:
    page.run()
    upload(page, b"")
    assert drawn(page, "wall")[0]["notices"][0]["text"] == "The file is empty."
    assert archive.options == []


def test_a_query_that_cannot_be_read_is_explained(page: AppTest) -> None:
    search(page, "unreadable")
    assert not page.exception
    [wall] = drawn(page, "wall")
    assert wall["notices"][0]["kind"] == "error"
    assert "<modality>" in wall["notices"][0]["text"]
    assert page.caption[-1].value == DISCLAIMER


def test_a_damaged_archive_is_explained(page: AppTest, archive: FakeArchive) -> None:
    def refuse(where=None):
        raise ArtifactError("the index is damaged: run `radseek index`")

    archive.facets = refuse
    page.run()
    assert not page.exception
    assert drawn(page, "wall")[0]["notices"][0]["text"] == "the index is damaged: run `radseek index`"
    assert page.caption[-1].value == DISCLAIMER


def test_no_archive_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(None)
    monkeypatch.delenv("RADSEEK_ARCHIVE", raising=False)
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not page.exception
    assert "radseek serve" in drawn(page, "wall")[0]["notices"][0]["text"]


def open_study(page: AppTest, study_key: str, **parameters: str) -> AppTest:
    page.run()
    page.query_params["study"] = study_key
    for name, value in parameters.items():
        page.query_params[name] = value
    return page.switch_page("app_pages/study.py").run()


def test_study_page_shows_scan_and_report(page: AppTest) -> None:
    open_study(page, "study003")
    assert not page.exception
    [stack] = drawn(page, "stack")
    assert stack["series"][0]["n_slices"] == 12
    assert stack["series"][0]["frames"] == "/radseek/frames/study003-i1/{slice}"
    [reports] = drawn(page, "report_pane")
    pieces = reports["reports"][0]["pieces"]
    assert pieces[0] == {"text": "FINDINGS: ", "sentence": None}
    assert [piece["tone"] for piece in pieces if piece["sentence"] is not None] == [
        "present", "absent", "uncertain", "historical", "present",
    ]  # fmt: skip
    assert any(piece["text"] == HOSTILE for piece in pieces)
    [timeline] = drawn(page, "timeline")
    assert [study["study_key"] for study in timeline["studies"]] == ["study002", "study003"]
    assert page.caption[-1].value == DISCLAIMER


def test_study_opens_at_the_asked_picture(page: AppTest) -> None:
    open_study(page, "study001", image="study001-i1")
    [stack] = drawn(page, "stack")
    assert stack["start_series"] == 1
    assert [series["label"] for series in stack["series"]] == ["PA", "LL"]


def test_phantoms_are_labelled_synthetic(page: AppTest) -> None:
    open_study(page, "study004")
    assert drawn(page, "stack")[0]["synthetic"] is True
    assert any("SYNTHETIC" in markdown.value for markdown in page.markdown)


@pytest.mark.parametrize("key", ["", "absent", "<b>"])
def test_unknown_studies_are_explained(page: AppTest, key: str) -> None:
    open_study(page, key)
    assert not page.exception
    assert drawn(page, "wall")[0]["notices"][0]["title"] == "There is no such study here"
    assert page.caption[-1].value == DISCLAIMER


def test_an_open_study_is_read_once(page: AppTest, archive: FakeArchive) -> None:
    """Each reading leaves an audit event, so a rerun of the page must not read again."""
    read = []
    original = archive.study
    archive.study = lambda key: read.append(key) or original(key)
    open_study(page, "study003")
    opened = list(read)
    assert opened[0] == "study003"
    page.run()
    page.run()
    assert read == opened


def test_studies_without_report_or_pictures(page: AppTest, archive: FakeArchive) -> None:
    archive.studies = [
        make_study(0, images=(), other_studies=()),
        make_study(1, reports=(), labels=("*x*",), other_studies=()),
    ]
    open_study(page, "study000")
    assert drawn(page, "stack") == []
    assert len(drawn(page, "report_pane")) == 1
    open_study(page, "study001")
    assert drawn(page, "report_pane") == []
    assert drawn(page, "wall")[0]["notices"][0]["title"] == "No report"
    assert any(caption.value == "Labels: \\*x\\*" for caption in page.caption)


def test_walking_through_the_hits(page: AppTest) -> None:
    search(page, "effusion")
    page.query_params["study"] = "study000"
    page.switch_page("app_pages/study.py").run()
    assert page.button(key="previous_hit").disabled
    page.button(key="next_hit").click().run()
    assert page.query_params["study"] == "study001"
    page.button(key="back").click().run()
    assert page.text_input(key="query_text").value == "effusion"
    assert drawn(page, "wall")[0]["cards"]


def test_about_page(page: AppTest) -> None:
    page.run()
    page.switch_page("app_pages/about.py").run()
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["60", "120", "60", "300"]
    [notice] = drawn(page, "wall")[0]["notices"]
    assert notice["title"] == "Not for diagnosis"
    assert DISCLAIMER in notice["text"]


def test_about_page_shows_the_card_and_the_cards_of_what_it_learned_from(page: AppTest) -> None:
    page.run()
    page.switch_page("app_pages/about.py").run()
    assert [fold.label for fold in page.expander] == ["Figures", "Data set: radseek phantoms"]
    texts = [markdown.value for markdown in page.markdown]
    assert ".5 (.4 to .6)" in texts
    assert any("revision abc" in text for text in texts)
    assert any("licence Apache" in text for text in texts)
    assert len(drawn(page, "key_table")) == 1


def test_a_card_of_somebody_elses_encoder_is_shown_as_it_is(page: AppTest, archive: FakeArchive) -> None:
    archive.is_shipped = False
    page.run()
    page.switch_page("app_pages/about.py").run()
    assert not page.exception
    assert page.expander[0].label == "Card of this encoder, as its maker wrote it"
    assert "## Figures" in page.text[0].value
    assert not any("A card." in markdown.value for markdown in page.markdown)


def test_an_about_page_without_an_encoder_says_so(page: AppTest, archive: FakeArchive) -> None:
    def refuse():
        raise ArtifactError("the encoder is missing")

    archive.encoder_card = refuse
    page.run()
    page.switch_page("app_pages/about.py").run()
    assert not page.exception
    assert "the encoder is missing" in [notice["text"] for wall in drawn(page, "wall") for notice in wall["notices"]]


def test_links_to_files_of_a_card_become_words() -> None:
    text = "# T\n\n<!-- x -->\nA [b](b.md), [c](https://c.org).\n\n## D\n\ne\n"
    assert card_sections(text) == [("", "A b, [c](https://c.org)."), ("D", "e")]
