"""Targets against the rules, one by one."""

from pathlib import Path

import numpy as np
import pytest

from radseek.training.drawing import DrawnText, TextDrawer
from radseek.training.pairs import Pair
from radseek.training.targets import NEGATIVE, POSITIVE, UNKNOWN, build_targets


def pair(study="a", **changes):
    known = {
        "table": "t",
        "image": Path("x.png"),
        "study": study,
        "patient": study,
        "split": "train",
        "mask": "none",
        "image_texts": (),
        "study_texts": (),
        "findings": frozenset(),
        "decided": frozenset(),
        "may_show_findings": True,
        "synthetic": False,
    }
    return Pair(**(known | changes))


def caption(text, owner, of_study=False):
    return DrawnText(text, owner, of_study)


def prompt(finding, owner=-1):
    return DrawnText(f"there is {finding}", owner, True, frozenset({finding}))


def test_own_texts_are_positives_and_strangers_negatives():
    targets = build_targets([pair("a"), pair("b")], [caption("one", 0), caption("two", 1)])
    assert targets.tolist() == [[POSITIVE, NEGATIVE], [NEGATIVE, POSITIVE]]
    assert targets.dtype == np.int8


def test_identical_texts_are_positives_of_each_other():
    targets = build_targets([pair("a"), pair("b")], [caption("Lungs are clear.", 0), caption("lungs are CLEAR", 1)])
    assert targets.tolist() == [[POSITIVE, POSITIVE], [POSITIVE, POSITIVE]]


def test_a_study_text_holds_for_siblings_and_a_caption_may_or_may_not():
    pictures = [pair("a"), pair("a"), pair("b")]
    targets = build_targets(pictures, [caption("of the study", 0, True), caption("of one picture", 0)])
    assert targets.tolist() == [[POSITIVE, POSITIVE], [POSITIVE, UNKNOWN], [NEGATIVE, NEGATIVE]]


def test_prompts_follow_the_labels_where_these_decide():
    labelled = pair(findings=frozenset({"mass"}), decided=frozenset({"mass", "hernia"}))
    unlabelled, knee = pair("b"), pair("c", may_show_findings=False)
    targets = build_targets([labelled, unlabelled, knee], [prompt("mass"), prompt("hernia"), prompt("edema")])
    assert targets.tolist() == [
        [POSITIVE, NEGATIVE, UNKNOWN],
        [UNKNOWN, UNKNOWN, UNKNOWN],
        [NEGATIVE, NEGATIVE, NEGATIVE],
    ]


def test_normal_excludes_and_is_excluded():
    sick, well = pair(findings=frozenset({"mass"})), pair("b", findings=frozenset({"normal"}))
    targets = build_targets([sick, well], [prompt("normal"), prompt("mass"), prompt("edema")], normal="normal")
    assert targets.tolist() == [[NEGATIVE, POSITIVE, UNKNOWN], [POSITIVE, NEGATIVE, NEGATIVE]]


def test_a_prompt_drawn_for_another_picture_is_still_decided_by_the_labels():
    both = [pair(findings=frozenset({"mass"})), pair("b", findings=frozenset({"mass"}))]
    assert build_targets(both, [prompt("mass", owner=0)]).tolist() == [[POSITIVE], [POSITIVE]]


def test_nothing_is_said_between_phantoms_and_patients():
    real, phantom = pair("a"), pair("b", synthetic=True)
    targets = build_targets([real, phantom], [caption("left mass", 0), caption("right mass", 1), prompt("mass")])
    assert targets.tolist() == [[POSITIVE, UNKNOWN, UNKNOWN], [UNKNOWN, POSITIVE, UNKNOWN]]


def test_an_empty_batch():
    assert build_targets([], []).shape == (0, 0)


def test_drawn_texts_come_from_the_picture_and_differ_in_kind(config):
    drawer = TextDrawer(config.prompts)
    full = pair(image_texts=("a caption.",), study_texts=("One. Two. Three.",), findings=frozenset({"effusion"}))
    prompts = {frame.format(w) for frame in config.prompts.frames for w in config.prompts.findings["effusion"]}
    seen = set()
    for seed in range(200):
        drawn = drawer.draw(full, 0, 3, np.random.default_rng(seed))
        assert len(drawn) == 3
        assert {bool(text.claims) for text in drawn} == {True, False}
        seen |= {text.text for text in drawn}
    study = {"One.", "Two.", "Three.", "One. Two.", "Two. Three.", "One. Two. Three."}
    assert seen == {"a caption."} | study | prompts


def test_a_picture_of_which_nothing_is_known_draws_nothing(config):
    assert TextDrawer(config.prompts).draw(pair(), 0, 2, np.random.default_rng(0)) == []


def test_equal_generators_draw_equal_texts(config):
    drawer = TextDrawer(config.prompts)
    first, again = (drawer.prompts_for_all(np.random.default_rng(4)) for _ in range(2))
    assert first == again
    assert [set(text.claims) for text in first] == [{"normal"}, {"effusion"}, {"pneumothorax"}]


@pytest.mark.parametrize("text", ["", "One sentence", "No full stop here"])
def test_texts_of_one_sentence_come_whole(config, text):
    known = pair(image_texts=(text,))
    assert TextDrawer(config.prompts).draw(known, 0, 1, np.random.default_rng(0))[0].text == text
