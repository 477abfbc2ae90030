"""What of reports gets into a language model, and above all what does not."""

from __future__ import annotations

import pytest

from radseek.speech import share_phrases, spoken_runs
from radseek.speech.shared_phrases import phrases_of


@pytest.mark.parametrize(
    ("sentence", "runs"),
    [
        ("Small left-sided pleural effusion.", [["small", "left", "sided", "pleural", "effusion"]]),
        ("A 3 cm mass, unchanged", [["a"], ["cm", "mass", "unchanged"]]),
        ("Compared to XXXX, no change", [["compared", "to"], ["no", "change"]]),
        ("Discussed with Dr. Smith by phone", [["discussed", "with"], ["by", "phone"]]),
        ("Findings given to Miller today", [["findings", "given", "to"], ["today"]]),
        ("PA view of the chest", [["pa", "view", "of", "the", "chest"]]),
        ("NO ACUTE DISEASE", [["no", "acute", "disease"]]),
        ("MRN 12345678 seen 2021-03-04", [["mrn"], ["seen"]]),
        ("the patient's heart", [["the", "patient's", "heart"]]),
        ("Größe normal", [["gr"], ["e", "normal"]]),
        ("", []),
        ("123 456", []),
    ],
)
def test_digits_marks_and_names_end_a_run(sentence, runs):
    assert spoken_runs(sentence) == runs


def test_only_what_enough_people_share_is_kept():
    shared_by = {"no pleural effusion": 3, "clear lungs": 2}
    sentences = [(f"p{person}", text) for text, n in shared_by.items() for person in range(n)]
    sentences += [("p9", "zebra")] * 50  # said often, by one person
    phrases = share_phrases(sorted(sentences))
    assert phrases.words == ["effusion", "no", "pleural"]
    assert phrases.counts["no", "pleural", "effusion"] == 3
    assert phrases.counts["<s>", "no"] == 3
    assert not any("zebra" in phrase or "clear" in phrase for phrase in phrases.counts)
    assert (phrases.n_people, phrases.n_sentences) == (4, 55)


def test_a_phrase_of_shared_words_is_forgotten_when_too_few_people_have_it():
    sentences = [("a", "left lung"), ("b", "right lung"), ("c", "left mass"), ("d", "right mass"), ("e", "left lung"),
                 ("f", "lung left"), ("g", "mass right")]  # fmt: skip
    counts = share_phrases(sentences, fewest_people=3).counts
    assert {phrase[0] for phrase in counts if len(phrase) == 1} == {"left", "lung", "mass", "right", "<s>", "</s>"}
    assert ("left", "lung") not in counts  # two people
    assert ("<s>", "left") in counts  # three


def test_what_is_common_knowledge_needs_no_person():
    counts = share_phrases([], ["small effusion"]).counts
    assert counts["small", "effusion"] == 1
    assert share_phrases([]).words == []


def test_phrases_are_counted_as_by_hand():
    assert sorted(phrases_of("no mass")) == sorted([
        ("<s>",), ("no",), ("mass",), ("</s>",), ("<s>", "no"), ("no", "mass"), ("mass", "</s>"),
        ("<s>", "no", "mass"), ("no", "mass", "</s>"),
    ])  # fmt: skip
    assert phrases_of("") == []
