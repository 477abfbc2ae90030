"""Cohorts in the viewer, over a real archive: keep, run again, leave out and undo, sample, export, delete."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.errors import InputError
from radseek.records.cohort import CohortDefinition, SampleMethod, Sampling
from radseek.records.search import Where
from radseek.records.search_options import Band, Example
from radseek.service import Archive, Cohorts, ExportOptions
from radseek_viewer import cohort_view
from radseek_viewer.cohort_actions import export_files
from radseek_viewer.cohort_keeping import AGAIN, THESE, define, ways_to_keep, what_to_know
from radseek_viewer.cohort_view import describe_definition
from radseek_viewer.connection import connect
from radseek_viewer.plain_text import literal
from radseek_viewer.state import Question
from radseek_viewer.wall import WallEvent

APP = Path(radseek_viewer.__file__).with_name("app.py")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_real_archive(tmp_path_factory.mktemp("cohorts"), n_radiographs=4, n_ct=1)


@pytest.fixture
def archive(path: Path):
    with Archive.open(path) as archive:
        for summary in archive.cohorts.all():
            archive.cohorts.delete(summary.newest.name)
        connect(archive)
        yield archive
        connect(None)


@pytest.fixture
def page(archive: Archive) -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=120).run()


def cohorts_page(page: AppTest, name: str = "") -> AppTest:
    if name:
        page.query_params["cohort"] = name
    page.switch_page("app_pages/cohorts.py").run()
    assert not page.exception
    return page


def walls(page: AppTest) -> dict[str, dict]:
    """What each wall was given, by its key."""
    drawn = [e.proto for e in page.get("bidi_component") if e.proto.component_name == "radseek.wall"]
    return {proto.id.rpartition("-")[2]: json.loads(proto.json) for proto in drawn}


def cards(page: AppTest, wall: str = "members") -> list[dict]:
    return walls(page).get(wall, {"cards": []})["cards"]


def picker(page: AppTest, cohort: str) -> list[str]:
    """What can be chosen as the version; empty where there is one only."""
    found = [one for one in page.selectbox if (one.key or "").startswith(f"version_of_{cohort}_")]
    return found[0].options if found else []


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def links(page: AppTest) -> list[str]:
    return [element.proto.label for element in page.get("page_link")]


def unescaped(text: str) -> str:
    return text.replace("\\", "")


def leave_out(page: AppTest, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press the button of one card, once: AppTest draws components and cannot press what is in them."""
    events = [WallEvent(picked=key)]
    draw = cohort_view.show_wall

    def pressed(*args, **kwargs) -> WallEvent:
        drawn = draw(*args, **kwargs)
        return events.pop() if events else drawn

    monkeypatch.setattr(cohort_view, "show_wall", pressed)
    page.run()
    assert not events
    assert not page.exception


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def question(text: str = "effusion", **changes: object) -> Question:
    values: dict = {"text": text, "where": Where(), "floor": Band.MISS, "examples": (), "dropped": frozenset()}
    return Question(**values | changes)


def test_without_cohorts_the_page_says_how_to_make_one(page: AppTest) -> None:
    cohorts_page(page)
    start = walls(page)["no_cohorts"]
    assert start["lead"]["title"] == "No cohort is kept yet"
    assert [tip["title"] for tip in start["tips"]] == ["1. Search", "2. Keep", "3. Go on"]
    assert links(page) == ["To the search"]


def test_a_search_is_kept_and_its_page_opens(page: AppTest, archive: Archive) -> None:
    page.selectbox[0].set_value(Band.MISS).run()
    page.text_input(key="query_text").set_value("chest modality:DX").run()
    n_hits = len(cards(page, "results"))
    assert n_hits
    field = next(one for one in page.text_input if one.label == "Name")
    field.set_value("not a name")
    next(button for button in page.button if button.label == "Keep").click().run()
    assert "a cohort's name has 1 to 64" in unescaped(page.error[0].value)
    assert archive.cohorts.all() == []
    next(one for one in page.text_input if one.label == "Name").set_value("chests")
    next(button for button in page.button if button.label == "Keep").click().run()
    assert not page.exception
    assert archive.cohorts.get("chests").definition.query == "chest modality:DX"
    assert metrics(page)["Studies"] == str(n_hits)
    assert "modality" not in json.dumps(page.query_params).lower()


def test_what_a_search_cannot_say_is_kept_as_studies(archive: Archive) -> None:
    answer = archive.search("chest", k=3)
    assert set(ways_to_keep(question(), 3)) == {AGAIN, THESE}
    for unsayable in (question(examples=(Example(image_key="im_1"),)), question(dropped=frozenset({"side"}))):
        assert set(ways_to_keep(unsayable, 3)) == {THESE}
    strict = what_to_know(question(floor=Band.STRONG), answer)
    assert strict == ["Run again, the search keeps its best 3 studies however good a match: not “Strong only”."]
    assert what_to_know(question(), answer) == []
    folded = replace(answer, n_folded=2)
    assert what_to_know(question(), folded)[0].startswith("2 near-identical studies under other hits")
    assert what_to_know(question(dropped=frozenset({"side"})), folded)[0].startswith("You took a chip out")
    by_hand = define(question(), answer, THESE, one_each=True, note="for teaching")
    assert by_hand.include == tuple(hit.study_key for hit in answer.hits)
    assert not by_hand.query
    again = define(question(), answer, AGAIN, one_each=False, note="")
    assert (again.query, again.k) == ("effusion", len(answer.hits))


def test_studies_are_left_out_and_taken_back(page: AppTest, archive: Archive, monkeypatch) -> None:
    archive.cohorts.save("all", CohortDefinition())
    cohorts_page(page, "all")
    before = [card["study_key"] for card in cards(page)]
    leave_out(page, before[1], monkeypatch)
    assert [card["study_key"] for card in cards(page)] == [before[0], *before[2:]]
    assert metrics(page)["Gone"] == "1"
    page.button(key="undo_change").click().run()
    assert not page.exception
    assert [card["study_key"] for card in cards(page)] == before
    assert picker(page, "all") == ["Version 3 (newest)", "Version 2", "Version 1"]
    assert [card["why"] for card in cards(page) if card["why"]] == ["New since the run before"]


def test_a_cohort_chosen_by_hand_loses_and_regains_a_study(page: AppTest, archive: Archive, monkeypatch) -> None:
    keys = tuple(hit.study_key for hit in archive.search("modality:DX chest", k=3).hits)
    archive.cohorts.save("hand", CohortDefinition(hand_picked=True, include=keys))
    cohorts_page(page, "hand")
    leave_out(page, keys[0], monkeypatch)
    assert {card["study_key"] for card in cards(page)} == set(keys[1:])
    page.button(key="undo_change").click().run()
    assert not page.exception
    assert {card["study_key"] for card in cards(page)} == set(keys)


def test_a_sample_is_a_version_and_can_be_taken_out(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("all", CohortDefinition())
    cohorts_page(page, "all")
    whole = metrics(page)["Studies"]
    page.selectbox(key="sample_method").set_value(SampleMethod.BALANCED).run()
    page.selectbox(key="sample_field").set_value("sex")
    page.number_input(key="sample_size").set_value(2)
    next(button for button in page.button if button.label == "Draw").click().run()
    assert not page.exception
    assert metrics(page)["Studies"] == "2"
    assert any("balanced by sex" in element.value for element in page.markdown)
    page.button(key="no_sampling").click().run()
    assert metrics(page)["Studies"] == whole


def test_files_hold_the_studies_and_the_definition(archive: Archive) -> None:
    archive.cohorts.save("dx", CohortDefinition(where=Where(modality=("DX",))))
    members = archive.cohorts.run("dx").members
    files = export_files(archive, "dx", ".csv", ExportOptions(facts=True))
    assert set(files) == {"dx.csv", "dx.json"}
    rows = files["dx.csv"].decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(members)
    assert json.loads(files["dx.json"])["definition"]["where"]["modality"] == ["DX"]


def test_a_cohort_is_deleted(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("gone", CohortDefinition())
    archive.cohorts.save("kept", CohortDefinition())
    cohorts_page(page, "gone")
    assert any("cannot be undone" in element.value for element in page.markdown)
    page.button(key="delete_cohort").click().run()
    assert not page.exception
    assert [summary.newest.name for summary in archive.cohorts.all()] == ["kept"]
    assert page.query_params["cohort"] == "kept"  # the only one that is left opens at once


def test_the_list_says_size_runs_and_what_is_new(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("all", CohortDefinition(note="everything"))
    archive.cohorts.save("never-run", CohortDefinition(where=Where(modality=("CT",))))
    members = archive.cohorts.run("all").members
    cohorts_page(page)
    assert links(page) == ["**all**", literal("never-run").join(("**", "**"))]
    shown = [element.value for element in page.markdown]
    assert shown.count("–") == 3  # neither size nor news of the one, no news of the other
    assert "never" in shown
    press(page, "Look for new studies")
    shown = [element.value for element in page.markdown]
    assert literal("nothing new") in shown
    assert literal("1 new") in shown
    archive.cohorts.exclude("all", members[:1])
    page.run()
    assert literal("nothing new") not in [element.value for element in page.markdown]  # it was changed since
    assert "cohort" not in page.query_params


def test_an_unknown_name_shows_the_list_and_says_so(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("one", CohortDefinition())
    archive.cohorts.save("two", CohortDefinition())
    cohorts_page(page, "three")
    assert walls(page)["no_cohort"]["notices"][0]["title"] == "There is no cohort of this name"
    assert len(links(page)) == 2


def test_an_old_version_is_shown_unchanged_and_brought_back(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("all", CohortDefinition())
    members = archive.cohorts.run("all").members
    archive.cohorts.exclude("all", members[:2])
    cohorts_page(page, "all")
    assert metrics(page)["Studies"] == str(len(members) - 2)
    assert [card["study_key"] for card in cards(page, "gone")] == list(members[:2])
    version = next(one for one in page.selectbox if (one.key or "").startswith("version_of_"))
    version.select_index(1).run()
    assert not page.exception
    assert [card["study_key"] for card in cards(page)] == list(members)
    assert not any(card["pick"] for card in cards(page))
    assert not any(one.key == "sample_method" for one in page.selectbox)
    page.button(key="bring_back").click().run()
    assert not page.exception
    assert archive.cohorts.get("all").definition == CohortDefinition()
    assert picker(page, "all")[0] == "Version 3 (newest)"


def test_what_is_new_is_told_before_anybody_runs_it_again(page: AppTest, archive: Archive, monkeypatch) -> None:
    archive.cohorts.save("all", CohortDefinition())
    members = archive.cohorts.run("all").members
    kept = archive.cohorts.last("all")
    old = replace(kept, members=members[1:], run=replace(kept.run, members_sha256=""))
    monkeypatch.setattr(Cohorts, "last", lambda *_: replace(old, since=old.run))
    ahead = replace(kept, new=members[:1], since=old.run)
    monkeypatch.setattr(Cohorts, "run", lambda *_, keep=True: ahead)
    cohorts_page(page, "all")
    assert (metrics(page)["New"], metrics(page)["Gone"]) == ("1", "0")
    assert [card["study_key"] for card in cards(page, "news")] == list(members[:1])
    assert len(archive.cohorts.runs("all")) == 1
    assert any("run it again to keep that" in unescaped(caption.value) for caption in page.caption)


def test_studies_are_put_in_from_the_last_search_and_taken_back(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("scans", CohortDefinition(where=Where(modality=("CT",))))
    page.selectbox[0].set_value(Band.MISS).run()
    page.text_input(key="query_text").set_value("chest modality:DX").run()
    first = cards(page, "results")[0]["study_key"]
    cohorts_page(page, "scans")
    page.multiselect(key="put_in_choice").set_value([first])
    press(page, "Put in")
    assert first in {card["study_key"] for card in cards(page)}
    assert archive.cohorts.get("scans").definition.include == (first,)
    page.multiselect(key="let_go_choice").set_value([first])
    press(page, "Let the search decide")
    assert archive.cohorts.get("scans").definition.include == ()
    press(page, "Undo")
    assert archive.cohorts.get("scans").definition.include == (first,)


def test_what_was_left_out_long_ago_is_taken_back(page: AppTest, archive: Archive) -> None:
    archive.cohorts.save("all", CohortDefinition())
    key = archive.cohorts.run("all").members[0]
    archive.cohorts.exclude("all", [key])
    cohorts_page(page, "all")
    assert not any(button.key == "undo_change" for button in page.button)  # it was not done here
    page.multiselect(key="take_back_choice").set_value([key])
    press(page, "Take back in")
    assert archive.cohorts.get("all").definition == CohortDefinition()
    assert key in {card["study_key"] for card in cards(page)}


def test_a_cohort_that_cannot_be_run_says_so_and_can_be_deleted(page: AppTest, archive: Archive, monkeypatch) -> None:
    archive.cohorts.save("all", CohortDefinition())

    def refuse(*_: object, **__: object) -> None:
        raise InputError("the filter <b>is unknown</b>")

    monkeypatch.setattr(Cohorts, "run", refuse)
    cohorts_page(page, "all")
    assert walls(page)["cohort_trouble"]["notices"][0]["text"] == "the filter <b>is unknown</b>"
    page.button(key="delete_cohort").click().run()
    assert archive.cohorts.all() == []


def test_definitions_are_told_in_words() -> None:
    definition = CohortDefinition(
        query="left effusion", where=Where(modality=("CT",)), k=40, exclude=("st_" + "0" * 16,),
        sampling=Sampling(10, SampleMethod.BALANCED, "sex", 7),
    )  # fmt: skip
    assert describe_definition(definition) == (
        "The best 40 studies for “left effusion”, modality CT; 1 left out by hand; 10 drawn balanced by sex (seed 7)."
    )
    assert describe_definition(CohortDefinition()) == "Every study."
