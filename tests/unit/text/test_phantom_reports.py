"""Phantom reports: all lesions told on their side, nothing denied that is there, the words the same for a seed."""

from __future__ import annotations

import itertools

import pytest

from radseek.records.phantoms import KINDS, SYNTHETIC_LINE, Kind, Lesion, Scene, kinds_of
from radseek.records.reports import Assertion, Section
from radseek.text import parse_report
from radseek.text.phantom_phrases import CLEAR, DENIALS, INDICATIONS, NAMES, PICTURES, SENTENCES, TECHNIQUES
from radseek.text.phantom_reports import (
    PriorStudy,
    labels_of,
    phantom_caption,
    phantom_report,
    phantom_report_text,
)

EFFUSION = Lesion(Kind.EFFUSION, "left", size_mm=100)
NODULE = Lesion(Kind.NODULE, "right", "upper", 18)
ALL = [
    Lesion(kind, side, zone, size)
    for kind, facts in KINDS.items()
    for side, zone in itertools.product(sorted(set(facts.sides)), facts.zones)
    for size in facts.size_mm
]
OTHER_SIDE = {"right": "left", "left": "right"}


def scene_of(lesion: Lesion) -> Scene:
    return KINDS[lesion.kind].scenes[0]


def test_every_kind_and_scene_has_words() -> None:
    assert set(NAMES) == set(SENTENCES) == set(KINDS)
    for table in (CLEAR, DENIALS, INDICATIONS, PICTURES, TECHNIQUES):
        assert set(table) == set(Scene)


def test_a_seed_gives_the_same_words_and_seeds_vary_them() -> None:
    assert phantom_report([EFFUSION], 5, Scene.CHEST_RADIOGRAPH) == phantom_report(
        [EFFUSION], 5, Scene.CHEST_RADIOGRAPH
    )
    texts = {phantom_report_text(phantom_report([EFFUSION], seed, Scene.CHEST_RADIOGRAPH)) for seed in range(40)}
    assert len(texts) >= 38


@pytest.mark.parametrize(
    "lesion", ALL, ids=lambda lesion: f"{lesion.kind}-{lesion.side}-{lesion.zone}-{lesion.size_mm}"
)
def test_a_lone_lesion_is_told_on_its_side_without_loose_slots(lesion: Lesion) -> None:
    for seed in range(12):
        sections = phantom_report([lesion], seed, scene_of(lesion))
        caption = phantom_caption([lesion], seed, scene_of(lesion))
        first = parse_report(phantom_report_text(sections)).sentences
        told = [s for s in first if s.section is Section.FINDINGS][0]
        for text in (told.text, sections[Section.IMPRESSION], caption):
            assert "{" not in text
            assert "  " not in text
            if lesion.side in OTHER_SIDE and lesion.kind is not Kind.CENTRAL_LINE:
                assert lesion.side in text.lower()
                assert OTHER_SIDE[lesion.side] not in text.lower().replace("right ventricle", "")
        assert told.assertion in {Assertion.PRESENT, Assertion.UNCERTAIN}
        assert told.text[0].isupper() or told.text[0].isdigit()


@pytest.mark.parametrize("scene", list(Scene))
def test_what_is_denied_is_absent(scene: Scene) -> None:
    """Slow but plain: each denied sentence is looked up, and its kinds must not be among the lesions."""
    kinds_of_sentence = {sentence: kinds for kinds, sentences in DENIALS[scene] for sentence in sentences}
    denied = 0
    for kind, seed in itertools.product(kinds_of(scene), range(25)):
        lesion = next(one for one in ALL if one.kind is kind)
        findings = phantom_report([lesion], seed, scene)[Section.FINDINGS]
        for sentence, kinds in kinds_of_sentence.items():
            if sentence in findings:
                denied += 1
                assert kind not in kinds
    assert denied > 50


@pytest.mark.parametrize("scene", list(Scene))
def test_denials_are_read_as_absent_or_as_normal_anatomy(scene: Scene) -> None:
    for kinds, sentences in DENIALS[scene]:
        for sentence in sentences:
            (parsed,) = parse_report(f"FINDINGS:\n{sentence}").sentences
            assert parsed.assertion is Assertion.ABSENT, (kinds, sentence)


def test_the_other_side_may_be_denied_when_one_side_has_an_effusion() -> None:
    texts = [phantom_report([EFFUSION], seed, Scene.CHEST_RADIOGRAPH)[Section.FINDINGS] for seed in range(30)]
    assert any("No right pleural effusion." in text for text in texts)
    assert not any("No left pleural effusion." in text for text in texts)
    both = [EFFUSION, Lesion(Kind.EFFUSION, "right", size_mm=20)]
    for seed in range(30):
        assert "No right pleural" not in phantom_report(both, seed, Scene.CHEST_RADIOGRAPH)[Section.FINDINGS]


def test_a_normal_phantom_has_a_normal_report() -> None:
    for seed in range(20):
        sections = phantom_report([], seed, Scene.CHEST_RADIOGRAPH)
        assert sections[Section.IMPRESSION].removeprefix("1. ") in CLEAR[Scene.CHEST_RADIOGRAPH]
        sentences = parse_report(phantom_report_text(sections)).sentences
        findings = [s for s in sentences if s.section is Section.FINDINGS]
        assert findings
        assert {s.assertion for s in findings} == {Assertion.ABSENT}


def test_the_text_opens_and_closes_as_synthetic_and_parses_into_its_sections() -> None:
    sections = phantom_report([EFFUSION, NODULE], 3, Scene.CHEST_RADIOGRAPH)
    text = phantom_report_text(sections)
    assert text.splitlines()[0] == SYNTHETIC_LINE
    assert text.splitlines()[-1].endswith(SYNTHETIC_LINE)
    parsed = parse_report(text)
    for section in (Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE, Section.FINDINGS, Section.IMPRESSION):
        joined = " ".join(s.text for s in parsed.sentences if s.section is section)
        for sentence in joined.split(". "):
            assert sentence.rstrip(".") in sections[section]
        assert joined
    assert not any(SYNTHETIC_LINE in s.text for s in parsed.sentences if s.section is not Section.OTHER)
    assert SYNTHETIC_LINE in sections[Section.OTHER]


def test_impressions_are_numbered() -> None:
    lines = phantom_report([EFFUSION, NODULE], 3, Scene.CHEST_RADIOGRAPH)[Section.IMPRESSION].splitlines()
    assert [line.split(" ")[0] for line in lines] == ["1.", "2."]


def test_sizes_are_the_lesions_own() -> None:
    texts = [phantom_report([NODULE], seed, Scene.CHEST_RADIOGRAPH)[Section.FINDINGS] for seed in range(30)]
    assert all("18 mm" in text or "1.8 cm" in text for text in texts)
    assert any(" an 18 mm" in text.lower() or text.startswith("An 18 mm") for text in texts)
    assert not any("a 18 mm" in text.lower() for text in texts)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ((), ("resolved", "no longer seen")),
        ((Lesion(Kind.EFFUSION, "left", size_mm=40),), ("decreased",)),
        ((Lesion(Kind.EFFUSION, "left", size_mm=118),), ("increased",)),
        ((EFFUSION,), ("unchanged",)),
    ],
)
def test_a_follow_up_says_how_the_prior_lesion_went_on(now: tuple[Lesion, ...], words: tuple[str, ...]) -> None:
    sections = phantom_report(now, 1, Scene.CHEST_RADIOGRAPH, PriorStudy("2023-05-04", (EFFUSION,)))
    assert sections[Section.COMPARISON] == "Study of 2023-05-04."
    assert any(word in sections[Section.FINDINGS] for word in words)
    assert "left pleural effusion" in sections[Section.FINDINGS]


def test_captions_name_the_picture_and_what_it_shows() -> None:
    captions = {phantom_caption([NODULE], seed, Scene.CHEST_RADIOGRAPH) for seed in range(40)}
    assert len(captions) > 15
    assert all("right" in caption and "nodule" in caption for caption in captions)
    normal = {phantom_caption([], seed, Scene.HEAD_CT) for seed in range(20)}
    assert all("abnormality" in caption or "normal findings" in caption for caption in normal)


def test_labels_are_short_and_sided() -> None:
    assert labels_of([NODULE, EFFUSION]) == ("left pleural effusion", "right nodule")
    assert labels_of([]) == ("normal",)
