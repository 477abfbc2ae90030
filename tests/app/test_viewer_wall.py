"""The kept answers that the wall scrolls through, the neutral sentences on it, and what is done with a selection."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fake_archive import FakeArchive, make_study
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.errors import InputError
from radseek.records.cohort import CohortDefinition
from radseek.records.search_options import Band, SearchOptions
from radseek.service import Archive
from radseek.service.told_findings import told_sentence
from radseek.text import default_lexicon
from radseek_viewer import search_results
from radseek_viewer.card_blocks import BLOCK_SIZE, block_of_cards
from radseek_viewer.connection import connect
from radseek_viewer.kept_answers import KEPT_ANSWERS, KeptAnswers
from radseek_viewer.selection_actions import THERE, what_is_kept
from radseek_viewer.wall import Selected, WallEvent

APP = Path(radseek_viewer.__file__).with_name("app.py")
HITS = FakeArchive().search("effusion", k=3).hits


def test_hits_are_kept_under_a_word_that_is_not_guessed() -> None:
    answers = KeptAnswers()
    tokens = {answers.keep(HITS) for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32
    assert all(answers.hits(token) is HITS for token in tokens)
    assert answers.hits("another") is None
    answers.drop("another")  # there is nothing to drop
    [token, *_] = tokens
    answers.drop(token)
    assert answers.hits(token) is None
    assert answers.keep(HITS, token) == token
    assert answers.hits(token) is HITS


def test_what_nobody_asks_for_is_dropped() -> None:
    answers = KeptAnswers(kept_s=0.2)
    asked, forgotten = answers.keep(HITS), answers.keep(HITS)
    for _ in range(6):
        time.sleep(0.05)
        assert answers.hits(asked) is HITS
    assert answers.hits(forgotten) is None


def test_the_one_that_was_not_asked_for_longest_gives_way() -> None:
    answers = KeptAnswers(most_kept=2)
    first, second = answers.keep(HITS), answers.keep(HITS)
    answers.hits(first)
    third = answers.keep(HITS)
    assert [answers.hits(token) is None for token in (first, second, third)] == [False, True, False]


def test_many_threads_keep_no_more_than_they_may() -> None:
    answers = KeptAnswers(most_kept=5)
    seen: list[int] = []
    troubles: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(200):
                token = answers.keep(HITS)
                kept = answers.hits(token)
                seen.append(0 if kept is None else len(kept))
                answers.drop(token)
        except Exception as error:  # noqa: BLE001  whatever it is fails the test
            troubles.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert len(seen) == 8 * 200
    assert set(seen) <= {0, len(HITS)}
    assert [answers.hits(answers.keep(HITS)) for _ in range(3)] == [HITS] * 3


def test_blocks_cut_the_answer_without_gap_or_repetition() -> None:
    archive = FakeArchive([make_study(number) for number in range(2 * BLOCK_SIZE + 1)])
    connect(archive)
    try:
        token = KEPT_ANSWERS.keep(archive.search("effusion", k=1000).hits)
        blocks = [block_of_cards(token, first) for first in range(0, 2 * BLOCK_SIZE + 1, BLOCK_SIZE)]
        assert [len(block) for block in blocks] == [BLOCK_SIZE, BLOCK_SIZE, 1]
        keys = [card["study_key"] for block in blocks for card in block]
        assert keys == [study.study_key for study in archive.studies]
        beyond = 3 * BLOCK_SIZE
        with pytest.raises(InputError, match=f"has {2 * BLOCK_SIZE + 1} hits; asked for those from place {beyond}"):
            block_of_cards(token, beyond)
        with pytest.raises(InputError, match="no longer kept"):
            block_of_cards("another", 0)
    finally:
        connect(None)


def test_what_stands_under_the_selected_is_told() -> None:
    assert what_is_kept(1, 0) == ["1 study, chosen by hand."]
    assert what_is_kept(3, 2)[1] == "2 near-identical studies under them: not kept with them."


# Over a real archive


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_real_archive(tmp_path_factory.mktemp("wall"), n_radiographs=5, n_ct=1)


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
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.selectbox[0].set_value(Band.MISS)
    page.text_input(key="query_text").set_value("effusion").run()
    assert not page.exception
    return page


def wall(page: AppTest) -> dict:
    drawn = [e.proto for e in page.get("bidi_component") if e.proto.component_name == "radseek.wall"]
    return json.loads(drawn[-1].json)


class Hand:
    """What a person presses on the wall: AppTest draws components and cannot press what is in them."""

    def __init__(self, page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
        self._page = page
        self._draw = search_results.show_wall
        self._event: WallEvent | None = None
        monkeypatch.setattr(search_results, "show_wall", self._drawn)

    def _drawn(self, *args, **kwargs) -> WallEvent:
        drawn, event = self._draw(*args, **kwargs), self._event
        self._event = None
        return event or drawn

    def act(self, **event: object) -> None:
        """One run in which the wall reports `event`."""
        self._event = WallEvent(**event)
        self._page.run()
        self._check()

    def select(self, action: str, *places: int) -> None:
        self.act(selected=self._selected(action, places))

    def keep(self, *places: int, name: str = "", note: str = "", there: bool = False) -> None:
        """Fill in the dialog of a selection and press Keep; AppTest has it open only while it is asked for."""
        self.select("keep", *places)
        if there:
            self._event = WallEvent(selected=self._selected("keep", places))
            next(one for one in self._page.radio if one.label == "Where").set_value(THERE).run()
        else:
            next(field for field in self._page.text_input if field.label == "Name" and is_here(field)).set_value(name)
            next(area for area in self._page.text_area if is_here(area)).set_value(note)
        self._event = WallEvent(selected=self._selected("keep", places))
        next(button for button in self._page.button if button.label == "Keep" and is_here(button)).click().run()
        self._check()

    def _selected(self, action: str, places: tuple[int, ...]) -> Selected:
        return Selected(action, wall(self._page)["answer"]["token"], places)

    def _check(self) -> None:
        assert self._event is None
        assert not self._page.exception


def is_here(widget) -> bool:
    return widget.form_id == "keep_selection"


@pytest.fixture
def hand(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(page, monkeypatch)


def test_a_sentence_that_names_no_finding_is_neutral(archive: Archive) -> None:
    hits = archive.search("effusion chest", k=10, options=SearchOptions(floor=Band.MISS)).hits
    sentences = [match.sentence for hit in hits for match in hit.matches if match.sentence]
    reports = {s.text: s for hit in hits for report in archive.study(hit.study_key).reports for s in report.sentences}
    assert sentences
    assert [s.states_finding for s in sentences] == [reports[s.text].states_finding for s in sentences]
    views = told_sentence(replace(sentences[0], text="Two views are submitted."), default_lexicon())
    [hit, *_] = [hit for hit in hits if any(match.sentence for match in hit.matches)]
    plain = replace(hit, matches=tuple(replace(m, sentence=views, phrases=()) for m in hit.matches if m.sentence))
    connect(archive)
    [card] = block_of_cards(KEPT_ANSWERS.keep([plain]), 0)
    assert (card["sentence"]["tone"], card["sentence"]["mark"]) == ("context", "names no finding")


def test_selected_hits_become_a_cohort_and_are_taken_back(page: AppTest, archive: Archive, hand: Hand) -> None:
    keys = [card["study_key"] for card in wall(page)["cards"]]
    hand.keep(0, 2, name=" to-discuss ", note="for Friday")
    cohort = archive.cohorts.get("to-discuss")
    assert cohort.definition == CohortDefinition(hand_picked=True, include=(keys[0], keys[2]), note="for Friday")
    assert archive.cohorts.last("to-discuss").members == (keys[0], keys[2])
    done = wall(page)["answer"]["done"]
    assert done == {"number": 1, "text": "2 studies kept as “to-discuss”.", "can_undo": True, "cohort": "to-discuss"}
    hand.act(done="undo")
    assert archive.cohorts.all() == []
    assert wall(page)["answer"]["done"]["text"] == "Taken back: there is no cohort “to-discuss” any more."
    hand.act(done="undo")  # there is nothing more to take back
    assert archive.cohorts.all() == []


def test_a_name_that_is_taken_or_cannot_be_one_is_told(page: AppTest, archive: Archive, hand: Hand) -> None:
    archive.cohorts.save("there", CohortDefinition())
    hand.keep(0, name="there")
    assert "of this name already" in page.error[0].value
    hand.keep(0, name="no/name")
    assert "characters" in page.error[0].value
    assert [summary.newest.version for summary in archive.cohorts.all()] == [1]


def test_selected_hits_are_put_into_a_cohort_that_is_there(page: AppTest, archive: Archive, hand: Hand) -> None:
    keys = [card["study_key"] for card in wall(page)["cards"]]
    before = archive.cohorts.save("there", CohortDefinition(hand_picked=True, include=(keys[0],)))
    hand.keep(0, 1, there=True)
    assert archive.cohorts.get("there").definition.include == (keys[0], keys[1])
    assert wall(page)["answer"]["done"]["text"] == "1 study put into “there”."
    hand.act(done="undo")
    assert archive.cohorts.get("there").definition == before.definition
    assert wall(page)["answer"]["done"]["cohort"] == "there"


def test_what_was_changed_since_is_not_taken_back(page: AppTest, archive: Archive, hand: Hand) -> None:
    hand.keep(0, name="mine")
    archive.cohorts.include("mine", [wall(page)["cards"][1]["study_key"]])
    hand.act(done="undo")
    assert "was changed since" in wall(page)["answer"]["done"]["text"]
    assert len(archive.cohorts.get("mine").definition.include) == 2


def test_two_are_compared_and_an_earlier_answer_is_not_used(page: AppTest, hand: Hand) -> None:
    keys = [card["study_key"] for card in wall(page)["cards"]]
    old = wall(page)["answer"]["token"]
    page.text_input(key="query_text").set_value("nodule").run()
    hand.act(selected=Selected("compare", old, (0, 1)))
    assert page.toast[0].value.startswith("These hits were of an earlier search")
    page.text_input(key="query_text").set_value("effusion").run()
    hand.select("compare", 0, 1)
    assert [page.query_params[side] for side in ("left", "right")] in ([[keys[0]], [keys[1]]], keys[:2])


def test_searching_again_brings_another_answer(page: AppTest, hand: Hand) -> None:
    before = wall(page)["answer"]["token"]
    hand.act(again=True)
    assert wall(page)["answer"]["token"] != before
