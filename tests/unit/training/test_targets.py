"""Targets against the rules, one by one."""

from pathlib import Path

import numpy as np
import pytest

from radseek.training.drawing import DrawnText, TextDrawer
from radseek.training.pairs import Pair
from radseek.training.sentence_pool import SentencePool
from radseek.training.targets import NEGATIVE, POSITIVE, UNKNOWN, TargetRules, build_targets

FINDINGS = frozenset({"mass", "hernia", "edema", "normal"})
RULES = TargetRules(normal="normal", findings=FINDINGS)


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


def caption(text, owner, of_study=False, **stated):
    return DrawnText(text, owner, of_study, stated=stated)


def denial(finding):
    return DrawnText(f"no {finding}", -1, True, denies=frozenset({finding}))


def drawer_of(config, sentences=(), share=0.5):
    return TextDrawer(config.prompts, SentencePool(sentences, config.prompts.findings), share)


def prompt(finding, owner=-1):
    return DrawnText(f"there is {finding}", owner, True, frozenset({finding}))


def test_own_texts_are_positives_and_strangers_negatives():
    targets = build_targets([pair("a"), pair("b")], [caption("one", 0), caption("two", 1)], RULES)
    assert targets.tolist() == [[POSITIVE, NEGATIVE], [NEGATIVE, POSITIVE]]
    assert targets.dtype == np.float32


def test_identical_texts_are_positives_of_each_other():
    targets = build_targets(
        [pair("a"), pair("b")], [caption("Lungs are clear.", 0), caption("lungs are CLEAR", 1)], RULES
    )
    assert targets.tolist() == [[POSITIVE, POSITIVE], [POSITIVE, POSITIVE]]


def test_a_study_text_holds_for_siblings_and_a_caption_may_or_may_not():
    pictures = [pair("a"), pair("a"), pair("b")]
    targets = build_targets(pictures, [caption("of the study", 0, True), caption("of one picture", 0)], RULES)
    assert targets.tolist() == [[POSITIVE, POSITIVE], [POSITIVE, UNKNOWN], [NEGATIVE, NEGATIVE]]


def test_prompts_follow_the_labels_where_these_decide():
    labelled = pair(findings=frozenset({"mass"}), decided=frozenset({"mass", "hernia"}))
    unlabelled, knee = pair("b"), pair("c", may_show_findings=False)
    targets = build_targets([labelled, unlabelled, knee], [prompt("mass"), prompt("hernia"), prompt("edema")], RULES)
    assert targets.tolist() == [
        [POSITIVE, NEGATIVE, UNKNOWN],
        [UNKNOWN, UNKNOWN, UNKNOWN],
        [NEGATIVE, NEGATIVE, NEGATIVE],
    ]


def test_normal_excludes_and_is_excluded():
    sick, well = pair(findings=frozenset({"mass"})), pair("b", findings=frozenset({"normal"}))
    targets = build_targets([sick, well], [prompt("normal"), prompt("mass"), prompt("edema")], RULES)
    assert targets.tolist() == [[NEGATIVE, POSITIVE, UNKNOWN], [POSITIVE, NEGATIVE, NEGATIVE]]


def test_a_prompt_drawn_for_another_picture_is_still_decided_by_the_labels():
    both = [pair(findings=frozenset({"mass"})), pair("b", findings=frozenset({"mass"}))]
    assert build_targets(both, [prompt("mass", owner=0)], RULES).tolist() == [[POSITIVE], [POSITIVE]]


def test_nothing_is_said_between_phantoms_and_patients():
    real, phantom = pair("a"), pair("b", synthetic=True)
    targets = build_targets([real, phantom], [caption("left mass", 0), caption("right mass", 1), prompt("mass")], RULES)
    assert targets.tolist() == [[POSITIVE, UNKNOWN, UNKNOWN], [UNKNOWN, POSITIVE, UNKNOWN]]


def test_an_empty_batch():
    assert build_targets([], [], RULES).shape == (0, 0)


def test_drawn_texts_come_from_the_picture_and_differ_in_kind(config):
    drawer = drawer_of(config)
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
    assert drawer_of(config).draw(pair(), 0, 2, np.random.default_rng(0)) == []


def test_equal_generators_draw_equal_texts(config):
    drawer = drawer_of(config)
    first, again = (drawer.prompts_for_all(np.random.default_rng(4)) for _ in range(2))
    assert first == again
    assert [set(text.claims) for text in first] == [{"normal"}, {"effusion"}, {"pneumothorax"}]


@pytest.mark.parametrize("text", ["", "One sentence", "No full stop here"])
def test_texts_of_one_sentence_come_whole(config, text):
    known = pair(image_texts=(text,))
    assert drawer_of(config).draw(known, 0, 1, np.random.default_rng(0))[0].text == text


def test_a_denial_is_true_where_the_finding_is_absent():
    sick = pair(findings=frozenset({"mass"}), decided=FINDINGS - {"edema"})
    knee = pair("c", may_show_findings=False)
    targets = build_targets([sick, knee], [denial("mass"), denial("hernia"), denial("edema")], RULES)
    assert targets.tolist() == [[NEGATIVE, POSITIVE, UNKNOWN], [UNKNOWN, UNKNOWN, UNKNOWN]]


def test_a_sentence_over_several_attributes_needs_all_of_them():
    ct = pair(findings=frozenset({"axial", "ct"}), decided=frozenset({"axial", "coronal", "ct", "mr"}))
    plain = pair("b", findings=frozenset({"ct"}), decided=frozenset({"ct", "mr"}))
    composed = [DrawnText("x", -1, True, frozenset(claims)) for claims in ({"axial", "ct"}, {"axial", "mr"})]
    assert build_targets([ct, plain], composed, RULES).tolist() == [[POSITIVE, NEGATIVE], [UNKNOWN, NEGATIVE]]


def test_a_counterfactual_is_wrong_for_its_owner_and_says_nothing_of_others():
    wrong = DrawnText("right mass", 0, False, is_wrong=True)
    pictures = [pair("a"), pair("b")]
    targets = build_targets(pictures, [caption("left mass", 0), caption("right mass", 1), wrong], RULES)
    assert targets.tolist() == [[POSITIVE, NEGATIVE, NEGATIVE], [NEGATIVE, POSITIVE, UNKNOWN]]


def test_a_strangers_text_is_partly_true_where_findings_are_shared():
    soft = TargetRules("normal", FINDINGS, shared_findings=0.4)
    pictures = [pair("a", stated={"mass": True, "edema": False}), pair("b", stated={"mass": False}), pair("c")]
    texts = [caption("mass and hernia", 2, mass=True, hernia=True), caption("no mass", 2, mass=False)]
    targets = build_targets(pictures, texts, soft)
    np.testing.assert_allclose(targets, [[0.2, 0], [0, 0], [1, 1]])
    np.testing.assert_array_equal(build_targets(pictures, texts, RULES)[:2], np.zeros((2, 2)))


def test_a_teacher_softens_labels_around_its_prior():
    rules = TargetRules("normal", FINDINGS, teacher=0.5, teacher_priors={"mass": 0.1})
    decided = frozenset({"mass"})
    missed = pair(decided=decided, teacher={"mass": 0.9})
    agreed = pair("b", findings=decided, decided=decided, teacher={"mass": 0.1})
    unseen = pair("c", decided=decided)
    targets = build_targets([missed, agreed, unseen], [prompt("mass")], rules)[:, 0]
    odds = (0.9 / 0.1) / (0.1 / 0.9)
    np.testing.assert_allclose(targets, [0.5 * odds / (1 + odds), 0.75, 0], rtol=1e-6)
